/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * secure_channel.h - how the channel libraries reach the application's transport.
 */
#ifndef SECURE_CHANNEL_H
#define SECURE_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Sends one whole message of count bytes at buf, which is only valid during the call, to the other
 * end. Negative is failure, everything else success. The client library's hook may read the answer
 * and call cc_sec_chl_client_callback() before it returns, or leave that to another thread: no lock
 * is held while it runs. The host library's hook is called exactly once for each request.
 */
typedef int (*cc_conn_opt_funcptr_t)(void *conn, void *buf, size_t count);

typedef struct cc_connection_kit {
    cc_conn_opt_funcptr_t send;
    void *conn; /* handed to send; opaque here, but not NULL */
} cc_conn_kit_t;

static inline bool is_valid_conn_kit(const cc_conn_kit_t *conn_kit)
{
    return conn_kit != NULL && conn_kit->send != NULL && conn_kit->conn != NULL;
}

#ifdef __cplusplus
}
#endif

#endif
