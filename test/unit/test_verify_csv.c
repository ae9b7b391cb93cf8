/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * test_verify_csv.c - what is wrong with a Hygon CSV report or the certificates under it, one thing
 * at a time, and the rule that says so. SM2 and SM3, from own keys.
 */
#include "broken.h"
#include "counts.h"
#include "crypto/hash.h"
#include "support.h"
#include "wire/csv_report.h"

enum { HRK, HSK, CEK, PEK, STRANGER, OWNERS };
enum { CA_SIGNED = 576, CERT_SIGNED = 1044, MAC_AT = 2516, PEK_AT = 336, MASK_AT = 188 };

struct forge {
    uint32_t usage[OWNERS], slot_usage; /* slot: of the CEK's signature on the PEK */
    int issuer[PEK + 1];                /* who signs whom */
    int signer;                         /* of the report */
    const char *wrong_id;               /* the report's signer's, instead of its own */
    uint32_t sig_usage, sig_algo, policy, mask;
    bool slot_two;  /* the second slot of the PEK is the CEK's */
    bool other_mac; /* made with another key */
    bool spill;     /* something beside a scalar */
    bool shift;     /* by the mask, behind the signature */
    EVP_PKEY *trusted;
    uint8_t report[CSV_REPORT_SIZE], hrk[CSV_CA_SIZE], both[CSV_CA_SIZE + CSV_CERT_SIZE];
};

static EVP_PKEY *keys[OWNERS];
static const char *const IDS[OWNERS] = {"HYGON-SSD-HRK", "HYGON-SSD-HSK", "CEK", "PEK", "nobody"};

static void keys_make(void)
{
    for (size_t i = 0; i < OWNERS; i++)
        keys[i] = EVP_PKEY_Q_keygen(NULL, NULL, "SM2");
}

