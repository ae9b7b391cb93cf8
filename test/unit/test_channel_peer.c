/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Who the client is: keys, evidence, what the enclave accepts and learns; settings; exporter. */
#include "channel_ask.h"
#include "secure_channel_mutual.h"

static struct line line;
static struct forge *client_device;
static cc_sec_chl_key_t *key, *other_key;

static const char OTHER_PEM[] = "-----BEGIN EC PRIVATE KEY-----\n"
                                "MHcCAQEEIA0hf5u5MNp+TGq0rxcu+1TJ6ZAIHpPCh48WDtsw0y7JoAoGCCqGSM49\n"
                                "AwEHoUQDQgAERBpxT43R2Ig1A2UE3SZSswTQ8DMXS3d4ckMnvLTJhtvKJ0wTs5LT\n"
                                "yktSWkf0oZzhnYl8z9aeCgglMYN3UcueMQ==\n"
                                "-----END EC PRIVATE KEY-----\n";

/* Sets the service up as an enclave's constructor would. */
static void configured(cc_sec_chl_enclave_opts_t *opts)
{
    opts->struct_size = sizeof *opts;
    ck_assert_int_eq(cc_sec_chl_svr_fini(&rig.svr), CC_SUCCESS);
    ck_assert_int_eq(cc_sec_chl_enclave_configure(opts), 0);
    ck_assert_int_eq(cc_sec_chl_svr_init(&rig.svr), CC_SUCCESS);
}

static void setup(void)
{
    rig_setup();
    line_init(&line);
    client_device = rig_device(3);
    ck_assert_int_eq(cc_sec_chl_key_load(RIG_KEY_PEM, strlen(RIG_KEY_PEM), &key), CC_SUCCESS);
    ck_assert_int_eq(cc_sec_chl_key_load(OTHER_PEM, strlen(OTHER_PEM), &other_key), CC_SUCCESS);
}

static void teardown(void)
{
    line_done(&line);
    rig_teardown();
    ck_assert_int_eq(cc_sec_chl_enclave_configure(NULL), 0);
    forge_free(client_device);
    cc_sec_chl_key_free(key);
    cc_sec_chl_key_free(other_key);
}

static cc_sec_chl_peer_t peer_of(const struct line *l)
{
    cc_sec_chl_peer_t peer = {.struct_size = sizeof peer, .kind = 99};

    ck_assert_int_eq(cc_sec_chl_enclave_get_peer(l->client.session_id, &peer), 0);
    return peer;
}

/* --- keys --------------------------------------------------------------------------------------
 */

START_TEST(enclave_learns_which_key_the_client_holds)
{
    uint8_t point[CC_SEC_CHL_KEY_POINT_SIZE];
    cc_sec_chl_peer_t peer;

    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
    ck_assert_uint_eq(peer_of(&line).kind, CC_SEC_CHL_PEER_NONE);
    cc_sec_chl_client_fini(&line.client);
    line.opts.key = key;
    ck_assert_msg(line_open(&line) == CC_SUCCESS, "%s", cc_sec_chl_error_detail());
    peer = peer_of(&line);
    ck_assert_uint_eq(peer.kind, CC_SEC_CHL_PEER_KEY);
    ck_assert_int_eq(cc_sec_chl_key_public(key, point), CC_SUCCESS);
    ck_assert_mem_eq(peer.public_key, point, sizeof point);
    ck_assert_int_eq(line_echo(&line, "from somebody known"), CC_SUCCESS);
}
END_TEST

START_TEST(only_listed_keys_are_accepted_when_there_is_a_list)
{
    uint8_t points[2 * CC_SEC_CHL_KEY_POINT_SIZE] = {4};
    cc_sec_chl_enclave_opts_t opts = {.client_keys = points, .client_key_count = 2};

    ck_assert_int_eq(cc_sec_chl_key_public(key, points + CC_SEC_CHL_KEY_POINT_SIZE), CC_SUCCESS);
    configured(&opts);
    line.opts.key = other_key;
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT);
    line.opts.key = key;
    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
    cc_sec_chl_client_fini(&line.client);
    line.opts.key = NULL; /* allowed: nobody said that it is required */
    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
}
END_TEST

