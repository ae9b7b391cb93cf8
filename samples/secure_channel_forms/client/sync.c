/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Client with the synchronous hook: it sends, reads the answer, and hands it in before it returns.
 *     client_sync PORT POLICY TEXT       ends 0, 1: lost, 3: the enclave was refused
 */
#include "talk.h"
#include <stdio.h>
#include <unistd.h>

static cc_sec_chl_ctx_t channel;
static struct message answer;

static int exchange(void *conn, void *buf, size_t count)
{
    int fd = *(int *)conn;

    if (message_send(fd, MESSAGE_CHANNEL, channel.session_id, buf, count) != 0 ||
        message_recv(fd, &answer) != 0)
        return -1;
    return (int)cc_sec_chl_client_callback(&channel, answer.bytes, answer.size);
}

int main(int argc, char **argv)
{
    int fd = argc == 4 ? tcp_connect(argv[1]) : -1;
    int result;

    if (fd < 0) {
        fprintf(stderr, "usage: %s PORT POLICY TEXT (with a server on that port)\n", argv[0]);
        return 2;
    }
    channel.conn_kit = (cc_conn_kit_t){exchange, &fd};
    result = channel_open(&channel, argv[2]);
    if (result != 0)
        return result;
    result = text_send(&channel, fd, argv[3]);
    if (result == 0)
        result = message_recv(fd, &answer) == 0 ? answer_print(&channel, &answer) : 1;
    cc_sec_chl_client_fini(&channel);
    close(fd);
    return result;
}
