/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * rig.h - what the tests of switchless calls share: an enclave with the feature, and its ocalls.
 * Layer: test. Threads: one, but for what a test starts.
 */
#ifndef SWITCHLESS_RIG_H
#define SWITCHLESS_RIG_H

#include "enclave.h"
#include "secgear_shared_memory.h"
#include "secgear_uswitchless.h"
#include "support.h"
#include "switchless_u.h"
#include <stdint.h>

extern cc_enclave_t enclave;    /* of the test */
extern cc_sl_config_t config;   /* fresh before each test: 2 workers, 64 tasks, 16 parameters */
extern int (*host_double)(int); /* what o_double() does; NULL: doubles */
extern int (*host_quick)(int);  /* what o_quick() does; NULL: nothing */
extern void (*host_quick_bytes)(void); /* before o_quick_bytes() does its work */

cc_enclave_result_t create_with(const enclave_features_t *features, uint32_t count,
                                cc_enclave_t *ret_enclave);
void create_plain(void);      /* without the feature */
void create_switchless(void); /* with config; the test fails when it can't */
void rig_begin(void);         /* fixtures of every test case */
void rig_end(void);
pid_t rig_enclave_pid(void);
pid_t rig_device_pid(void); /* of our session; -1 */

#define CALL_OK(call)                                                                              \
    do {                                                                                           \
        cc_enclave_result_t rc_ = (call);                                                          \
        ck_assert_msg(rc_ == CC_SUCCESS, "%s: %#x %s", #call, rc_, cc_enclave_error_detail());     \
    } while (0)

/* Until it is finished. */
cc_enclave_result_t fetch(int task_id, void *retval);

#endif
