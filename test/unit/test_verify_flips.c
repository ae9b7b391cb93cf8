/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * test_verify_flips.c - one bit of accepted evidence or of its collateral changed: it is never
 * accepted again, but for bytes that nobody signs, which are listed here.
 */
#include "forge_intel.h"
#include "support.h"
#include "vector_cases.h"

/* Of a part, what no signature covers: from .. to - 1; to 0: to its end. */
static const struct uncovered {
    const char *tee, *part;
    size_t from, to;
    const char *why;
} UNCOVERED[] = {
    {"csv", "hrk.cert", 720, 832, "room behind the signature"},
    {"csv", "hsk_cek.cert", 720, 832, "the same of the HSK"},
    {"csv", "hsk_cek.cert", 832 + 1048, 832 + 1052, "the CEK's name of its algorithm"},
    {"csv", "hsk_cek.cert", 832 + 1196, 832 + 2084, "the CEK's other slot, and room"},
    {"tpm", "ak_cert", 0, 0, "its key is trusted as such; nobody above it is known"},
    {"az-vtpm", "hcl_report", 4, 32, "the paravisor's header"},
    {"az-vtpm", "hcl_report", 1216, 1224, "size and version of the data's header"},
    {"az-vtpm", "hcl_report", 2346, 0, "room behind the runtime data"},
    {"az-vtpm", "hcl_report", 32, 1216, "of TDX: the local report; its quote stands beside it"},
    {"virtcca", "issuer_chain.pem", 0, 0, "an authority whose key is trusted without its issuer"},
    {"sgx", "pck_crl_issuer_chain.pem", 0, 0, "not read: the list is the PCK's own issuer's"},
    {"tdx", "pck_crl_issuer_chain.pem", 0, 0, "the same"},
    {"tdx", "ccel", 0, 0, "event logs are replayed: test_verify_logs.c"},
    {"tpm", "tcg", 0, 0, "the same"},
    {"tpm", "pcrs", 0, 0, "text; what it says is compared with the quote"},
};

static json_t *vectors; /* the index of them */

static bool is_uncovered(const char *tee, const char *part, size_t at)
{
    for (size_t i = 0; i < sizeof UNCOVERED / sizeof UNCOVERED[0]; i++) {
        const struct uncovered *u = &UNCOVERED[i];

        if (strcmp(u->tee, tee) == 0 && strcmp(u->part, part) == 0 && at >= u->from &&
            (u->to == 0 || at < u->to))
            return true;
    }
    return false;
}

/* Bytes behind a quote's signature data, and zero bytes behind its PEM. */
static bool is_behind_quote(const struct rig_part *part, size_t at)
{
    struct dcap_quote q;
    struct view chain;

    if (dcap_quote_decode(buf_view(&part->bytes), &q) != CC_SUCCESS)
        return false;
    chain = q.cert_data;
    while (chain.size > 0 &&
           (chain.data[chain.size - 1] == 0 || chain.data[chain.size - 1] == '\n'))
        chain.size--;
    return at >= part->bytes.size - q.trailing ||
           (at >= (size_t)(chain.data + chain.size - part->bytes.data) &&
            at < (size_t)(q.cert_data.data + q.cert_data.size - part->bytes.data));
}

/* Letters of hexadecimal digits mean the same in either case. */
static bool is_case_of_hex(const struct rig_part *part, size_t at, unsigned bit)
{
    return bit == 5 && strstr(part->name, ".json") != NULL &&
           ((part->bytes.data[at] | 0x20) >= 'a' && (part->bytes.data[at] | 0x20) <= 'f');
}

static bool may_pass(const char *tee, const struct rig_part *part, size_t at, unsigned bit)
{
    if (is_uncovered(tee, part->name, at) || is_case_of_hex(part, at, bit))
        return true;
    return (strcmp(part->name, "quote") == 0 || strcmp(part->name, "td_quote") == 0) &&
           is_behind_quote(part, at);
}

static size_t flips_judge(struct rig *rig, const char *tee, const json_t *policy,
                          struct rig_part *part, size_t apart)
{
    struct verify_cache *warm = rig->cache;
    size_t judged = 0;

