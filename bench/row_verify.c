/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Evidence judged from raw bytes against importing the key and verifying each signature that has to
 * be verified: as many of the same kind, over messages of 1 KiB. Some is genuine and needs the
 * vectors (SECGEAR_VECTORS; n/a without); what takes several platforms, and the simulated device's,
 * is made by bench/forge. Rows with a cache first judge something else, untimed.
 */
#include "bench.h"
#include "secgear_verify.h"
#include <openssl/evp.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PARTS_MAX = 10, FILE_MAX = 64 << 10, RUNS = 20, MESSAGE_SIZE = 1024, SIGNATURE_MAX = 512 };

/* Files of one case; the first is the evidence. */
struct verify_case {
    const char *id, *tee;
    uint64_t now_s;
    unsigned p256, p384, rsa4096; /* signatures under the verdict */
    const char *policy;           /* NULL: policy_file */
    const char *policy_file,
        *before; /* of bench/forge; before: judged first, with the same cache */
    struct {
        const char *file, *name;
    } parts[PARTS_MAX];
};

static const struct verify_case CASES[] = {
    {.id = "verify.dcap.cold",
     .tee = "tdx",
     .now_s = 1751328000,
     .p256 = 10,
     .policy = "{\"schema\":2,\"tees\":{\"tdx\":{\"tolerate_insecure\":[\"nonce\",\"identity\"]}}}",
     .parts = {{"tdx/phala-v4-b0c06f/quote.bin", "quote"},
               {"tdx/phala-v4-b0c06f/collateral-2025-07/tcb_info.json", "tcb_info.json"},
               {"tdx/phala-v4-b0c06f/collateral-2025-07/tcb_info_issuer_chain.pem",
                "tcb_info_issuer_chain.pem"},
               {"tdx/phala-v4-b0c06f/collateral-2025-07/qe_identity.json", "qe_identity.json"},
               {"tdx/phala-v4-b0c06f/collateral-2025-07/qe_identity_issuer_chain.pem",
                "qe_identity_issuer_chain.pem"},
               {"tdx/phala-v4-b0c06f/collateral-2025-07/pck_crl.der", "pck_crl.der"},
               {"tdx/phala-v4-b0c06f/collateral-2025-07/root_ca_crl.der", "root_ca_crl.der"}}},
    {.id = "verify.snp",
     .tee = "snp",
     .now_s = 1772323200,
     .p384 = 1,
     .rsa4096 = 3,
     .policy = "{\"schema\":2,\"tees\":{\"snp\":{\"tolerate_insecure\":[\"nonce\",\"identity\"]}}}",
     .parts = {{"snp/microsoft-genoa-v3/report.bin", "report"},
               {"snp/microsoft-genoa-v3/vcek.der", "vek.der"},
               {"roots/amd/genoa_ask.der", "ask.der"},
               {"roots/amd/genoa_ark.der", "ark.der"}}},
    {.id = "verify.cca",
     .tee = "cca",
     .now_s = 1767225600,
     .p384 = 2,
     .policy = "{\"schema\":2,\"tees\":{\"cca\":{\"tolerate_insecure\":[\"nonce\",\"identity\"],"
               "\"trusted_keys\":["
               "\"0928f896cb02326566530a62a1e36329a12d0a4a308f4fc81e8ff5560bca6bca\"]}}}",
     .parts = {{"cca/token-01-raw-rak/token.cbor", "token"},
               {"cca/token-01-raw-rak/cpak.json", "cpak.json"}}},
};
#define FORGED_COLLATERAL                                                                          \
    {"tcb_info.json", "tcb_info.json"},                                                            \
        {"tcb_info_issuer_chain.pem", "tcb_info_issuer_chain.pem"},                                \
        {"qe_identity.json", "qe_identity.json"},                                                  \
        {"qe_identity_issuer_chain.pem", "qe_identity_issuer_chain.pem"},                          \
        {"pck_crl.der", "pck_crl.der"},                                                            \
    {                                                                                              \
        "root_ca_crl.der", "root_ca_crl.der"                                                       \
    }
#define FORGED_TDX(row, count, first, then)                                                        \
    {                                                                                              \
        .id = row, .tee = "tdx", .now_s = 1760000000, .p256 = count, .policy_file = "tdx.json",    \
        .before = first, .parts = {                                                                \
            {then, "quote"},                                                                       \
            FORGED_COLLATERAL                                                                      \
        }                                                                                          \
    }
