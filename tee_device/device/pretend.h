/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * pretend.h - a device that is told to pretend (wire/states.h): what it says stands in its reports,
 * it is of level 0, and has an identity of its own. For the debug level alone.
 *
 * Layer: tee_device/device. Threads: one.
 */
#ifndef DEVICE_PRETEND_H
#define DEVICE_PRETEND_H

#include "device.h"
#include "start.h"

/* From what it was started with: level, folder. CC_ERROR_NOT_SUPPORTED: of a level that vouches for
 * something; CC_ERROR_BAD_PARAMETERS. */
cc_enclave_result_t pretend_judge(struct start *start, struct states *ret_states)
    __attribute__((warn_unused_result));

uint64_t pretend_time_s(const struct device *device);
/* CC_SUCCESS, or why no enclave can be made. */
cc_enclave_result_t pretend_create(const struct device *device) __attribute__((warn_unused_result));
/* The same of a counter that is about to change, or to be made. */
cc_enclave_result_t pretend_count(const struct device *device, bool creates)
    __attribute__((warn_unused_result));
/* One request more, of an enclave or (NULL) of a host: may end the device; true: it ended the
 * enclave instead of being served. */
bool pretend_step(struct device *device, struct enclave *enclave);
/* How its zygote is started when enclaves run under a tool; environment: LD_PRELOAD and what the
 * tools read. CC_ERROR_NOT_SUPPORTED: the tool is not installed. */
struct pretend_tool {
    char preload[512];
    char *environment[8];
    bool valgrind;
};
cc_enclave_result_t pretend_tool_find(const struct device *device, struct pretend_tool *ret_tool)
    __attribute__((warn_unused_result));
uint64_t pretend_timeout_ms(const struct device *device); /* to start, or to end */
void pretend_slow(const struct device *device);

#endif
