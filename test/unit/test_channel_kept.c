/* SPDX-License-Identifier: MulanPSL-2.0 */
/* What the client library keeps from one channel to the next: policies, chains, places. */
#include "channel_rig.h"
#include <stdlib.h>
#include <unistd.h>

enum { PLACES = 40 }; /* more than a chunk of places */

static struct line line;
static char path[FOLDER_ROOM + 8];

static void setup(void)
{
    rig_setup();
    line_init(&line);
    folder_fresh(path);
    strcat(path, "/policy");
}

static void teardown(void)
{
    line_done(&line);
    rig_teardown();
}

static void policy_file_write(void)
{
    FILE *file = fopen(path, "w");

    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(rig.policy, file), 0);
    fclose(file);
    line.opts.policy_json = NULL;
    line.opts.policy_path = path;
}

START_TEST(policy_that_changes_counts_at_once)
{
    for (int i = 0; i < 3; i++) {
        rig_policy(RIG_MRENCLAVE);
        policy_file_write();
        ck_assert_int_eq(line_open(&line), CC_SUCCESS);
        cc_sec_chl_client_fini(&line.client);
        rig_policy("\"mrenclave\":\""
                   "3222222222222222222222222222222222222222222222222222222222222222\"");
        policy_file_write();
        ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT);
    }
}
END_TEST

/* More than are kept, so that each is pushed out while another one is in use. */
START_TEST(policies_push_each_other_out)
{
    char members[200];

    for (int i = 0; i < 12; i++) {
        snprintf(members, sizeof members, RIG_MRENCLAVE ",\"max_age_s\":%d", 100 + i % 6);
        rig_policy(members);
        line.opts.policy_json_len = strlen(rig.policy);
        ck_assert_msg(line_open(&line) == CC_SUCCESS, "%s", cc_sec_chl_error_detail());
        cc_sec_chl_client_fini(&line.client);
    }
}
END_TEST

START_TEST(broken_policy_is_refused_each_time)
{
    line.opts.policy_json = "{\"schema\":1";
    line.opts.policy_json_len = strlen(line.opts.policy_json);
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(line_open(&line), CC_ERROR_SEC_CHL_INIT_VERIFY_REPORT);
        ck_assert_ptr_nonnull(strstr(cc_sec_chl_error_detail(), "policy of the options"));
    }
}
END_TEST

START_TEST(chain_is_verified_again_on_request)
{
    for (int i = 0; i < 3; i++) {
        line.opts.flags = i > 0 ? CC_SEC_CHL_OPT_VERIFY_CHAIN : 0;
        ck_assert_int_eq(line_open(&line), CC_SUCCESS);
        ck_assert_int_eq(line_echo(&line, "again"), CC_SUCCESS);
        cc_sec_chl_client_fini(&line.client);
    }
    line.opts.flags = 2;
    ck_assert_int_eq(line_open(&line), CC_ERROR_NOT_SUPPORTED);
}
END_TEST

/* The place of a closed channel serves the next one: a copy of the old ctx must not reach it. */
START_TEST(copy_of_a_closed_ctx_reaches_nothing)
{
    uint8_t room[100];
    size_t size;

    for (int i = 0; i < 2 * PLACES; i++) {
        cc_sec_chl_ctx_t copy;

        ck_assert_int_eq(line_open(&line), CC_SUCCESS);
        copy = line.client;
        cc_sec_chl_client_fini(&line.client);
        ck_assert_int_eq(line_open(&line), CC_SUCCESS);
        ck_assert_ptr_ne(copy.handle, line.client.handle);
        size = sizeof room;
        ck_assert_int_eq(cc_sec_chl_client_encrypt(&copy, "x", 1, room, &size),
                         CC_ERROR_SEC_CHL_NOTREADY);
        ck_assert_int_eq(cc_sec_chl_client_decrypt(&copy, room, 41, room + 50, &size),
                         CC_ERROR_SEC_CHL_NOTREADY);
        ck_assert_int_eq(cc_sec_chl_client_callback(&copy, room, 10), CC_ERROR_BAD_PARAMETERS);
        cc_sec_chl_client_fini(&copy);
        ck_assert_int_eq(line_echo(&line, "still here"), CC_SUCCESS);
        cc_sec_chl_client_fini(&line.client);
    }
}
END_TEST