static const struct verify_case FORGED[] = {
    FORGED_TDX("verify.dcap.newplatform", 3, "quote_b", "quote_a"),
    FORGED_TDX("verify.dcap.warm", 2, "quote_a_key", "quote_a"),
    FORGED_TDX("verify.dcap.hot", 1, "quote_a", "quote_a"),
    {.id = "verify.sim",
     .tee = "sim",
     .now_s = 1800000000,
     .p256 = 3,
     .policy_file = "sim.json",
     .parts = {{"report", "report"}}},
};
enum { FORGED_COUNT = sizeof FORGED / sizeof FORGED[0] };
enum { CASE_COUNT = sizeof CASES / sizeof CASES[0] };

static const struct verify_case *chosen;
static uint8_t bytes[PARTS_MAX][FILE_MAX];
static cc_verify_blob_t blobs[PARTS_MAX];
static size_t part_count;
static uint8_t before_bytes[FILE_MAX];
static cc_verify_blob_t before;
static cc_verify_t *verify;
static cc_verify_policy_t *policy;

/* One key, message and signature of each kind. */
enum { P256, P384, RSA4096, KINDS };
static struct {
    EVP_PKEY *like; /* same parameters: the cheapest import starts from them */
    uint8_t key[1024], message[MESSAGE_SIZE], signature[SIGNATURE_MAX];
    size_t key_size, signature_size;
} floors[KINDS];

static const EVP_MD *floor_md(int kind)
{
    return kind == P256 ? EVP_sha256() : EVP_sha384();
}

static bool pss_set(int kind, EVP_PKEY_CTX *ctx)
{
    return kind != RSA4096 || (EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
                               EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) == 1);
}

/* RSA as RSAPublicKey, points uncompressed. */
static void key_export(int kind, EVP_PKEY *key)
{
    unsigned char *at = floors[kind].key, *point = NULL;

    if (kind == RSA4096) {
        floors[kind].key_size = (size_t)i2d_PublicKey(key, &at);
        return;
    }
    floors[kind].key_size = EVP_PKEY_get1_encoded_public_key(key, &point);
    memcpy(floors[kind].key, point, floors[kind].key_size);
    OPENSSL_free(point);
}

static bool floor_make(int kind)
{
    EVP_PKEY *key =
        kind == RSA4096 ? EVP_RSA_gen(4096) : EVP_EC_gen(kind == P256 ? "P-256" : "P-384");
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *pkey = NULL;
    bool good;

    floors[kind].signature_size = SIGNATURE_MAX;
    key_export(kind, key);
    good = EVP_DigestSignInit(ctx, &pkey, floor_md(kind), NULL, key) == 1 && pss_set(kind, pkey) &&
           EVP_DigestSign(ctx, floors[kind].signature, &floors[kind].signature_size,
                          floors[kind].message, MESSAGE_SIZE) == 1;
    EVP_MD_CTX_free(ctx);
    floors[kind].like = key;
    return good;
}

static EVP_PKEY *key_import(int kind)
{
    const unsigned char *at = floors[kind].key;
    EVP_PKEY *key;

    if (kind == RSA4096)
        return d2i_PublicKey(EVP_PKEY_RSA, NULL, &at, (long)floors[kind].key_size);
    key = EVP_PKEY_new();
    if (key != NULL && (EVP_PKEY_copy_parameters(key, floors[kind].like) != 1 ||
                        EVP_PKEY_set1_encoded_public_key(key, at, floors[kind].key_size) != 1)) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    return key;
}

static bool floor_verify(int kind)
{
    EVP_PKEY *key = key_import(kind);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *pkey = NULL;
    bool good = EVP_DigestVerifyInit(ctx, &pkey, floor_md(kind), NULL, key) == 1 &&
                pss_set(kind, pkey) &&
                EVP_DigestVerify(ctx, floors[kind].signature, floors[kind].signature_size,
                                 floors[kind].message, MESSAGE_SIZE) == 1;

    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(key);
    return good;
}

static bool file_read(const char *folder, const char *name, uint8_t *room, size_t *ret_size)
{
    char path[600];
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    file = fopen(path, "rbe");
    if (file == NULL) {
        bench_say(path);
        return false;
    }
    *ret_size = fread(room, 1, FILE_MAX, file);
    fclose(file);
    return true;
}

static bool parts_read(const char *folder)
{
    for (part_count = 0; chosen->parts[part_count].file != NULL; part_count++) {
        size_t size;

        if (!file_read(folder, chosen->parts[part_count].file, bytes[part_count], &size))
            return false;
        blobs[part_count] =
            (cc_verify_blob_t){chosen->parts[part_count].name, bytes[part_count], size};
    }
    return true;
}