START_TEST(client_that_shows_nothing_is_refused_where_it_must)
{
    cc_sec_chl_enclave_opts_t opts = {.flags = CC_SEC_CHL_ENCLAVE_REQUIRE_CLIENT};

    configured(&opts);
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT);
    line.opts.key = key;
    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
}
END_TEST

static int client_refuse(const cc_sec_chl_peer_t *peer, void *arg)
{
    *(unsigned *)arg = peer->kind;
    return 1;
}

START_TEST(enclave_may_refuse_any_client)
{
    unsigned kind = 99;
    cc_sec_chl_enclave_opts_t opts = {.client = client_refuse, .arg = &kind};

    configured(&opts);
    line.opts.key = key;
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT);
    ck_assert_uint_eq(kind, CC_SEC_CHL_PEER_KEY);
    ck_assert_uint_eq(roster_count(&service_get()->roster), 0);
}
END_TEST

/*
 * Whoever completes the handshake himself, but has another's proof: FINISH with the key and
 * signature of an earlier one. th2 differs, so the signature is over something else.
 */
static uint8_t kept_proof[SC2_CLIENT_POINT_SIZE + SC2_CLIENT_SIGNATURE_SIZE];

static void proof_keep(struct line *l, struct buf *message)
{
    struct sc2_message m = line_message(message);
    struct sc2_finish finish;

    (void)l;
    if (m.type != SC2_FINISH)
        return;
    ck_assert_int_eq(sc2_finish_decode(m.body, &finish), CC_SUCCESS);
    memcpy(kept_proof, sc2_exts_find(&finish.exts, SC2_EXT_CLIENT_KEY)->data.data,
           sizeof kept_proof);
}

START_TEST(proof_of_another_handshake_is_refused)
{
    struct guard guard = {.required = true};
    struct guard_question question;
    struct sc2_exts exts = {.count = 0};
    cc_sec_chl_peer_t peer;

    line.opts.key = key;
    line.on_request = proof_keep;
    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
    memset(&question, 5, sizeof question);
    ck_assert(sc2_exts_add(&exts, SC2_EXT_CLIENT_KEY, VIEW_OF(kept_proof)));
    ck_assert_int_eq(guard_check(&guard, &question, &exts, &peer),
                     CC_ERROR_SEC_CHL_VERIFY_PEER_EXCH_BUF_SIGNATURE);
    kept_proof[1] ^= 1; /* no longer a point */
    ck_assert_int_eq(guard_check(&guard, &question, &exts, &peer),
                     CC_ERROR_SEC_CHL_VERIFY_PEER_EXCH_BUF_SIGNATURE);
    ck_assert(sc2_exts_add(&exts, SC2_EXT_CLIENT_EVIDENCE, VIEW_OF(kept_proof)));
    ck_assert_int_eq(guard_check(&guard, &question, &exts, &peer),
                     CC_ERROR_SEC_CHL_INVALID_EXCH_BUF);
}
END_TEST

/* A proof may be neither changed, nor taken away, nor put into another's FINISH. */
static void proof_strip(struct line *l, struct buf *message)
{
    struct sc2_message m = line_message(message);
    uint8_t room[256], body[64];
    struct writer w = writer_over(room, sizeof room), b = writer_over(body, sizeof body);
    struct sc2_finish finish;

    (void)l;
    if (m.type != SC2_FINISH)
        return;
    ck_assert_int_eq(sc2_finish_decode(m.body, &finish), CC_SUCCESS);
    finish.exts.count = 0;
    sc2_finish_encode(&finish, &b);
    m.body = writer_view(&b);
    sc2_message_encode(&m, &w);
    line_keep(message, room, w.size);
}

