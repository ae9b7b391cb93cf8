/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "floor/spawn.h"
#include <spawn.h>
#include <unistd.h>

pid_t spawn_program(const char *const argv[], int output)
{
    posix_spawn_file_actions_t actions;
    pid_t pid = -1;

    posix_spawn_file_actions_init(&actions);
    if (output >= 0)
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    if (posix_spawn(&pid, argv[0], &actions, NULL, (char **)argv, environ) != 0)
        pid = -1;
    posix_spawn_file_actions_destroy(&actions);
    return pid;
}
