/* SPDX-License-Identifier: MulanPSL-2.0 */
/* A host that relays a channel and has calls of its own. */
#include <stdio.h>
#include "enclave.h"
#include "secure_channel_host.h"
#include "channel_u.h"

static cc_enclave_t g_enclave;
static cc_sec_chl_svr_ctx_t g_chl_ctx;

int main(void)
{
    uint8_t key[16] = {0}, out[64];
    size_t real_len = sizeof(out);
    int retval = 0;

    if (cc_enclave_create("enclave.signed.so", AUTO_ENCLAVE_TYPE, 0, SECGEAR_DEBUG_FLAG, NULL, 0,
                          &g_enclave) != CC_SUCCESS)
        return 1;
    g_chl_ctx.enclave_ctx = &g_enclave;
    if (cc_sec_chl_svr_init(&g_chl_ctx) == CC_SUCCESS) {
        set_enc_key(&g_enclave, &retval, key, sizeof(key));
        proc_data(&g_enclave, &retval, key, sizeof(key), out, sizeof(out), &real_len);
        cc_sec_chl_svr_fini(&g_chl_ctx);
    }
    cc_enclave_destroy(&g_enclave);
    return retval;
}