    for (size_t bit = 0; bit < 8 * part->bytes.size; bit += apart) {
        uint8_t *byte = &part->bytes.data[bit / 8];
        struct cc_verify_result *v;

        if (may_pass(tee, part, bit / 8, (unsigned)(bit % 8)))
            continue;
        *byte ^= (uint8_t)(1u << bit % 8);
        rig->cache = bit % 8 == bit / 8 % 8 ? NULL : warm;
        v = rig_judge(rig, tee, policy);
        ck_assert_msg(v->verdict == CC_VERIFY_REFUSED,
                      "%s: %s: bit %zu of byte %zu flipped: accepted", tee, part->name, bit % 8,
                      bit / 8);
        free(v);
        *byte ^= (uint8_t)(1u << bit % 8);
        judged++;
    }
    rig->cache = warm;
    return judged;
}

static bool is_signed_collateral(const char *name)
{
    return strstr(name, ".der") != NULL || strstr(name, ".pem") != NULL ||
           strstr(name, ".cert") != NULL || strcmp(name, "tcb_info.json") == 0 ||
           strcmp(name, "qe_identity.json") == 0;
}

/* One bit of each byte is judged with nothing known before, the others meet a cache that knows all
 * that is good: what was not changed need not be verified again and again. */
static void rig_flips(struct rig *rig, const char *tee, const json_t *policy)
{
    struct cc_verify_result *v;

    rig->cache = verify_cache_new(256);
    ck_assert_ptr_nonnull(rig->cache);
    v = rig_judge(rig, tee, policy);
    ck_assert_msg(v->verdict != CC_VERIFY_REFUSED, "%s: refused as it is: %s", tee,
                  v->reasons[0].sentence);
    free(v);
    for (size_t i = 0; i < rig->evidence_count; i++)
        flips_judge(rig, tee, policy, &rig->evidence[i], count_of(COUNT_BITS_APART));
    for (size_t i = 0; i < rig->collateral_count; i++)
        if (is_signed_collateral(rig->collateral[i].name))
            flips_judge(rig, tee, policy, &rig->collateral[i],
                        count_of(COUNT_COLLATERAL_BITS_APART));
    verify_cache_free(rig->cache);
    rig->cache = NULL;
}

START_TEST(no_flipped_bit_of_made_up_evidence_passes)
{
    struct rig rig = {0};
    struct intel f;
    json_t *policy;

    intel_make(&f, _i == 1, _i == 1 ? 4 : 3);
    intel_build(&f, &rig);
    policy = intel_policy(&f);
    rig_flips(&rig, f.td ? "tdx" : "sgx", policy);
    json_decref(policy);
    rig_free(&rig);
    intel_free(&f);
}
END_TEST

static void case_flips(const json_t *vector, const json_t *one)
{
    struct rig rig = {.now_s = 1767225600};
    json_t *policy;

    case_load(&rig, vector, one);
    case_extras(&rig, vector, one);
    if (rig.evidence_count > 0) {
        policy = policy_make(&rig, vector, one, true);
        if (json_is_string(json_object_get(one, "now")))
            ck_assert(time_parse(view_text(text_of(one, "now")), &rig.now_s));
        rig_flips(&rig, text_of(vector, "tee"), policy);
        json_decref(policy);
    }
    rig_free(&rig);
}

/* Genuine: at least by a policy that lets debugging and old platforms pass. */
static bool is_acceptable(const json_t *one)
{
    const json_t *expect = json_object_get(one, "expect");
    const char *permissive = text_of(expect, "verdict_permissive");
    const char *verdict = permissive[0] != '\0' ? permissive : text_of(expect, "verdict_strict");

    return strncmp(verdict, "accept", 6) == 0 || strncmp(verdict, "policy", 6) == 0 ||
           strstr(verdict, "debug") != NULL;
}

/* The first case of each: others differ in their collateral only. */
START_TEST(no_flipped_bit_of_genuine_evidence_passes)
{
    json_t *vector = vector_load(text_of(json_array_get(vectors, (size_t)_i), "dir"));
    const json_t *cases = json_object_get(vector, "cases");

    if (is_acceptable(json_array_get(cases, 0)))
        case_flips(vector, json_array_get(cases, 0));
    json_decref(vector);
}
END_TEST

