/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "wire/snp_report.h"
#include "base/detail.h"

enum { ALGORITHM_ECDSA_P384 = 1, SCALAR_ROOM = 72, SIGNATURE_ROOM = 512 };

static bool all_zero(struct view v)
{
    uint8_t any = 0;

    for (size_t i = 0; i < v.size; i++)
        any |= v.data[i];
    return any == 0;
}

/* Little-endian with room for more, which must be zero, to big-endian. */
static bool scalar_take(struct reader *r, uint8_t *ret_scalar)
{
    struct view low = reader_take(r, SNP_SCALAR_SIZE);
    struct view rest = reader_take(r, SCALAR_ROOM - SNP_SCALAR_SIZE);

    for (size_t i = 0; i < low.size; i++)
        ret_scalar[i] = low.data[SNP_SCALAR_SIZE - 1 - i];
    return all_zero(rest);
}

static uint32_t body_take(struct reader *r, struct snp_report *s)
{
    uint32_t algorithm, flags;

    s->version = reader_le32(r);
    s->guest_svn = reader_le32(r);
    s->policy = reader_le64(r);
    s->family_id = reader_take(r, 16);
    s->image_id = reader_take(r, 16);
    s->vmpl = reader_le32(r);
    algorithm = reader_le32(r);
    s->current_tcb = reader_take(r, 8);
    s->platform_info = reader_take(r, 8);
    flags = reader_le32(r);
    s->author_key = (flags & 1) != 0;
    s->mask_chip_key = (flags & 2) != 0;
    s->signer = flags >> 2 & 7;
    reader_take(r, 4);
    s->report_data = reader_take(r, 64);
    s->measurement = reader_take(r, 48);
    s->host_data = reader_take(r, 32);
    s->id_key_digest = reader_take(r, 48);
    s->author_key_digest = reader_take(r, 48);
    s->report_id = reader_take(r, 32);
    s->report_id_ma = reader_take(r, 32);
    s->reported_tcb = reader_take(r, 8);
    s->cpuid = reader_take(r, 3);
    reader_take(r, 21);
    s->chip_id = reader_take(r, SNP_CHIP_ID_SIZE);
    s->committed_tcb = reader_take(r, 8);
    reader_take(r, 8);
    s->launch_tcb = reader_take(r, 8);
    reader_take(r, SNP_SIGNED_SIZE - 0x1f8);
    return algorithm;
}

cc_enclave_result_t snp_report_decode(struct view bytes, struct snp_report *ret_report)
{
    struct reader r = reader_over(bytes);
    struct snp_report s = {0};
    uint32_t algorithm = body_take(&r, &s);
    bool plain = scalar_take(&r, s.signature);

    plain = scalar_take(&r, s.signature + SNP_SCALAR_SIZE) && plain;
    plain = all_zero(reader_take(&r, SIGNATURE_ROOM - 2 * SCALAR_ROOM)) && plain;
    if (!reader_done(&r))
        return detail_fail(CC_ERROR_BAD_FORMAT, "report: %d bytes expected, found %zu",
                           SNP_REPORT_SIZE, bytes.size);
    if (s.version != 2 && s.version != 3 && s.version != 5)
        return detail_fail(CC_ERROR_BAD_FORMAT, "report: version 2, 3 or 5 expected, found %u",
                           s.version);
    if (algorithm != ALGORITHM_ECDSA_P384)
        return detail_fail(CC_ERROR_BAD_FORMAT,
                           "report: signature algorithm 1 (ECDSA P-384) expected, found %u",
                           algorithm);
    if (!plain)
        return detail_fail(CC_ERROR_BAD_FORMAT, "report: its signature's reserved bytes are not 0");
    s.signed_bytes = view_of(bytes.data, SNP_SIGNED_SIZE);
    *ret_report = s;
    return CC_SUCCESS;
}
