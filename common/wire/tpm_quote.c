/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "wire/tpm_quote.h"
#include "base/detail.h"

static const uint8_t MAGIC[] = {0xff, 'T', 'C', 'G'};
enum { TYPE_QUOTE = 0x8018, SCHEME_RSASSA = 0x14, SCHEME_RSAPSS = 0x16, SCHEME_ECDSA = 0x18 };
enum { HASH_SHA256_ID = 0x000b, HASH_SHA384_ID = 0x000c, HASH_SHA512_ID = 0x000d };
enum { RSA_MIN_SIZE = 256, SELECT_MAX_SIZE = 3 };

static void selection_take(struct reader *r, struct tpm_quote *q)
{
    uint32_t count = reader_be32(r);

    if (count < 1 || count > TPM_BANKS_MAX_COUNT)
        r->failed = true;
    for (q->bank_count = 0; !r->failed && q->bank_count < count; q->bank_count++) {
        uint32_t bits = 0;
        struct view select;

        q->bank[q->bank_count] = reader_be16(r);
        select = reader_take(r, reader_u8(r));
        if (select.size > SELECT_MAX_SIZE)
            r->failed = true;
        for (size_t i = 0; !r->failed && i < select.size; i++)
            bits |= (uint32_t)select.data[i] << 8 * i;
        q->selected[q->bank_count] = bits;
        for (size_t i = 0; i < q->bank_count; i++)
            if (q->bank[i] == q->bank[q->bank_count])
                r->failed = true;
    }
}

cc_enclave_result_t tpm_quote_decode(struct view bytes, struct tpm_quote *ret)
{
    struct reader r = reader_over(bytes);
    struct tpm_quote q = {0};
    uint8_t safe;

    if (!view_equal(reader_take(&r, sizeof MAGIC), VIEW_OF(MAGIC)))
        return detail_fail(CC_ERROR_BAD_FORMAT, "quote: a statement made by a TPM expected");
    if (reader_be16(&r) != TYPE_QUOTE)
        return detail_fail(CC_ERROR_BAD_FORMAT, "quote: a statement of type quote expected");
    q.qualified_signer = reader_take(&r, reader_be16(&r));
    q.extra_data = reader_take(&r, reader_be16(&r));
    q.clock_ms = reader_be64(&r);
    q.reset_count = reader_be32(&r);
    q.restart_count = reader_be32(&r);
    safe = reader_u8(&r);
    q.clock_safe = safe == 1;
    q.firmware_version = reader_be64(&r);
    selection_take(&r, &q);
    q.pcr_digest = reader_take(&r, reader_be16(&r));
    if (!reader_done(&r) || safe > 1)
        return detail_fail(CC_ERROR_BAD_FORMAT, "quote: its sizes do not fit together");
    *ret = q;
    return CC_SUCCESS;
}

static enum sig_alg algorithm_of(unsigned scheme, unsigned hash)
{
    unsigned step = hash - HASH_SHA256_ID;

    if (hash < HASH_SHA256_ID || hash > HASH_SHA512_ID)
        return SIG_NONE;
    if (scheme == SCHEME_RSASSA)
        return (enum sig_alg)(SIG_RSA_SHA256 + step);
    if (scheme == SCHEME_RSAPSS)
        return (enum sig_alg)(SIG_PSS_SHA256 + step);
    return scheme == SCHEME_ECDSA ? (enum sig_alg)(SIG_ECDSA_SHA256 + step) : SIG_NONE;
}

static void scalar_take(struct reader *r, uint8_t *half)
{
    struct view v = reader_take(r, reader_be16(r));

    if (v.size < 1 || v.size > TPM_SCALAR_MAX_SIZE)
        r->failed = true;
    else
        memcpy(half + TPM_SCALAR_MAX_SIZE - v.size, v.data, v.size);
}

cc_enclave_result_t tpm_signature_decode(struct view bytes, struct tpm_signature *ret)
{
    struct reader r = reader_over(bytes);
    struct tpm_signature s = {.algorithm = SIG_RSA_SHA256, .rsa = bytes};
    unsigned scheme = reader_be16(&r), hash = reader_be16(&r);

    s.algorithm = algorithm_of(scheme, hash);
    if (s.algorithm != SIG_NONE && scheme == SCHEME_ECDSA) {
        scalar_take(&r, s.ecdsa);
        scalar_take(&r, s.ecdsa + TPM_SCALAR_MAX_SIZE);
    } else if (s.algorithm != SIG_NONE) {
        s.rsa = reader_take(&r, reader_be16(&r));
    }
    if (s.algorithm == SIG_NONE || !reader_done(&r)) {
        /* A bare signature is as long as a modulus, and a power of two: no structure is. */
        if (bytes.size < RSA_MIN_SIZE || (bytes.size & (bytes.size - 1)) != 0)
            return detail_fail(CC_ERROR_BAD_FORMAT, "signature: a TPMT_SIGNATURE expected");
        s = (struct tpm_signature){.algorithm = SIG_RSA_SHA256, .rsa = bytes};
    }
    *ret = s;
    return CC_SUCCESS;
}
