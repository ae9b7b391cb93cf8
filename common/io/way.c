/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "io/way.h"
#include "base/detail.h"
#include "io/link.h"
#include "io/start.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { CONNECT_TIMEOUT_S = 10 };

/* For the time of connecting: a full queue must not hold us for ever. */
static void timeout_set(int fd, long seconds)
{
    struct timeval time = {.tv_sec = seconds};

    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time);
}

static int socket_connect(const char *path, int *ret_fd)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), failed = 0;

    if (fd < 0)
        return errno;
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    timeout_set(fd, CONNECT_TIMEOUT_S);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
        failed = errno;
    timeout_set(fd, 0);
    if (failed != 0)
        close(fd);
    else
        *ret_fd = fd;
    return failed;
}

/* Attacker: whoever could put a socket there. Root, or this user. */
static cc_enclave_result_t owner_check(int fd, const char *path, bool root_only)
{
    struct ucred peer = {.uid = (uid_t)-1};
    socklen_t size = sizeof peer;

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
        (peer.uid == 0 || (!root_only && peer.uid == geteuid())))
        return CC_SUCCESS;
    return detail_fail(CC_ERROR_SECURITY,
                       "host: uid %u listens at %s, expected %s: no device that you may trust",
                       peer.uid, path, root_only ? "root" : "root or this user");
}

static cc_enclave_result_t way_by_socket(const char *path, bool root_only, struct device_way *way)
{
    cc_enclave_result_t rc;
    int failed =
        strlen(path) < sizeof way->socket ? socket_connect(path, &way->link) : ENAMETOOLONG;

    if (failed == ENOENT || failed == ENOTDIR || failed == EACCES) {
        detail_fail(CC_ERROR_ITEM_NOT_FOUND, "host: no device at %s: %s", path, strerror(failed));
        return CC_ERROR_ITEM_NOT_FOUND;
    }
    if (failed != 0)
        return detail_fail(CC_ERROR_NO_DEVICE,
                           "host: the device at %s does not answer (%s): start it again, or remove "
                           "that file; SECGEAR_DEVICE=embedded does without, with other keys",
                           path, strerror(failed));
    rc = owner_check(way->link, path, root_only);
    if (rc != CC_SUCCESS) {
        device_close(way);
        return rc;
    }
    snprintf(way->socket, sizeof way->socket, "%s", path);
    way->root_only = root_only;
    return CC_SUCCESS;
}

static cc_enclave_result_t way_system(struct device_way *way)
{
    char path[DEVICE_SOCKET_ROOM];

    return device_socket_path(true, path, sizeof path) ? way_by_socket(path, true, way)
                                                       : CC_ERROR_ITEM_NOT_FOUND;
}

static cc_enclave_result_t way_user(struct device_way *way)
{
    char path[DEVICE_SOCKET_ROOM];

    if (device_socket_path(false, path, sizeof path))
        return way_by_socket(path, false, way);
    return detail_fail(CC_ERROR_ITEM_NOT_FOUND, "host: no device of this user: XDG_RUNTIME_DIR is "
                                                "not set");
}

static cc_enclave_result_t way_embedded(struct device_way *way)
{
    return device_start(NULL, &way->link);
}

static cc_enclave_result_t way_named(const char *named, struct device_way *way)
{
    static const struct {
        const char *name;
        cc_enclave_result_t (*open)(struct device_way *way);
    } kinds[] = {{"system", way_system}, {"user", way_user}, {"embedded", way_embedded}};
    cc_enclave_result_t rc;
    struct stat st;

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(named, kinds[i].name) == 0) {
            rc = kinds[i].open(way);
            return rc == CC_ERROR_ITEM_NOT_FOUND ? CC_ERROR_NO_DEVICE : rc;
        }
    if (stat(named, &st) == 0 && S_ISSOCK(st.st_mode)) {
        rc = way_by_socket(named, false, way);
        return rc == CC_ERROR_ITEM_NOT_FOUND ? CC_ERROR_NO_DEVICE : rc;
    }
    return device_start(named, &way->link);
}

cc_enclave_result_t device_open(struct device_way *ret_way)
{
    const char *named = secure_getenv("SECGEAR_DEVICE");
    struct device_way way = {.link = -1};
    char states[STATES_TEXT_ROOM];
    cc_enclave_result_t rc = device_states_read(states);

    if (rc != CC_SUCCESS)
        return rc;
    if (states[0] != '\0' && (named == NULL || named[0] == '\0'))
        named = "embedded"; /* nobody else's device pretends */
    if (named != NULL && named[0] != '\0') {
        rc = way_named(named, &way);
    } else {
        rc = way_system(&way);
        if (rc == CC_ERROR_ITEM_NOT_FOUND)
            rc = way_user(&way);
        if (rc == CC_ERROR_ITEM_NOT_FOUND) {
            detail_clear();
            rc = way_embedded(&way);
        }
    }
    if (rc == CC_SUCCESS && states[0] != '\0' && device_is_shared(&way)) {
        device_close(&way);
        return detail_fail(CC_ERROR_NOT_SUPPORTED,
                           "host: SECGEAR_DEVICE_STATES takes a device of one's own, and "
                           "SECGEAR_DEVICE names another (SECGEAR_DEVICE=embedded)");
    }
    if (rc == CC_SUCCESS)
        *ret_way = way;
    return rc;
}

void device_close(struct device_way *way)
{
    if (way->link >= 0)
        close(way->link);
    way->link = -1;
}

bool device_is_shared(const struct device_way *way)
{
    return way->socket[0] != '\0';
}

/* To an embedded device: one end of a pair is sent to it. */
static cc_enclave_result_t pair_send(int link, int *ret_connection)
{
    struct device_message connect = {.type = DEVICE_CONNECT};
    enum link_status status;
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return detail_fail(CC_ERROR_OUT_OF_MEMORY, "host: no socket for a connection: %s",
                           strerror(errno));
    status = link_send(link, &connect, &pair[1]);
    close(pair[1]);
    if (status != LINK_OK) {
        close(pair[0]);
        return detail_fail(CC_ERROR_COMMUNICATION, "host: the device is gone");
    }
    *ret_connection = pair[0];
    return CC_SUCCESS;
}

cc_enclave_result_t device_connect(const struct device_way *way, int *ret_connection)
{
    cc_enclave_result_t rc;
    int failed, fd = -1;

    if (!device_is_shared(way))
        return pair_send(way->link, ret_connection);
    failed = socket_connect(way->socket, &fd);
    if (failed == EMFILE || failed == ENFILE || failed == ENOMEM)
        return detail_fail(CC_ERROR_OUT_OF_MEMORY, "host: no socket for a connection: %s",
                           strerror(failed));
    if (failed != 0)
        return detail_fail(CC_ERROR_COMMUNICATION, "host: the device at %s is gone: %s",
                           way->socket, strerror(failed));
    rc = owner_check(fd, way->socket, way->root_only);
    if (rc != CC_SUCCESS)
        close(fd);
    else
        *ret_connection = fd;
    return rc;
}