START_TEST(genuine_evidence_is_not_there)
{
    TEST_SKIP("SECGEAR_VECTORS is not set: genuine evidence is not judged");
}
END_TEST

/* One test case for each vector, so that CK_RUN_CASE names one, as in "tdx/google-v5-90c06f". */
static void vectors_add(Suite *suite)
{
    char path[512];

    folder = getenv("SECGEAR_VECTORS");
    if (folder == NULL) {
        tcase_add_test(tcase_of(suite, "vectors"), genuine_evidence_is_not_there);
        return;
    }
    snprintf(path, sizeof path, "%s/index.json", folder);
    vectors = json_load_file(path, 0, NULL);
    for (size_t i = 0; i < json_array_size(vectors); i++)
        tcase_add_loop_test(tcase_of(suite, text_of(json_array_get(vectors, i), "id")),
                            no_flipped_bit_of_genuine_evidence_passes, (int)i, (int)i + 1);
}

/* Where the value of the next member, or the next item of a list, begins; NULL: no more. */
static char *value_next(char *at)
{
    for (; *at != '\0'; at++)
        if ((*at == ':' && at[-1] == '"') || *at == '[' || (*at == ',' && at[1] != '"')) {
            at += at[1] == '"' ? 2 : 1;
            return *at == '{' || *at == '[' || *at == ']' ? value_next(at + 1) : at;
        }
    return NULL;
}

/* Dates, levels, names: whichever member is changed, its vendor did not sign that. */
START_TEST(each_member_of_a_document_counts)
{
    static const char *const DOCUMENTS[] = {"tcb_info.json", "qe_identity.json"};
    struct rig rig = {0};
    struct intel f;
    json_t *policy;
    struct buf *doc;
    size_t members = 0;
    char *text;

    intel_make(&f, true, 5);
    f.advisory = "INTEL-SA-00615";
    intel_build(&f, &rig);
    policy = intel_policy(&f);
    doc = &rig_part(&rig, false, DOCUMENTS[_i])->bytes;
    text = strndup((const char *)doc->data, doc->size);
    for (char *at = value_next(text); at != NULL; at = value_next(at + 1), members++) {
        uint8_t *byte = doc->data + (at - text);
        struct cc_verify_result *v;

        *byte = *at == '1' ? '2' : *at == '"' ? 'x' : (uint8_t)(*at ^ 1); /* '"': an empty text */
        v = rig_judge(&rig, "tdx", policy);
        *byte = (uint8_t)*at;
        ck_assert_msg(v->verdict == CC_VERIFY_REFUSED, "%s: %.20s: accepted", DOCUMENTS[_i], at);
        free(v);
    }
    ck_assert_uint_gt(members, _i == 0 ? 80 : 10);
    free(text);
    json_decref(policy);
    rig_free(&rig);
    intel_free(&f);
}
END_TEST

/* A quote cut off anywhere within its signature data. */
START_TEST(no_truncated_evidence_passes)
{
    struct rig rig = {0};
    struct intel f;
    json_t *policy;
    struct rig_part *quote;

    intel_make(&f, true, 5);
    intel_build(&f, &rig);
    policy = intel_policy(&f);
    quote = rig_part(&rig, true, "quote");
    for (size_t size = quote->bytes.size; size-- > 0;) {
        struct cc_verify_result *v;

        quote->bytes.size = size;
        v = rig_judge(&rig, "tdx", policy);
        ck_assert_msg(v->verdict == CC_VERIFY_REFUSED, "%zu bytes were accepted", size);
        free(v);
    }
    json_decref(policy);
    rig_free(&rig);
    intel_free(&f);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("verify/flips");
    TCase *tcase;

    vectors_add(suite);
    tcase = tcase_of(suite, "made up");
    tcase_add_loop_test(tcase, no_flipped_bit_of_made_up_evidence_passes, 0, 2);
    tcase_add_loop_test(tcase, each_member_of_a_document_counts, 0, 2);
    tcase_add_test(tcase, no_truncated_evidence_passes);
    return suite_main(suite);
}
