/* SPDX-License-Identifier: MulanPSL-2.0 */
/* secgear device: the vendor root for a verifier's trust store, and the device's state. */
#include "command.h"
#include "base/detail.h"
#include "base/text.h"
#include "device_ask.h"
#include "io/start.h"
#include "wire/pem.h"
#include "wire/report.h"
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char USAGE[] =
    "usage: secgear device root      the vendor root certificate of this user's device, PEM\n"
    "       secgear device mrtcb     the measurement of what its enclaves run on, for a policy\n"
    "       secgear device status    its level, protections and identity\n";

static const char *const LEVELS[] = {"debug (L0)", "embedded (L1)", "installed (L2)",
                                     "system (L3)"};

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

static void protections_print(uint64_t bits)
{
    printf("protections  ");
    for (size_t i = 0; i < PROTECTION_COUNT; i++)
        if (bits & UINT64_C(1) << i)
            printf(" %s", protection_names[i]);
    putchar('\n');
}

/* The answer, with its fixed part present. */
static cc_enclave_result_t status_ask(struct link_packet *packet)
{
    cc_enclave_result_t rc = device_ask(DEVICE_STATUS, DEVICE_STATUS_IS, packet);

    if (rc == CC_SUCCESS && packet->message.bytes.size < DEVICE_STATUS_FIXED_SIZE)
        rc = detail_fail(CC_ERROR_COMMUNICATION, "the device's answer is too short");
    return rc;
}

static int mrtcb_print(void)
{
    static struct link_packet packet;
    char text[2 * REPORT_HASH_SIZE + 1];
    cc_enclave_result_t rc = status_ask(&packet);

    if (rc != CC_SUCCESS)
        return command_fail("device", rc);
    hex_format(view_of(packet.message.bytes.data + REPORT_DEVICE_ID_SIZE, REPORT_HASH_SIZE), text);
    puts(text);
    return EXIT_SUCCESS;
}

static int status_print(void)
{
    static struct link_packet packet;
    const struct device_message *m = &packet.message;
    cc_enclave_result_t rc = status_ask(&packet);
    char folder[PATH_MAX], id[2 * REPORT_DEVICE_ID_SIZE + 1];

    if (rc != CC_SUCCESS)
        return command_fail("device", rc);
    if (!device_state_folder(folder, sizeof folder))
        return EXIT_FAILURE;
    hex_format(view_of(m->bytes.data, REPORT_DEVICE_ID_SIZE), id);
    printf("level         %s, SIMULATED: no hardware protection\n",
           m->numbers[0] < sizeof LEVELS / sizeof LEVELS[0] ? LEVELS[m->numbers[0]] : "?");
    protections_print(m->numbers[1]);
    printf("device id     %s\n", id);
    printf("state         %s\n", folder);
    printf(
        "enclaves      0 (an embedded device is private to the program that started it; this one "
        "was\n              started for this question)\n");
    return EXIT_SUCCESS;
}

int cmd_device(int argc, char **argv)
{
    if (command_help(argc, argv, USAGE))
        return EXIT_SUCCESS;
    if (argc == 2 && strcmp(argv[1], "root") == 0)
        return root_print();
    if (argc == 2 && strcmp(argv[1], "mrtcb") == 0)
        return mrtcb_print();
    if (argc == 2 && strcmp(argv[1], "status") == 0)
        return status_print();
    return command_usage(USAGE);
}
