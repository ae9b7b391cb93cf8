/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * test_collateral.c - secgear collateral and secgear doctor collateral against a server of this
 * test on the loopback, which answers as Intel's service does about a platform from own keys, and
 * counts who asks.
 */
#include "collateral_server.h"
#include "forge_intel.h"
#include <time.h>

static struct rig rig;
static struct intel f;
static char issued[TIME_TEXT_ROOM], ends[TIME_TEXT_ROOM];

/* A header's value with its lines as %0A, as the service sends chains. */
static void chain_send(FILE *to, const char *name, const struct buf *pem)
{
    fprintf(to, "%s: ", name);
    for (size_t i = 0; i < pem->size; i++)
        if (pem->data[i] == '\n')
            fputs("%0A", to);
        else if (pem->data[i] == ' ')
            fputs("%20", to);
        else
            fputc(pem->data[i], to);
    fputs("\r\n", to);
}

static const struct buf *served(FILE *to, const char *path)
{
    const char *part = strstr(path, "/tcb?fmspc=00906ed50000") != NULL ? "tcb_info.json"
                       : strstr(path, "/qe/identity") != NULL          ? "qe_identity.json"
                       : strstr(path, "/pckcrl?ca=platform&encoding=der") != NULL ? "pck_crl.der"
                       : strstr(path, "/root.der") != NULL ? "root_ca_crl.der"
                                                           : NULL;

    if (part == NULL)
        return NULL;
    if (strstr(part, "tcb_info") != NULL)
        chain_send(to, "TCB-Info-Issuer-Chain",
                   &rig_part(&rig, false, "tcb_info_issuer_chain.pem")->bytes);
    if (strstr(part, "qe_identity") != NULL)
        chain_send(to, "SGX-Enclave-Identity-Issuer-Chain",
                   &rig_part(&rig, false, "qe_identity_issuer_chain.pem")->bytes);
    return &rig_part(&rig, false, part)->bytes;
}

/* All dates around now, since the command has no other clock. */
static void platform_make(uint64_t ends_in_s)
{
    uint64_t now = (uint64_t)time(NULL);
    struct made *certs[] = {&f.root, &f.ca, &f.pck, &f.signer};

    intel_make(&f, true, 4);
    for (size_t i = 0; i < 4; i++) {
        certs[i]->from_s = now - 86400;
        certs[i]->until_s = now + 86400 * 400;
    }
    time_format(now - 3600, issued);
    time_format(now + ends_in_s, ends);
    f.issued = f.qe_issued = issued;
    f.next = f.qe_next = ends;
    f.crl_until_s = now + ends_in_s;
    intel_build(&f, &rig);
}

static void setup(void)
{
    folder_fresh(folder);
    platform_make(30 * 86400);
    put("evidence", buf_view(&rig_part(&rig, true, "quote")->bytes));
    server_start();
}

START_TEST(fetches_what_the_quote_needs_and_only_once)
{
    SKIP_WITHOUT_CURL();
    ck_assert_int_eq(
        sh("rm -rf kept; fetch || { cat err; exit 1; }; has 'root_ca_crl.der *fetched' "
           "out; ls kept | wc -l | grep -qx 6"),
        0);
    for (size_t i = 0; i < rig.collateral_count; i++) {
        char path[FOLDER_ROOM + 80];
        struct buf found;

        snprintf(path, sizeof path, "%s/kept/%s", folder, rig.collateral[i].name);
        found = rig_read(path);
        ck_assert(view_equal(buf_view(&found), buf_view(&rig.collateral[i].bytes)));
        buf_free(&found);
    }
    asked = 0;
    ck_assert_int_eq(sh("fetch && has 'tcb_info.json *holds' out"), 0);
    ck_assert_int_eq(asked, 0);
    ck_assert_int_eq(sh("fetch --force && has 'tcb_info.json *fetched' out"), 0);
    ck_assert_int_eq(asked, 4);
}
END_TEST

START_TEST(too_many_requests_are_waited_for_as_the_server_says)
{
    SKIP_WITHOUT_CURL();
    refusals = 2;
    asked = 0;
    ck_assert_int_eq(sh("rm -rf kept; fetch && has 'status 429, next try in 0 s' err"), 0);
    ck_assert_int_eq(asked, 6);

    refusals = 1;
    asked = 0;
    retry_after = "Retry-After: 3600\r\n"; /* longer than anybody waits */
    ck_assert_int_eq(sh("fetch --force --max-wait 5; test $? = 0 && has 'kept:.*3600 s' out"), 0);
    ck_assert_int_eq(sh("rm -rf kept"), 0);
    refusals = 1;
    ck_assert_int_eq(sh("fetch --max-wait 5; test $? = 1 && has '3600 s; try later' err"), 0);
}
END_TEST