START_TEST(host_can_not_take_the_clients_proof_away)
{
    line.opts.key = key;
    line.on_request = proof_strip;
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_VERIFY_PEER_EXCH_BUF_SIGNATURE);
}
END_TEST

START_TEST(key_load_takes_p256_keys_only)
{
    cc_sec_chl_key_t *none = NULL;
    uint8_t point[CC_SEC_CHL_KEY_POINT_SIZE];

    ck_assert_int_eq(cc_sec_chl_key_load(NULL, 5, &none), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_sec_chl_key_load(RIG_KEY_PEM, 0, &none), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_sec_chl_key_load(RIG_KEY_PEM, 40, &none), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_sec_chl_key_load(RIG_KEY_PEM, (64 << 10) + 1, &none),
                     CC_ERROR_BAD_PARAMETERS);
    ck_assert_ptr_nonnull(strstr(cc_sec_chl_error_detail(), "expected 1 to 65536"));
    ck_assert_int_eq(cc_sec_chl_key_load(RIG_KEY_PEM, sizeof RIG_KEY_PEM - 1, NULL),
                     CC_ERROR_BAD_PARAMETERS);
    ck_assert_ptr_null(none);
    ck_assert_int_eq(cc_sec_chl_key_public(NULL, point), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_sec_chl_key_public(key, NULL), CC_ERROR_BAD_PARAMETERS);
    cc_sec_chl_key_free(NULL);
}
END_TEST

/* --- evidence of a client that is an enclave -------------------------------------------------
 */

static enum report_purpose client_purpose = REPORT_PURPOSE_CLIENT;

/* What the client's enclave would ask its device for. */
static int client_report(const uint8_t *user_data, uint8_t *evidence, size_t *size, void *arg)
{
    struct view report;

    if (arg != NULL)
        return -1;
    client_device->body.purpose = client_purpose;
    memcpy(client_device->body.user_data, user_data, REPORT_USER_DATA_SIZE);
    report = forge_report(client_device);
    ck_assert_uint_le(report.size, *size);
    memcpy(evidence, report.data, report.size);
    *size = report.size;
    return 0;
}

/* The enclave's own policy, which names the client's device. */
static cc_sec_chl_policy_t *client_policy(void)
{
    struct forge *enclaves = rig.device;
    cc_sec_chl_policy_t *policy = NULL;

    rig.device = client_device; /* whose root rig_policy() writes */
    rig_policy(RIG_MRENCLAVE);
    ck_assert_int_eq(cc_sec_chl_policy_load(rig.policy, strlen(rig.policy), &policy), CC_SUCCESS);
    rig.device = enclaves;
    rig_policy(RIG_MRENCLAVE);
    line.opts.policy_json_len = strlen(rig.policy);
    return policy;
}

START_TEST(two_enclaves_attest_each_other)
{
    cc_sec_chl_policy_t *policy = client_policy();
    cc_sec_chl_enclave_opts_t opts = {.flags = CC_SEC_CHL_ENCLAVE_REQUIRE_CLIENT,
                                      .client_evidence = cc_sec_chl_policy_judge,
                                      .arg = policy};
    cc_sec_chl_peer_t peer;

    configured(&opts);
    line.opts.evidence = client_report;
    ck_assert_msg(line_open(&line) == CC_SUCCESS, "%s", cc_sec_chl_error_detail());
    peer = peer_of(&line);
    ck_assert_uint_eq(peer.kind, CC_SEC_CHL_PEER_ENCLAVE);
    ck_assert_mem_eq(peer.mrenclave, client_device->body.mrenclave, sizeof peer.mrenclave);
    ck_assert_mem_eq(peer.device_id, client_device->body.device_id, sizeof peer.device_id);
    ck_assert_int_eq(line_echo(&line, "between two"), CC_SUCCESS);
    cc_sec_chl_policy_free(policy);
}
END_TEST

