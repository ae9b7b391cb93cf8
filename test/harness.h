/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * harness.h - host and enclave runtime in one process, as threads over one window, so that
 * sanitizers and fuzzers see both. Same objects as the product; no sandbox, no device.
 *
 * One enclave per process (the enclave runtime's own rule): tests fork, fuzzers start it once.
 * Layer: test. Threads: any call harness_call(); the rest one.
 */
#ifndef TEST_HARNESS_H
#define TEST_HARNESS_H

#include "call.h"
#include "switchless.h"
#include "secgear_image.h"

enum { HARNESS_TCS = 4, HARNESS_HEAP_SIZE = 8 << 20 };

/* A socket to something that answers as a device; before harness_start(), which has none else. */
void harness_control(int fd);
/* Before harness_start(): with workers. */
void harness_switchless(const struct switchless_config *config);
/* Starts the enclave runtime over image; aborts when it can not. */
void harness_start(const cc_enclave_image_t *image);
struct instance *harness_instance(void);
const struct window_layout *harness_layout(void);
struct window_slot *harness_slot(uint32_t index);

/* From now on all calls go over slot HARNESS_TCS, where no enclave listens but the test's own. */
void harness_puppet(void);

cc_enclave_result_t harness_call(uint32_t function, const struct call_buffers *buffers,
                                 const ocall_enclave_table_t *ocalls);

/* Plays a hostile host: puts these 60 bytes behind the word of a slot, says ECALL, waits for the
 * answer, and returns its status. Takes the slot away from other callers for ever. */
uint32_t harness_forge(uint32_t index, const struct window_slot *forged);

#endif
