/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * test_verify_nitro.c - what is wrong with a document of AWS Nitro, one thing at a time, and the
 * rule that says so. All of it is made from own keys.
 */
#include "broken.h"
#include "support.h"

static EVP_PKEY *keys[3], *other, *other_256;

static void keys_make(void)
{
    for (size_t i = 0; i < 3; i++)
        keys[i] = made_key("P-384");
    other = made_key("P-384");
    other_256 = made_key("P-256");
}

struct forge {
    struct made root, middle, leaf, stranger;
    EVP_PKEY *signer, *trusted;
    int algorithm;
    const char *digest, *extra_member;
    bool debug, reversed, short_pcr, null_nonce;
};

static void forge_start(struct forge *f)
{
    memset(f, 0, sizeof *f);
    f->signer = keys[2];
    f->trusted = keys[0];
    f->algorithm = -35;
    f->digest = "SHA384";
    f->root = (struct made){.name = "root",
                            .key = keys[0],
                            .ca = true,
                            .serial = 1,
                            .md = EVP_sha384(),
                            .usage = "critical,keyCertSign"};
    f->middle = (struct made){.name = "middle",
                              .key = keys[1],
                              .issuer = &f->root,
                              .ca = true,
                              .path_len = "0",
                              .serial = 2,
                              .md = EVP_sha384(),
                              .usage = "critical,keyCertSign"};
    f->leaf = (struct made){.name = "leaf",
                            .key = keys[2],
                            .issuer = &f->middle,
                            .serial = 3,
                            .md = EVP_sha384(),
                            .usage = "critical,digitalSignature"};
    made_valid(&f->root);
    made_valid(&f->middle);
    made_valid(&f->leaf);
}

static void document_put(const struct forge *f, struct writer *w)
{
    static uint8_t payload[8192];
    struct writer p = writer_over(payload, sizeof payload);
    struct buf root = made_issue(&f->root), middle = made_issue(&f->middle),
               leaf = made_issue(&f->leaf);
    uint8_t pcr[48];

    cbor_put_map(&p, f->extra_member != NULL ? 8 : 7);
    cbor_put_text(&p, view_text("module_id"));
    cbor_put_text(&p, view_text("i-1"));
    cbor_put_text(&p, view_text("digest"));
    cbor_put_text(&p, view_text(f->digest));
    cbor_put_text(&p, view_text("timestamp"));
    cbor_put_uint(&p, BROKEN_NOW_S * 1000);
    cbor_put_text(&p, view_text("pcrs"));
    cbor_put_map(&p, 3);
    for (unsigned i = 0; i < 3; i++) {
        memset(pcr, f->debug ? 0 : 0x4d, sizeof pcr);
        cbor_put_uint(&p, i);
        cbor_put_bytes(&p, view_of(pcr, f->short_pcr ? 47 : 48));
    }
    cbor_put_text(&p, view_text("certificate"));
    cbor_put_bytes(&p, buf_view(&leaf));
    cbor_put_text(&p, view_text("cabundle"));
    cbor_put_array(&p, 2);
    cbor_put_bytes(&p, f->reversed ? buf_view(&middle) : buf_view(&root));
    cbor_put_bytes(&p, f->reversed ? buf_view(&root) : buf_view(&middle));
    cbor_put_text(&p, view_text("nonce"));
    if (f->null_nonce)
        writer_u8(&p, 0xf6);
    else
        cbor_put_bytes(&p, view_of("\x44\x44\x44\x44", 4));
    if (f->extra_member != NULL) {
        cbor_put_text(&p, view_text(f->extra_member));
        cbor_put_text(&p, view_text("x"));
    }
    sign1_put(w, f->algorithm, f->signer, writer_view(&p));
    buf_free(&root);
    buf_free(&middle);
    buf_free(&leaf);
}

static json_t *forge_build(struct forge *f, struct rig *rig)
{
    static uint8_t document[16384];
    struct writer w = writer_over(document, sizeof document);

    document_put(f, &w);
    rig_bytes(rig, true, "document", writer_view(&w));
    rig->now_s = BROKEN_NOW_S;
    rig->nonce = view_of("\x44\x44\x44\x44", 4);
    return pinning_policy("nitro", f->trusted, "pcr0",
                          "4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d"
                          "4d4d4d4d4d4d4d4d4d4d4d4d");
}

