/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * forge_tpm.h - quotes of TPMs that tests make up: registers, the statement about them and its
 * signature, with own keys.
 * Layer: test. Threads: one.
 */
#ifndef TEST_FORGE_TPM_H
#define TEST_FORGE_TPM_H

#include "broken.h"
#include "wire/tcg_log.h"
#include "wire/tpm_quote.h"

struct tpm_made {
    EVP_PKEY *signer;
    bool bare_rsa;     /* PKCS #1 as Azure's tools give it, without a header */
    uint32_t selected; /* registers */
    uint16_t bank;
    uint8_t digest_flip, magic, type;
    size_t trailing;
    uint8_t registers[TPM_PCRS][32];
    uint8_t quote[512];
    size_t quote_size;
};

static inline void tpm_start(struct tpm_made *f, EVP_PKEY *signer)
{
    memset(f, 0, sizeof *f);
    f->signer = signer;
    f->selected = 0x4ff; /* 0 .. 7, 10 */
    f->bank = TCG_SHA256;
    f->magic = 0xff;
    f->type = 0x18;
}

static inline void tpm_quote_make(struct tpm_made *f)
{
    uint8_t all[24 * 32], digest[32];
    struct writer a = writer_over(all, sizeof all), w = writer_over(f->quote, sizeof f->quote);

    for (size_t i = 0; i < 24; i++)
        if ((f->selected & 1u << i) != 0)
            writer_put(&a, view_of(f->registers[i], 32));
    ck_assert(sha256(writer_view(&a), digest));
    digest[0] ^= f->digest_flip;
    writer_u8(&w, f->magic);
    writer_put(&w, view_text("TCG"));
    writer_u8(&w, 0x80);
    writer_u8(&w, f->type);
    writer_be16(&w, 2);
    writer_put(&w, view_text("qs"));
    writer_be16(&w, 4);
    writer_put(&w, view_text("DDDD"));
    for (size_t i = 0; i < 25; i++)
        writer_u8(&w, 0);
    writer_be32(&w, 1);
    writer_be16(&w, f->bank);
    writer_u8(&w, 3);
    writer_u8(&w, (uint8_t)f->selected);
    writer_u8(&w, (uint8_t)(f->selected >> 8));
    writer_u8(&w, (uint8_t)(f->selected >> 16));
    writer_be16(&w, 32);
    writer_put(&w, VIEW_OF(digest));
    for (size_t i = 0; i < f->trailing; i++)
        writer_u8(&w, 0);
    f->quote_size = w.size;
}

static inline struct buf tpm_signature_make(const struct tpm_made *f)
{
    uint8_t room[600], rs[512];
    struct writer w = writer_over(room, sizeof room);
    struct buf out;

    if (f->bare_rsa) {
        struct made signer = {.key = f->signer};
        EVP_MD_CTX *ctx = made_signer(&signer, false, EVP_sha256());
        size_t size = sizeof rs;

        ck_assert_int_eq(EVP_DigestSign(ctx, rs, &size, f->quote, f->quote_size), 1);
        EVP_MD_CTX_free(ctx);
        ck_assert(buf_copy(&out, view_of(rs, size)));
        return out;
    }
    made_sign_raw(f->signer, EVP_sha256(), view_of(f->quote, f->quote_size), rs, 32);
    writer_be16(&w, 0x18);
    writer_be16(&w, 0x0b);
    writer_be16(&w, 32);
    writer_put(&w, view_of(rs, 32));
    writer_be16(&w, 32);
    writer_put(&w, view_of(rs + 32, 32));
    ck_assert(buf_copy(&out, writer_view(&w)));
    return out;
}

/* Quote and signature among the evidence. */
static inline void tpm_evidence(struct tpm_made *f, struct rig *rig)
{
    tpm_quote_make(f);
    rig_bytes(rig, true, "quote", view_of(f->quote, f->quote_size));
    rig_put(rig, true, "signature", tpm_signature_make(f));
}

#endif
