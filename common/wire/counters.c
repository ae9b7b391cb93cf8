/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "wire/counters.h"
#include "base/detail.h"
#include "wire/seal.h"

static const uint8_t MAGIC[8] = {'S', 'G', 'S', 'I', 'M', '-', 'M', 'C'};
enum { WITHOUT_CREATOR = 1, COUNTERS_VERSION = 2 };

static bool counter_take(struct reader *r, uint32_t version, struct counter *ret)
{
    unsigned debug, reserved;

    ret->name.policy = reader_u8(r);
    debug = reader_u8(r);
    ret->name.debug = debug == 1;
    ret->name.prod_id = reader_le16(r);
    ret->svn = reader_le16(r);
    reserved = reader_le16(r);
    ret->name.id = reader_le64(r);
    reader_copy(r, ret->name.measurement, sizeof ret->name.measurement);
    ret->value = reader_le64(r);
    ret->creator = version == WITHOUT_CREATOR ? 0 : reader_le32(r);
    return (ret->name.policy == SEAL_POLICY_MRENCLAVE ||
            ret->name.policy == SEAL_POLICY_MRSIGNER) &&
           debug <= 1 && reserved == 0;
}

cc_enclave_result_t counters_decode(struct view file, struct counters *ret_counters,
                                    struct view *ret_checked, struct view *ret_mac)
{
    struct reader r = reader_over(file);
    struct view magic = reader_take(&r, sizeof MAGIC);
    uint32_t version = reader_le32(&r);
    bool valid = true;

    reader_copy(&r, ret_counters->device_id, sizeof ret_counters->device_id);
    ret_counters->generation = reader_le64(&r);
    ret_counters->count = reader_le32(&r);
    if (r.failed || !view_equal(magic, VIEW_OF(MAGIC)))
        return detail_fail(CC_ERROR_CORRUPT_OBJECT,
                           "counters: they do not begin with SGSIM-MC, or are cut off");
    if (version != WITHOUT_CREATOR && version != COUNTERS_VERSION)
        return detail_fail(CC_ERROR_CORRUPT_OBJECT,
                           "counters: version %u, this release reads %d and %d", version,
                           WITHOUT_CREATOR, COUNTERS_VERSION);
    if (ret_counters->count > COUNTERS_MAX_COUNT)
        return detail_fail(CC_ERROR_CORRUPT_OBJECT, "counters: %u of them, at most %d expected",
                           ret_counters->count, COUNTERS_MAX_COUNT);
    for (uint32_t i = 0; i < ret_counters->count && valid; i++)
        valid = counter_take(&r, version, &ret_counters->all[i]);
    *ret_checked = view_of(file.data, file.size - r.rest.size);
    *ret_mac = reader_take(&r, COUNTERS_MAC_SIZE);
    if (!valid || !reader_done(&r))
        return detail_fail(CC_ERROR_CORRUPT_OBJECT,
                           "counters: cut off, or a field is not valid, at %zu of %zu",
                           file.size - r.rest.size, file.size);
    return CC_SUCCESS;
}

void counters_encode(const struct counters *counters, struct writer *w)
{
    writer_put(w, VIEW_OF(MAGIC));
    writer_le32(w, COUNTERS_VERSION);
    writer_put(w, VIEW_OF(counters->device_id));
    writer_le64(w, counters->generation);
    writer_le32(w, counters->count);
    for (uint32_t i = 0; i < counters->count; i++) {
        const struct counter *c = &counters->all[i];

        writer_u8(w, c->name.policy);
        writer_u8(w, c->name.debug);
        writer_le16(w, c->name.prod_id);
        writer_le16(w, c->svn);
        writer_le16(w, 0);
        writer_le64(w, c->name.id);
        writer_put(w, VIEW_OF(c->name.measurement));
        writer_le64(w, c->value);
        writer_le32(w, c->creator);
    }
}
