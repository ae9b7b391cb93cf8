/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * handle.h - what is behind a cc_sec_chl_ctx_t: the channel's state, and the mailbox through which
 * answers reach the thread that waits in init.
 *
 * ctx->handle is no pointer but a ticket: the number of a place, and how often that place was used,
 * so no ticket comes twice. Places are used again but never given back to the allocator: fini in
 * one thread, a late callback in another and copies of ctx therefore can not meet freed memory, and
 * finding a channel takes no lock. Whoever found one holds a share of it until release; with the
 * last share its keys are wiped. The table of places is the library's only global beside trust.c's.
 *
 * Layer: libcsecure_channel. Threads: any. No lock is held while the send hook runs.
 */
#ifndef CSECURE_CHANNEL_HANDLE_H
#define CSECURE_CHANNEL_HANDLE_H

#include "channel/session.h"
#include "secure_channel_client.h"
#include <pthread.h>
#include <stdatomic.h>

enum chl_state { CHL_CONNECTING, CHL_READY, CHL_CLOSING };

struct chl {
    _Atomic uint64_t life; /* uses of this place, whether it can be found, shares (handle.c) */
    uint32_t index;        /* of this place */
    struct chl *next;      /* free place behind this one */
    atomic_int state;      /* enum chl_state */
    cc_conn_kit_t conn_kit;
    uint32_t timeout_ms;

    pthread_mutex_t lock; /* of the mailbox */
    pthread_cond_t arrived;
    bool expecting;              /* a request is out */
    struct buf reply;            /* first answer to it */
    cc_enclave_result_t failure; /* why that answer could not be taken; ends the wait */
    bool heard;                  /* the peer has answered once */

    struct lock sealing;    /* held to seal, and to end the session; lives as long as the place */
    struct session session; /* only when CHL_READY was reached */
    cc_sec_chl_attested_t attested;
};

/* Takes a place and puts the ticket into ctx. */
cc_enclave_result_t chl_new(cc_sec_chl_ctx_t *ctx, uint32_t timeout_ms, struct chl **ret_chl)
    __attribute__((warn_unused_result));
struct chl *chl_acquire(const cc_sec_chl_ctx_t *ctx); /* NULL: none; else release it */
void chl_release(struct chl *chl);
struct chl *chl_ready(const cc_sec_chl_ctx_t *ctx); /* open; else NULL, with the reason (86) */
/*
 * session_seal() on a channel that is ready, else 86. It takes no share, but the sealing lock,
 * which whoever ends the session takes, too.
 */
cc_enclave_result_t chl_seal(const cc_sec_chl_ctx_t *ctx, struct view plain, void *ret_record,
                             size_t *record_size) __attribute__((warn_unused_result));
/* Makes it unfindable and takes the ticket out of ctx; the last release wipes it. */
void chl_unregister(struct chl *chl, cc_sec_chl_ctx_t *ctx);

/* True for the caller who moves it to CHL_CLOSING; wakes who waits for an answer. */
bool chl_close(struct chl *chl, enum chl_state *ret_before);

/* Sends without waiting; an answer is taken and forgotten. */
void chl_send_last(struct chl *chl, const struct sc2_message *request);
/* Sends and waits: send_code when the hook fails, 70 after timeout_ms, 86 when closed meanwhile. */
cc_enclave_result_t chl_exchange(struct chl *chl, const struct sc2_message *request,
                                 cc_enclave_result_t send_code, struct buf *ret_reply)
    __attribute__((warn_unused_result));
cc_enclave_result_t chl_deliver(struct chl *chl, struct view message)
    __attribute__((warn_unused_result));

#endif
