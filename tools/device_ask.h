/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * device_ask.h - one question to the device that programs of this user get: started for the
 * question, gone after it.
 *
 * Layer: tools. Threads: one.
 */
#ifndef TOOLS_DEVICE_ASK_H
#define TOOLS_DEVICE_ASK_H

#include "io/link.h"

/* The answer of that type in *ret_packet, whatever DEVICE_FAILED says as a failure. */
cc_enclave_result_t device_ask(enum device_type question, enum device_type answer,
                               struct link_packet *ret_packet);

/* The same with what a question carries. */
cc_enclave_result_t device_tell(const struct device_message *ask, enum device_type answer,
                                struct link_packet *ret_packet) __attribute__((warn_unused_result));

#endif