START_TEST(forged_handle_reaches_nothing)
{
    static const uint64_t forged[] = {1, 31, 32, 1 << 20, UINT64_MAX, UINT64_MAX << 20, 0xfffff};
    cc_sec_chl_ctx_t ctx;
    uint8_t room[100];
    size_t size = sizeof room;

    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
    ctx = line.client;
    for (size_t i = 0; i < sizeof forged / sizeof forged[0]; i++) {
        ctx.handle = (cc_sec_chl_handle_t *)((uintptr_t)line.client.handle ^ forged[i]);
        ck_assert_int_eq(cc_sec_chl_client_encrypt(&ctx, "x", 1, room, &size),
                         CC_ERROR_SEC_CHL_NOTREADY);
        ck_assert_int_eq(cc_sec_chl_client_callback(&ctx, room, 10), CC_ERROR_BAD_PARAMETERS);
    }
    ck_assert_int_eq(line_echo(&line, "still here"), CC_SUCCESS);
}
END_TEST

START_TEST(many_channels_are_open_at_once)
{
    static struct line lines[PLACES];

    for (size_t i = 0; i < PLACES; i++) {
        line_init(&lines[i]);
        ck_assert_int_eq(line_open(&lines[i]), CC_SUCCESS);
    }
    for (size_t i = 0; i < PLACES; i++)
        ck_assert_int_eq(line_echo(&lines[i], "mine"), CC_SUCCESS);
    for (size_t i = 0; i < PLACES; i++)
        line_done(&lines[i]);
}
END_TEST

static void *seal_until_closed(void *arg)
{
    cc_sec_chl_ctx_t *ctx = arg;
    cc_enclave_result_t rc;
    uint8_t record[100];

    do {
        size_t size = sizeof record;

        rc = cc_sec_chl_client_encrypt(ctx, "text", 4, record, &size);
    } while (rc == CC_SUCCESS);
    return (void *)(uintptr_t)rc;
}

START_TEST(sealing_ends_when_another_thread_closes)
{
    for (int i = 0; i < 20; i++) {
        cc_sec_chl_ctx_t copies[2];
        pthread_t threads[2];
        void *rc;

        ck_assert_int_eq(line_open(&line), CC_SUCCESS);
        for (int k = 0; k < 2; k++) {
            copies[k] = line.client;
            ck_assert_int_eq(pthread_create(&threads[k], NULL, seal_until_closed, &copies[k]), 0);
        }
        ck_assert_int_eq(line_echo(&line, "meanwhile"), CC_SUCCESS);
        cc_sec_chl_client_fini(&line.client);
        for (int k = 0; k < 2; k++) {
            pthread_join(threads[k], &rc);
            ck_assert_uint_eq((uintptr_t)rc, CC_ERROR_SEC_CHL_NOTREADY);
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("channel/kept");
    TCase *tcase = tcase_of(suite, "kept");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, policy_that_changes_counts_at_once);
    tcase_add_test(tcase, policies_push_each_other_out);
    tcase_add_test(tcase, broken_policy_is_refused_each_time);
    tcase_add_test(tcase, chain_is_verified_again_on_request);
    tcase_add_test(tcase, copy_of_a_closed_ctx_reaches_nothing);
    tcase_add_test(tcase, forged_handle_reaches_nothing);
    tcase_add_test(tcase, many_channels_are_open_at_once);
    tcase_add_test(tcase, sealing_ends_when_another_thread_closes);
    return suite_main(suite);
}
