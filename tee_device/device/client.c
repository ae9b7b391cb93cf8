/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Programs of any user come in by one socket. Who they are is what the kernel says about the other
 * end; what a user has here is bounded, and ends with the program that asked for it.
 */
#include "base/detail.h"
#include "device.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

static void client_free(struct device *device, struct client *client)
{
    struct client **at = &device->clients;

    while (*at != client)
        at = &(*at)->next;
    *at = client->next;
    source_drop(device, &client->exit);
    free(client);
}

void client_leave(struct device *device, struct client *client)
{
    if (--client->connection_count == 0)
        client_free(device, client);
}

/* Whoever else holds its sockets: they were its own. */
static void client_end(struct device *device, struct client *client)
{
    size_t left = client->connection_count;

    for (struct connection *c = device->connections, *next; c != NULL && left > 0; c = next) {
        next = c->next;
        if (c->client == client) {
            left--;
            connection_end(device, c); /* the last one frees the client */
        }
    }
}

static void client_died(struct device *device, struct source *source)
{
    client_end(device, source->owner);
}

/* The process that connected. An old kernel may give us one that took the number over; then it
 * connected before it died, and its socket, whoever holds it, is watched for nothing. */
static int peer_pidfd(int fd, pid_t pid)
{
    int pidfd = -1;
    socklen_t size = sizeof pidfd;

    if (getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &size) == 0) {
        fcntl(pidfd, F_SETFD, FD_CLOEXEC);
        return pidfd;
    }
    return pid > 0 ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
}

/* The same number may be another process by now: then the old one's end is to be heard first. */
static struct client *client_find(struct device *device, const struct ucred *peer)
{
    struct client *client = device->clients;
    struct pollfd exit = {.events = POLLIN};

    while (client != NULL && client->pid != peer->pid)
        client = client->next;
    if (client == NULL)
        return NULL;
    exit.fd = client->exit.fd;
    if (client->tenant->uid == peer->uid && poll(&exit, 1, 0) == 0)
        return client;
    client_end(device, client);
    return NULL;
}

static struct client *client_new(struct device *device, struct tenant *tenant, int fd, pid_t pid)
{
    struct client *client = calloc(1, sizeof *client);

    if (client == NULL)
        return NULL;
    *client = (struct client){.tenant = tenant, .pid = pid};
    client->exit = (struct source){peer_pidfd(fd, pid), client_died, client};
    if (client->exit.fd < 0 || !source_watch(device, &client->exit)) {
        if (client->exit.fd >= 0)
            close(client->exit.fd);
        free(client);
        return NULL;
    }
    client->next = device->clients;
    device->clients = client;
    return client;
}

static void turn_away(int fd, const char *detail)
{
    struct connection nobody = {.source.fd = fd};

    connection_fail(&nobody, CC_ERROR_BUSY, detail);
    close(fd);
}

static void client_admit(struct device *device, int fd)
{
    struct ucred peer = {.pid = 0};
    socklen_t size = sizeof peer;
    struct tenant *tenant;
    struct client *client;

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || peer.pid <= 0) {
        turn_away(fd, "device: it can not tell who you are (another pid namespace?)");
        return;
    }
    tenant = tenant_of(device, peer.uid);
    if (tenant == NULL) {
        turn_away(fd, "device: as many users as it serves at once have enclaves here");
        return;
    }
    if (tenant->connection_count >= TENANT_CONNECTIONS_MAX) {
        turn_away(fd, "device: this user has as many connections as it may have");
        return;
    }
    client = client_find(device, &peer);
    if (client == NULL)
        client = client_new(device, tenant, fd, peer.pid);
    if (client == NULL)
        turn_away(fd, "device: no memory or descriptor for another program");
    else
        connection_add(device, fd, tenant, client);
}

/* Somebody must be taken to be turned away, or the socket stays readable for ever. */
static void crowd_turn_away(struct device *device)
{
    int fd;

    if (device->reserve >= 0)
        close(device->reserve);
    fd = accept4(device->listener.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0)
        turn_away(fd, "device: it has no descriptor left");
    device->reserve = fcntl(device->epoll, F_DUPFD_CLOEXEC, 0);
}

static void somebody_comes(struct device *device, struct source *source)
{
    int fd = accept4(source->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd >= 0)
        client_admit(device, fd);
    else if (errno == EMFILE || errno == ENFILE)
        crowd_turn_away(device);
}

bool clients_listen(struct device *device, int listener)
{
    device->reserve = fcntl(device->epoll, F_DUPFD_CLOEXEC, 0);
    device->listener = (struct source){listener, somebody_comes, NULL};
    return fcntl(listener, F_SETFL, O_NONBLOCK) == 0 && fcntl(listener, F_SETFD, FD_CLOEXEC) == 0 &&
           device->reserve >= 0 && source_watch(device, &device->listener);
}
