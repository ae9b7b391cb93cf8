/* SPDX-License-Identifier: MulanPSL-2.0 */
/* secgear device: the vendor root for a verifier's trust store, and the device's state. */
#include "command.h"
#include "base/detail.h"
#include "base/text.h"
#include "device_ask.h"
#include "device_status.h"
#include "fleet.h"
#include "wire/pem.h"
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char USAGE[] =
    "usage: secgear device root      the vendor root certificate of the device that programs of\n"
    "                                this user get, PEM\n"
    "       secgear device mrtcb     the measurement of what its enclaves run on, for a policy\n"
    "       secgear device status [--json]   its level, protections, enclaves, memory, calls\n"
    "       secgear device renew [CHAIN]     puts it under a new vendor root of its own, or under\n"
    "                                that of a fleet; what was sealed still opens\n"
    "       secgear device request   asks a fleet's authority for a certificate, PEM\n"
    "a fleet's authority, on a machine of its own:\n"
    "       secgear device provision --ca FOLDER [--level embedded|installed|system]\n"
    "       secgear device issue --ca FOLDER REQUEST   prints the CHAIN for renew\n"
    "       secgear device revoke --ca FOLDER DEVICE_ID   refuses it from now on; for policies,\n"
    "                                FOLDER/revoked\n";

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

static bool level_parse(const char *name, enum report_level *ret_level)
{
    for (int level = REPORT_LEVEL_EMBEDDED; level <= REPORT_LEVEL_SYSTEM; level++)
        if (strcmp(name, level_name((enum report_level)level)) == 0) {
            *ret_level = (enum report_level)level;
            return true;
        }
    return false;
}

struct fleet_words {
    const char *what;
    const char *folder;
    const char *operand; /* NULL: none */
    enum report_level level;
    bool has_level;
};

static bool fleet_words_take(int argc, char **argv, struct fleet_words *words)
{
    static const struct option LONG[] = {{"ca", required_argument, NULL, 'c'},
                                         {"level", required_argument, NULL, 'l'},
                                         {NULL, 0, NULL, 0}};
    int option;

    while ((option = option_next(argc, argv, "", LONG)) != -1) {
        if (option == 'c')
            words->folder = optarg;
        else if (option != 'l' || !level_parse(optarg, &words->level))
            return false;
        words->has_level |= option == 'l';
    }
    words->what = optind < argc ? argv[optind] : "";
    words->operand = optind + 1 < argc ? argv[optind + 1] : NULL;
    return optind + 2 >= argc;
}

/* What changes who vouches for devices. */
static int fleet_run(int argc, char **argv)
{
    struct fleet_words w = {.level = REPORT_LEVEL_SYSTEM};
    bool good = fleet_words_take(argc, argv, &w);
    bool authority = w.folder != NULL, has_operand = w.operand != NULL;
    cc_enclave_result_t rc;

    if (!good || (w.has_level && strcmp(w.what, "provision") != 0))
        return command_usage();
    if (strcmp(w.what, "provision") == 0 && authority && !has_operand)
        rc = fleet_provision(w.folder, w.level);
    else if (strcmp(w.what, "issue") == 0 && authority && has_operand)
        rc = fleet_issue(w.folder, w.operand);
    else if (strcmp(w.what, "revoke") == 0 && authority && has_operand)
        rc = fleet_revoke(w.folder, w.operand);
    else if (strcmp(w.what, "request") == 0 && !authority && !has_operand)
        rc = fleet_request();
    else if (strcmp(w.what, "renew") == 0 && !authority)
        rc = fleet_renew(w.operand);
    else
        return command_usage();
    return rc == CC_SUCCESS ? EXIT_SUCCESS : command_fail("device", rc);
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
    return fleet_run(argc, argv);
}
