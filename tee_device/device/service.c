/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * The socket of a device that serves: handed over by systemd or what speaks as it does
 * (sd_listen_fds(3), sd_notify(3): two variables and one datagram, no library), or made by us.
 */
#include "base/detail.h"
#include "base/text.h"
#include "io/start.h"
#include "start.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { HANDED_FD = 3, BACKLOG = 128 };

static int option_of(int fd, int option)
{
    int value = -1;
    socklen_t size = sizeof value;

    return getsockopt(fd, SOL_SOCKET, option, &value, &size) == 0 ? value : -1;
}

cc_enclave_result_t service_handed(int *ret_fd)
{
    const char *pid_text = getenv("LISTEN_PID"), *count_text = getenv("LISTEN_FDS");
    uint64_t pid = 0, count = 0;

    *ret_fd = -1;
    if (pid_text == NULL || count_text == NULL || !number_parse(pid_text, INT_MAX, &pid) ||
        pid != (uint64_t)getpid())
        return CC_SUCCESS;
    if (!number_parse(count_text, INT_MAX, &count) || count != 1)
        return detail_fail(CC_ERROR_BAD_PARAMETERS,
                           "device: LISTEN_FDS is %s, expected one socket (one Listen line in the "
                           "unit)",
                           count_text);
    if (option_of(HANDED_FD, SO_DOMAIN) != AF_UNIX ||
        option_of(HANDED_FD, SO_TYPE) != SOCK_SEQPACKET || option_of(HANDED_FD, SO_ACCEPTCONN) != 1)
        return detail_fail(CC_ERROR_BAD_PARAMETERS,
                           "device: the socket it was handed is not a listening unix socket of "
                           "type SEQPACKET (ListenSequentialPacket= in the unit)");
    *ret_fd = HANDED_FD;
    return CC_SUCCESS;
}

/* Nobody else may put another socket in its place. */
static cc_enclave_result_t folder_make(const char *path, mode_t mode)
{
    char folder[PATH_MAX];
    struct stat st;
    char *slash;

    snprintf(folder, sizeof folder, "%s", path);
    slash = strrchr(folder, '/');
    if (slash == NULL || slash == folder)
        return detail_fail(CC_ERROR_BAD_PARAMETERS, "device: %s is no path for a socket", path);
    *slash = '\0';
    if (mkdir(folder, 0700) == 0 && chmod(folder, mode) != 0)
        return detail_fail(CC_ERROR_STORAGE_EIO, "device: %s: %s", folder, strerror(errno));
    if (stat(folder, &st) != 0)
        return detail_fail(CC_ERROR_STORAGE_EIO, "device: %s: %s", folder, strerror(errno));
    if (st.st_uid != geteuid() || (st.st_mode & 022) != 0)
        return detail_fail(CC_ERROR_SECURITY,
                           "device: %s must belong to uid %u and be writable by nobody else, it "
                           "has uid %u and mode 0%o",
                           folder, geteuid(), st.st_uid, st.st_mode & 0777);
    return CC_SUCCESS;
}

/* What a killed device left is removed; one that answers is another device. */
static cc_enclave_result_t stale_remove(const struct sockaddr_un *address)
{
    struct stat st;
    int fd, answered;

    if (lstat(address->sun_path, &st) != 0)
        return CC_SUCCESS;
    if (!S_ISSOCK(st.st_mode))
        return detail_fail(CC_ERROR_BAD_STATE, "device: %s is there and no socket",
                           address->sun_path);
    fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    answered = fd >= 0 ? connect(fd, (const struct sockaddr *)address, sizeof *address) : 0;
    if (fd >= 0)
        close(fd);
    if (answered == 0)
        return detail_fail(CC_ERROR_BUSY, "device: another one serves at %s", address->sun_path);
    unlink(address->sun_path);
    return CC_SUCCESS;
}

static cc_enclave_result_t socket_bind(const char *path, bool system, int *ret_fd)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    cc_enclave_result_t rc;
    int fd;

    if (path[0] != '/' || strlen(path) >= sizeof address.sun_path)
        return detail_fail(CC_ERROR_BAD_PARAMETERS,
                           "device: %s: a socket's path begins with / and has less than %zu bytes",
                           path, sizeof address.sun_path);
    memcpy(address.sun_path, path, strlen(path) + 1);
    rc = folder_make(path, system ? 0755 : 0700);
    if (rc == CC_SUCCESS)
        rc = stale_remove(&address);
    if (rc != CC_SUCCESS)
        return rc;
    fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        chmod(path, system ? 0666 : 0600) != 0 || listen(fd, BACKLOG) != 0) {
        detail_fail(CC_ERROR_NO_DEVICE, "device: it can not listen at %s: %s", path,
                    strerror(errno));
        if (fd >= 0)
            close(fd);
        return CC_ERROR_NO_DEVICE;
    }
    *ret_fd = fd;
    return CC_SUCCESS;
}

cc_enclave_result_t service_listen(const char *path, bool system, int *ret_fd,
                                   const char **ret_path)
{
    static char usual[PATH_MAX];
    cc_enclave_result_t rc;

    if (path == NULL && !device_socket_path(system, usual, sizeof usual))
        return detail_fail(CC_ERROR_BAD_PARAMETERS,
                           "device: XDG_RUNTIME_DIR is not set; say --listen PATH");
    if (path == NULL)
        path = usual;
    rc = socket_bind(path, system, ret_fd);
    if (rc == CC_SUCCESS)
        *ret_path = path;
    return rc;
}

void service_notify(const char *text)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t size = path != NULL ? strlen(path) : 0;
    int fd;

    if (size < 2 || size >= sizeof address.sun_path || (path[0] != '/' && path[0] != '@'))
        return;
    memcpy(address.sun_path, path, size);
    if (path[0] == '@') /* of the abstract namespace */
        address.sun_path[0] = '\0';
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    (void)!sendto(fd, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&address,
                  (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size));
    close(fd);
}

const char *service_state_folder(bool system)
{
    static char folder[PATH_MAX];

    if (system)
        return DEVICE_SYSTEM_STATE;
    return device_state_folder(folder, sizeof folder) ? folder : NULL;
}
