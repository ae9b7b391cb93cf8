/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "io/pidfd.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

long pidfd_process(int pidfd)
{
    char path[64], line[128];
    long pid = 0;
    FILE *info;

    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", pidfd);
    info = fopen(path, "re");
    while (info != NULL && fgets(line, sizeof line, info) != NULL)
        if (strncmp(line, "Pid:", 4) == 0)
            pid = strtol(line + 4, NULL, 10);
    if (info != NULL)
        fclose(info);
    return pid > 0 ? pid : 0;
}
