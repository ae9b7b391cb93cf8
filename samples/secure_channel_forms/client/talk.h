/* SPDX-License-Identifier: MulanPSL-2.0 */
/* talk.h - what both clients do once the channel is open, and how they open it. */
#ifndef SAMPLE_TALK_H
#define SAMPLE_TALK_H

#include "common/message.h"
#include "secure_channel_client.h"

/* Opens ctx, whose send hook is set; says why not. 0, or 3: refused. */
int channel_open(cc_sec_chl_ctx_t *ctx, const char *policy);
/* Sends text as a record. 0, or 1. */
int text_send(cc_sec_chl_ctx_t *ctx, int fd, const char *text);
/* Opens the record that answers it, and prints what it says. 0, or 1. */
int answer_print(cc_sec_chl_ctx_t *ctx, struct message *answer);

#endif
