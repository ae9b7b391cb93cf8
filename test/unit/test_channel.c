/* SPDX-License-Identifier: MulanPSL-2.0 */
/* The channel end to end: opening, talking, closing, sizes, threads, bad arguments. */
#include "channel_rig.h"
#include <sched.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct line line;

static void setup(void)
{
    rig_setup();
    line_init(&line);
}

static void teardown(void)
{
    line_done(&line);
    rig_teardown();
}

static const uint16_t suites[][2] = {{CC_SEC_CHL_SUITE_X25519, CC_SEC_CHL_SUITE_P256},
                                     {CC_SEC_CHL_SUITE_P256, CC_SEC_CHL_SUITE_X25519}};

/* Two suites, two hook styles. */
START_TEST(channel_opens_talks_and_closes)
{
    line.opts.suites = suites[_i / 2];
    line.opts.suite_count = 2;
    line.asynchronous = _i % 2 == 1;
    ck_assert_msg(line_open(&line) == CC_SUCCESS, "%s", cc_sec_chl_error_detail());
    ck_assert_str_eq(cc_sec_chl_error_detail(), "");
    ck_assert_uint_eq(line.requests, 2); /* two round trips */
    ck_assert_uint_ne(line.client.session_id >> 32, 0);
    ck_assert_uint_eq(roster_count(&service_get()->roster), 1);
    ck_assert_uint_eq(pool_count(&service_get()->pool), 0);
    for (int i = 0; i < 20; i++)
        ck_assert_int_eq(line_echo(&line, "good morning"), CC_SUCCESS);
    cc_sec_chl_client_fini(&line.client);
    line_join(&line);
    ck_assert_uint_eq(roster_count(&service_get()->roster), 0);
    ck_assert_int_eq(line_message(&line.response).type, SC2_DESTROY_RSP);
}
END_TEST

START_TEST(messages_fit_the_reads_of_existing_servers)
{
    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
    ck_assert_uint_lt(SC2_MESSAGE_MAX_SIZE + 24, 10240);
    cc_sec_chl_client_fini(&line.client);
    /* Programs of the reference end their thread on a message that begins with a 64-bit 10. */
    ck_assert_mem_eq(line.request.data, "\x0a\0\0\0\0\0\0\0", 8);
}
END_TEST

static int attested_take(const cc_sec_chl_attested_t *attested, void *arg)
{
    *(cc_sec_chl_attested_t *)arg = *attested;
    return 0;
}

static int attested_refuse(const cc_sec_chl_attested_t *attested, void *arg)
{
    (void)attested;
    (void)arg;
    return 1;
}

START_TEST(client_learns_what_was_attested)
{
    cc_sec_chl_attested_t told, asked = {.struct_size = sizeof asked};

    line.opts.attested = attested_take;
    line.opts.attested_arg = &told;
    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
    ck_assert_int_eq(cc_sec_chl_client_attested(&line.client, &asked), CC_SUCCESS);
    ck_assert_mem_eq(&told, &asked, sizeof asked);
    ck_assert_mem_eq(asked.mrenclave, rig.device->body.mrenclave, 32);
    ck_assert_mem_eq(asked.mrsigner, rig.device->body.mrsigner, 32);
    ck_assert_mem_eq(asked.device_id, rig.device->device_id, 16);
    ck_assert_uint_eq(asked.uuid[0], 0x11);
    ck_assert_uint_eq(asked.level, REPORT_LEVEL_INSTALLED);
    ck_assert_uint_eq(asked.protections, rig.device->body.protections);
    ck_assert(asked.simulated && !asked.debug);
    asked.struct_size = 3;
    ck_assert_int_eq(cc_sec_chl_client_attested(&line.client, &asked), CC_ERROR_BAD_PARAMETERS);
}
END_TEST

START_TEST(application_may_refuse_what_was_attested)
{
    line.opts.attested = attested_refuse;
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT);
    ck_assert_ptr_null(line.client.handle);
    ck_assert_uint_eq(roster_count(&service_get()->roster), 0);
}
END_TEST

