/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Runtime registers: an enclave extends them, its device keeps them, its log replays them. Enclave
 * runtime and device code are threads of one process.
 */
#include "crypto/event.h"
#include "device_rig.h"
#include "secgear_measure.h"
#include "secgear_report.h"
#include <stdio.h>
#include <string.h>

static uint8_t log_bytes[EVENT_LOG_MAX_SIZE + 1];
static size_t log_size;

static void start(void)
{
    static const cc_enclave_image_t image = {.version = CC_ENCLAVE_IMAGE_VERSION,
                                             .size = sizeof image};

    rig_start(&image);
}

static cc_enclave_result_t extend(uint32_t reg, const char *name, const char *data)
{
    const cc_event_t event = {reg, name, data, data != NULL ? strlen(data) : 0};

    return cc_enclave_extend(&event);
}

static struct view log_take(void)
{
    log_size = sizeof log_bytes;
    ck_assert_int_eq(cc_enclave_get_event_log(log_bytes, &log_size), CC_SUCCESS);
    return view_of(log_bytes, log_size);
}

static void hex_is(const uint8_t *bytes, const char *expected)
{
    char text[65];

    hex_format(view_of(bytes, 32), text);
    ck_assert_str_eq(text, expected);
}

/* Computed from docs/protocol.md with Python's hashlib. */
START_TEST(registers_hold_what_the_document_says)
{
    static const char sixty_four[] =
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
    uint8_t replayed[REPORT_REGISTER_COUNT][REPORT_HASH_SIZE];
    static const uint8_t zero[32];

    start();
    ck_assert_int_eq(extend(0, "model", "weights"), CC_SUCCESS);
    ck_assert_int_eq(extend(3, "config.json", "{}"), CC_SUCCESS);
    ck_assert_int_eq(extend(0, sixty_four, NULL), CC_SUCCESS);
    hex_is(rig_enclave.registers[0],
           "7333068a24c67f01535de9b7d3c0dcd8b1e7d5638dd96d6ed44b7eebd96c86a5");
    hex_is(rig_enclave.registers[3],
           "8bb1190291acafb85230be5ff6bf1120fe1b054bce6d9af491bbb61091048928");
    ck_assert_mem_eq(rig_enclave.registers[1], zero, 32);
    ck_assert_int_eq(event_log_replay(log_take(), replayed), CC_SUCCESS);
    ck_assert_mem_eq(replayed, rig_enclave.registers, sizeof replayed);
}
END_TEST

START_TEST(replay_of_a_changed_log_does_not_fit)
{
    uint8_t replayed[REPORT_REGISTER_COUNT][REPORT_HASH_SIZE];
    struct view log;

    start();
    ck_assert_int_eq(extend(2, "first", "1"), CC_SUCCESS);
    ck_assert_int_eq(extend(2, "second", "2"), CC_SUCCESS);
    log = log_take();
    for (size_t bit = 0; bit < 8 * log.size; bit++) {
        log_bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (event_log_replay(log, replayed) == CC_SUCCESS)
            ck_assert_mem_ne(replayed, rig_enclave.registers, sizeof replayed);
        log_bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t size = 0; size < log.size; size++)
        ck_assert_int_eq(event_log_replay(view_of(log_bytes, size), replayed), CC_ERROR_BAD_FORMAT);
}
END_TEST

START_TEST(extend_refuses_what_is_no_event_and_changes_nothing)
{
    static const uint8_t zero[REPORT_REGISTER_COUNT][REPORT_HASH_SIZE];
    char longer[CC_EVENT_NAME_MAX + 2];
    const cc_event_t no_data = {0, "x", NULL, 1};

    start();
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    ck_assert_int_eq(cc_enclave_extend(NULL), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_enclave_extend(&no_data), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(extend(4, "x", "1"), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(extend(UINT32_MAX, "x", "1"), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(extend(0, NULL, "1"), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(extend(0, "", "1"), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(extend(0, longer, "1"), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(extend(0, "a\nb", "1"), CC_ERROR_BAD_PARAMETERS);
    ck_assert_mem_eq(rig_enclave.registers, zero, sizeof zero);
    ck_assert_uint_eq(log_take().size, EVENT_LOG_HEADER_SIZE);
}
END_TEST

START_TEST(a_full_log_stops_the_registers_too)
{
    uint8_t before[REPORT_HASH_SIZE];

    start();
    for (unsigned i = 0; i < CC_EVENT_MAX_COUNT; i++)
        ck_assert_int_eq(extend(0, "event", "data"), CC_SUCCESS);
    memcpy(before, rig_enclave.registers[0], sizeof before);
    ck_assert_int_eq(extend(0, "event", "data"), CC_ERROR_EXCESS_DATA);
    ck_assert_mem_eq(rig_enclave.registers[0], before, sizeof before);
}
END_TEST

START_TEST(log_says_how_much_room_it_takes)
{
    size_t size = 5;
    uint8_t small[5];

    start();
    ck_assert_int_eq(cc_enclave_get_event_log(NULL, NULL), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_enclave_get_event_log(small, &size), CC_ERROR_SHORT_BUFFER);
    ck_assert_uint_eq(size, EVENT_LOG_HEADER_SIZE);
    ck_assert_int_eq(cc_enclave_get_event_log(NULL, &size), CC_ERROR_SHORT_BUFFER);
}
END_TEST

START_TEST(event_log_decode_bounds_its_count)
{
    uint8_t bytes[EVENT_LOG_HEADER_SIZE];
    struct writer w = writer_over(bytes, sizeof bytes);
    struct reader events = {.failed = true};
    uint32_t count = 77;

    event_log_header_encode(EVENT_MAX_COUNT + 1, &w);
    ck_assert_int_eq(event_log_decode(VIEW_OF(bytes), &count, &events), CC_ERROR_BAD_FORMAT);
    ck_assert_uint_eq(count, 77);
    ck_assert(events.failed);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("libsecgear_trts/measure");
    TCase *tcase = tcase_of(suite, "measure");

    tcase_add_test(tcase, registers_hold_what_the_document_says);
    tcase_add_test(tcase, replay_of_a_changed_log_does_not_fit);
    tcase_add_test(tcase, extend_refuses_what_is_no_event_and_changes_nothing);
    tcase_add_test(tcase, a_full_log_stops_the_registers_too);
    tcase_add_test(tcase, log_says_how_much_room_it_takes);
    tcase_add_test(tcase, event_log_decode_bounds_its_count);
    return suite_main(suite);
}
