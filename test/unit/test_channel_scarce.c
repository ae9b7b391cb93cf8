/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Too little memory, and no random numbers: whatever fails while a channel opens or is used, ends
 * that with an error which says so, opens nothing by halves, and the next one works. The crypto
 * library's allocations fail like our own.
 */
#include "channel_ask.h"
#include "cookie.h"
#include "fault.h"
#include <openssl/crypto.h>
#include <stdlib.h>

static struct line line;
static cc_sec_chl_key_t *key;
static bool codes[128]; /* of status.h, that were seen */

/* Called from here, malloc() is the one that fails when it is told to. */
static void *scarce_malloc(size_t size, const char *file, int at)
{
    (void)file;
    (void)at;
    return malloc(size);
}

static void *scarce_realloc(void *data, size_t size, const char *file, int at)
{
    (void)file;
    (void)at;
    return realloc(data, size);
}

static void scarce_free(void *data, const char *file, int at)
{
    (void)file;
    (void)at;
    free(data);
}

/* Before that library has allocated anything. */
__attribute__((constructor)) static void scarce_install(void)
{
    if (fault_available() &&
        CRYPTO_set_mem_functions(scarce_malloc, scarce_realloc, scarce_free) != 1)
        abort();
}

static void setup(void)
{
    rig_setup();
    line_init(&line);
    memset(codes, 0, sizeof codes);
    ck_assert_int_eq(cc_sec_chl_key_load(RIG_KEY_PEM, strlen(RIG_KEY_PEM), &key), CC_SUCCESS);
}

static void teardown(void)
{
    line_done(&line);
    rig_teardown();
    ck_assert_int_eq(cc_sec_chl_enclave_configure(NULL), 0);
    cc_sec_chl_key_free(key);
}

/* Of what can not be done for want of something: none that blames the other end's bytes. */
static bool code_known(cc_enclave_result_t rc)
{
    static const cc_enclave_result_t known[] = {
        CC_ERROR_SEC_CHL_MEMORY,
        CC_ERROR_SEC_CHL_GEN_RANDOM,
        CC_ERROR_SEC_CHL_GEN_LOCAL_EXCH_PARAM,
        CC_ERROR_DRIVE_SESSIONKEY,
        CC_ERROR_SEC_CHL_GET_RA_REPORT,
        CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT,             /* not verified, whatever the reason */
        CC_ERROR_SEC_CHL_VERIFY_PEER_EXCH_BUF_SIGNATURE, /* the same */
        CC_ERROR_SEC_CHL_CLI_NUM_EXCEED_MAX_LIMIT,       /* a cookie that could not be checked */
    };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i] == rc)
            return true;
    return false;
}

/* Either it works, or it says why not and leaves nothing that could be used. */
static void channel_check(cc_enclave_result_t rc)
{
    size_t size = 0;

    if (rc == CC_SUCCESS) {
        ck_assert_int_eq(line_echo(&line, "in spite of it"), CC_SUCCESS);
    } else {
        ck_assert_str_ne(cc_sec_chl_error_detail(), "");
        ck_assert_msg(code_known(rc), "%d: %s", rc, cc_sec_chl_error_detail());
        codes[rc] = true;
        ck_assert_ptr_null(line.client.handle);
        ck_assert_int_eq(cc_sec_chl_client_encrypt(&line.client, "x", 1, NULL, &size),
                         CC_ERROR_SEC_CHL_NOTREADY);
    }
    cc_sec_chl_client_fini(&line.client);
}

/* Opens a channel with the first, the second, ... failing, until one runs through untouched. */
static void each_failed(void (*arm)(unsigned nth))
{
    size_t size = strlen(rig.policy);
    cc_enclave_result_t rc;
    unsigned nth = 0;
    bool fired;

    memset(rig.policy + size, ' ', 8);
    do {
        /* The same policy in other bytes: one that was parsed before costs no memory. */
        line.opts.policy_json_len = size + ++nth % 8;
        arm(nth);
        rc = line_open(&line);
        fired = fault_disarm();
        ck_assert(!fired || rc != CC_SUCCESS || arm != fault_random_arm);
        channel_check(rc);
    } while (fired);
    ck_assert_int_eq(rc, CC_SUCCESS);
    ck_assert_uint_gt(nth, 3);
}

/* What differs: nothing, a client's key, the other curve, other vendors' evidence in the policy, a
 * service that asks for cookies. */
static void variant_choose(int which)
{
    static const uint16_t p256 = CC_SEC_CHL_SUITE_P256;
    char *end = rig.policy + strlen(rig.policy) - 1;

    if (which == 1)
        line.opts.key = key;
    if (which == 2) {
        line.opts.suites = &p256;
        line.opts.suite_count = 1;
    }
    if (which == 3) {
        *strchr(rig.policy, '1') = '2'; /* the schema */
        strcpy(end, ",\"tees\":{\"nitro\":{\"claims\":{\"pcr0\":\"00\"}}}}");
    }
    for (int i = 0; which == 4 && i < POOL_MAX_COUNT / 2; i++)
        (void)hello_session();
}

