/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Local attestation: enclave runtime and device code as threads of one process; the device knows
 * further enclaves, which need no process to be spoken about.
 */
#include "device_rig.h"
#include "secgear_local_report.h"
#include "sg_local_attest.h"
#include "wire/local_report.h"
#include <stdio.h>
#include <string.h>

static const char uuid_text[] = "f68fd704-6eb1-4d14-b218-722850eb3ef0";
static struct enclave other = {.state = ENCLAVE_RUNNING, .tenant = &rig_tenant};
static struct enclave impostor = {.state = ENCLAVE_RUNNING, .tenant = &rig_tenant};
static char image_hash[65];

static void start(void)
{
    static const cc_enclave_image_t image = {.version = CC_ENCLAVE_IMAGE_VERSION,
                                             .size = sizeof image};

    rig_root.bytes[0] = 1;
    rig_device.tcb.measured = true;
    rig_device.states_text = "";
    rig_device.enclaves = &rig_enclave;
    rig_enclave.next = &impostor;
    impostor.next = &other;
    memset(rig_enclave.identity.mrenclave, 0xa1, 32);
    memset(rig_device.keys.device_id, 0xd0, 16);
    memset(other.identity.mrenclave, 0xb2, 32);
    memset(impostor.identity.mrenclave, 0xee, 32);
    ck_assert(uuid_parse(view_text(uuid_text), &other.identity.uuid));
    impostor.identity.uuid = other.identity.uuid;
    hex_format(VIEW_OF(other.identity.mrenclave), image_hash);
    rig_start(&image);
}

/* What one enclave would get for another, straight from the device. */
static size_t report_about(struct enclave *about, uint8_t byte, bool debug, uint8_t *ret_report)
{
    uint8_t bytes[DEVICE_LOCAL_REPORT_SIZE];
    struct device_message ask = {
        .type = DEVICE_LOCAL_REPORT, .numbers = {debug}, .bytes = VIEW_OF(bytes)};
    static struct link_packet packet;
    int pair[2];

    memset(bytes, byte, 32);
    memset(bytes + 32, 0x55, 64);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    about->control.fd = pair[0];
    ck_assert(enclave_serve(&rig_device, about, &ask));
    ck_assert_int_eq(link_recv(pair[1], &packet), LINK_OK);
    ck_assert_uint_eq(packet.message.numbers[0], CC_SUCCESS);
    memcpy(ret_report, packet.message.bytes.data, packet.message.bytes.size);
    return packet.message.bytes.size;
}

START_TEST(local_report_says_who_and_what_to_the_one_it_is_for)
{
    uint8_t report[CC_LOCAL_REPORT_MAX_SIZE];
    cc_local_statement_t statement;
    size_t size;

    start();
    other.debug = true;
    other.identity.manifest.prod_id = 9;
    other.identity.manifest.svn = 8;
    size = report_about(&other, 0xa1, false, report);
    ck_assert_int_eq(cc_enclave_verify_local_report(report, size, &statement), CC_SUCCESS);
    ck_assert_mem_eq(statement.identity.mrenclave, other.identity.mrenclave, 32);
    ck_assert_mem_eq(statement.identity.uuid, other.identity.uuid.bytes, 16);
    ck_assert_uint_eq(statement.identity.prod_id, 9);
    ck_assert_uint_eq(statement.identity.svn, 8);
    ck_assert(statement.identity.debug);
    ck_assert_uint_eq(statement.user_data[63], 0x55);
}
END_TEST

START_TEST(local_report_round_trips_between_enclave_and_device)
{
    uint8_t report[CC_LOCAL_REPORT_MAX_SIZE], data[CC_LOCAL_USER_DATA_SIZE] = {4, 2};
    cc_local_target_t self = {.debug = false};
    cc_local_statement_t statement;
    size_t size = 10;

    start();
    memset(self.mrenclave, 0xa1, 32);
    ck_assert_int_eq(cc_enclave_get_local_report(NULL, data, report, &size),
                     CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_enclave_get_local_report(&self, NULL, report, &size),
                     CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_enclave_get_local_report(&self, data, report, &size),
                     CC_ERROR_SHORT_BUFFER);
    ck_assert_uint_eq(size, CC_LOCAL_REPORT_MAX_SIZE);
    ck_assert_int_eq(cc_enclave_get_local_report(&self, data, report, &size), CC_SUCCESS);
    ck_assert_int_eq(cc_enclave_verify_local_report(report, size, &statement), CC_SUCCESS);
    ck_assert_mem_eq(statement.user_data, data, sizeof data);
    ck_assert_int_eq(cc_enclave_verify_local_report(NULL, size, &statement),
                     CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_enclave_verify_local_report(report, 5000, &statement),
                     CC_ERROR_LOCAL_REPORT_INVALID);
}
END_TEST

