/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * doctor_files.c - what was installed, and the files and sockets of devices: are they there, are
 * they whole, and who else may write to them?
 *
 * Attacker: another user of the machine, who may put files where others look for theirs.
 * Layer: tools. Threads: one.
 */
#include "finding.h"
#include "places.h"
#include "base/detail.h"
#include "io/start.h"
#include "io/way.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/un.h>
#include <unistd.h>

enum { ROOM_MIN_MIB = 16 };

/* Whether only root or this user can change it: its parents as well, up to the root. */
static bool is_ours(const char *path, char ret_culprit[static PATH_MAX])
{
    char *slash;

    if (realpath(path, ret_culprit) == NULL)
        return false;
    for (;;) {
        struct stat st;
        bool shared;

        if (stat(ret_culprit[0] != '\0' ? ret_culprit : "/", &st) != 0)
            return false;
        /* Where everybody may write, a sticky folder keeps the entries of others safe. */
        shared = (st.st_mode & (S_IWGRP | S_IWOTH)) != 0 &&
                 !(S_ISDIR(st.st_mode) && (st.st_mode & S_ISVTX) != 0);
        if (shared || (st.st_uid != 0 && st.st_uid != geteuid()))
            return false;
        slash = strrchr(ret_culprit, '/');
        if (slash == NULL || ret_culprit[0] == '\0')
            return true;
        *slash = '\0';
    }
}

static void program_look(struct findings *findings, const char *name)
{
    char path[PATH_MAX], culprit[PATH_MAX];

    if (place_of_script(name, path) != CC_SUCCESS || access(path, X_OK) != 0)
        finding_add(findings, name, FINDING_BAD, "install secGear again", "%s",
                    detail_get()[0] != '\0' ? detail_get() : "it can not be run");
    else if (!is_ours(path, culprit))
        finding_add(findings, name, FINDING_BAD,
                    "whoever can write there can replace the device: chmod go-w, or chown", "%s",
                    culprit[0] != '\0' ? culprit : path);
    else
        finding_add(findings, name, FINDING_GOOD, NULL, "%s", path);
    detail_clear();
}

/* A socket is stale when nobody listens at it: programs then fail instead of taking another. */
static void socket_look(struct findings *findings, const char *topic, bool system)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char path[DEVICE_SOCKET_ROOM];
    struct stat st;
    int fd, failed;

    if (!device_socket_path(system, path, sizeof path)) {
        finding_add(findings, topic, FINDING_NOTE,
                    "only for a device of this user: log in by a session that sets it",
                    "XDG_RUNTIME_DIR is not set");
        return;
    }
    if (lstat(path, &st) != 0) {
        finding_add(findings, topic, FINDING_GOOD, NULL, "none at %s", path);
        return;
    }
    fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    failed = connect(fd, (struct sockaddr *)&address, sizeof address) == 0 ? 0 : errno;
    if (fd >= 0)
        close(fd);
    if (failed == 0 || failed == EAGAIN)
        finding_add(findings, topic, FINDING_GOOD, NULL, "somebody listens at %s", path);
    else
        finding_add(findings, topic, failed == EACCES ? FINDING_NOTE : FINDING_BAD,
                    failed == EACCES ? "ask its administrator for the group that may use it"
                                     : "stale: start its service again, or remove the file; until "
                                       "then programs fail instead of taking another device",
                    "%s: %s", path, strerror(failed));
}

/* The longest part of a path that is there. */
static void part_there(char path[static PATH_MAX])
{
    struct stat st;

    while (stat(path, &st) != 0) {
        char *slash = strrchr(path, '/');

        if (slash == NULL || slash == path)
            return;
        *slash = '\0';
    }
}

static void room_look(struct findings *findings, const char *path)
{
    struct statvfs disk;
    uint64_t mib;

    if (statvfs(path, &disk) != 0)
        return;
    mib = (uint64_t)disk.f_bavail * disk.f_frsize >> 20;
    finding_add(findings, "room for state", mib >= ROOM_MIN_MIB ? FINDING_GOOD : FINDING_BAD,
                "counters and keys can not be kept: make room", "%" PRIu64 " MiB at %s", mib, path);
}

static void state_look(struct findings *findings)
{
    char path[PATH_MAX], there[PATH_MAX], culprit[PATH_MAX];
    struct stat st;

    if (!device_state_folder(path, sizeof path)) {
        finding_add(findings, "state folder", FINDING_BAD, "a shorter XDG_STATE_HOME or HOME",
                    "its path is too long");
        return;
    }
    memcpy(there, path, sizeof there);
    part_there(there);
    if (access(there, W_OK) != 0)
        finding_add(findings, "state folder", FINDING_BAD,
                    "each start would be a new device: make it writable, or set XDG_STATE_HOME",
                    "%s: %s", there, strerror(errno));
    else if (stat(path, &st) == 0 && ((st.st_mode & 077) != 0 || st.st_uid != geteuid()))
        finding_add(findings, "state folder", FINDING_BAD,
                    "it holds the device's keys: chmod 700, and this user's alone",
                    "%s: mode %04o, uid %u", path, (unsigned)st.st_mode & 07777,
                    (unsigned)st.st_uid);
    else if (!is_ours(there, culprit))
        finding_add(findings, "state folder", FINDING_BAD,
                    "others may put another in its place: chmod go-w, or chown", "%s",
                    culprit[0] != '\0' ? culprit : there);
    else
        finding_add(findings, "state folder", FINDING_GOOD, NULL, "%s%s", path,
                    strcmp(there, path) == 0 ? "" : " (not yet made)");
    room_look(findings, there);
}

void doctor_files(struct findings *findings)
{
    program_look(findings, "secgear-device");
    program_look(findings, "secgear-zygote");
    socket_look(findings, "system's socket", true);
    socket_look(findings, "user's socket", false);
    state_look(findings);
}