START_TEST(key_that_nobody_listed_is_no_way_around_evidence)
{
    cc_sec_chl_policy_t *policy = client_policy();
    cc_sec_chl_enclave_opts_t opts = {.flags = CC_SEC_CHL_ENCLAVE_REQUIRE_CLIENT,
                                      .client_evidence = cc_sec_chl_policy_judge,
                                      .arg = policy};

    configured(&opts);
    line.opts.key = key;
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT);
    cc_sec_chl_policy_free(policy);
}
END_TEST

START_TEST(client_evidence_must_be_for_this_purpose_and_handshake)
{
    static const enum report_purpose wrong[] = {REPORT_PURPOSE_APP, REPORT_PURPOSE_CHANNEL,
                                                REPORT_PURPOSE_RA_TLS};
    cc_sec_chl_policy_t *policy = client_policy();
    cc_sec_chl_enclave_opts_t opts = {.client_evidence = cc_sec_chl_policy_judge, .arg = policy};

    configured(&opts);
    line.opts.evidence = client_report;
    client_purpose = wrong[_i];
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT);
    client_purpose = REPORT_PURPOSE_CLIENT;
    cc_sec_chl_policy_free(policy);
}
END_TEST

/* Over the user data of a handshake that was: the device signed it, and it is for nobody else. */
static int client_report_kept(const uint8_t *user_data, uint8_t *evidence, size_t *size, void *arg)
{
    static uint8_t kept[REPORT_MAX_SIZE];
    static size_t kept_size;
    int rc = kept_size > 0 ? 0 : client_report(user_data, evidence, size, arg);

    if (kept_size > 0)
        memcpy(evidence, kept, kept_size);
    else
        memcpy(kept, evidence, *size);
    *size = kept_size = kept_size > 0 ? kept_size : *size;
    return rc;
}

START_TEST(client_evidence_is_for_one_handshake)
{
    cc_sec_chl_policy_t *policy = client_policy();
    cc_sec_chl_enclave_opts_t opts = {.client_evidence = cc_sec_chl_policy_judge, .arg = policy};

    configured(&opts);
    line.opts.evidence = client_report_kept;
    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
    cc_sec_chl_client_fini(&line.client);
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT);
    cc_sec_chl_policy_free(policy);
}
END_TEST

START_TEST(judge_says_all_that_the_device_says)
{
    uint8_t user_data[REPORT_USER_DATA_SIZE] = {7}, evidence[REPORT_MAX_SIZE];
    cc_sec_chl_policy_t *policy = client_policy();
    const struct report_body *body = &client_device->body;
    cc_sec_chl_peer_t peer = {.kind = 9};
    size_t size = sizeof evidence;

    ck_assert_int_eq(client_report(user_data, evidence, &size, NULL), 0);
    ck_assert_int_eq(cc_sec_chl_policy_judge(evidence, size, user_data, &peer, policy), 0);
    ck_assert_mem_eq(peer.uuid, body->uuid.bytes, sizeof peer.uuid);
    ck_assert_mem_eq(peer.mrenclave, body->mrenclave, sizeof peer.mrenclave);
    ck_assert_mem_eq(peer.mrsigner, body->mrsigner, sizeof peer.mrsigner);
    ck_assert_mem_eq(peer.mrtcb, body->mrtcb, sizeof peer.mrtcb);
    ck_assert_mem_eq(peer.device_id, body->device_id, sizeof peer.device_id);
    ck_assert_uint_eq(peer.level, body->level);
    ck_assert_uint_eq(peer.protections, body->protections);
    ck_assert_uint_eq(peer.prod_id, body->prod_id);
    ck_assert_uint_eq(peer.svn, body->svn);
    ck_assert_uint_eq(peer.issued_at_s, body->issued_at_s);
    ck_assert(peer.debug == body->debug);
    cc_sec_chl_policy_free(policy);
}
END_TEST

