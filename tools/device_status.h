/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * device_status.h - what a device says about itself, taken apart once for all who show it.
 *
 * Layer: tools. Threads: one.
 */
#ifndef TOOLS_DEVICE_STATUS_H
#define TOOLS_DEVICE_STATUS_H

#include "io/link.h"
#include "wire/report.h"
#include <jansson.h>

struct device_status {
    struct link_packet packet; /* views borrow from it */
    enum report_level level;
    uint32_t protections;
    uint64_t enclaves; /* that run */
    uint64_t created;
    uint64_t reports;
    uint64_t memory_size;
    uint64_t calls;
    bool is_whole; /* of all users, not of this one only */
    struct view device_id;
    struct view mrtcb;
    struct view folder;  /* of its state */
    struct view missing; /* protections, and why */
};

cc_enclave_result_t device_status_ask(struct device_status *ret_status)
    __attribute__((warn_unused_result));
const char *level_name(enum report_level level);  /* one word, as in policies */
const char *level_title(enum report_level level); /* for people */
/* What a device of its level can have and this one has not. */
uint32_t device_status_lacks(const struct device_status *status);

void protections_print(uint32_t bits); /* " name name ..." */

json_t *json_of_hex(struct view bytes);
json_t *json_of_text(struct view text);
int json_finish(json_t *document); /* prints and gives it up; 0: done */

#endif
