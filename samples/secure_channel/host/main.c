/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * sc_server: takes connections, carries channel messages and records into the enclave. It sees
 * neither keys nor contents.   sc_demo_host IMAGE [PORT]     port 0 = any; it prints the one it got
 */
#include "common/frame.h"
#include "enclave.h"
#include "sc_demo_u.h"
#include "secure_channel_host.h"
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { RESULT_ROOM = 8192, CLIENTS_MAX = 64, QUIET_S = 60 };

static cc_enclave_t enclave;
static sem_t places; /* for clients: the next one waits in the listener's queue */
static cc_sec_chl_svr_ctx_t service;

static int send_to_client(void *conn, void *buf, size_t count)
{
    return frame_send(*(int *)conn, FRAME_CHANNEL, buf, count) == 0 ? (int)count : -1;
}

static size_t session_of(const uint8_t *bytes)
{
    uint64_t id = 0;

    for (int i = 7; i >= 0; i--)
        id = id << 8 | bytes[i];
    return (size_t)id;
}

static int answer(int fd, int result, const uint8_t *record, size_t size)
{
    uint8_t bytes[4 + RESULT_ROOM] = {(uint8_t)result, (uint8_t)(result >> 8),
                                      (uint8_t)(result >> 16), (uint8_t)(result >> 24)};

    if (size > 0)
        memcpy(bytes + 4, record, size);
    return frame_send(fd, FRAME_ANSWER, bytes, 4 + size);
}

static int serve_frame(int fd, cc_sec_chl_conn_ctx_t *channel, enum frame_kind kind, uint8_t *bytes,
                       size_t size)
{
    uint8_t record[RESULT_ROOM];
    size_t len = sizeof record;
    int result = -1;

    if (kind == FRAME_CHANNEL) {
        (void)cc_sec_chl_svr_callback(channel, bytes, size); /* it has answered, whatever it says */
        return 0;
    }
    if (size < 8)
        return -1;
    if (kind == FRAME_PIECE) {
        if (demo_append(&enclave, &result, session_of(bytes), bytes + 8, size - 8) != CC_SUCCESS)
            result = -1;
        return answer(fd, result, NULL, 0);
    }
    if (kind != FRAME_FINISH ||
        demo_result(&enclave, &result, session_of(bytes), record, sizeof record, &len) !=
            CC_SUCCESS ||
        len > sizeof record)
        result = -1;
    return answer(fd, result, record, result == 0 ? len : 0);
}

static void *serve(void *arg)
{
    int fd = (int)(intptr_t)arg;
    cc_sec_chl_conn_ctx_t channel = {&service, {send_to_client, &fd}};
    enum frame_kind kind;
    uint8_t *bytes;
    long size;

    while ((size = frame_recv(fd, &kind, &bytes)) >= 0) {
        int gone = serve_frame(fd, &channel, kind, bytes, (size_t)size);

        free(bytes);
        if (gone != 0)
            break;
    }
    close(fd);
    sem_post(&places);
    return NULL;
}

/* What a client or the network can cause, see accept(2); anything else is this machine's. */
static bool concerns_one_client(int error)
{
    return error == EINTR || error == ECONNABORTED || error == ENETDOWN || error == EPROTO ||
           error == ENOPROTOOPT || error == EHOSTDOWN || error == ENONET || error == EHOSTUNREACH ||
           error == EOPNOTSUPP || error == ENETUNREACH;
}

/* Who says nothing for a minute, or takes no answer, makes room for others. */
static void client_take(int fd)
{
    struct timeval quiet = {.tv_sec = QUIET_S};
    pthread_t thread;

    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &quiet, sizeof quiet) == 0 &&
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &quiet, sizeof quiet) == 0 &&
        pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd) == 0) {
        pthread_detach(thread);
        return;
    }
    close(fd);
    sem_post(&places);
}

/* Returns when this machine can take no more clients at all. */
static void clients_take(int listener)
{
    for (;;) {
        int fd;

        while (sem_wait(&places) != 0)
            ;
        do
            fd = accept(listener, NULL, NULL);
        while (fd < 0 && concerns_one_client(errno));
        if (fd < 0)
            return;
        client_take(fd);
    }
}

int main(int argc, char **argv)
{
    cc_enclave_result_t rc;
    int listener;

    if (argc < 2) {
        fprintf(stderr, "usage: %s IMAGE [PORT]\n", argv[0]);
        return 2;
    }
    rc = cc_enclave_create(argv[1], AUTO_ENCLAVE_TYPE, 0, 0, NULL, 0, &enclave);
    if (rc != CC_SUCCESS) {
        fprintf(stderr, "server: %s\n%s\n", cc_enclave_res2_str(rc), cc_enclave_error_detail());
        return 1;
    }
    service.enclave_ctx = &enclave;
    rc = cc_sec_chl_svr_init(&service);
    listener = rc == CC_SUCCESS ? tcp_listen("127.0.0.1", argc > 2 ? argv[2] : "12306") : -1;
    if (listener < 0) {
        fprintf(stderr, "server: %s\n",
                rc != CC_SUCCESS ? cc_enclave_res2_str(rc) : "no such port");
        cc_enclave_destroy(&enclave);
        return 1;
    }
    printf("listening on %d\n", tcp_port(listener));
    fflush(stdout);
    sem_init(&places, 0, CLIENTS_MAX);
    clients_take(listener);
    perror("server: accept");
    return 1;
}