START_TEST(judge_refuses_what_is_no_evidence_and_leaves_the_peer_alone)
{
    uint8_t user_data[REPORT_USER_DATA_SIZE] = {7}, evidence[REPORT_MAX_SIZE];
    cc_sec_chl_policy_t *policy = client_policy();
    cc_sec_chl_peer_t peer = {.kind = 9};
    size_t size = sizeof evidence;

    ck_assert_int_eq(client_report(user_data, evidence, &size, NULL), 0);
    ck_assert_int_eq(cc_sec_chl_policy_judge(NULL, size, user_data, &peer, policy), -1);
    ck_assert_int_eq(cc_sec_chl_policy_judge(evidence, size, NULL, &peer, policy), -1);
    ck_assert_int_eq(cc_sec_chl_policy_judge(evidence, size, user_data, NULL, policy), -1);
    ck_assert_int_eq(cc_sec_chl_policy_judge(evidence, size, user_data, &peer, NULL), -1);
    ck_assert_int_eq(cc_sec_chl_policy_judge(evidence, size - 1, user_data, &peer, policy), -1);
    evidence[size - 1] ^= 1; /* of the signature */
    ck_assert_int_eq(cc_sec_chl_policy_judge(evidence, size, user_data, &peer, policy), -1);
    ck_assert_ptr_nonnull(strstr(cc_sec_chl_error_detail(), "signature"));
    ck_assert_uint_eq(peer.kind, 9);
    ck_assert_uint_eq(peer.svn, 0);
    cc_sec_chl_policy_free(policy);
    cc_sec_chl_policy_free(NULL);
}
END_TEST

START_TEST(policy_that_is_none_does_not_load)
{
    cc_sec_chl_policy_t *policy = NULL;

    ck_assert_int_eq(cc_sec_chl_policy_load(NULL, 2, &policy), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_sec_chl_policy_load("{}", 0, &policy), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_sec_chl_policy_load("{}", (1 << 20) + 1, &policy), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_sec_chl_policy_load("{}", 2, NULL), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_sec_chl_policy_load("{}", 2, &policy), CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT);
    ck_assert_ptr_nonnull(strstr(cc_sec_chl_error_detail(), "schema"));
    ck_assert_ptr_null(policy);
}
END_TEST

START_TEST(client_outside_of_an_enclave_has_none_to_show)
{
    line.opts.flags = CC_SEC_CHL_OPT_ENCLAVE;
    ck_assert_int_eq(line_open(&line), CC_ERROR_NOT_SUPPORTED);
    ck_assert_ptr_nonnull(strstr(cc_sec_chl_error_detail(), "libtsecure_client"));
    line.opts.key = key;
    ck_assert_int_eq(line_open(&line), CC_ERROR_BAD_PARAMETERS);
    line.opts.key = NULL;
    line.opts.evidence = client_report;
    ck_assert_int_eq(line_open(&line), CC_ERROR_BAD_PARAMETERS);
    line.opts.evidence = NULL;
    line.opts.flags = UINT64_C(4);
    ck_assert_int_eq(line_open(&line), CC_ERROR_NOT_SUPPORTED);
    ck_assert_uint_eq(line.requests, 0);
}
END_TEST

START_TEST(client_evidence_without_anybody_to_judge_it_is_refused)
{
    line.opts.evidence = client_report;
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT);
    line.opts.evidence_arg = &line; /* the application fails to make any */
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_GET_RA_REPORT);
    line.opts.key = key;
    ck_assert_int_eq(line_open(&line), CC_ERROR_BAD_PARAMETERS);
}
END_TEST

/* --- settings ------------------------------------------------------------------------------------
 */

