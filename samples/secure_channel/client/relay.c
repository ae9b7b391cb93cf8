/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * sc_relay: the man in the middle. Stands between client and server, carries every frame
 * faithfully, but puts a key of its own into the server's first answer, as one would who wants to
 * read along.     sc_relay SERVER_PORT      prints the port it listens on; serves one client
 */
#include "common/frame.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* HELLO_RSP: header 32, suite 2, session id 8, nonce 32, size of the key 2, then the key. */
enum { TYPE_HELLO_RSP = 2, KEY_OFFSET = 32 + 2 + 8 + 32 + 2, KEY_SIZE = 32 };

static void key_replace(uint8_t *message, long size)
{
    if (size < KEY_OFFSET + KEY_SIZE || message[0] != TYPE_HELLO_RSP)
        return;
    for (int i = 0; i < KEY_SIZE; i++)
        message[KEY_OFFSET + i] = (uint8_t)(i + 9); /* some point of the curve: any string is one */
}

int main(int argc, char **argv)
{
    int listener, client, server;
    enum frame_kind kind;
    uint8_t *bytes;
    long size;

    if (argc != 2)
        return 2;
    listener = tcp_listen("127.0.0.1", "0");
    if (listener < 0)
        return 1;
    printf("listening on %d\n", tcp_port(listener));
    fflush(stdout);
    client = accept(listener, NULL, NULL);
    server = tcp_connect("127.0.0.1", argv[1]);
    while (client >= 0 && server >= 0 && (size = frame_recv(client, &kind, &bytes)) >= 0) {
        if (frame_send(server, kind, bytes, (size_t)size) != 0)
            break;
        free(bytes);
        size = frame_recv(server, &kind, &bytes);
        if (size < 0)
            break;
        key_replace(bytes, size);
        if (frame_send(client, kind, bytes, (size_t)size) != 0)
            break;
        free(bytes);
    }
    return 0;
}
