/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "talk.h"
#include <stdio.h>
#include <string.h>

int channel_open(cc_sec_chl_ctx_t *ctx, const char *policy)
{
    static char uuid[] = "f68fd704-6eb1-4d14-b218-722850eb3ef0";
    cc_sec_chl_client_opts_t opts = {.struct_size = sizeof opts, .policy_path = policy};
    cc_enclave_result_t rc;

    ctx->uuid = uuid;
    rc = cc_sec_chl_client_init_ex(CC_SEC_CHL_ALGO_RSA_ECDH_AES_GCM, ctx, &opts);
    if (rc == CC_SUCCESS)
        return 0;
    printf("client: REFUSED (code %u): %s\n", (unsigned)rc, cc_sec_chl_error_detail());
    cc_sec_chl_client_fini(ctx);
    return 3;
}

int text_send(cc_sec_chl_ctx_t *ctx, int fd, const char *text)
{
    uint8_t record[1024];
    size_t size = sizeof record;

    if (cc_sec_chl_client_encrypt(ctx, (void *)text, strlen(text), record, &size) != CC_SUCCESS) {
        fprintf(stderr, "client: %s\n", cc_sec_chl_error_detail());
        return 1;
    }
    return message_send(fd, MESSAGE_BUSINESS, ctx->session_id, record, size) == 0 ? 0 : 1;
}

int answer_print(cc_sec_chl_ctx_t *ctx, struct message *answer)
{
    char text[1024];
    size_t size = sizeof text;

    if (cc_sec_chl_client_decrypt(ctx, answer->bytes, answer->size, text, &size) != CC_SUCCESS) {
        fprintf(stderr, "client: no answer that opens: %s\n", cc_sec_chl_error_detail());
        return 1;
    }
    printf("the enclave says: %.*s\n", (int)size, text);
    return 0;
}
