/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * test_collateral_amd.c - secgear collateral against a server of this test on the loopback, which
 * answers as AMD's key server does about chips from own keys.
 */
#include "collateral_server.h"
#include "forge_snp.h"
#include "wire/pem.h"
#include <time.h>

enum { DAY_S = 86400, PEM_ROOM = 8192 };

static struct snp_keys keys;
static struct snp_made f;
static struct buf vek, chain, list;
static char wanted[3][400]; /* paths: the chain's, the list's, the key's */

static void keys_make(void)
{
    snp_keys_make(&keys);
}

static const struct buf *served(FILE *to, const char *path)
{
    (void)to;
    if (strcmp(path, wanted[0]) == 0)
        return &chain;
    if (strcmp(path, wanted[1]) == 0)
        return &list;
    return strcmp(path, wanted[2]) == 0 ? &vek : NULL;
}

/* What the server has of the chip; all dates around now, since the command has no other clock. */
static void chip_serve(const char *key, const char *product, const char *query)
{
    static char pem[PEM_ROOM];
    struct made *certs[] = {&f.ark, &f.ask, &f.vek};
    struct writer w = writer_over(pem, sizeof pem);
    struct buf ask, ark;
    uint64_t now = (uint64_t)time(NULL);

    for (size_t i = 0; i < 3; i++) {
        certs[i]->from_s = now - DAY_S;
        certs[i]->until_s = now + 400 * DAY_S;
    }
    f.list_from_s = now - DAY_S;
    f.list_until_s = now + 100 * DAY_S;
    ask = made_issue(&f.ask);
    ark = made_issue(&f.ark);
    pem_encode(buf_view(&ask), "CERTIFICATE", &w);
    pem_encode(buf_view(&ark), "CERTIFICATE", &w);
    ck_assert(!w.failed && buf_copy(&chain, writer_view(&w)));
    vek = snp_vek(&f);
    list = snp_list(&f);
    snp_sign(&f);
    buf_free(&ask);
    buf_free(&ark);
    snprintf(wanted[0], sizeof wanted[0], "/%s/v1/%s/cert_chain", key, product);
    snprintf(wanted[1], sizeof wanted[1], "/%s/v1/%s/crl", key, product);
    snprintf(wanted[2], sizeof wanted[2], "/%s/v1/%s/%s", key, product, query);
}

static void setup(void)
{
    folder_fresh(folder);
    snp_start(&f, &keys);
    server_start();
}

/* The evidence holds under what was fetched, by a policy that trusts the made-up root. */
static int verified(void)
{
    char anchor[65], policy[300];

    made_anchor(keys.ark, anchor);
    snprintf(policy, sizeof policy,
             "{\"schema\":2,\"tees\":{\"%s\":{\"trusted_keys\":[\"%s\"],\"tolerate_insecure\":"
             "[\"nonce\",\"identity\"]}}}",
             "snp", anchor);
    put("policy.json", view_text(policy));
    return sh("\"$S\" verify evidence --policy policy.json --collateral kept >out || "
              "{ cat out; exit 1; }");
}

#define CHIP                                                                                       \
    "77777777777777777777777777777777777777777777777777777777777777777777777777777777"             \
    "777777777777777777777777777777777777777777777777"

START_TEST(fetches_what_a_report_needs_and_only_once)
{
    SKIP_WITHOUT_CURL();
    chip_serve("vcek", "Milan", CHIP "?blSPL=03&teeSPL=00&snpSPL=08&ucodeSPL=115");
    put("evidence", VIEW_OF(f.report));
    /* Version 2 does not say of which product it is. */
    ck_assert_int_eq(sh("fetch; test $? = 2 && has '--product' err"), 0);
    ck_assert_int_eq(asked, 0);
    ck_assert_int_eq(sh("fetch --product Milan || { cat err; exit 1; }; has 'vek.der *fetched' "
                        "out; ls kept | wc -l | grep -qx 3"),
                     0);
    ck_assert_int_eq(asked, 3);
    ck_assert_int_eq(verified(), 0);
    ck_assert_int_eq(sh("fetch --product Milan && has 'vek.der *holds' out"), 0);
    ck_assert_int_eq(asked, 3);
    ck_assert_int_eq(sh("\"$S\" collateral show kept >out && has 'next to end: crl.der' out"), 0);
}
END_TEST