START_TEST(length_queries_use_up_no_sequence_number)
{
    uint8_t record[100], plain[100];
    size_t size = 0, plain_size = 0, id;

    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
    id = line.client.session_id;
    ck_assert_int_eq(cc_sec_chl_client_encrypt(&line.client, "abc", 3, NULL, &size),
                     CC_ERROR_SEC_CHL_LEN_NOT_ENOUGH);
    ck_assert_uint_eq(size, 43);
    size = 42;
    ck_assert_int_eq(cc_sec_chl_client_encrypt(&line.client, "abc", 3, record, &size),
                     CC_ERROR_SEC_CHL_LEN_NOT_ENOUGH);
    ck_assert_uint_eq(size, 43);
    size = 3 + 64; /* what the Python wrapper offers */
    ck_assert_int_eq(cc_sec_chl_client_encrypt(&line.client, "abc", 3, record, &size), CC_SUCCESS);
    ck_assert_uint_eq(size, 43);
    ck_assert_uint_eq(record[16], 0); /* seq */
    ck_assert_int_eq(cc_sec_chl_enclave_decrypt(id, record, size, NULL, &plain_size),
                     CC_ERROR_SEC_CHL_LEN_NOT_ENOUGH);
    ck_assert_uint_eq(plain_size, 3);
    ck_assert_int_eq(cc_sec_chl_enclave_decrypt(id, record, size, plain, &plain_size), 0);
    size = 0;
    ck_assert_int_eq(cc_sec_chl_enclave_encrypt(id, plain, 3, NULL, &size),
                     CC_ERROR_SEC_CHL_LEN_NOT_ENOUGH);
    ck_assert_uint_eq(size, 43);
    ck_assert_int_eq(cc_sec_chl_enclave_encrypt(id, plain, 3, record, &size), 0);
    ck_assert_uint_eq(record[16], 0);
    plain_size = 2;
    ck_assert_int_eq(cc_sec_chl_client_decrypt(&line.client, record, size, plain, &plain_size),
                     CC_ERROR_SEC_CHL_LEN_NOT_ENOUGH);
    ck_assert_int_eq(cc_sec_chl_client_decrypt(&line.client, record, size, plain, &plain_size),
                     CC_SUCCESS);
}
END_TEST

START_TEST(client_refuses_bad_arguments)
{
    static char bad_uuid[] = "11111111-1111-1111-1111-11111111111x";
    cc_sec_chl_ctx_t *ctx = &line.client;
    size_t size = 8;
    char byte = 0;

    ck_assert_int_eq(cc_sec_chl_client_init(CC_SEC_CHL_ALGO_RSA_ECDH_AES_GCM, NULL),
                     CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_sec_chl_client_init(CC_SEC_CHL_ALGO_MAX, ctx), CC_ERROR_BAD_PARAMETERS);
    ctx->conn_kit.conn = NULL;
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_INVALID_CONN);
    ctx->conn_kit = (cc_conn_kit_t){NULL, &line};
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_INVALID_CONN);
    ctx->conn_kit = (cc_conn_kit_t){line_send, &line};
    ctx->uuid = bad_uuid;
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_INIT_GET_TAID);
    ctx->uuid = NULL;
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_INIT_GET_TAID);
    ck_assert_uint_eq(line.requests, 0);
    ck_assert_int_eq(cc_sec_chl_client_encrypt(NULL, &byte, 1, &byte, &size),
                     CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_sec_chl_client_encrypt(ctx, &byte, 0, &byte, &size),
                     CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_sec_chl_client_encrypt(ctx, &byte, 1, &byte, &size),
                     CC_ERROR_SEC_CHL_NOTREADY);
    ck_assert_int_eq(cc_sec_chl_client_decrypt(ctx, &byte, 1, &byte, NULL),
                     CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_sec_chl_client_decrypt(ctx, &byte, 1, &byte, &size),
                     CC_ERROR_SEC_CHL_NOTREADY);
    ck_assert_int_eq(cc_sec_chl_client_callback(NULL, &byte, 1), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_sec_chl_client_callback(ctx, NULL, 1), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_sec_chl_client_callback(ctx, &byte, 1), CC_ERROR_BAD_PARAMETERS);
    cc_sec_chl_client_fini(NULL);
    cc_sec_chl_client_fini(ctx);
}
END_TEST

