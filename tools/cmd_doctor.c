/* SPDX-License-Identifier: MulanPSL-2.0 */
/* secgear doctor: each protection, whether this machine has it, and what follows if not. */
#include "command.h"
#include "device_ask.h"
#include "wire/report.h"
#include <stdio.h>
#include <stdlib.h>

static const char USAGE[] = "usage: secgear doctor\n"
                            "ends 0 when everything that an embedded device can have is there\n";

struct advice {
    uint32_t bit;
    const char *keeps;   /* what it does */
    const char *missing; /* what follows when it is not there, what to do */
    bool embedded;       /* an embedded device (L1) can have it */
};

static const struct advice ADVICE[] = {
    {PROTECTION_NODUMP, "other programs of this user can not read a running enclave",
     "mandatory: no enclave starts", true},
    {PROTECTION_SECCOMP, "an enclave can make few system calls and open nothing",
     "mandatory: no enclave starts (kernel with CONFIG_SECCOMP_FILTER?)", true},
    {PROTECTION_NAMESPACES, "an enclave sees no files, network or processes",
     "system calls stay filtered; allow user namespaces (sysctl, or the container's profile)",
     true},
    {PROTECTION_LANDLOCK, "a second wall before files, network and signals",
     "the filter alone keeps files closed; kernel 5.13 or newer has landlock", true},
    {PROTECTION_SECRETMEM, "not even root reads the device's root secret through /proc",
     "it is in locked memory; kernel 6.5 or newer, or secretmem.enable=1", true},
    {PROTECTION_MSEAL, "a corrupted enclave can not unmap its own code",
     "kernel 6.10 or newer on 64 bits has mseal", true},
    {PROTECTION_MDWE, "no memory of an enclave is ever written and then executed",
     "the system call filter refuses it too; kernel 6.3 or newer", true},
    {PROTECTION_PERSISTENT, "device identity and sealed data survive the program",
     "each start is a new device; make the state folder writable (secgear device status)", true},
    {PROTECTION_STARTER_CLEAN, "the device was started without a foreign system call filter",
     "usual inside containers; whoever installed the filter is trusted", true},
    {PROTECTION_OWN_UID, "enclaves run under another user than the host",
     "only the system service (L3), or programs run as root, have it", false},
    {PROTECTION_ROOTKEY_PRIVATE, "this user can not read the device's root secret",
     "ANY program of this user can read it, forge reports and open sealed data: embedded devices "
     "(L1) protect running enclaves' memory only",
     false},
    {PROTECTION_ROLLBACK, "old state can not be brought back", "needs a TPM", false},
};

static bool advice_print(const struct advice *advice, uint64_t have)
{
    bool there = have & advice->bit;

    printf("  %-16s %-4s %s\n", protection_names[__builtin_ctz(advice->bit)], there ? "yes" : "NO",
           advice->keeps);
    if (!there)
        printf("  %-21s -> %s\n", "", advice->missing);
    return there || !advice->embedded;
}

int cmd_doctor(int argc, char **argv)
{
    static struct link_packet packet;
    cc_enclave_result_t rc;
    bool healthy = true;

    if (command_help(argc, argv, USAGE))
        return EXIT_SUCCESS;
    if (argc != 1)
        return command_usage(USAGE);
    rc = device_ask(DEVICE_STATUS, DEVICE_STATUS_IS, &packet);
    if (rc != CC_SUCCESS)
        return command_fail("doctor", rc);
    puts("A SIMULATED TEE: nothing here is protected by hardware. Root reads everything.");
    puts("Level: embedded (L1): the device runs inside this user's account.");
    for (size_t i = 0; i < sizeof ADVICE / sizeof ADVICE[0]; i++)
        healthy = advice_print(&ADVICE[i], packet.message.numbers[1]) && healthy;
    if (packet.message.bytes.size > DEVICE_STATUS_FIXED_SIZE)
        printf("the kernel said: %.*s\n", (int)packet.message.bytes.size - DEVICE_STATUS_FIXED_SIZE,
               (const char *)packet.message.bytes.data + DEVICE_STATUS_FIXED_SIZE);
    puts(healthy ? "all that an embedded device can have is in force"
                 : "weaker than it could be; every report says so");
    return healthy ? EXIT_SUCCESS : EXIT_FAILURE;
}
