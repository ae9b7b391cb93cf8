/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "device.h"
#include "pretend.h"
#include "base/detail.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

uint64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

bool source_watch(struct device *device, struct source *source)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = source};

    return epoll_ctl(device->epoll, EPOLL_CTL_ADD, source->fd, &event) == 0;
}

void source_drop(struct device *device, struct source *source)
{
    if (source->fd < 0)
        return;
    epoll_ctl(device->epoll, EPOLL_CTL_DEL, source->fd, NULL);
    close(source->fd);
    source->fd = -1;
}

void connection_fail(struct connection *connection, cc_enclave_result_t code, const char *detail)
{
    struct device_message failed = {
        .type = DEVICE_FAILED,
        .numbers = {code},
        .bytes = view_of(detail, strnlen(detail, DEVICE_DETAIL_MAX)),
    };

    link_try_send(connection->source.fd, &failed, NULL); /* a full or closed socket: its own loss */
}

static void connection_root(struct device *device, struct connection *connection)
{
    struct device_message root = {
        .type = DEVICE_ROOT_IS,
        .bytes = keys_cert(&device->keys, STATE_CERT_VENDOR),
    };

    link_try_send(connection->source.fd, &root, NULL);
}

void connection_end(struct device *device, struct connection *connection)
{
    struct connection **at = &device->connections;

    while (*at != connection)
        at = &(*at)->next;
    *at = connection->next;
    if (connection->enclave != NULL)
        enclave_orphan(device, connection->enclave);
    source_drop(device, &connection->source);
    connection->tenant->connection_count--;
    if (connection->client != NULL)
        client_leave(device, connection->client);
    free(connection);
}

void device_break(struct device *device, cc_enclave_result_t code, const char *detail)
{
    device->broken = code;
    snprintf(device->broken_detail, sizeof device->broken_detail, "%s", detail);
}

/* What needs a zygote starts it, should there be none; false: answered, with why there is none. */
static bool zygote_needed(struct device *device, struct connection *connection)
{
    struct tenant *tenant = connection->tenant;
    cc_enclave_result_t rc = tenant_ensure(device, tenant);

    if (rc != CC_SUCCESS)
        connection_fail(connection, rc, detail_get());
    else if (tenant->broken != CC_SUCCESS)
        connection_fail(connection, tenant->broken, tenant->broken_detail);
    return rc == CC_SUCCESS && tenant->broken == CC_SUCCESS;
}

static void connection_serve(struct device *device, struct connection *connection,
                             struct link_packet *packet)
{
    enum device_type type = packet->message.type;

    (void)pretend_step(device, NULL);
    if (device->broken != CC_SUCCESS)
        connection_fail(connection, device->broken, device->broken_detail);
    else if (type == DEVICE_DESTROY)
        enclave_destroy(device, connection);
    else if ((type == DEVICE_CREATE || type == DEVICE_STATUS) && !zygote_needed(device, connection))
        return;
    else if (type == DEVICE_CREATE)
        enclave_create(device, connection, packet);
    else if (type == DEVICE_STATUS && connection->tenant->up)
        connection_status(device, connection);
    else if (type == DEVICE_STATUS)
        connection->status_asked = true;
    else if (type == DEVICE_ROOT)
        connection_root(device, connection);
    else if (type == DEVICE_REQUEST)
        connection_request(device, connection);
    else if (type == DEVICE_RENEW)
        connection_renew(device, connection, &packet->message);
    else if (type == DEVICE_REE_REPORT)
        connection_report(device, connection, &packet->message);
    else
        connection_fail(connection, CC_ERROR_BAD_PARAMETERS, "device: not a request");
}

/* Attacker: the host. Anything that is no message ends the connection, and its enclave. */
static void connection_ready(struct device *device, struct source *source)
{
    static struct link_packet packet;
    struct connection *connection = source->owner;
    enum link_status status = link_try_recv(source->fd, &packet);

    if (status == LINK_AGAIN)
        return;
    if (status == LINK_NO_FDS) {
        connection_fail(connection, CC_ERROR_OUT_OF_MEMORY,
                        "device: too many open descriptors (ulimit -n of the host)");
        return;
    }
    if (status != LINK_OK) {
        connection_end(device, connection);
        return;
    }
    connection_serve(device, connection, &packet);
    link_packet_done(&packet);
}

void connection_add(struct device *device, int fd, struct tenant *tenant, struct client *client)
{
    struct connection *connection = calloc(1, sizeof *connection);

    if (client != NULL)
        client->connection_count++;
    if (connection != NULL)
        connection->source = (struct source){fd, connection_ready, connection};
    if (connection == NULL || !source_watch(device, &connection->source)) {
        close(fd);
        free(connection);
        if (client != NULL)
            client_leave(device, client);
        return;
    }
    connection->tenant = tenant;
    connection->client = client;
    tenant->connection_count++;
    connection->next = device->connections;
    device->connections = connection;
}

void device_serve(struct device *device)
{
    struct epoll_event event;

    for (;;) {
        /* One event at a time: a handler may free what a later event points to. */
        int count = epoll_wait(device->epoll, &event, 1, enclaves_timeout_ms(device));

        if (count < 0 && errno != EINTR)
            _exit(1);
        if (count > 0) {
            struct source *source = event.data.ptr;

            detail_clear();
            source->ready(device, source);
        }
        enclaves_expire(device);
        enclaves_spawn_next(device);
    }
}