START_TEST(channel_opens_or_not_with_each_allocation_failing)
{
    if (!fault_available())
        return;
    variant_choose(_i);
    each_failed(fault_arm);
    ck_assert(codes[CC_ERROR_SEC_CHL_MEMORY]);
    ck_assert(codes[CC_ERROR_DRIVE_SESSIONKEY]);
    ck_assert(codes[CC_ERROR_SEC_CHL_GEN_LOCAL_EXCH_PARAM]);
    ck_assert(_i != 1 || codes[CC_ERROR_SEC_CHL_GET_RA_REPORT]);
}
END_TEST

START_TEST(channel_opens_or_not_with_each_random_number_failing)
{
    if (!fault_available())
        return;
    each_failed(fault_random_arm);
    ck_assert(codes[CC_ERROR_SEC_CHL_GEN_RANDOM]);
}
END_TEST

/* What each step's failure is called, at whichever end: never that somebody changed something. */
static const struct {
    enum fault_crypto which;
    cc_enclave_result_t code;
    cc_enclave_result_t elsewhere; /* policies, cookies and certificates use it, too */
} STEPS[] = {
    {FAULT_HASH, CC_ERROR_DRIVE_SESSIONKEY, CC_ERROR_SEC_CHL_MEMORY},
    {FAULT_SHA512, CC_ERROR_DRIVE_SESSIONKEY, 0},
    {FAULT_EXTRACT, CC_ERROR_DRIVE_SESSIONKEY, 0},
    {FAULT_EXPAND, CC_ERROR_DRIVE_SESSIONKEY, 0},
    {FAULT_HMAC, CC_ERROR_DRIVE_SESSIONKEY, CC_ERROR_SEC_CHL_MEMORY},
    {FAULT_SHA256, CC_ERROR_SEC_CHL_MEMORY, CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT},
    {FAULT_ECDH, CC_ERROR_SEC_CHL_GEN_LOCAL_EXCH_PARAM, 0},
};
enum { STEP_COUNT = sizeof STEPS / sizeof STEPS[0] };

static int evidence_some(const uint8_t *user_data, uint8_t *evidence, size_t *size, void *arg)
{
    (void)arg;
    memcpy(evidence, user_data, 64);
    *size = 64;
    return 0;
}

static int evidence_accept(const uint8_t *evidence, size_t size, const uint8_t *user_data,
                           cc_sec_chl_peer_t *peer, void *arg)
{
    (void)peer;
    (void)arg;
    return size == 64 && memcmp(evidence, user_data, size) == 0 ? 0 : -1;
}

START_TEST(failed_step_is_called_by_its_name)
{
    const cc_sec_chl_enclave_opts_t opts = {.struct_size = sizeof opts,
                                            .client_evidence = evidence_accept};
    bool cookies = _i / STEP_COUNT == 1;
    cc_enclave_result_t rc;

    if (!fault_available())
        return;
    ck_assert_int_eq(cc_sec_chl_svr_fini(&rig.svr), CC_SUCCESS);
    ck_assert_int_eq(cc_sec_chl_enclave_configure(&opts), 0);
    ck_assert_int_eq(cc_sec_chl_svr_init(&rig.svr), CC_SUCCESS);
    if (cookies)
        variant_choose(4);
    else
        line.opts.evidence = evidence_some;
    for (unsigned nth = 1;; nth++) {
        fault_crypto_arm(STEPS[_i % STEP_COUNT].which, nth);
        rc = line_open(&line);
        if (!fault_disarm())
            break;
        if (rc == CC_SUCCESS && STEPS[_i % STEP_COUNT].which == FAULT_HASH) {
            channel_check(rc); /* what was verified before is found by a hash, or verified again */
            continue;
        }
        ck_assert_msg(rc == STEPS[_i % STEP_COUNT].code || rc == STEPS[_i % STEP_COUNT].elsewhere ||
                          (cookies && rc == CC_ERROR_SEC_CHL_CLI_NUM_EXCEED_MAX_LIMIT),
                      "%u: %d: %s", nth, rc, cc_sec_chl_error_detail());
        channel_check(rc);
    }
    ck_assert(codes[STEPS[_i % STEP_COUNT].code]);
    ck_assert(!cookies || STEPS[_i % STEP_COUNT].which != FAULT_HMAC ||
              codes[CC_ERROR_SEC_CHL_MEMORY]);
    channel_check(rc);
}
END_TEST

START_TEST(service_does_not_start_without_random_numbers)
{
    if (!fault_available())
        return;
    ck_assert_int_eq(cc_sc_stop(), 0);
    fault_random_arm(1);
    ck_assert_int_eq(cc_sc_start(), CC_ERROR_SEC_CHL_GEN_RANDOM);
    ck_assert(fault_disarm());
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_NOTREADY);
    ck_assert_int_eq(cc_sc_start(), 0);
    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
}
END_TEST

