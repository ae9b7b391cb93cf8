/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Client with a receive thread: the hook only sends; the thread hands in, or prints, what arrives.
 *     client_thread PORT POLICY TEXT       ends 0, 1: lost, 3: the enclave was refused
 */
#include "talk.h"
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static cc_sec_chl_ctx_t channel;
static sem_t answered;
static int result = 1; /* written before answered is posted */

static int send_only(void *conn, void *buf, size_t count)
{
    int fd = *(int *)conn;

    return message_send(fd, MESSAGE_CHANNEL, channel.session_id, buf, count) == 0 ? (int)count : -1;
}

static void *receive(void *arg)
{
    static struct message message;
    int fd = *(int *)arg;

    while (message_recv(fd, &message) == 0) {
        if (message.type == MESSAGE_CHANNEL) {
            (void)cc_sec_chl_client_callback(&channel, message.bytes, message.size);
            continue;
        }
        result = answer_print(&channel, &message);
        sem_post(&answered);
    }
    sem_post(&answered); /* nothing will come any more */
    return NULL;
}

int main(int argc, char **argv)
{
    int fd = argc == 4 ? tcp_connect(argv[1]) : -1;
    pthread_t thread;
    int opened;

    if (fd < 0 || sem_init(&answered, 0, 0) != 0 ||
        pthread_create(&thread, NULL, receive, &fd) != 0) {
        fprintf(stderr, "usage: %s PORT POLICY TEXT (with a server on that port)\n", argv[0]);
        return 2;
    }
    channel.conn_kit = (cc_conn_kit_t){send_only, &fd};
    opened = channel_open(&channel, argv[2]);
    if (opened == 0 && text_send(&channel, fd, argv[3]) == 0)
        sem_wait(&answered);
    cc_sec_chl_client_fini(&channel);
    shutdown(fd, SHUT_RDWR); /* ends the thread */
    pthread_join(thread, NULL);
    close(fd);
    return opened != 0 ? opened : result;
}
