/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * What a client does with answers: u16 size, then the answer, for each of its requests. None of
 * them can come from a trusted enclave, so the channel must never open.
 */
#include "forge.h"
#include "secure_channel_client.h"
#include "wire/pem.h"
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct script {
    cc_sec_chl_ctx_t ctx;
    struct reader answers;
};

static int script_send(void *conn, void *data, size_t size)
{
    struct script *script = conn;
    struct view part = reader_take(&script->answers, reader_le16(&script->answers));
    struct buf answer;

    (void)data;
    (void)size;
    if (script->answers.failed || part.size == 0)
        return -1;
    forge_check(buf_copy(&answer, part)); /* of exactly that size, for ASan */
    (void)cc_sec_chl_client_callback(&script->ctx, answer.data, answer.size);
    buf_free(&answer);
    return 0;
}

static const char *policy_make(void)
{
    static char json[4096];
    char pem[2048], text[2100], *to = text;
    struct forge *device = forge_new(1);
    struct writer w = writer_over(pem, sizeof pem);

    pem_encode(device->der[FORGE_ROOT], "CERTIFICATE", &w);
    for (size_t i = 0; i < w.size; i++) {
        if (pem[i] == '\n')
            *to++ = '\\';
        *to++ = pem[i] == '\n' ? 'n' : pem[i];
    }
    *to = '\0';
    snprintf(json, sizeof json,
             "{\"schema\":1,\"device_roots\":[\"%s\"],\"enclaves\":[{\"uuid\":"
             "\"11111111-1111-1111-1111-111111111111\",\"min_level\":\"installed\","
             "\"any_tcb_insecure\":true,\"mrenclave\":"
             "\"2222222222222222222222222222222222222222222222222222222222222222\"}]}",
             text);
    forge_free(device);
    return json;
}

static void log_drop(int level, const char *line, void *arg)
{
    (void)level;
    (void)line;
    (void)arg;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char uuid[] = "11111111-1111-1111-1111-111111111111";
    static const char *policy;
    struct script script = {.answers = reader_over(view_of(data, size))};
    cc_sec_chl_client_opts_t opts = {.struct_size = sizeof opts, .timeout_ms = 1};

    if (policy == NULL) {
        policy = policy_make();
        cc_sec_chl_set_log(log_drop, NULL);
    }
    opts.policy_json = policy;
    opts.policy_json_len = strlen(policy);
    script.ctx.uuid = uuid;
    script.ctx.conn_kit = (cc_conn_kit_t){script_send, &script};
    forge_check(cc_sec_chl_client_init_ex(CC_SEC_CHL_ALGO_RSA_ECDH_AES_GCM, &script.ctx, &opts) !=
                CC_SUCCESS);
    forge_check(script.ctx.handle == NULL);
    cc_sec_chl_client_fini(&script.ctx);
    return 0;
}