START_TEST(options_of_other_versions)
{
    struct {
        cc_sec_chl_client_opts_t opts;
        uint64_t later;
    } newer = {.opts = line.opts, .later = 0};
    static const uint16_t unknown[] = {0x0102};

    newer.opts.struct_size = sizeof newer;
    ck_assert_int_eq(cc_sec_chl_client_init_ex(0, &line.client, &newer.opts), CC_SUCCESS);
    ck_assert_int_eq(line_open(&line), CC_ERROR_BAD_PARAMETERS); /* open already */
    cc_sec_chl_client_fini(&line.client);
    newer.later = 1;
    ck_assert_int_eq(cc_sec_chl_client_init_ex(0, &line.client, &newer.opts),
                     CC_ERROR_NOT_SUPPORTED);
    line.opts.struct_size = offsetof(cc_sec_chl_client_opts_t, timeout_ms);
    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
    cc_sec_chl_client_fini(&line.client);
    line.opts.struct_size = 0;
    ck_assert_int_eq(line_open(&line), CC_ERROR_BAD_PARAMETERS);
    line.opts.struct_size = sizeof line.opts;
    line.opts.suites = unknown;
    line.opts.suite_count = 1;
    ck_assert_int_eq(line_open(&line), CC_ERROR_NOT_SUPPORTED);
    ck_assert_ptr_nonnull(strstr(cc_sec_chl_error_detail(), "no such suite"));
    ck_assert_ptr_nonnull(strstr(cc_sec_chl_error_detail(), "this is OpenSSL 3."));
}
END_TEST

START_TEST(enclave_functions_refuse_bad_arguments)
{
    size_t size = 64, id;
    uint8_t out[64];

    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
    id = line.client.session_id;
    ck_assert_int_eq(cc_sec_chl_enclave_encrypt(id, NULL, 1, out, &size), -1);
    ck_assert_int_eq(cc_sec_chl_enclave_encrypt(id, "a", 0, out, &size), -1);
    ck_assert_int_eq(cc_sec_chl_enclave_encrypt(id, "a", 1, out, NULL), -1);
    ck_assert_int_eq(cc_sec_chl_enclave_encrypt(id + 1, "a", 1, out, &size), -1);
    ck_assert_int_eq(cc_sec_chl_enclave_encrypt(0, "a", 1, out, &size), -1);
    ck_assert_int_eq(cc_sec_chl_enclave_decrypt(id + 1, "a", 1, out, &size), -1);
    ck_assert_int_eq(cc_sec_chl_enclave_decrypt(id, "a", 1, out, &size),
                     CC_ERROR_SEC_CHL_ENCRYPTED_LEN_INVALID);
    ck_assert_int_eq(cc_sec_chl_svr_fini(&rig.svr), CC_SUCCESS);
    ck_assert_int_eq(cc_sec_chl_enclave_encrypt(id, "a", 1, out, &size), CC_ERROR_SEC_CHL_NOTREADY);
    ck_assert_int_eq(cc_sec_chl_enclave_decrypt(id, "a", 1, out, &size), CC_ERROR_SEC_CHL_NOTREADY);
}
END_TEST

START_TEST(host_answers_also_before_init_and_after_fini)
{
    cc_sec_chl_svr_ctx_t never = {.enclave_ctx = &rig.enclave};

    line.conn.svr_ctx = &never;
    ck_assert_int_eq(cc_sec_chl_svr_callback(&line.conn, "x", 1), CC_ERROR_SEC_CHL_NOTREADY);
    ck_assert_uint_eq(line_message(&line.response).status, CC_ERROR_SEC_CHL_NOTREADY);
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_NOTREADY);
    ck_assert_int_eq(cc_sec_chl_svr_fini(&never), CC_SUCCESS);
    ck_assert_int_eq(cc_sec_chl_svr_fini(NULL), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_sec_chl_svr_init(NULL), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_sec_chl_svr_init(&rig.svr), CC_SUCCESS); /* again */
    ck_assert_int_eq(cc_sec_chl_svr_fini(&rig.svr), CC_SUCCESS);
    ck_assert(!rig.svr.is_init);
    line.conn.svr_ctx = &rig.svr;
    ck_assert_int_eq(cc_sec_chl_svr_callback(&line.conn, "x", 1), CC_ERROR_SEC_CHL_NOTREADY);
    ck_assert_int_eq(cc_sec_chl_svr_callback(NULL, "x", 1), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_sec_chl_svr_callback(&line.conn, "x", 0), CC_ERROR_BAD_PARAMETERS);
    line.conn.conn_kit.send = NULL;
    ck_assert_int_eq(cc_sec_chl_svr_callback(&line.conn, "x", 1), CC_ERROR_SEC_CHL_INVALID_CONN);
}
END_TEST