START_TEST(local_report_is_refused_with_any_bit_changed_or_cut_off)
{
    uint8_t report[CC_LOCAL_REPORT_MAX_SIZE];
    cc_local_statement_t statement;
    size_t size;

    start();
    size = report_about(&other, 0xa1, false, report);
    for (size_t bit = 0; bit < 8 * size; bit++) {
        report[bit / 8] ^= (uint8_t)(1u << bit % 8);
        ck_assert_int_eq(cc_enclave_verify_local_report(report, size, &statement),
                         CC_ERROR_LOCAL_REPORT_INVALID);
        report[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t cut = 0; cut < size; cut++)
        ck_assert_int_eq(cc_enclave_verify_local_report(report, cut, &statement),
                         CC_ERROR_LOCAL_REPORT_INVALID);
    ck_assert_int_eq(cc_enclave_verify_local_report(report, size, &statement), CC_SUCCESS);
}
END_TEST

/* The debug twin has the same MRENCLAVE, and its memory is open: its key must be another. */
START_TEST(local_report_for_another_enclave_or_the_debug_twin_is_refused)
{
    uint8_t report[CC_LOCAL_REPORT_MAX_SIZE];
    cc_local_statement_t statement;
    size_t size;

    start();
    size = report_about(&other, 0xa2, false, report);
    ck_assert_int_eq(cc_enclave_verify_local_report(report, size, &statement),
                     CC_ERROR_LOCAL_REPORT_INVALID);
    size = report_about(&other, 0xa1, true, report);
    ck_assert_int_eq(cc_enclave_verify_local_report(report, size, &statement),
                     CC_ERROR_LOCAL_REPORT_INVALID);
}
END_TEST

/* Else who asked about an enclave could pass its own nonce off as that enclave's word. */
START_TEST(attestation_is_no_statement_of_the_attested)
{
    uint8_t bytes[DEVICE_ATTEST_SIZE] = {0};
    struct device_message ask = {.type = DEVICE_ATTEST, .bytes = VIEW_OF(bytes)};
    static struct link_packet packet;
    cc_local_statement_t statement;
    struct enclave twin;
    int pair[2];

    start();
    twin = rig_enclave; /* it asks, with the same key as the one that checks */
    memcpy(bytes, other.identity.uuid.bytes, 16);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    twin.control.fd = pair[0];
    ck_assert(enclave_serve(&rig_device, &twin, &ask));
    ck_assert_int_eq(link_recv(pair[1], &packet), LINK_OK);
    ck_assert_uint_eq(packet.message.numbers[0], CC_SUCCESS);
    ck_assert_int_eq(cc_enclave_verify_local_report(packet.message.bytes.data,
                                                    packet.message.bytes.size, &statement),
                     CC_ERROR_LOCAL_REPORT_INVALID);
}
END_TEST

START_TEST(local_attest_finds_the_right_one_among_impostors)
{
    static const char zero[] = "0000000000000000000000000000000000000000000000000000000000000000";

    start();
    ck_assert_int_eq(cc_local_attest(uuid_text, image_hash, image_hash), CC_SUCCESS);
    ck_assert_int_eq(cc_local_attest(uuid_text, zero, image_hash),
                     CC_ERROR_LOCAL_REPORT_HASH_MISMATCH);
    ck_assert_int_eq(cc_local_attest(uuid_text, image_hash, zero),
                     CC_ERROR_LOCAL_REPORT_HASH_MISMATCH);
    ck_assert_int_eq(
        cc_local_attest("f68fd704-6eb1-4d14-b218-722850eb3ef1", image_hash, image_hash),
        CC_ERROR_RA_GET_REPORT);
    other.debug = true; /* a debug enclave is no substitute */
    impostor.state = ENCLAVE_DEAD;
    ck_assert_int_eq(cc_local_attest(uuid_text, image_hash, image_hash),
                     CC_ERROR_LOCAL_REPORT_INVALID);
    other.state = ENCLAVE_DEAD;
    ck_assert_int_eq(cc_local_attest(uuid_text, image_hash, image_hash), CC_ERROR_RA_GET_REPORT);
}
END_TEST

START_TEST(local_attest_refuses_texts_of_another_form)
{
    char upper[65], longer[66];

    start();
    memcpy(upper, image_hash, sizeof upper);
    upper[0] = 'B';
    snprintf(longer, sizeof longer, "%s0", image_hash);
    ck_assert_int_eq(cc_local_attest(NULL, image_hash, image_hash), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_local_attest(uuid_text, NULL, image_hash), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_local_attest(uuid_text, image_hash, NULL), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_local_attest(uuid_text, "", image_hash), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_local_attest(uuid_text, image_hash, upper), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_local_attest(uuid_text, longer, image_hash), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_local_attest("f68fd704", image_hash, image_hash), CC_ERROR_BAD_PARAMETERS);
}
END_TEST

START_TEST(constructors_get_no_reports_and_no_key)
{
    static const uint8_t bytes[DEVICE_LOCAL_REPORT_SIZE];
    struct device_message asks[] = {
        {.type = DEVICE_LOCAL_REPORT, .bytes = VIEW_OF(bytes)},
        {.type = DEVICE_REPORT_KEY},
        {.type = DEVICE_ATTEST, .bytes = view_of(bytes, DEVICE_ATTEST_SIZE)},
    };
    static struct link_packet packet;
    int pair[2];

    start();
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    other.control.fd = pair[0];
    other.state = ENCLAVE_STARTING;
    for (size_t i = 0; i < sizeof asks / sizeof asks[0]; i++) {
        ck_assert(enclave_serve(&rig_device, &other, &asks[i]));
        ck_assert_int_eq(link_recv(pair[1], &packet), LINK_OK);
        ck_assert_uint_eq(packet.message.numbers[0], (uint64_t)CC_ERROR_BAD_STATE);
        ck_assert_uint_eq(packet.message.bytes.size, 0);
    }
}
END_TEST

START_TEST(local_report_decode_leaves_output_alone_on_error)
{
    struct local_report report, before;
    uint8_t bytes[CC_LOCAL_REPORT_MAX_SIZE];
    size_t size;

    start();
    size = report_about(&other, 0xa1, false, bytes);
    ck_assert_int_eq(local_report_decode(view_of(bytes, size), &report), CC_SUCCESS);
    ck_assert_int_eq(report.body.purpose, REPORT_PURPOSE_LOCAL);
    memset(&report, 0x66, sizeof report);
    memcpy(&before, &report, sizeof report);
    for (size_t cut = 0; cut < size; cut++)
        ck_assert_int_eq(local_report_decode(view_of(bytes, cut), &report), CC_ERROR_BAD_FORMAT);
    ck_assert_mem_eq(&report, &before, sizeof report);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("libsecgear_trts/local");
    TCase *tcase = tcase_of(suite, "local");

    tcase_add_test(tcase, local_report_says_who_and_what_to_the_one_it_is_for);
    tcase_add_test(tcase, local_report_round_trips_between_enclave_and_device);
    tcase_add_test(tcase, local_report_is_refused_with_any_bit_changed_or_cut_off);
    tcase_add_test(tcase, local_report_for_another_enclave_or_the_debug_twin_is_refused);
    tcase_add_test(tcase, attestation_is_no_statement_of_the_attested);
    tcase_add_test(tcase, local_attest_finds_the_right_one_among_impostors);
    tcase_add_test(tcase, local_attest_refuses_texts_of_another_form);
    tcase_add_test(tcase, constructors_get_no_reports_and_no_key);
    tcase_add_test(tcase, local_report_decode_leaves_output_alone_on_error);
    return suite_main(suite);
}
