/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Genuine evidence judged from raw bytes, nothing kept from before, against importing the key and
 * verifying each signature that the verdict rests on: as many of the same kind, over messages of
 * 1 KiB. Needs the vectors (SECGEAR_VECTORS); without them these rows are not measured.
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
static const struct verify_case {
    const char *id, *tee;
    uint64_t now_s;
    unsigned p256, p384, rsa4096; /* signatures under the verdict */
    const char *policy;
    struct {
        const char *file, *name;
    } parts[PARTS_MAX];
} CASES[] = {
    {"verify.dcap.cold",
     "tdx",
     1751328000,
     10,
     0,
     0,
     "{\"schema\":2,\"tees\":{\"tdx\":{\"tolerate_insecure\":[\"nonce\",\"identity\"]}}}",
     {{"tdx/phala-v4-b0c06f/quote.bin", "quote"},
      {"tdx/phala-v4-b0c06f/collateral-2025-07/tcb_info.json", "tcb_info.json"},
      {"tdx/phala-v4-b0c06f/collateral-2025-07/tcb_info_issuer_chain.pem",
       "tcb_info_issuer_chain.pem"},
      {"tdx/phala-v4-b0c06f/collateral-2025-07/qe_identity.json", "qe_identity.json"},
      {"tdx/phala-v4-b0c06f/collateral-2025-07/qe_identity_issuer_chain.pem",
       "qe_identity_issuer_chain.pem"},
      {"tdx/phala-v4-b0c06f/collateral-2025-07/pck_crl.der", "pck_crl.der"},
      {"tdx/phala-v4-b0c06f/collateral-2025-07/root_ca_crl.der", "root_ca_crl.der"}}},
    {"verify.snp",
     "snp",
     1772323200,
     0,
     1,
     3,
     "{\"schema\":2,\"tees\":{\"snp\":{\"tolerate_insecure\":[\"nonce\",\"identity\"]}}}",
     {{"snp/microsoft-genoa-v3/report.bin", "report"},
      {"snp/microsoft-genoa-v3/vcek.der", "vek.der"},
      {"roots/amd/genoa_ask.der", "ask.der"},
      {"roots/amd/genoa_ark.der", "ark.der"}}},
    {"verify.cca",
     "cca",
     1767225600,
     0,
     2,
     0,
     "{\"schema\":2,\"tees\":{\"cca\":{\"tolerate_insecure\":[\"nonce\",\"identity\"],"
     "\"trusted_keys\":[\"0928f896cb02326566530a62a1e36329a12d0a4a308f4fc81e8ff5560bca6bca\"]}}}",
     {{"cca/token-01-raw-rak/token.cbor", "token"},
      {"cca/token-01-raw-rak/cpak.json", "cpak.json"}}},
};
enum { CASE_COUNT = sizeof CASES / sizeof CASES[0] };

static const struct verify_case *chosen;
static uint8_t bytes[PARTS_MAX][FILE_MAX];
static cc_verify_blob_t blobs[PARTS_MAX];
static size_t part_count;
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

static bool part_read(const char *folder, size_t i)
{
    char path[600];
    FILE *file;
    size_t size;

    snprintf(path, sizeof path, "%s/%s", folder, chosen->parts[i].file);
    file = fopen(path, "rbe");
    if (file == NULL) {
        bench_say(path);
        return false;
    }
    size = fread(bytes[i], 1, FILE_MAX, file);
    fclose(file);
    blobs[i] = (cc_verify_blob_t){chosen->parts[i].name, bytes[i], size};
    return true;
}

static bool verify_start(const struct bench_row *row)
{
    const char *folder = getenv("SECGEAR_VECTORS");

    for (size_t i = 0; i < CASE_COUNT; i++)
        if (strcmp(CASES[i].id, row->id) == 0)
            chosen = &CASES[i];
    if (folder == NULL || chosen == NULL) {
        bench_say("SECGEAR_VECTORS is not set");
        return false;
    }
    for (part_count = 0; chosen->parts[part_count].file != NULL; part_count++)
        if (!part_read(folder, part_count))
            return false;
    verify = cc_verify_new();
    return cpu_pin() && verify != NULL && floor_make(P256) && floor_make(P384) &&
           floor_make(RSA4096) &&
           cc_verify_policy_parse(chosen->policy, strlen(chosen->policy), &policy) == CC_SUCCESS;
}

static void verify_stop(void)
{
    for (int kind = 0; kind < KINDS; kind++)
        EVP_PKEY_free(floors[kind].like);
    cc_verify_policy_free(policy);
    cc_verify_free(verify);
}

static double verify_value(void)
{
    const cc_verify_input_t input = {chosen->tee,    blobs, 1, blobs + 1,
                                     part_count - 1, NULL,  0, chosen->now_s};
    double start = now_s();

    for (unsigned i = 0; i < RUNS; i++) {
        cc_verify_result_t *result = NULL;
        bool good = cc_verify_judge(verify, policy, &input, &result) == CC_SUCCESS &&
                    cc_verify_result_verdict(result) != CC_VERIFY_REFUSED;

        cc_verify_result_free(result);
        if (!good) {
            bench_say("the evidence is refused");
            return -1;
        }
    }
    return (now_s() - start) * 1e6 / RUNS;
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
    ROW("verify.dcap.cold", "<=1.5"),
    ROW("verify.snp", "<=1.15"),
    ROW("verify.cca", "<=1.15"),
    {.id = NULL},
};
