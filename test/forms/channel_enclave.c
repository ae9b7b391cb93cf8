/* SPDX-License-Identifier: MulanPSL-2.0 */
#include <string.h>
#include "secure_channel_enclave.h"
#include "channel_t.h"

static uint8_t g_key[16];

int set_enc_key(uint8_t *data, size_t data_len)
{
    if (data == NULL || data_len != sizeof(g_key))
        return -1;
    memcpy(g_key, data, data_len);
    return 0;
}

int proc_data(const uint8_t *data, size_t len, uint8_t *out, size_t out_len, size_t *real_len)
{
    if (data == NULL || out == NULL || real_len == NULL || len > out_len || *real_len < len)
        return -1;
    memcpy(out, data, len);
    *real_len = len;
    return (int)cc_sec_chl_enclave_decrypt(0, data, len, out, &out_len);
}