START_TEST(a_date_says_when_to_ask_again)
{
    SKIP_WITHOUT_CURL();
    refusals = 1;
    retry_after = "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
    ck_assert_int_eq(sh("rm -rf kept; fetch && has 'status 429, next try in 0 s' err"), 0);
    refusals = 1;
    retry_after = "Retry-After: Fri, 31 Dec 2100 23:59:59 GMT\r\n";
    ck_assert_int_eq(sh("rm -rf kept; fetch; test $? = 1 && has 'wants [0-9]\\{9,\\} s; try later' "
                        "err"),
                     0);
    /* What is neither counts as if it were not there: 1, 2, 4 seconds. */
    refusals = 1;
    retry_after = "Retry-After: -1\r\n";
    ck_assert_int_eq(sh("rm -rf kept; fetch --max-wait 0; test $? = 1 && has 'wants 1 s' err"), 0);
    refusals = 1;
    retry_after = "Retry-After: 99999999999999999999999999\r\n";
    ck_assert_int_eq(sh("rm -rf kept; fetch; test $? = 1 && has 'try later' err"), 0);
}
END_TEST

/* A PCCS sends lists as digits, Intel as DER; both are kept as DER. */
START_TEST(lists_are_taken_as_der_and_as_digits)
{
    static const char *const TAILS[] = {"", "\n", "0", "zz"};
    struct buf *list = &rig_part(&rig, false, "root_ca_crl.der")->bytes;
    struct buf der;

    SKIP_WITHOUT_CURL();
    ck_assert(buf_copy(&der, buf_view(list)));
    for (size_t i = 0; i < sizeof TAILS / sizeof TAILS[0]; i++) {
        bool good = i < 2;

        buf_free(list);
        ck_assert(buf_alloc(list, 2 * der.size + 3));
        hex_format(buf_view(&der), (char *)list->data);
        strcat((char *)list->data, TAILS[i]);
        list->size = strlen((char *)list->data);
        ck_assert_int_eq(sh(good ? "rm -rf kept; fetch || { cat err; exit 1; }"
                                 : "rm -rf kept; fetch; test $? = 1 && has 'digits expected' err"),
                         0);
        if (good) {
            char path[FOLDER_ROOM + 80];
            struct buf found;

            snprintf(path, sizeof path, "%s/kept/root_ca_crl.der", folder);
            found = rig_read(path);
            ck_assert(view_equal(buf_view(&found), buf_view(&der)));
            buf_free(&found);
        }
    }
    buf_free(&der);
}
END_TEST

START_TEST(without_libcurl_it_says_so_and_leaves_what_is_there)
{
    ck_assert_int_eq(sh("S=\"${S%bin/secgear}nocurl/secgear\"; mkdir -p kept; echo kept >kept/old; "
                        "fetch; test $? = 1 && has 'built without libcurl; install' err && "
                        "test \"$(ls kept)\" = old"),
                     0);
    ck_assert_int_eq(sh("S=\"${S%bin/secgear}nocurl/secgear\"; \"$S\" doctor collateral evidence "
                        "kept $U >out; test $? = 1 && has 'configuration *FAILED.*libcurl' out"),
                     0);
}
END_TEST

START_TEST(what_is_not_good_never_takes_the_place_of_what_is)
{
    struct buf *list = &rig_part(&rig, false, "root_ca_crl.der")->bytes;

    SKIP_WITHOUT_CURL();
    ck_assert_int_eq(sh("rm -rf kept; fetch; cp -r kept before"), 0);
    list->size = 20; /* cut off */
    ck_assert_int_eq(
        sh("fetch --force; has 'root_ca_crl.der *kept: .*its dates expected' out; diff "
           "-r kept before"),
        0);
    status = 500;
    ck_assert_int_eq(sh("fetch --force; has 'answers 500' out; diff -r kept before; ls -a kept | "
                        "grep -c XXX | grep -qx 0"),
                     0);
    ck_assert_int_eq(sh("rm -rf kept; fetch; test $? = 1 && has 'answers 500' err"), 0);
}
END_TEST

