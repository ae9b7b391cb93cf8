/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * channel.h - an enclave with a channel service, its relay and its clients, all but the enclave and
 * its device in this process: messages go from hook to hook without a socket.
 * Layer: bench. Threads: one.
 */
#ifndef BENCH_CHANNEL_H
#define BENCH_CHANNEL_H

#include "secure_channel_client.h"
#include "secure_channel_host.h"
#include <stdbool.h>

struct channel {
    cc_sec_chl_ctx_t client;
    cc_sec_chl_conn_ctx_t connection;
};

bool service_start(void);
void service_stop(void);

/* flags: of cc_sec_chl_client_opts_t. Says why not. Stays where it is until closed. */
bool channel_open(struct channel *channel, uint64_t flags);
/* The same with a client that shows a P-256 key and signs. */
bool channel_open_mutual(struct channel *channel);
void channel_close(struct channel *channel);
cc_sec_chl_svr_ctx_t *channel_service(void); /* after service_start() */
const char *channel_uuid(void);
/* One record, copied; 0 when it opens. */
int channel_record_to_enclave(size_t session_id, const uint8_t *record, size_t size);
/* Memory that is shared with the enclave; gone with the service. NULL: none. */
uint8_t *channel_room(size_t size);
/* Has the enclave open records of one size that lie there, one behind the other. */
bool channel_records_to_enclave(const struct channel *channel, uint8_t *records, size_t size,
                                size_t each);

#endif
