/* SPDX-License-Identifier: MulanPSL-2.0 */
/* secgear device: the vendor root for a verifier's trust store, and the device's state. */
#include "command.h"
#include "base/detail.h"
#include "base/text.h"
#include "device_ask.h"
#include "device_status.h"
#include "wire/pem.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char USAGE[] =
    "usage: secgear device root      the vendor root certificate of the device that programs of\n"
    "                                this user get, PEM\n"
    "       secgear device mrtcb     the measurement of what its enclaves run on, for a policy\n"
    "       secgear device status [--json]   its level, protections, enclaves, memory, calls\n";

static int root_print(void)
{
    static struct link_packet packet;
    char text[4096];
    struct writer w = writer_over(text, sizeof text);
    cc_enclave_result_t rc = device_ask(DEVICE_ROOT, DEVICE_ROOT_IS, &packet);

    if (rc != CC_SUCCESS)
        return command_fail("device", rc);
    pem_encode(packet.message.bytes, "CERTIFICATE", &w);
    if (w.failed || fwrite(text, 1, w.size, stdout) != w.size || fflush(stdout) != 0)
        return EXIT_FAILURE;
    return EXIT_SUCCESS;
}

static void mrtcb_print(const struct device_status *status)
{
    char text[2 * REPORT_HASH_SIZE + 1];

    hex_format(status->mrtcb, text);
    puts(text);
}

static void text_print(const struct device_status *s)
{
    char id[2 * REPORT_DEVICE_ID_SIZE + 1];

    hex_format(s->device_id, id);
    printf("level         %s, SIMULATED: no hardware protection\nprotections  ",
           level_title(s->level));
    protections_print(s->protections);
    printf("\ndevice id     %s\n", id);
    printf("state         %.*s\n", (int)s->folder.size, (const char *)s->folder.data);
    printf("enclaves      %" PRIu64 " running, %" PRIu64 " made%s\n", s->enclaves, s->created,
           s->is_whole ? ", of all users" : ", of this user");
    printf("memory        %" PRIu64 " KiB of them\n", s->memory_size / 1024);
    printf("calls         %" PRIu64 " to them, %" PRIu64 " reports signed\n", s->calls, s->reports);
    if (s->missing.size > 0)
        printf("missing       %.*s\n", (int)s->missing.size, (const char *)s->missing.data);
    if (s->level < REPORT_LEVEL_SYSTEM)
        puts("An embedded or installed device is private to the program that starts it: this one "
             "was\n"
             "started for this question. A user's service (SECGEAR_DEVICE=user) is not.");
}

static json_t *json_names(uint32_t bits)
{
    json_t *names = json_array();

    for (size_t i = 0; i < PROTECTION_COUNT; i++)
        if (bits & 1u << i)
            json_array_append_new(names, json_string(protection_names[i]));
    return names;
}

static void json_print(const struct device_status *s)
{
    (void)json_finish(
        json_pack("{s:b, s:s, s:o, s:o, s:o, s:o, s:o, s:s, s:I, s:I, s:I, s:I, s:I}", "simulated",
                  1, "level", level_name(s->level), "protections", json_names(s->protections),
                  "device_id", json_of_hex(s->device_id), "mrtcb", json_of_hex(s->mrtcb), "state",
                  json_of_text(s->folder), "missing", json_of_text(s->missing), "users",
                  s->is_whole ? "all" : "own", "enclaves", (json_int_t)s->enclaves, "created",
                  (json_int_t)s->created, "memory", (json_int_t)s->memory_size, "calls",
                  (json_int_t)s->calls, "reports", (json_int_t)s->reports));
}

static int asked_print(void (*print)(const struct device_status *status))
{
    static struct device_status status;
    cc_enclave_result_t rc = device_status_ask(&status);

    if (rc != CC_SUCCESS)
        return command_fail("device", rc);
    print(&status);
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int cmd_device(int argc, char **argv)
{
    const char *what = argc >= 2 ? argv[1] : "";

    if (command_help(argc, argv, USAGE))
        return EXIT_SUCCESS;
    if (argc == 2 && strcmp(what, "root") == 0)
        return root_print();
    if (argc == 2 && strcmp(what, "mrtcb") == 0)
        return asked_print(mrtcb_print);
    if (argc == 2 && strcmp(what, "status") == 0)
        return asked_print(text_print);
    if (argc == 3 && strcmp(what, "status") == 0 && strcmp(argv[2], "--json") == 0)
        return asked_print(json_print);
    return command_usage(USAGE);
}
