/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "forge.h"
#include "support.h"
#include "wire/cbor.h"

static struct forge *device;
static struct view good;

static void setup(void)
{
    device = forge_new(1);
    good = forge_report(device);
}

static void teardown(void)
{
    forge_free(device);
}

static cc_enclave_result_t decode_exact(struct view message, struct report *ret_report)
{
    uint8_t *copy = malloc(message.size > 0 ? message.size : 1);
    cc_enclave_result_t rc;

    ck_assert_ptr_nonnull(copy);
    if (message.size > 0)
        memcpy(copy, message.data, message.size);
    rc = report_decode(view_of(copy, message.size), ret_report);
    free(copy);
    return rc;
}

START_TEST(report_decode_reads_what_was_encoded)
{
    struct report r;
    uint8_t tbs[1024];
    struct writer w = writer_over(tbs, sizeof tbs);

    device->body.debug = true;
    device->body.issued_at_s = 0x123456789a;
    device->body.protections = PROTECTION_ALL;
    device->body.svn = UINT16_MAX;
    good = forge_report(device);
    ck_assert_int_eq(report_decode(good, &r), CC_SUCCESS);
    ck_assert_int_eq(r.body.origin, device->body.origin);
    ck_assert_int_eq(r.body.purpose, device->body.purpose);
    ck_assert_int_eq(r.body.level, device->body.level);
    ck_assert_uint_eq(r.body.protections, PROTECTION_ALL);
    ck_assert(r.body.debug);
    ck_assert_uint_eq(r.body.prod_id, 7);
    ck_assert_uint_eq(r.body.svn, UINT16_MAX);
    ck_assert_uint_eq(r.body.issued_at_s, 0x123456789a);
    ck_assert_mem_eq(r.body.uuid.bytes, device->body.uuid.bytes, UUID_SIZE);
    ck_assert_mem_eq(r.body.device_id, device->device_id, REPORT_DEVICE_ID_SIZE);
    ck_assert_mem_eq(r.body.mrenclave, device->body.mrenclave, REPORT_HASH_SIZE);
    ck_assert_mem_eq(r.body.mrsigner, device->body.mrsigner, REPORT_HASH_SIZE);
    ck_assert_mem_eq(r.body.mrtcb, device->body.mrtcb, REPORT_HASH_SIZE);
    ck_assert_mem_eq(r.body.user_data, device->body.user_data, REPORT_USER_DATA_SIZE);
    ck_assert_uint_eq(r.chain_count, 2);
    ck_assert(view_equal(r.chain[0], device->der[FORGE_AK]));
    ck_assert(view_equal(r.chain[1], device->der[FORGE_DEVICE]));
    ck_assert(report_to_be_signed(&r, &w));
    ck_assert(ecdsa_verify(&device->keys[FORGE_AK], writer_view(&w), r.signature));
}
END_TEST

/* Profile 2 has registers; profile 1, which fuzz/corpus/report keeps, reads as without. */
START_TEST(report_decode_reads_both_profiles)
{
    struct report r;

    ck_assert_int_eq(report_decode(good, &r), CC_SUCCESS);
    ck_assert(!r.body.has_registers);
    device->body.has_registers = true;
    memset(device->body.registers[3], 0x33, REPORT_HASH_SIZE);
    good = forge_report(device);
    ck_assert_int_eq(report_decode(good, &r), CC_SUCCESS);
    ck_assert(r.body.has_registers);
    ck_assert_mem_eq(r.body.registers, device->body.registers, sizeof r.body.registers);
    for (size_t size = 0; size < good.size; size++)
        ck_assert_int_eq(decode_exact(view_of(good.data, size), &r), CC_ERROR_BAD_FORMAT);
}
END_TEST

START_TEST(report_decode_rejects_each_truncation_and_what_follows)
{
    uint8_t longer[REPORT_MAX_SIZE];
    struct report r;

    for (size_t size = 0; size < good.size; size++)
        ck_assert_int_eq(decode_exact(view_of(good.data, size), &r), CC_ERROR_BAD_FORMAT);

    memcpy(longer, good.data, good.size);
    longer[good.size] = 0;
    ck_assert_int_eq(decode_exact(view_of(longer, good.size + 1), &r), CC_ERROR_BAD_FORMAT);
}
END_TEST

