/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Either end of a channel between two enclaves; which one, its image's UUID and its host say. */
#include "pair.h"
#include "pair_t.h"
#include "secgear_report.h"
#include "secure_channel_mutual.h"
#include <stdio.h>
#include <string.h>

enum { MESSAGE_ROOM = 12288, RECORD_ROOM = 256 };

static cc_sec_chl_policy_t *clients; /* lives as long as the enclave */
static cc_sec_chl_ctx_t channel;

/* --- the end that is called ------------------------------------------------------------------ */

int pair_judge_by(const char *policy, size_t len)
{
    cc_sec_chl_enclave_opts_t opts = {.struct_size = sizeof opts,
                                      .flags = CC_SEC_CHL_ENCLAVE_REQUIRE_CLIENT,
                                      .client_evidence = cc_sec_chl_policy_judge};

    if (cc_sec_chl_policy_load(policy, len, &clients) != CC_SUCCESS)
        return -1;
    opts.arg = clients;
    return cc_sec_chl_enclave_configure(&opts);
}

int pair_answer(size_t session, const uint8_t *record, size_t len, uint8_t *answer, size_t room,
                size_t *answer_len)
{
    uint8_t plain[RECORD_ROOM];
    size_t size = sizeof plain;
    int rc = cc_sec_chl_enclave_decrypt(session, record, len, plain, &size);

    *answer_len = room;
    return rc != 0 ? rc : cc_sec_chl_enclave_encrypt(session, plain, size, answer, answer_len);
}

int pair_peer(size_t session, uint32_t *kind, uint8_t *uuid)
{
    cc_sec_chl_peer_t peer = {.struct_size = sizeof peer};
    int rc = cc_sec_chl_enclave_get_peer(session, &peer);

    *kind = peer.kind;
    memcpy(uuid, peer.uuid, sizeof peer.uuid);
    return rc;
}

/* --- the end that calls ---------------------------------------------------------------------- */

static int carry(void *conn, void *buf, size_t count)
{
    static uint8_t answer[MESSAGE_ROOM];
    size_t size = 0;
    int rc = -1;

    (void)conn;
    if (pair_carry(&rc, buf, count, answer, sizeof answer, &size) != CC_SUCCESS || rc != 0 ||
        size > sizeof answer)
        return -1;
    return (int)cc_sec_chl_client_callback(&channel, answer, size);
}

struct given {
    const uint8_t *bytes;
    size_t size;
};

static int show_app(const uint8_t *user_data, uint8_t *evidence, size_t *evidence_len, void *arg)
{
    (void)arg;
    return cc_enclave_get_report(user_data, evidence, evidence_len) == CC_SUCCESS ? 0 : -1;
}

static int show_given(const uint8_t *user_data, uint8_t *evidence, size_t *evidence_len, void *arg)
{
    const struct given *given = arg;

    (void)user_data;
    if (given->size > *evidence_len)
        return -1;
    memcpy(evidence, given->bytes, given->size);
    *evidence_len = given->size;
    return 0;
}

int pair_open(const char *uuid, const char *policy, size_t len, uint32_t how, const uint8_t *proof,
              size_t proof_len, char *why)
{
    struct given given = {proof, proof_len};
    cc_sec_chl_client_opts_t opts = {.struct_size = sizeof opts,
                                     .policy_json = policy,
                                     .policy_json_len = len,
                                     .flags = how == PAIR_ENCLAVE ? CC_SEC_CHL_OPT_ENCLAVE : 0,
                                     .evidence_arg = &given};
    cc_enclave_result_t rc;

    if (how == PAIR_APP)
        opts.evidence = show_app;
    if (how == PAIR_GIVEN)
        opts.evidence = show_given;
    channel = (cc_sec_chl_ctx_t){.conn_kit = {carry, &channel}, .uuid = (char *)uuid};
    rc = cc_sec_chl_client_init_ex(CC_SEC_CHL_ALGO_RSA_ECDH_AES_GCM, &channel, &opts);
    snprintf(why, PAIR_WHY_ROOM, "%s", cc_sec_chl_error_detail());
    return (int)rc;
}

int pair_ask(const char *text, char *reply)
{
    uint8_t record[RECORD_ROOM], answer[RECORD_ROOM];
    size_t size = sizeof record, answer_size = 0, reply_size = PAIR_REPLY_ROOM;
    int rc = (int)cc_sec_chl_client_encrypt(&channel, text, strlen(text) + 1, record, &size);

    if (rc != 0)
        return rc;
    if (pair_record(&rc, channel.session_id, record, size, answer, sizeof answer, &answer_size) !=
            CC_SUCCESS ||
        rc != 0 || answer_size > sizeof answer)
        return -1;
    return (int)cc_sec_chl_client_decrypt(&channel, answer, answer_size, reply, &reply_size);
}

void pair_close(void)
{
    cc_sec_chl_client_fini(&channel);
}