static void le_put(uint8_t *at, uint32_t value)
{
    for (size_t i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

static void scalar_put(uint8_t *room, const uint8_t *big_endian)
{
    for (size_t i = 0; i < 32; i++)
        room[i] = big_endian[31 - i];
}

/* R and S in 72 bytes each. */
static void signature_put(uint8_t *room, int signer, const char *id, struct view message)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *pkey = NULL; /* the context's */
    uint8_t der[200], rs[64];
    const uint8_t *at = der;
    size_t size = sizeof der;
    ECDSA_SIG *sig;

    ck_assert_int_eq(EVP_DigestSignInit(ctx, &pkey, EVP_sm3(), NULL, keys[signer]), 1);
    ck_assert_int_eq(EVP_PKEY_CTX_set1_id(pkey, id, (int)strlen(id)), 1);
    ck_assert_int_eq(EVP_DigestSign(ctx, der, &size, message.data, message.size), 1);
    sig = d2i_ECDSA_SIG(NULL, &at, (long)size);
    BN_bn2binpad(ECDSA_SIG_get0_r(sig), rs, 32);
    BN_bn2binpad(ECDSA_SIG_get0_s(sig), rs + 32, 32);
    scalar_put(room, rs);
    scalar_put(room + 72, rs + 32);
    ECDSA_SIG_free(sig);
    EVP_MD_CTX_free(ctx);
}

static void key_put(uint8_t *at, int owner)
{
    uint8_t point[65];

    ck_assert_uint_eq(made_point(keys[owner], point, sizeof point), sizeof point);
    le_put(at, 3); /* SM2 */
    scalar_put(at + 4, point + 1);
    scalar_put(at + 76, point + 33);
    at[148] = (uint8_t)strlen(IDS[owner]);
    memcpy(at + 150, IDS[owner], strlen(IDS[owner]));
}

static void ca_put(const struct forge *f, int owner, uint8_t *at)
{
    memset(at, 0, CSV_CA_SIZE);
    le_put(at + 36, f->usage[owner]);
    key_put(at + 64, owner);
    signature_put(at + CA_SIGNED, f->issuer[owner], IDS[f->issuer[owner]], view_of(at, CA_SIGNED));
}

static void cert_put(const struct forge *f, int owner, uint8_t *at)
{
    size_t slot = CERT_SIGNED + (owner == PEK && f->slot_two ? 520 : 0);

    memset(at, 0, CSV_CERT_SIZE);
    le_put(at + 8, f->usage[owner]);
    le_put(at + 12, 4);
    key_put(at + 16, owner);
    le_put(at + CERT_SIGNED, CSV_USAGE_OCA); /* what is not the issuer's is the owner's */
    le_put(at + CERT_SIGNED + 520, CSV_USAGE_OCA);
    le_put(at + slot, owner == PEK ? f->slot_usage : CSV_USAGE_HSK);
    signature_put(at + slot + 8, f->issuer[owner], IDS[f->issuer[owner]], view_of(at, CERT_SIGNED));
}

static void mask_apply(uint8_t *bytes, size_t from, size_t to, uint32_t mask)
{
    for (size_t i = from; i < to; i++)
        bytes[i] ^= (uint8_t)(mask >> 8 * (i % 4));
}

static void mac_put(struct forge *f)
{
    uint8_t key[16];

    memcpy(key, f->report + 128, sizeof key);
    mask_apply(key, 0, sizeof key, f->mask);
    key[0] ^= f->other_mac;
    ck_assert(
        hmac_sm3(VIEW_OF(key), view_of(f->report + PEK_AT, MAC_AT - PEK_AT), f->report + MAC_AT));
}

/* The mask is signed by nobody: whoever has a report gives it another one. */
static void mask_shift(struct forge *f)
{
    uint32_t delta = 0x01010101;

    mask_apply(f->report, 180, MASK_AT, delta);
    mask_apply(f->report, PEK_AT, MAC_AT, delta);
    f->mask ^= delta;
    le_put(f->report + MASK_AT, f->mask);
    mac_put(f);
}

static void report_put(struct forge *f)
{
    uint8_t *r = f->report;

    memset(r, 0, CSV_REPORT_SIZE);
    memset(r + 64, 0x44, 64);
    memset(r + 128, 0x55, 16);
    memset(r + 144, 0x4d, 32);
    le_put(r + 176, f->policy);
    le_put(r + 180, f->sig_usage);
    le_put(r + 184, f->sig_algo);
    cert_put(f, PEK, r + PEK_AT);
    memcpy(r + 2420, "SN 1", 4);
    mask_apply(r, 0, MASK_AT, f->mask);
    mask_apply(r, PEK_AT, MAC_AT, f->mask);
    le_put(r + MASK_AT, f->mask);
    signature_put(r + 192, f->signer, f->wrong_id != NULL ? f->wrong_id : IDS[f->signer],
                  view_of(r, CSV_SIGNED_SIZE));
    r[192 + 40] = f->spill;
    mac_put(f);
    if (f->shift)
        mask_shift(f);
}

static void forge_start(struct forge *f)
{
    static const uint32_t USAGES[OWNERS] = {CSV_USAGE_HRK, CSV_USAGE_HSK, CSV_USAGE_CEK,
                                            CSV_USAGE_PEK, CSV_USAGE_CEK};
    static const int ISSUERS[PEK + 1] = {HRK, HRK, HSK, CEK};

    memset(f, 0, sizeof *f);
    memcpy(f->usage, USAGES, sizeof f->usage);
    memcpy(f->issuer, ISSUERS, sizeof f->issuer);
    f->signer = PEK;
    f->slot_usage = CSV_USAGE_CEK;
    f->sig_usage = CSV_USAGE_PEK;
    f->sig_algo = 4;
    f->policy = 1; /* NODBG */
    f->mask = 0xdeadbeef;
    f->trusted = keys[HRK];
}

static json_t *forge_build(struct forge *f, struct rig *rig)
{
    ca_put(f, HRK, f->hrk);
    ca_put(f, HSK, f->both);
    cert_put(f, CEK, f->both + CSV_CA_SIZE);
    report_put(f);
    rig_bytes(rig, true, "report", VIEW_OF(f->report));
    rig_bytes(rig, false, "hrk.cert", VIEW_OF(f->hrk));
    rig_bytes(rig, false, "hsk_cek.cert", VIEW_OF(f->both));
    rig->now_s = BROKEN_NOW_S;
    rig->nonce = view_of("DDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDD", 64);
    return pinning_policy("csv", f->trusted, "measure",
                          "4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d");
}

CHANGE(nothing, (void)f)
CHANGE(no_mask, f->mask = 0)
CHANGE(second_slot, f->slot_two = true)
CHANGE(untrusted, f->trusted = keys[STRANGER])
CHANGE(root_by_other, f->issuer[HRK] = STRANGER)
CHANGE(root_usage, f->usage[HRK] = CSV_USAGE_HSK)
CHANGE(hsk_by_other, f->issuer[HSK] = STRANGER)
CHANGE(hsk_usage, f->usage[HSK] = CSV_USAGE_HRK)
CHANGE(cek_by_other, f->issuer[CEK] = STRANGER)
CHANGE(cek_by_root, f->issuer[CEK] = HRK)
CHANGE(cek_usage, f->usage[CEK] = CSV_USAGE_PEK)
CHANGE(pek_by_other, f->issuer[PEK] = STRANGER)
CHANGE(pek_by_hsk, f->issuer[PEK] = HSK)
CHANGE(pek_usage, f->usage[PEK] = CSV_USAGE_CEK)
CHANGE(owners_slot_only, f->slot_usage = CSV_USAGE_OCA)
CHANGE(by_other, f->signer = STRANGER)
CHANGE(by_cek, f->signer = CEK)
CHANGE(other_id, f->wrong_id = "1234567812345678")
CHANGE(said_signer, f->sig_usage = CSV_USAGE_CEK)
CHANGE(said_algorithm, f->sig_algo = 3)
CHANGE(spill, f->spill = true)
CHANGE(mac, f->other_mac = true)
CHANGE(debug, f->policy = 0)
CHANGE(shifted, f->shift = true)

static const struct {
    void (*change)(struct forge *f);
    const char *rule;
} ROWS[] = {
    {nothing, NULL},
    {no_mask, NULL},
    {second_slot, NULL},
    {untrusted, "root"},
    {root_by_other, "signature"},
    {root_usage, "root"},
    {hsk_by_other, "chain"},
    {hsk_usage, "chain"},
    {cek_by_other, "chain"},
    {cek_by_root, "chain"},
    {cek_usage, "chain"},
    {pek_by_other, "chain"},
    {pek_by_hsk, "chain"},
    {pek_usage, "chain"},
    {owners_slot_only, "chain"},
    {by_other, "signature"},
    {by_cek, "signature"},
    {other_id, "signature"},
    {said_signer, "signer"},
    {said_algorithm, "format"},
    {spill, "format"},
    {mac, "mac"},
    {debug, "debug"},
    /* Genuine as far as the vendor's format can tell: the pinned values refuse it. */
    {shifted, "measure"},
};

START_TEST(each_broken_thing_is_refused_by_its_rule)
{
    static struct forge f;
    struct rig rig = {0};
    json_t *policy;

    forge_start(&f);
    ROWS[_i].change(&f);
    policy = forge_build(&f, &rig);
    judged_as(&rig, "csv", policy, ROWS[_i].rule, _i);
}
END_TEST

/* Of the signer's block, the MAC covers what no signature does. */
START_TEST(no_flipped_bit_of_a_report_passes)
{
    static struct forge f;
    struct rig rig = {0};
    json_t *policy;
    struct buf *bytes;

    forge_start(&f);
    policy = forge_build(&f, &rig);
    bytes = &rig_part(&rig, true, "report")->bytes;
    for (size_t bit = 0; bit < 8 * bytes->size; bit += count_of(COUNT_BITS_APART)) {
        struct cc_verify_result *v;

        bytes->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        v = rig_judge(&rig, "csv", policy);
        ck_assert_msg(v->verdict == CC_VERIFY_REFUSED, "byte %zu: accepted", bit / 8);
        bytes->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        free(v);
    }
    json_decref(policy);
    rig_free(&rig);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("verify/csv");
    TCase *tcase = tcase_of(suite, "forged");

    tcase_add_unchecked_fixture(tcase, keys_make, NULL);
    tcase_add_loop_test(tcase, each_broken_thing_is_refused_by_its_rule, 0,
                        sizeof ROWS / sizeof ROWS[0]);
    tcase_add_test(tcase, no_flipped_bit_of_a_report_passes);
    return suite_main(suite);
}