START_TEST(turin_has_a_shorter_id_and_one_number_more)
{
    SKIP_WITHOUT_CURL();
    snp_turin(&f);
    chip_serve("vcek", "Turin",
               "7777777777777777?fmcSPL=1&blSPL=02&teeSPL=03&snpSPL=04&ucodeSPL=05");
    put("evidence", VIEW_OF(f.report));
    ck_assert_int_eq(sh("fetch || { cat err; exit 1; }"), 0);
    ck_assert_int_eq(verified(), 0);
}
END_TEST

START_TEST(a_vleks_certificate_must_be_brought)
{
    SKIP_WITHOUT_CURL();
    snp_genoa_vlek(&f);
    chip_serve("vlek", "Genoa", "nobody asks for this");
    put("evidence", VIEW_OF(f.report));
    ck_assert_int_eq(sh("fetch; test $? = 1 && has 'crl.der *fetched' out && has 'vek.der: not "
                        "there.*provider' err"),
                     0);
    ck_assert_int_eq(asked, 2);
    put("kept/vek.der", buf_view(&vek));
    ck_assert_int_eq(sh("fetch || { cat err; exit 1; }; has 'vek.der *brought by hand' out"), 0);
    ck_assert_int_eq(verified(), 0);
}
END_TEST

START_TEST(amd_is_asked_again_when_it_says_so)
{
    SKIP_WITHOUT_CURL();
    chip_serve("vcek", "Milan", CHIP "?blSPL=03&teeSPL=00&snpSPL=08&ucodeSPL=115");
    put("evidence", VIEW_OF(f.report));
    refusals = 2;
    ck_assert_int_eq(sh("fetch --product Milan && has 'status 429, next try in 0 s' err"), 0);
    ck_assert_int_eq(asked, 5);
    refusals = 1;
    retry_after = "Retry-After: Fri, 31 Dec 2100 23:59:59 GMT\r\n";
    ck_assert_int_eq(sh("rm -rf kept; fetch --product Milan; test $? = 1 && has 'try later' err"),
                     0);
}
END_TEST

START_TEST(an_unknown_chip_is_an_error_that_says_so)
{
    SKIP_WITHOUT_CURL();
    f.report[0x1a0] = 0;
    chip_serve("vcek", "Milan", CHIP "?blSPL=03&teeSPL=00&snpSPL=08&ucodeSPL=115");
    put("evidence", VIEW_OF(f.report));
    ck_assert_int_eq(sh("fetch --product Milan; test $? = 1 && has 'vek.der: .*answers 404' err"),
                     0);
    ck_assert_int_eq(sh("\"$S\" doctor collateral evidence kept --kds http://127.0.0.1:${U##*:} "
                        "--product Milan >out; test $? = 1 && has 'answer *FAILED' out"),
                     0);
}
END_TEST

/* Of Azure's evidence it is the hardware's report that collateral is about. */
START_TEST(azures_evidence_is_looked_into)
{
    static uint8_t hcl[2600] = "HCLA";

    SKIP_WITHOUT_CURL();
    chip_serve("vcek", "Milan", CHIP "?blSPL=03&teeSPL=00&snpSPL=08&ucodeSPL=115");
    memcpy(hcl + 32, f.report, sizeof f.report);
    ck_assert_int_eq(sh("mkdir -p evidence"), 0);
    put("evidence/hcl_report.bin", VIEW_OF(hcl));
    put("evidence/quote.bin", view_text("a quote"));
    ck_assert_int_eq(
        sh("fetch --product Milan || { cat err; exit 1; }; has 'vek.der *fetched' out"), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tools/collateral_amd");
    TCase *tcase = tcase_of(suite, "collateral");

    tcase_add_unchecked_fixture(tcase, keys_make, NULL);
    tcase_add_checked_fixture(tcase, setup, NULL);
    tcase_add_test(tcase, fetches_what_a_report_needs_and_only_once);
    tcase_add_test(tcase, turin_has_a_shorter_id_and_one_number_more);
    tcase_add_test(tcase, a_vleks_certificate_must_be_brought);
    tcase_add_test(tcase, amd_is_asked_again_when_it_says_so);
    tcase_add_test(tcase, an_unknown_chip_is_an_error_that_says_so);
    tcase_add_test(tcase, azures_evidence_is_looked_into);
    return suite_main(suite);
}
