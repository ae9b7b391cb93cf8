/* SPDX-License-Identifier: MulanPSL-2.0 */
/* The framing of the sample's server and client on a stream socket: any bytes, then the end. */
#include "common/frame.c"
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 64 * 1024 }; /* fits the socket's buffer, so that one thread is enough */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum frame_kind kind;
    uint8_t *bytes;
    int pair[2];
    long got;

    if (size > INPUT_MAX || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
        return 0;
    if (write_all(pair[0], data, size) != 0 || shutdown(pair[0], SHUT_WR) != 0)
        abort();
    while ((got = frame_recv(pair[1], &kind, &bytes)) >= 0) {
        if ((size_t)got > size || got > FRAME_MAX_SIZE)
            abort();
        free(bytes);
    }
    close(pair[0]);
    close(pair[1]);
    return 0;
}