/* Past its end it is kept only as long as a policy grants. */
START_TEST(grace_is_what_a_policy_grants)
{
    SKIP_WITHOUT_CURL();
    ck_assert_int_eq(sh("rm -rf kept; fetch"), 0);
    rig_free(&rig);
    intel_free(&f);
    platform_make(30 * 86400);
    {
        uint64_t now = (uint64_t)time(NULL);
        char old[TIME_TEXT_ROOM];
        struct buf doc;

        time_format(now - 100, old);
        f.next = old;
        doc = intel_response(&f, "tcbInfo", f.tcb_key, intel_tcb_write);
        ck_assert_int_eq(sh("chmod -R u+w kept"), 0);
        put("kept/tcb_info.json", buf_view(&doc));
        buf_free(&doc);
    }
    status = 503;
    retry_after = "";
    ck_assert_int_eq(sh("fetch --max-wait 0; test $? = 1 && has 'answers 503' err"), 0);
    ck_assert_int_eq(sh("echo '{\"schema\":2,\"tees\":{\"tdx\":{\"collateral_grace_s\":90}}}' >p; "
                        "fetch --policy p --max-wait 0; test $? = 1"),
                     0);
    ck_assert_int_eq(
        sh("echo '{\"schema\":2,\"tees\":{\"tdx\":{\"collateral_grace_s\":4000}}}' >p; "
           "fetch --policy p --max-wait 0 || { cat err; exit 1; }; has 'tcb_info.json "
           "*kept' out"),
        0);
}
END_TEST

START_TEST(show_says_ages_and_what_ends_next)
{
    SKIP_WITHOUT_CURL();
    ck_assert_int_eq(sh("rm -rf kept; fetch; \"$S\" collateral show kept >out; test $? = 0; has "
                        "'tcb_info.json .* until 20' out; has 'next to end: ' out"),
                     0);
    ck_assert_int_eq(sh("\"$S\" collateral show nothing >out 2>err; test $? = 2"), 0);
}
END_TEST

#define DOCTOR "\"$S\" doctor collateral evidence kept "

START_TEST(doctor_names_the_step_that_fails)
{
    SKIP_WITHOUT_CURL();
    ck_assert_int_eq(sh("rm -rf kept; fetch"), 0);
    /* The root is nobody's, so the chain is the step that fails here. */
    ck_assert_int_eq(sh(DOCTOR "$U >out 2>err; test $? = 1; has 'answer *ok' out; has 'clock *ok' "
                               "out; has 'age *ok' out; has 'chain *FAILED root:' out"),
                     0);
    ck_assert_int_eq(sh(DOCTOR "--pcs http://no.such.name.invalid >out; has 'DNS *FAILED' out"), 0);
    ck_assert_int_eq(sh(DOCTOR "--pcs ftp://127.0.0.1 >out; has 'configuration *FAILED' out"), 0);
    ck_assert_int_eq(sh(DOCTOR "--pcs http://127.0.0.1:1 >out; has 'connect *FAILED' out"), 0);
    ck_assert_int_eq(sh(DOCTOR "--pcs https://${U##*//} >out; has 'TLS *FAILED' out"), 0);
    clock_line = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
    ck_assert_int_eq(sh(DOCTOR "$U >out; has 'clock *FAILED' out; has 'NTP' out"), 0);
    status = 404;
    ck_assert_int_eq(sh(DOCTOR "$U >out; has 'answer *FAILED' out; has 'does not know' out"), 0);
    ck_assert_int_eq(sh("rm -rf kept; " DOCTOR "$U >out; has 'folder *FAILED' out"), 0);
}
END_TEST

START_TEST(other_evidence_has_none)
{
    SKIP_WITHOUT_CURL();
    ck_assert_int_eq(sh("echo nothing >evidence; fetch; test $? = 2 && has 'nobody publishes' err"),
                     0);
    ck_assert_int_eq(sh("\"$S\" collateral >out 2>err; test $? = 2"), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tools/collateral");
    TCase *tcase = tcase_of(suite, "collateral");

    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_add_test(tcase, fetches_what_the_quote_needs_and_only_once);
    tcase_add_test(tcase, too_many_requests_are_waited_for_as_the_server_says);
    tcase_add_test(tcase, a_date_says_when_to_ask_again);
    tcase_add_test(tcase, lists_are_taken_as_der_and_as_digits);
    tcase_add_test(tcase, without_libcurl_it_says_so_and_leaves_what_is_there);
    tcase_add_test(tcase, what_is_not_good_never_takes_the_place_of_what_is);
    tcase_add_test(tcase, grace_is_what_a_policy_grants);
    tcase_add_test(tcase, show_says_ages_and_what_ends_next);
    tcase_add_test(tcase, doctor_names_the_step_that_fails);
    tcase_add_test(tcase, other_evidence_has_none);
    return suite_main(suite);
}
