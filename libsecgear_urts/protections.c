/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "protections.h"
#include "base/detail.h"
#include "base/sink.h"
#include "wire/report.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Names of set bits, for people. */
static void protections_name(uint32_t bits, char *ret_text, size_t room)
{
    size_t used = 0;

    ret_text[0] = '\0';
    for (size_t i = 0; i < PROTECTION_COUNT && used < room; i++)
        if (bits & 1u << i)
            used += (size_t)snprintf(ret_text + used, room - used, "%s%s", used > 0 ? ", " : "",
                                     protection_names[i]);
}

/* SECGEAR_REQUIRE=seccomp,landlock,...: a missing or unknown name is an error. */
cc_enclave_result_t protections_require(uint32_t have)
{
    const char *at = secure_getenv("SECGEAR_REQUIRE");
    size_t size;

    for (; at != NULL && *at != '\0'; at += size + (at[size] == ',')) {
        bool met = false;

        size = strcspn(at, ",");
        for (size_t i = 0; i < PROTECTION_COUNT; i++)
            if (strlen(protection_names[i]) == size && strncmp(protection_names[i], at, size) == 0)
                met = have & 1u << i;
        if (size > 0 && !met)
            return detail_fail(CC_ERROR_NO_DEVICE,
                               "host: SECGEAR_REQUIRE asks for the protection '%.*s', which this "
                               "device does not have (see secgear doctor)",
                               (int)size, at);
    }
    return CC_SUCCESS;
}

void weaknesses_say(const struct device_message *created, uint64_t flags)
{
    uint32_t expected = report_level_protections((enum report_level)created->numbers[4]);
    uint32_t missing = expected & ~(uint32_t)created->numbers[3];
    char names[256];

    if (geteuid() == 0)
        missing &= ~(uint32_t)PROTECTION_ROOTKEY_PRIVATE; /* root reads everything anyway */

    if (missing != 0) {
        protections_name(missing, names, sizeof names);
        SINK_WARN_ONCE("the simulated TEE lacks protections on this machine: %s (each report says "
                       "so; see secgear doctor)",
                       names);
    }
    if ((flags & DEVICE_FLAG_DEBUG) && !(created->numbers[2] & DEVICE_FLAG_DEBUG))
        SINK_WARN_ONCE(
            "SECGEAR_DEBUG_FLAG: the signed image does not allow debugging; it runs as a "
            "production enclave");
    if (created->numbers[2] & DEVICE_FLAG_HELD)
        SINK_WARN_ONCE("SECGEAR_CRASH_CORES: a core of this debug enclave holds all of its memory, "
                       "and other programs of this user can read it now; its reports say level 0");
    else if (created->numbers[2] & DEVICE_FLAG_DUMPABLE)
        SINK_WARN_ONCE("SECGEAR_ALLOW_ATTACH: other programs of this user can read this debug "
                       "enclave's memory");
}
