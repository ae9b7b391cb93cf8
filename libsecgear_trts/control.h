/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * control.h - questions of this enclave to its device, one at a time over the control socket.
 *
 * Layer: libsecgear_trts. Threads: any.
 */
#ifndef TRTS_CONTROL_H
#define TRTS_CONTROL_H

#include "wire/device.h"

struct control_answer {
    struct device_message message; /* its bytes borrow from packet */
    uint8_t packet[DEVICE_MESSAGE_MAX];
};

/* CC_ERROR_COMMUNICATION: no answer, or not of that type. Wipe an answer that holds a key. */
cc_enclave_result_t control_ask(const struct device_message *question, enum device_type answer,
                                struct control_answer *ret_answer)
    __attribute__((warn_unused_result));

/* A key, and nothing else: the device's code when it has none for us. */
struct secret;
cc_enclave_result_t control_key(const struct device_message *question, struct secret *ret_key)
    __attribute__((warn_unused_result));

#endif