START_TEST(host_says_what_is_missing_without_the_edl)
{
    cc_sec_chl_svr_ctx_t other = {.enclave_ctx = &rig.enclave};
    struct relay_calls all = rig_calls;

    rig_calls.process = NULL;
    ck_assert_int_eq(cc_sec_chl_svr_init(&other), CC_ERROR_SEC_CHL_SVR_INIT);
    ck_assert_ptr_nonnull(
        strstr(cc_sec_chl_svr_error_detail(), "from \"secure_channel.edl\" import *"));
    rig_calls = all;
}
END_TEST

static cc_enclave_result_t process_dead(cc_enclave_t *enclave, int *retval, const uint8_t *req,
                                        size_t req_len, uint8_t *rsp, size_t rsp_cap,
                                        size_t *rsp_len)
{
    (void)enclave, (void)retval, (void)req, (void)req_len, (void)rsp, (void)rsp_cap, (void)rsp_len;
    return CC_ERROR_ENCLAVE_DEAD;
}

START_TEST(host_answers_when_the_enclave_is_dead)
{
    struct relay_calls all = rig_calls;

    ck_assert_int_eq(cc_sec_chl_svr_fini(&rig.svr), CC_SUCCESS);
    rig_calls.process = process_dead;
    ck_assert_int_eq(cc_sec_chl_svr_init(&rig.svr), CC_SUCCESS);
    ck_assert_int_eq(line_open(&line), CC_FAIL);
    rig_calls = all;
}
END_TEST

START_TEST(failed_sends_have_their_codes)
{
    line.broken = true;
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_GET_SVR_PUBKEY);
    ck_assert_ptr_null(line.client.handle);
}
END_TEST

START_TEST(silence_ends_with_its_code)
{
    line.cut = true;
    line.opts.timeout_ms = 30;
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_WAITING_RECV_MSG);
    ck_assert_uint_eq(line.requests, 1); /* nobody was heard: no goodbye into the void */
}
END_TEST

static void oversize(struct line *l, struct buf *message)
{
    (void)l;
    buf_free(message);
    ck_assert(buf_alloc(message, SC2_RECEIVE_MAX_SIZE + 1));
}

START_TEST(oversized_messages_are_refused_on_both_sides)
{
    line.on_response = oversize;
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_RECV_MSG_LEN_INVALID);
    line.on_response = NULL;
    line.on_request = oversize;
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_RECV_MSG_LEN_INVALID);
}
END_TEST

START_TEST(trailing_bytes_are_tolerated)
{
    uint8_t longer[SC2_MESSAGE_MAX_SIZE];

    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
    memcpy(longer, line.response.data, line.response.size);
    longer[line.response.size] = 0;
    ck_assert_int_eq(cc_sec_chl_client_callback(&line.client, longer, line.response.size + 1),
                     CC_SUCCESS); /* unasked for: dropped */
    ck_assert_int_eq(line_echo(&line, "still works"), CC_SUCCESS);
}
END_TEST

