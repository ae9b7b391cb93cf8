/* SPDX-License-Identifier: MulanPSL-2.0 */
/* The framing of cc_sec_stream and cc_sec_serve on a socket: any bytes, then the end. */
#include "io/frames.h"
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 64 * 1024 }; /* fits the socket's buffer, so that one thread is enough */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct frames frames = {.fd = -1};
    enum frame_kind kind;
    struct view bytes;
    size_t seen = 0;
    int pair[2];

    if (size > INPUT_MAX || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
        return 0;
    if ((size > 0 && write(pair[0], data, size) != (ssize_t)size) ||
        shutdown(pair[0], SHUT_WR) != 0)
        abort();
    frames.fd = pair[1];
    while (frames_recv(&frames, &kind, &bytes)) {
        if (bytes.size > FRAMES_MAX_SIZE || kind < FRAME_CHANNEL || kind > FRAME_ANSWER)
            abort();
        seen += 5 + bytes.size;
        for (size_t i = 0; i < bytes.size; i++) /* all of it is there */
            seen += bytes.data[i] & 0;
    }
    if (seen > size)
        abort();
    frames_done(&frames);
    close(pair[0]);
    return 0;
}
