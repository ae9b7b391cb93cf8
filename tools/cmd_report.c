/* SPDX-License-Identifier: MulanPSL-2.0 */
/* secgear report show: what a report says, and whether an event log explains its registers. */
#include "command.h"
#include "base/detail.h"
#include "crypto/event.h"
#include "device_status.h"
#include "file.h"
#include "wire/report.h"
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char USAGE[] =
    "usage: secgear report show [--log LOG] FILE\n"
    "\n"
    "Shows what a report says, WITHOUT checking who signed it: that takes a policy and a "
    "verifier.\n"
    "  --log LOG   an enclave's event log: shows its events, replays them, and fails when the\n"
    "              registers of the report hold something else\n";

static void hex_print(const char *name, struct view bytes)
{
    char text[2 * REPORT_USER_DATA_SIZE + 1];

    hex_format(bytes, text);
    printf("%-12s %s\n", name, text);
}

static void body_print(const struct report_body *b)
{
    char uuid[UUID_TEXT_ROOM];

    uuid_format(&b->uuid, uuid);
    printf("NOT verified: anybody could have written this\n");
    printf("uuid         %s\n", uuid);
    hex_print("mrenclave", VIEW_OF(b->mrenclave));
    hex_print("mrsigner", VIEW_OF(b->mrsigner));
    hex_print("mrtcb", VIEW_OF(b->mrtcb));
    hex_print("device id", VIEW_OF(b->device_id));
    printf("prod_id      %u\nsvn          %u\n", b->prod_id, b->svn);
    printf("debug        %s\n", b->debug ? "yes" : "no");
    printf("level        %s\nprotections ", level_title(b->level));
    protections_print(b->protections);
    putchar('\n');
    printf("origin       %s\n", b->origin == REPORT_ORIGIN_TA ? "enclave" : "host");
    printf("purpose      %d\n", (int)b->purpose);
    printf("issued at    %" PRIu64 "\n", b->issued_at_s);
    if (b->states[0] != '\0')
        printf("pretends     %s\n", b->states);
    hex_print("user data", VIEW_OF(b->user_data));
    for (size_t i = 0; b->has_registers && i < REPORT_REGISTER_COUNT; i++) {
        char name[16];

        snprintf(name, sizeof name, "register %zu", i);
        hex_print(name, VIEW_OF(b->registers[i]));
    }
}

static void events_print(struct view log)
{
    struct reader events;
    uint32_t count = 0;

    if (event_log_decode(log, &count, &events) != CC_SUCCESS)
        return;
    for (uint32_t i = 0; i < count; i++) {
        struct event event = event_take(&events);
        char digest[2 * EVENT_DIGEST_SIZE + 1];

        hex_format(VIEW_OF(event.digest), digest);
        printf("event %-6u register %u, %.*s: SHA-256 %s\n", i, event.reg, (int)event.name.size,
               (const char *)event.name.data, digest);
    }
}

static cc_enclave_result_t log_replay(struct view log, const struct report_body *body)
{
    uint8_t registers[REPORT_REGISTER_COUNT][REPORT_HASH_SIZE];
    cc_enclave_result_t rc = event_log_replay(log, registers);
    size_t differ = 0;

    if (rc != CC_SUCCESS)
        return rc;
    if (!body->has_registers)
        return detail_fail(CC_ERROR_BAD_FORMAT, "the report is of profile 1 and has no registers");
    events_print(log);
    for (size_t i = 0; i < REPORT_REGISTER_COUNT; i++) {
        bool same = view_equal(VIEW_OF(registers[i]), VIEW_OF(body->registers[i]));

        printf("replay       register %zu %s\n", i, same ? "agrees" : "DIFFERS");
        differ += !same;
    }
    return differ == 0
               ? CC_SUCCESS
               : detail_fail(CC_ERROR_RA_REPORT_VERIFY_HASH,
                             "the log does not explain %zu of the report's registers", differ);
}

static cc_enclave_result_t decode(const char *path, struct view file, struct report *ret_report)
{
    cc_enclave_result_t rc = report_decode(file, ret_report);

    if (rc != CC_SUCCESS)
        detail_prefix("%s: ", path);
    return rc;
}

static cc_enclave_result_t show(const char *path, const char *log_path)
{
    struct buf file = BUF_EMPTY, log = BUF_EMPTY;
    struct report report;
    cc_enclave_result_t rc = file_read(path, REPORT_MAX_SIZE, &file);

    if (rc == CC_SUCCESS)
        rc = decode(path, buf_view(&file), &report);
    if (rc == CC_SUCCESS)
        body_print(&report.body);
    if (rc == CC_SUCCESS && log_path != NULL)
        rc = file_read(log_path, EVENT_LOG_MAX_SIZE, &log);
    if (rc == CC_SUCCESS && log_path != NULL)
        rc = log_replay(buf_view(&log), &report.body);
    buf_free(&log);
    buf_free(&file);
    if (fflush(stdout) != 0 && rc == CC_SUCCESS)
        rc = detail_fail(CC_ERROR_WRITE_DATA, "standard output can't be written");
    return rc;
}

int cmd_report(int argc, char **argv)
{
    static const struct option LONG[] = {{"log", required_argument, NULL, 'l'}, {NULL, 0, NULL, 0}};
    const char *log = NULL;
    cc_enclave_result_t rc;
    int option;

    if (command_help(argc, argv, USAGE))
        return EXIT_SUCCESS;
    while ((option = option_next(argc, argv, "", LONG)) != -1) {
        if (option != 'l')
            return command_usage();
        log = optarg;
    }
    if (optind + 2 != argc || strcmp(argv[optind], "show") != 0)
        return command_usage();
    rc = show(argv[optind + 1], log);
    return rc == CC_SUCCESS ? EXIT_SUCCESS : command_fail("report", rc);
}