START_TEST(fini_is_idempotent_and_late_callbacks_are_safe)
{
    cc_sec_chl_ctx_t copy;
    char byte = 0;

    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
    copy = line.client;
    cc_sec_chl_client_fini(&line.client);
    ck_assert_ptr_null(line.client.handle);
    cc_sec_chl_client_fini(&line.client);
    ck_assert_int_eq(cc_sec_chl_client_callback(&line.client, &byte, 1), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
    ck_assert_int_eq(cc_sec_chl_client_callback(&copy, &byte, 1), CC_ERROR_BAD_PARAMETERS);
    cc_sec_chl_client_fini(&copy); /* of the first channel: must not end the second */
    ck_assert_int_eq(line_echo(&line, "alive"), CC_SUCCESS);
}
END_TEST

static atomic_bool stop_calling;

static void *call_back_forever(void *arg)
{
    struct line *l = arg;
    char junk[64] = {0};

    while (!atomic_load(&stop_calling)) {
        cc_enclave_result_t rc = cc_sec_chl_client_callback(&l->client, junk, sizeof junk);

        ck_assert(rc == CC_SUCCESS || rc == CC_ERROR_BAD_PARAMETERS);
    }
    return NULL;
}

START_TEST(fini_during_callbacks)
{
    pthread_t thread;

    ck_assert_int_eq(pthread_create(&thread, NULL, call_back_forever, &line), 0);
    for (size_t i = count_of(COUNT_FINI_ROUNDS); i > 0; i--) {
        (void)line_open(&line); /* junk may arrive first: then it fails, cleanly */
        cc_sec_chl_client_fini(&line.client);
    }
    atomic_store(&stop_calling, true);
    pthread_join(thread, NULL);
}
END_TEST

static void *open_in_thread(void *arg)
{
    return (void *)(uintptr_t)line_open(arg);
}

START_TEST(fini_ends_an_init_that_waits)
{
    pthread_t thread;
    void *rc;

    line.cut = true;
    ck_assert_int_eq(pthread_create(&thread, NULL, open_in_thread, &line), 0);
    while (__atomic_load_n(&line.client.handle, __ATOMIC_ACQUIRE) == NULL)
        sched_yield();
    cc_sec_chl_client_fini(&line.client);
    pthread_join(thread, &rc);
    ck_assert_uint_eq((uintptr_t)rc, CC_ERROR_SEC_CHL_NOTREADY);
}
END_TEST

enum { CLIENTS = 4 };

static void *client_run(void *arg)
{
    struct line *l = arg;
    size_t rounds = count_of(COUNT_CHANNEL_ROUNDS);

    for (size_t i = 0; i < rounds; i++) {
        if (line_open(l) != CC_SUCCESS)
            return "open";
        for (size_t k = 0; k < rounds; k++)
            if (line_echo(l, "from one of many") != CC_SUCCESS)
                return "echo";
        cc_sec_chl_client_fini(&l->client);
        line_join(l);
    }
    return NULL;
}

START_TEST(many_clients_at_once)
{
    static struct line lines[CLIENTS];
    pthread_t threads[CLIENTS];

    for (size_t i = 0; i < CLIENTS; i++) {
        line_init(&lines[i]);
        lines[i].asynchronous = i % 2 == 1;
        ck_assert_int_eq(pthread_create(&threads[i], NULL, client_run, &lines[i]), 0);
    }
    for (size_t i = 0; i < CLIENTS; i++) {
        void *what;

        pthread_join(threads[i], &what);
        ck_assert_msg(what == NULL, "%s", (const char *)what);
        line_done(&lines[i]);
    }
    ck_assert_uint_eq(roster_count(&service_get()->roster), 0);
}
END_TEST

START_TEST(svr_fini_during_traffic)
{
    pthread_t threads[CLIENTS];
    static struct line lines[CLIENTS];

    for (size_t i = 0; i < CLIENTS; i++) {
        line_init(&lines[i]);
        ck_assert_int_eq(pthread_create(&threads[i], NULL, client_run, &lines[i]), 0);
    }
    while (roster_count(&service_get()->roster) == 0) /* until there is traffic */
        sched_yield();
    ck_assert_int_eq(cc_sec_chl_svr_fini(&rig.svr), CC_SUCCESS);
    for (size_t i = 0; i < CLIENTS; i++) {
        pthread_join(threads[i], NULL);
        line_done(&lines[i]);
    }
    ck_assert_uint_eq(roster_count(&service_get()->roster), 0);
    ck_assert_uint_eq(pool_count(&service_get()->pool), 0);
}
END_TEST

/* --- where the policy comes from ----------------------------------------------------------------
 */

static char folder[FOLDER_ROOM], policy_file[FOLDER_ROOM + 32];

static void policy_write(const char *text)
{
    FILE *file;

    folder_fresh(folder);
    snprintf(policy_file, sizeof policy_file, "%s/secgear", folder);
    ck_assert_int_eq(mkdir(policy_file, 0700), 0);
    snprintf(policy_file, sizeof policy_file, "%s/secgear/policy.json", folder);
    file = fopen(policy_file, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fputs(text, file) >= 0, 1);
    fclose(file);
}

START_TEST(policy_is_found_in_its_places)
{
    policy_write(rig.policy);
    line.opts.policy_json = NULL;
    line.opts.policy_path = policy_file;
    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
    cc_sec_chl_client_fini(&line.client);
    line.opts.policy_path = NULL;
    setenv("SECGEAR_POLICY", policy_file, 1);
    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
    cc_sec_chl_client_fini(&line.client);
    unsetenv("SECGEAR_POLICY");
    setenv("XDG_CONFIG_HOME", folder, 1);
    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
    cc_sec_chl_client_fini(&line.client);
    /* The first place that has one decides, even if it can not be used. */
    setenv("SECGEAR_POLICY", "/nonexistent/policy.json", 1);
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT);
    ck_assert_ptr_nonnull(strstr(cc_sec_chl_error_detail(), "/nonexistent/policy.json"));
}
END_TEST