START_TEST(settings_out_of_range_are_refused)
{
    static const uint8_t point[CC_SEC_CHL_PEER_KEY_SIZE];
    const cc_sec_chl_enclave_opts_t bad[] = {
        {.struct_size = 4},
        {.struct_size = 5000},
        {.struct_size = sizeof bad[0], .flags = 2},
        {.struct_size = sizeof bad[0], .sessions_max = 65537},
        {.struct_size = sizeof bad[0], .half_open_max = 513},
        {.struct_size = sizeof bad[0], .client_key_count = 1},
        {.struct_size = sizeof bad[0], .client_keys = point},
        {.struct_size = sizeof bad[0], .client_keys = point, .client_key_count = 1025},
        {.struct_size = sizeof bad[0], .rekey_records = 1023},
    };

    ck_assert_int_eq(cc_sec_chl_svr_fini(&rig.svr), CC_SUCCESS);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ck_assert_int_eq(cc_sec_chl_enclave_configure(&bad[i]), -1);
    ck_assert_int_eq(cc_sec_chl_svr_init(&rig.svr), CC_SUCCESS);
}
END_TEST

START_TEST(settings_of_other_versions)
{
    struct {
        cc_sec_chl_enclave_opts_t now;
        uint64_t later;
    } newer = {.now = {.struct_size = sizeof newer}};
    const cc_sec_chl_enclave_opts_t older = {.struct_size = sizeof(size_t)};

    ck_assert_int_eq(cc_sec_chl_svr_fini(&rig.svr), CC_SUCCESS);
    ck_assert_int_eq(cc_sec_chl_enclave_configure(&newer.now), 0);
    ck_assert_int_eq(cc_sec_chl_enclave_configure(&older), 0);
    newer.later = 1;
    ck_assert_int_eq(cc_sec_chl_enclave_configure(&newer.now), -1);
    ck_assert_int_eq(cc_sec_chl_svr_init(&rig.svr), CC_SUCCESS);
}
END_TEST

START_TEST(running_service_keeps_its_settings)
{
    const cc_sec_chl_enclave_opts_t opts = {.struct_size = sizeof opts, .sessions_max = 1};

    ck_assert_int_eq(cc_sec_chl_enclave_configure(&opts), CC_ERROR_SEC_CHL_SVR_ALREADY_INIT);
    ck_assert_uint_eq(service_get()->limits.sessions_max_count, 4096);
}
END_TEST

START_TEST(settings_are_in_force)
{
    cc_sec_chl_enclave_opts_t opts = {.sessions_max = 1,
                                      .half_open_max = 3,
                                      .idle_s = 7,
                                      .session_age_s = 9,
                                      .rekey_records = 2000};
    struct line other;

    configured(&opts);
    line_init(&other);
    ck_assert_uint_eq(service_get()->limits.half_open_max_count, 3);
    ck_assert_uint_eq(service_get()->limits.idle_ms, 7000);
    ck_assert_uint_eq(service_get()->limits.session.age_ms, 9000);
    ck_assert_uint_eq(service_get()->limits.session.epoch_records, 2000);
    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
    ck_assert_int_eq(line_open(&other), CC_ERROR_SEC_CHL_CLI_NUM_EXCEED_MAX_LIMIT);
    line_done(&other);
}
END_TEST

START_TEST(clients_channel_turns_its_keys_as_set)
{
    struct member *member;

    line.opts.rekey_records = 1024;
    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
    for (int i = 0; i < 1030; i++)
        ck_assert_int_eq(line_echo(&line, "again"), CC_SUCCESS);
    member = roster_acquire(&service_get()->roster, line.client.session_id);
    ck_assert_uint_eq(member->session.receiver.epoch, 1);
    ck_assert_uint_eq(member->session.sender.epoch, 0);
    roster_release(member);
    cc_sec_chl_client_fini(&line.client);
    line.opts.rekey_records = 1023;
    ck_assert_int_eq(line_open(&line), CC_ERROR_BAD_PARAMETERS);
}
END_TEST

/* --- what the ends have in common ---------------------------------------------------------
 */