/* What is judged first, and the policy. */
static bool others_read(const char *folder)
{
    static uint8_t text[FILE_MAX];
    size_t size = 0;

    if (chosen->before != NULL && !file_read(folder, chosen->before, before_bytes, &before.size))
        return false;
    before.name = chosen->parts[0].name;
    before.data = before_bytes;
    if (chosen->policy != NULL)
        return cc_verify_policy_parse(chosen->policy, strlen(chosen->policy), &policy) ==
               CC_SUCCESS;
    return file_read(folder, chosen->policy_file, text, &size) &&
           cc_verify_policy_parse((const char *)text, size, &policy) == CC_SUCCESS;
}

static bool verify_start(const struct bench_row *row)
{
    const char *folder = getenv("SECGEAR_VECTORS");

    for (size_t i = 0; i < CASE_COUNT; i++)
        if (strcmp(CASES[i].id, row->id) == 0)
            chosen = &CASES[i];
    for (size_t i = 0; i < FORGED_COUNT && chosen == NULL; i++)
        if (strcmp(FORGED[i].id, row->id) == 0)
            chosen = &FORGED[i];
    if (chosen == NULL)
        return false;
    if (chosen->policy == NULL)
        folder = bench_forged();
    if (folder == NULL)
        return bench_absent("SECGEAR_VECTORS is not set");
    verify = cc_verify_new();
    return verify != NULL && parts_read(folder) && others_read(folder) && cpu_pin() &&
           floor_make(P256) && floor_make(P384) && floor_make(RSA4096);
}

static void verify_stop(void)
{
    for (int kind = 0; kind < KINDS; kind++)
        EVP_PKEY_free(floors[kind].like);
    cc_verify_policy_free(policy);
    cc_verify_free(verify);
}

static bool judged(const cc_verify_blob_t *evidence, cc_verify_cache_t *cache)
{
    const cc_verify_input_t input = {chosen->tee,    evidence, 1, blobs + 1,
                                     part_count - 1, NULL,     0, chosen->now_s};
    cc_verify_result_t *result = NULL;
    bool good = cc_verify_judge_cached(verify, policy, &input, cache, &result) == CC_SUCCESS &&
                cc_verify_result_verdict(result) != CC_VERIFY_REFUSED;

    if (!good)
        bench_say(result != NULL ? cc_verify_result_reason(result, 0)->sentence
                                 : cc_verify_error_detail());
    cc_verify_result_free(result);
    return good;
}

/* One judgement; a fresh cache that saw what comes before, where the row has one. */
static double judge_time(void)
{
    cc_verify_cache_t *cache = chosen->before != NULL ? cc_verify_cache_new(64) : NULL;
    bool good = chosen->before == NULL || (cache != NULL && judged(&before, cache));
    double start = now_s();

    good = good && judged(&blobs[0], cache);
    start = now_s() - start;
    cc_verify_cache_free(cache);
    return good ? start : -1;
}

static double verify_value(void)
{
    double sum = 0;

    for (unsigned i = 0; i < RUNS; i++) {
        double one = judge_time();

        if (one < 0)
            return -1;
        sum += one;
    }
    return sum * 1e6 / RUNS;
}

static double verify_floor(void)
{
    const unsigned counts[KINDS] = {chosen->p256, chosen->p384, chosen->rsa4096};
    double start = now_s();

    for (unsigned i = 0; i < RUNS; i++)
        for (int kind = 0; kind < KINDS; kind++)
            for (unsigned n = 0; n < counts[kind]; n++)
                if (!floor_verify(kind))
                    return -1;
    return (now_s() - start) * 1e6 / RUNS;
}

#define ROW(id, goal)                                                                              \
    {                                                                                              \
        id, "us", goal, "one core", BENCH_MEDIAN, 31, verify_start, verify_value, verify_floor,    \
            verify_stop, 0                                                                         \
    }
const struct bench_row VERIFY_ROWS[] = {
    ROW("verify.dcap.cold", "<=1.5"),  ROW("verify.dcap.newplatform", "<=1.2"),
    ROW("verify.dcap.warm", "<=1.15"), ROW("verify.dcap.hot", "<=1.1"),
    ROW("verify.snp", "<=1.15"),       ROW("verify.cca", "<=1.15"),
    ROW("verify.sim", "<=1.15"),       {.id = NULL},
};
