/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * secgear doctor: each protection, whether this machine has it, and what follows if not; then the
 * rest of what enclaves and their programs need. A device that does not answer is a finding, too.
 */
#include "collateral_doctor.h"
#include "command.h"
#include "base/detail.h"
#include "device_status.h"
#include "finding.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char USAGE[] =
    "usage: secgear doctor [--json]\n"
    "       secgear doctor collateral EVIDENCE FOLDER [OPTION]...\n"
    "ends 0 when everything that a device of its level can have is there, and nothing is bad\n";

struct advice {
    uint32_t bit;
    const char *keeps;   /* what it does */
    const char *missing; /* what follows when it is not there, what to do */
};

static const struct advice ADVICE[] = {
    {PROTECTION_NODUMP, "other programs of this user can not read a running enclave",
     "mandatory: no enclave starts"},
    {PROTECTION_SECCOMP, "an enclave can make few system calls and open nothing",
     "mandatory: no enclave starts (kernel with CONFIG_SECCOMP_FILTER?)"},
    {PROTECTION_NAMESPACES, "an enclave sees no files, network or processes",
     "system calls stay filtered; allow user namespaces (sysctl, or the container's profile)"},
    {PROTECTION_LANDLOCK, "a second wall before files, network and signals",
     "the filter alone keeps files closed; kernel 5.13 or newer has landlock"},
    {PROTECTION_SECRETMEM, "not even root reads the device's root secret through /proc",
     "it is in locked memory; kernel 6.5 or newer, or secretmem.enable=1"},
    {PROTECTION_MSEAL, "a corrupted enclave can not unmap its own code",
     "kernel 6.10 or newer on 64 bits has mseal"},
    {PROTECTION_MDWE, "no memory of an enclave is ever written and then executed",
     "the system call filter refuses it too; kernel 6.3 or newer"},
    {PROTECTION_PERSISTENT, "device identity and sealed data survive the program",
     "each start is a new device; make the state folder writable (secgear device status)"},
    {PROTECTION_STARTER_CLEAN, "the device was started without a foreign system call filter",
     "usual inside containers; whoever installed the filter is trusted"},
    {PROTECTION_OWN_UID, "enclaves run under another user than the host",
     "only the system's device (L3), or programs run as root, have it"},
    {PROTECTION_ROOTKEY_PRIVATE, "this user can not read the device's root secret",
     "whoever is this user (or root) can read it, forge reports and open sealed data: embedded "
     "devices (L1) protect running enclaves' memory only; see docs/levels.md"},
    {PROTECTION_ROLLBACK, "old state can not be brought back",
     "no device of this release has it; counters and sealed data can be wound back with their "
     "files"},
    {PROTECTION_TPM, "who steals the disk does not have the device's root secret",
     "secgear-device --serve --tpm TCTI wraps it by a TPM 2.0"},
};

static const char *const LEVELS[] = {
    "everything is open",
    "the device runs inside this user's account",
    "a program of root's, with a group of its own, holds the keys",
    "a service of root's holds the keys and runs the enclaves under other users",
};

static void advice_print(const struct advice *advice, const struct device_status *status)
{
    bool there = status->protections & advice->bit;

    printf("  %-16s %-4s %s\n", protection_names[__builtin_ctz(advice->bit)], there ? "yes" : "NO",
           advice->keeps);
    if (!there)
        printf("  %-21s -> %s\n", "", advice->missing);
}

static void status_print(const struct device_status *s)
{
    printf("Level: %s: %s.\n", level_title(s->level), LEVELS[s->level]);
    for (size_t i = 0; i < sizeof ADVICE / sizeof ADVICE[0]; i++)
        advice_print(&ADVICE[i], s);
    if (s->missing.size > 0)
        printf("the kernel said: %.*s\n", (int)s->missing.size, (const char *)s->missing.data);
    printf("enclaves of %s: %" PRIu64 ", %" PRIu64 " KiB, %" PRIu64 " calls\n",
           s->is_whole ? "all users" : "this user", s->enclaves, s->memory_size / 1024, s->calls);
    puts(device_status_lacks(s) == 0 ? "all that a device of this level can have is in force"
                                     : "weaker than it could be; every report says so");
}

/* status: NULL when no device answered. */
static void text_print(const struct device_status *status, const struct findings *findings)
{
    size_t bad = findings_bad(findings);

    puts("A SIMULATED TEE: nothing here is protected by hardware. Root reads everything.");
    if (status != NULL)
        status_print(status);
    puts("What it stands on:");
    findings_print(findings);
    if (bad == 0)
        puts("nothing is bad");
    else
        printf("%zu bad\n", bad);
}

static json_t *status_json(const struct device_status *s)
{
    json_t *protections = json_object();

    for (size_t i = 0; i < PROTECTION_COUNT; i++)
        json_object_set_new(protections, protection_names[i],
                            json_boolean(s->protections & 1u << i));
    return json_pack("{s:s, s:o, s:o, s:I, s:I, s:I}", "level", level_name(s->level), "protections",
                     protections, "missing", json_of_text(s->missing), "enclaves",
                     (json_int_t)s->enclaves, "memory", (json_int_t)s->memory_size, "calls",
                     (json_int_t)s->calls);
}

static int json_print(const struct device_status *status, const struct findings *findings,
                      bool healthy)
{
    json_t *document = status != NULL ? status_json(status) : json_object();

    json_object_set_new(document, "simulated", json_true());
    json_object_set_new(document, "healthy", json_boolean(healthy));
    json_object_set_new(document, "findings", findings_json(findings));
    return json_finish(document);
}

static void device_look(cc_enclave_result_t rc, struct findings *findings)
{
    if (rc == CC_SUCCESS)
        finding_add(findings, "device", FINDING_GOOD, NULL, "answers");
    else
        finding_add(
            findings, "device", FINDING_BAD,
            "no enclave starts: see what else is bad; SECGEAR_DEVICE names one (man secgear)", "%s",
            detail_get());
    detail_clear();
}

int cmd_doctor(int argc, char **argv)
{
    static struct device_status status;
    static struct findings findings;
    bool json = argc == 2 && strcmp(argv[1], "--json") == 0, healthy;
    cc_enclave_result_t rc;

    if (argc > 1 && strcmp(argv[1], "collateral") == 0)
        return collateral_doctor_run(argc - 1, argv + 1);
    if (command_help(argc, argv, USAGE))
        return EXIT_SUCCESS;
    if (argc != 1 && !json)
        return command_usage();
    doctor_files(&findings); /* before a device is started, which makes its folder */
    rc = device_status_ask(&status);
    device_look(rc, &findings);
    doctor_tools(&findings);
    doctor_machine(&findings);
    healthy = rc == CC_SUCCESS && device_status_lacks(&status) == 0 && findings_bad(&findings) == 0;
    if (!json)
        text_print(rc == CC_SUCCESS ? &status : NULL, &findings);
    else if (json_print(rc == CC_SUCCESS ? &status : NULL, &findings, healthy) != 0)
        return EXIT_FAILURE;
    return healthy ? EXIT_SUCCESS : EXIT_FAILURE;
}
