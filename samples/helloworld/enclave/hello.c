/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "helloworld_t.h"
#include <string.h>

int get_string(char *buf)
{
    strncpy(buf, "secgear hello world!", 31);
    buf[31] = '\0';
    return 0;
}