CHANGE(nothing, (void)f)
CHANGE(document_by_other, f->signer = other)
CHANGE(leaf_expired, f->leaf.until_s = BROKEN_NOW_S - 1)
CHANGE(middle_early, f->middle.from_s = BROKEN_NOW_S + 1)
CHANGE(middle_is_none, f->middle.ca = false; f->middle.path_len = NULL)
CHANGE(root_path, f->root.path_len = "0")
CHANGE(leaf_by_root, f->leaf.issuer = &f->root)
CHANGE(leaf_usage, f->leaf.usage = "critical,keyAgreement")
CHANGE(leaf_by_stranger, f->stranger = f->middle; f->stranger.key = other;
       f->leaf.issuer = &f->stranger)
CHANGE(middle_by_stranger, f->stranger = f->root; f->stranger.key = other;
       f->middle.issuer = &f->stranger)
CHANGE(root_by_stranger, f->stranger = f->root; f->stranger.key = other;
       f->root.issuer = &f->stranger)
CHANGE(root_expired, f->root.until_s = BROKEN_NOW_S - 1)
CHANGE(root_early, f->root.from_s = BROKEN_NOW_S + 1)
CHANGE(middle_expired, f->middle.until_s = BROKEN_NOW_S - 1)
CHANGE(leaf_early, f->leaf.from_s = BROKEN_NOW_S + 1)
CHANGE(leaf_is_ca, f->leaf.ca = true)
CHANGE(leaf_critical, f->leaf.critical = true)
CHANGE(middle_usage, f->middle.usage = "critical,cRLSign")
CHANGE(root_usage, f->root.usage = "critical,cRLSign")
CHANGE(middle_path, f->middle.path_len = NULL; f->root.path_len = "1")
CHANGE(document_by_middle, f->signer = keys[1])
CHANGE(document_algorithm, f->algorithm = -7; f->signer = other_256)
CHANGE(bundle_reversed, f->reversed = true)
CHANGE(key_untrusted, f->trusted = other)
CHANGE(digest_other, f->digest = "SHA512")
CHANGE(member_unknown, f->extra_member = "color")
CHANGE(member_twice, f->extra_member = "module_id")
CHANGE(pcr_short, f->short_pcr = true)
CHANGE(pcrs_zero, f->debug = true)
CHANGE(nonce_null, f->null_nonce = true)

static const struct {
    void (*change)(struct forge *f);
    const char *rule;
} ROWS[] = {
    {nothing, NULL},
    {document_by_other, "signature"},
    {leaf_expired, "dates"},
    {middle_early, "dates"},
    {middle_is_none, "ca"},
    {root_path, "path_length"},
    {leaf_by_root, "chain"},
    {leaf_usage, "key_usage"},
    {leaf_by_stranger, "signature"},
    {middle_by_stranger, "signature"},
    {root_by_stranger, "signature"},
    {root_expired, "dates"},
    {root_early, "dates"},
    {middle_expired, "dates"},
    {leaf_early, "dates"},
    {leaf_is_ca, "ca"},
    {leaf_critical, "critical"},
    {middle_usage, "key_usage"},
    {root_usage, "key_usage"},
    {middle_path, NULL},
    {document_by_middle, "signature"},
    {document_algorithm, "algorithm"},
    {bundle_reversed, "root"},
    {key_untrusted, "root"},
    {digest_other, "digest"},
    {member_unknown, "format"},
    {member_twice, "format"},
    {pcr_short, "pcrs"},
    {pcrs_zero, "debug"},
    {nonce_null, "nonce"},
};

START_TEST(each_broken_thing_is_refused_by_its_rule)
{
    struct rig rig = {0};
    struct forge f;
    json_t *policy;

    forge_start(&f);
    ROWS[_i].change(&f);
    policy = forge_build(&f, &rig);
    judged_as(&rig, "nitro", policy, ROWS[_i].rule, _i);
}
END_TEST

START_TEST(under_amazons_own_root_it_is_refused)
{
    struct rig rig = {0};
    struct forge f;

    forge_start(&f);
    json_decref(forge_build(&f, &rig));
    judged_as(&rig, "nitro", NULL, "root", 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("verify/nitro");
    TCase *tcase = tcase_of(suite, "forged");

    tcase_add_unchecked_fixture(tcase, keys_make, NULL);
    tcase_add_loop_test(tcase, each_broken_thing_is_refused_by_its_rule, 0,
                        sizeof ROWS / sizeof ROWS[0]);
    tcase_add_test(tcase, under_amazons_own_root_it_is_refused);
    return suite_main(suite);
}