START_TEST(both_ends_export_the_same)
{
    uint8_t ours[64], theirs[64];
    size_t id;

    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
    id = line.client.session_id;
    ck_assert_int_eq(cc_sec_chl_client_export(&line.client, "files", "7", 1, ours, sizeof ours),
                     CC_SUCCESS);
    ck_assert_int_eq(cc_sec_chl_enclave_export(id, "files", "7", 1, theirs, sizeof theirs), 0);
    ck_assert_mem_eq(ours, theirs, sizeof ours);
    ck_assert_int_eq(cc_sec_chl_enclave_export(id, "files", "8", 1, theirs, sizeof theirs), 0);
    ck_assert_mem_ne(ours, theirs, sizeof ours);
    ck_assert_int_eq(cc_sec_chl_enclave_export(id, "", NULL, 0, theirs, 1), -1);
    ck_assert_int_eq(cc_sec_chl_enclave_export(id, NULL, NULL, 0, theirs, 1), -1);
    ck_assert_int_eq(cc_sec_chl_enclave_export(id + 1, "files", NULL, 0, theirs, 1), -1);
    ck_assert_int_eq(cc_sec_chl_client_export(&line.client, "files", NULL, 1, ours, 1),
                     CC_ERROR_BAD_PARAMETERS);
    cc_sec_chl_client_fini(&line.client);
    ck_assert_int_eq(cc_sec_chl_client_export(&line.client, "files", NULL, 0, ours, 1),
                     CC_ERROR_SEC_CHL_NOTREADY);
}
END_TEST

START_TEST(peer_of_no_session_is_nobody)
{
    cc_sec_chl_peer_t peer = {.struct_size = sizeof peer};

    ck_assert_int_eq(cc_sec_chl_enclave_get_peer(12345, &peer), -1);
    ck_assert_int_eq(cc_sec_chl_enclave_get_peer(12345, NULL), -1);
    peer.struct_size = 3;
    ck_assert_int_eq(cc_sec_chl_enclave_get_peer(12345, &peer), -1);
    ck_assert_int_eq(cc_sec_chl_svr_fini(&rig.svr), CC_SUCCESS);
    ck_assert_int_eq(cc_sec_chl_enclave_get_peer(12345, &peer), CC_ERROR_SEC_CHL_NOTREADY);
    ck_assert_int_eq(cc_sec_chl_svr_init(&rig.svr), CC_SUCCESS);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("channel/peer");
    TCase *tcase = tcase_of(suite, "peer");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, enclave_learns_which_key_the_client_holds);
    tcase_add_test(tcase, only_listed_keys_are_accepted_when_there_is_a_list);
    tcase_add_test(tcase, client_that_shows_nothing_is_refused_where_it_must);
    tcase_add_test(tcase, enclave_may_refuse_any_client);
    tcase_add_test(tcase, proof_of_another_handshake_is_refused);
    tcase_add_test(tcase, host_can_not_take_the_clients_proof_away);
    tcase_add_test(tcase, key_load_takes_p256_keys_only);
    tcase_add_test(tcase, two_enclaves_attest_each_other);
    tcase_add_test(tcase, key_that_nobody_listed_is_no_way_around_evidence);
    tcase_add_loop_test(tcase, client_evidence_must_be_for_this_purpose_and_handshake, 0, 3);
    tcase_add_test(tcase, client_evidence_is_for_one_handshake);
    tcase_add_test(tcase, judge_says_all_that_the_device_says);
    tcase_add_test(tcase, judge_refuses_what_is_no_evidence_and_leaves_the_peer_alone);
    tcase_add_test(tcase, policy_that_is_none_does_not_load);
    tcase_add_test(tcase, client_outside_of_an_enclave_has_none_to_show);
    tcase_add_test(tcase, client_evidence_without_anybody_to_judge_it_is_refused);
    tcase_add_test(tcase, settings_out_of_range_are_refused);
    tcase_add_test(tcase, settings_of_other_versions);
    tcase_add_test(tcase, running_service_keeps_its_settings);
    tcase_add_test(tcase, settings_are_in_force);
    tcase_add_test(tcase, clients_channel_turns_its_keys_as_set);
    tcase_add_test(tcase, both_ends_export_the_same);
    tcase_add_test(tcase, peer_of_no_session_is_nobody);
    return suite_main(suite);
}
