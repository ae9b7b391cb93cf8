/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * test_verify_cache.c - a cache changes no verdict: what it holds counts only within its dates,
 * under the same keys, with the same collateral. Evidence of Intel's form, from own keys.
 */
#include "forge_intel.h"
#include "support.h"
#include "verify/chain.h"
#include <pthread.h>

static struct intel f;
static struct rig rig;
static json_t *policy;

static void setup(void)
{
    memset(&rig, 0, sizeof rig);
    intel_make(&f, true, 4);
    intel_build(&f, &rig);
    policy = intel_policy(&f);
    rig.cache = verify_cache_new(64);
}

static void teardown(void)
{
    verify_cache_free(rig.cache);
    json_decref(policy);
    rig_free(&rig);
    intel_free(&f);
}

/* The verdict, and whether some reason is of that rule. */
static bool judged(cc_verify_verdict_t verdict, const char *rule)
{
    struct cc_verify_result *v = rig_judge(&rig, "tdx", policy);
    bool good = v->verdict == verdict;
    bool found = rule == NULL;

    for (size_t i = 0; i < v->reason_count; i++) {
        printf("  %s: %s\n", v->reasons[i].rule, v->reasons[i].sentence);
        found = found || strcmp(v->reasons[i].rule, rule) == 0;
    }
    free(v);
    return good && found;
}

START_TEST(what_it_holds_counts_within_its_dates_only)
{
    uint64_t now = rig.now_s;

    for (int i = 0; i < 3; i++)
        ck_assert(judged(CC_VERIFY_ACCEPTED, NULL));
    rig.now_s = now + 40 * (uint64_t)INTEL_DAY_S; /* past the documents' */
    ck_assert(judged(CC_VERIFY_REFUSED, "dates"));
    rig.now_s = now - 30 * (uint64_t)INTEL_DAY_S; /* before they were issued */
    ck_assert(judged(CC_VERIFY_REFUSED, "crl"));  /* of the future */
    rig.now_s = now;
    ck_assert(judged(CC_VERIFY_ACCEPTED, NULL));
}
END_TEST

START_TEST(other_trusted_keys_do_not_profit_from_it)
{
    char hex[65];

    ck_assert(judged(CC_VERIFY_ACCEPTED, NULL));
    made_anchor(f.other, hex);
    json_object_set_new(json_object_get(json_object_get(policy, "tees"), "tdx"), "trusted_keys",
                        json_pack("[s]", hex));
    ck_assert(judged(CC_VERIFY_REFUSED, "root"));
}
END_TEST

START_TEST(a_list_that_revokes_counts_at_once)
{
    ck_assert(judged(CC_VERIFY_ACCEPTED, NULL));
    f.ca_revokes = PCK_SERIAL;
    intel_build(&f, &rig);
    ck_assert(judged(CC_VERIFY_REFUSED, "revoked"));
}
END_TEST

START_TEST(a_level_that_falls_counts_at_once)
{
    ck_assert(judged(CC_VERIFY_ACCEPTED, NULL));
    f.statuses[0] = "OutOfDate";
    intel_build(&f, &rig);
    ck_assert(judged(CC_VERIFY_REFUSED, "tcb_status"));
}
END_TEST

START_TEST(collateral_that_is_gone_is_missed)
{
    ck_assert(judged(CC_VERIFY_ACCEPTED, NULL));
    rig_drop(&rig, false, "pck_crl.der");
    ck_assert(judged(CC_VERIFY_REFUSED, "crl"));
    rig_drop(&rig, false, "qe_identity.json");
    ck_assert(judged(CC_VERIFY_REFUSED, "collateral"));
}
END_TEST

START_TEST(the_evidences_own_signature_and_nonce_are_checked_each_time)
{
    struct rig_part *quote = rig_part(&rig, true, "quote");

    ck_assert(judged(CC_VERIFY_ACCEPTED, NULL));
    quote->bytes.data[48 + 136] ^= 1; /* MRTD */
    ck_assert(judged(CC_VERIFY_REFUSED, "signature"));
    quote->bytes.data[48 + 136] ^= 1;
    quote->bytes.data[48 + 520] ^= 1; /* report data */
    ck_assert(judged(CC_VERIFY_REFUSED, "nonce"));
}
END_TEST

/* Room for 8: what is pushed out is verified again. */
START_TEST(a_cache_that_is_too_small_judges_right)
{
    verify_cache_free(rig.cache);
    rig.cache = verify_cache_new(1);
    for (int i = 0; i < 6; i++) {
        f.quote_key = i % 2 == 0 ? f.ak : f.other;
        intel_build(&f, &rig);
        json_decref(policy);
        policy = intel_policy(&f);
        ck_assert(judged(i % 2 == 0 ? CC_VERIFY_ACCEPTED : CC_VERIFY_REFUSED,
                         i % 2 == 0 ? NULL : "signature"));
    }
}
END_TEST

static void *judge_often(void *good)
{
    for (int i = 0; i < 10; i++) {
        struct cc_verify_result *v = rig_judge(&rig, "tdx", policy);

        *(bool *)good = v->verdict == CC_VERIFY_ACCEPTED;
        free(v);
        if (!*(bool *)good)
            break;
    }
    return NULL;
}

START_TEST(it_serves_threads_at_once)
{
    pthread_t threads[4];
    bool good[4] = {false};

    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, judge_often, &good[i]), 0);
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        ck_assert(good[i]);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("verify/cache");
    TCase *tcase = tcase_of(suite, "cache");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, what_it_holds_counts_within_its_dates_only);
    tcase_add_test(tcase, other_trusted_keys_do_not_profit_from_it);
    tcase_add_test(tcase, a_list_that_revokes_counts_at_once);
    tcase_add_test(tcase, a_level_that_falls_counts_at_once);
    tcase_add_test(tcase, collateral_that_is_gone_is_missed);
    tcase_add_test(tcase, the_evidences_own_signature_and_nonce_are_checked_each_time);
    tcase_add_test(tcase, a_cache_that_is_too_small_judges_right);
    tcase_add_test(tcase, it_serves_threads_at_once);
    return suite_main(suite);
}
