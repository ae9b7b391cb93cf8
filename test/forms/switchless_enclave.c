/* SPDX-License-Identifier: MulanPSL-2.0 */
#include <stdio.h>
#include <string.h>
#include "switchless_t.h"

int get_string_switchless(char *buf)
{
    strncpy(buf, "switchless", strlen("switchless") + 1);
    return 0;
}

void ecall_empty(void)
{
}

void ecall_empty_switchless()
{
}

int ecall_two(char *buf1, int len1, char *buf2, int len2)
{
    if (buf1 == NULL || buf2 == NULL || len1 != len2)
        return -1;
    memcpy(buf2, buf1, len1);
    return 0;
}
