/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Multi-threaded server: a thread for each connection, any number of them in the library at once.
 *     sc_demo_host IMAGE [PORT]       prints the port that it has
 */
#include "common/message.h"
#include "enclave.h"
#include "sc_demo_u.h"
#include "secure_channel_host.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static cc_enclave_t enclave;
static cc_sec_chl_svr_ctx_t service;

struct connection {
    int fd;
    uint64_t session; /* of the request: the client sorts answers by it */
};

static int send_to_client(void *conn, void *buf, size_t count)
{
    const struct connection *c = conn;

    return message_send(c->fd, MESSAGE_CHANNEL, c->session, buf, count) == 0 ? (int)count : -1;
}

/* The record goes in, the answer's record comes out. An empty answer says that it was refused. */
static int serve_business(const struct connection *c, struct message *message)
{
    uint8_t answer[1024];
    size_t size = sizeof answer;
    int in = -1, out = -1;

    if (sec_chl_recv_client_data(&enclave, &in, (size_t)message->session, message->bytes,
                                 message->size) != CC_SUCCESS ||
        in != 0 ||
        sec_chl_get_client_data_handle_result(&enclave, &out, (size_t)message->session, answer,
                                              &size) != CC_SUCCESS ||
        out != 0 || size > sizeof answer)
        size = 0;
    return message_send(c->fd, MESSAGE_BUSINESS, message->session, answer, size);
}

static void *serve(void *arg)
{
    struct connection c = {.fd = (int)(intptr_t)arg};
    cc_sec_chl_conn_ctx_t channel = {&service, {send_to_client, &c}};
    struct message *message = malloc(sizeof *message);

    while (message != NULL && message_recv(c.fd, message) == 0) {
        c.session = message->session;
        if (message->type == MESSAGE_CHANNEL)
            (void)cc_sec_chl_svr_callback(&channel, message->bytes, message->size);
        else if (message->type != MESSAGE_BUSINESS || serve_business(&c, message) != 0)
            break;
    }
    free(message);
    close(c.fd);
    return NULL;
}

int main(int argc, char **argv)
{
    cc_enclave_result_t rc;
    int listener, port, fd;
    pthread_t thread;

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
    listener = rc == CC_SUCCESS ? tcp_listen(argc > 2 ? argv[2] : "12306", &port) : -1;
    if (listener < 0) {
        fprintf(stderr, "server: %s\n",
                rc != CC_SUCCESS ? cc_enclave_res2_str(rc) : "no such port");
        cc_enclave_destroy(&enclave);
        return 1;
    }
    printf("listening on %d\n", port);
    fflush(stdout);
    while ((fd = accept(listener, NULL, NULL)) >= 0)
        if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd) == 0)
            pthread_detach(thread);
        else
            close(fd);
    perror("server: accept");
    return 1;
}