/* A limit of what it seals is no reason to go on with the old key. */
START_TEST(keys_turn_once_there_is_memory_again)
{
    uint8_t record[64];
    size_t size = sizeof record;
    unsigned failed = 0, nth = 0;

    if (!fault_available())
        return;
    line.opts.rekey_records = 1024;
    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
    for (int i = 0; i < 1024; i++)
        ck_assert_int_eq(line_echo(&line, "first epoch"), CC_SUCCESS);
    for (cc_enclave_result_t rc = CC_FAIL; rc != CC_SUCCESS; failed++) {
        size = sizeof record;
        fault_arm(++nth);
        rc = cc_sec_chl_client_encrypt(&line.client, "x", 1, record, &size);
        ck_assert_int_eq(rc, fault_disarm() ? CC_ERROR_SEC_CHL_ENCRYPT : CC_SUCCESS);
    }
    ck_assert_uint_gt(failed, 2);
    ck_assert_uint_eq(record[12], 1); /* epoch */
    ck_assert_int_eq(line_echo(&line, "second epoch"), CC_SUCCESS);
}
END_TEST

START_TEST(exporter_and_key_say_that_memory_is_out)
{
    cc_sec_chl_key_t *none = NULL;
    uint8_t out[16];
    unsigned nth;

    if (!fault_available())
        return;
    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
    for (nth = 1;; nth++) {
        cc_enclave_result_t rc;

        fault_arm(nth);
        rc = cc_sec_chl_client_export(&line.client, "files", NULL, 0, out, sizeof out);
        if (!fault_disarm())
            break;
        ck_assert_int_eq(rc, CC_ERROR_DRIVE_SESSIONKEY);
    }
    ck_assert_uint_gt(nth, 1);
    for (nth = 1;; nth++) {
        cc_enclave_result_t rc;

        fault_arm(nth);
        rc = cc_sec_chl_key_load(RIG_KEY_PEM, strlen(RIG_KEY_PEM), &none);
        if (!fault_disarm())
            break;
        ck_assert(nth > 1 || rc == CC_ERROR_SEC_CHL_MEMORY);
        ck_assert_int_eq(none != NULL, rc == CC_SUCCESS); /* some of them can be done without */
        cc_sec_chl_key_free(none);
        none = NULL;
    }
    cc_sec_chl_key_free(none);
}
END_TEST

START_TEST(settings_stay_when_there_is_no_memory_for_new_ones)
{
    uint8_t points[2 * CC_SEC_CHL_KEY_POINT_SIZE] = {4};
    cc_sec_chl_enclave_opts_t opts = {.struct_size = sizeof opts, .sessions_max = 7};

    if (!fault_available())
        return;
    ck_assert_int_eq(cc_sec_chl_svr_fini(&rig.svr), CC_SUCCESS);
    ck_assert_int_eq(cc_sec_chl_enclave_configure(&opts), 0);
    opts.client_keys = points;
    opts.client_key_count = 2;
    opts.sessions_max = 8;
    fault_arm(1);
    ck_assert_int_eq(cc_sec_chl_enclave_configure(&opts), CC_ERROR_SEC_CHL_MEMORY);
    ck_assert(fault_disarm());
    ck_assert_uint_eq(service_get()->limits.sessions_max_count, 7);
    ck_assert_int_eq(cc_sec_chl_svr_init(&rig.svr), CC_SUCCESS);
    line.opts.key = key;
    ck_assert_int_eq(line_open(&line), CC_SUCCESS); /* any key, as before */
}
END_TEST

/* Over what a failed hash left in memory, two HELLOs could have the same one. */
START_TEST(no_cookie_is_made_without_its_hash)
{
    static const struct secret secret = {.bytes = {1}};
    uint8_t cookie[COOKIE_SIZE];

    if (!fault_available())
        return;
    ck_assert(cookie_make(&secret, 1, view_text("hello"), cookie));
    fault_crypto_arm(FAULT_SHA256, 1);
    ck_assert(!cookie_make(&secret, 1, view_text("hello"), cookie));
    ck_assert(fault_disarm());
    fault_crypto_arm(FAULT_HMAC, 1);
    ck_assert(!cookie_make(&secret, 1, view_text("hello"), cookie));
    ck_assert(fault_disarm());
}
END_TEST

START_TEST(enclave_that_does_not_know_itself_opens_nothing)
{
    rig.no_identity = true;
    ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_GET_RA_REPORT);
    rig.no_identity = false;
    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("channel/scarce");
    TCase *tcase = tcase_of(suite, "scarce");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, channel_opens_or_not_with_each_allocation_failing, 0, 5);
    tcase_add_test(tcase, channel_opens_or_not_with_each_random_number_failing);
    tcase_add_loop_test(tcase, failed_step_is_called_by_its_name, 0, 2 * STEP_COUNT);
    tcase_add_test(tcase, service_does_not_start_without_random_numbers);
    tcase_add_test(tcase, keys_turn_once_there_is_memory_again);
    tcase_add_test(tcase, exporter_and_key_say_that_memory_is_out);
    tcase_add_test(tcase, settings_stay_when_there_is_no_memory_for_new_ones);
    tcase_add_test(tcase, no_cookie_is_made_without_its_hash);
    tcase_add_test(tcase, enclave_that_does_not_know_itself_opens_nothing);
    return suite_main(suite);
}