START_TEST(report_decode_survives_each_flipped_bit)
{
    uint8_t copy[REPORT_MAX_SIZE];
    struct report r;

    memcpy(copy, good.data, good.size);
    for (size_t bit = 0; bit < good.size * 8; bit++) {
        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
        (void)!decode_exact(view_of(copy, good.size), &r);
        copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}
END_TEST

START_TEST(report_decode_leaves_output_alone_on_error)
{
    struct report r = {.chain_count = 77};

    ck_assert_int_eq(report_decode(view_of(good.data, good.size - 1), &r), CC_ERROR_BAD_FORMAT);
    ck_assert_uint_eq(r.chain_count, 77);
}
END_TEST

/* Each row writes one claim out of range, as a signer with bad intent or a bug would. */
START_TEST(report_decode_rejects_claims_out_of_range)
{
    struct report r;

    for (int row = 0; row < 6; row++) {
        forge_body_init(device);
        switch (row) {
        case 0:
            device->body.origin = (enum report_origin)3;
            break;
        case 1:
            device->body.origin = (enum report_origin)0;
            break;
        case 2:
            device->body.purpose = (enum report_purpose)6;
            break;
        case 3:
            device->body.level = (enum report_level)4;
            break;
        case 4:
            device->body.protections = PROTECTION_ALL + 1;
            break;
        default:
            device->body.issued_at_s = UINT64_MAX;
        }
        ck_assert_msg(decode_exact(forge_report(device), &r) == CC_ERROR_BAD_FORMAT, "row %d", row);
    }
}
END_TEST

START_TEST(report_decode_rejects_another_profile)
{
    uint8_t copy[REPORT_MAX_SIZE];
    struct report r;
    uint8_t *at;

    memcpy(copy, good.data, good.size);
    at = memmem(copy, good.size, "simulated-tee/1", 15);
    ck_assert_ptr_nonnull(at);
    at[14] = '2';
    ck_assert_int_eq(decode_exact(view_of(copy, good.size), &r), CC_ERROR_BAD_FORMAT);
}
END_TEST

START_TEST(report_encode_refuses_a_lone_certificate_and_a_full_room)
{
    struct report r;
    uint8_t room[REPORT_MAX_SIZE];
    struct writer w = writer_over(room, sizeof room);

    ck_assert_int_eq(report_decode(good, &r), CC_SUCCESS);
    r.chain_count = 1;
    report_encode(&r, &w);
    ck_assert(w.failed);

    r.chain_count = 2;
    w = writer_over(room, good.size - 1);
    report_encode(&r, &w);
    ck_assert(w.failed);
    w = writer_over(room, good.size);
    report_encode(&r, &w);
    ck_assert(view_equal(writer_view(&w), good));
}
END_TEST

START_TEST(report_is_one_deterministic_item_below_its_limit)
{
    struct reader r = reader_over(good);

    ck_assert_uint_eq(cbor_take_item(&r).size, good.size);
    ck_assert_uint_lt(good.size, 1536);
    for (size_t i = 0; i < PROTECTION_COUNT; i++)
        ck_assert_ptr_nonnull(protection_names[i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("common/report");
    TCase *tcase = tcase_of(suite, "report");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, report_decode_reads_what_was_encoded);
    tcase_add_test(tcase, report_decode_reads_both_profiles);
    tcase_add_test(tcase, report_decode_rejects_each_truncation_and_what_follows);
    tcase_add_test(tcase, report_decode_survives_each_flipped_bit);
    tcase_add_test(tcase, report_decode_leaves_output_alone_on_error);
    tcase_add_test(tcase, report_decode_rejects_claims_out_of_range);
    tcase_add_test(tcase, report_decode_rejects_another_profile);
    tcase_add_test(tcase, report_encode_refuses_a_lone_certificate_and_a_full_room);
    tcase_add_test(tcase, report_is_one_deterministic_item_below_its_limit);
    return suite_main(suite);
}