START_TEST(no_policy_or_a_broken_one_is_a_refusal)
{
    line.opts.policy_json = NULL;
    unsetenv("SECGEAR_POLICY");
    setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
    if (access("/etc/secgear/policy.json", F_OK) != 0) {
        ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT);
        ck_assert_ptr_nonnull(strstr(cc_sec_chl_error_detail(), "none found"));
    }
    line.opts.policy_json = "{}";
    line.opts.policy_json_len = 2;
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT);
    line.opts.policy_json_len = ((size_t)1 << 20) + 1;
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT);
    ck_assert_ptr_nonnull(strstr(cc_sec_chl_error_detail(), "larger than 1 MiB"));
    line.opts.policy_json = NULL;
    line.opts.policy_path = "/tmp"; /* a folder */
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT);
    ck_assert_uint_eq(line.requests, 0); /* nothing is said before there is a policy */
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("channel");
    TCase *tcase = tcase_of(suite, "end to end");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, channel_opens_talks_and_closes, 0, 4);
    tcase_add_test(tcase, messages_fit_the_reads_of_existing_servers);
    tcase_add_test(tcase, client_learns_what_was_attested);
    tcase_add_test(tcase, application_may_refuse_what_was_attested);
    tcase_add_test(tcase, length_queries_use_up_no_sequence_number);
    tcase_add_test(tcase, client_refuses_bad_arguments);
    tcase_add_test(tcase, options_of_other_versions);
    tcase_add_test(tcase, enclave_functions_refuse_bad_arguments);
    tcase_add_test(tcase, host_answers_also_before_init_and_after_fini);
    tcase_add_test(tcase, host_says_what_is_missing_without_the_edl);
    tcase_add_test(tcase, host_answers_when_the_enclave_is_dead);
    tcase_add_test(tcase, failed_sends_have_their_codes);
    tcase_add_test(tcase, silence_ends_with_its_code);
    tcase_add_test(tcase, oversized_messages_are_refused_on_both_sides);
    tcase_add_test(tcase, trailing_bytes_are_tolerated);
    tcase_add_test(tcase, fini_is_idempotent_and_late_callbacks_are_safe);
    tcase_add_test(tcase, fini_during_callbacks);
    tcase_add_test(tcase, fini_ends_an_init_that_waits);
    tcase_add_test(tcase, many_clients_at_once);
    tcase_add_test(tcase, svr_fini_during_traffic);
    tcase_add_test(tcase, policy_is_found_in_its_places);
    tcase_add_test(tcase, no_policy_or_a_broken_one_is_a_refusal);
    return suite_main(suite);
}
