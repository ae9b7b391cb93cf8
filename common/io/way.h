/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * way.h - the way to a device: the system's, then the user's own service, then one that is started
 * for this process alone. SECGEAR_DEVICE (not in set-id programs) names one instead:
 *
 *   system, user, embedded     that one or none
 *   a path                     of a socket to connect to, or of a secgear-device to start
 *
 * A socket that is there but does not answer, or that a stranger listens at, is an error, not a
 * reason to go on: another device has other keys.
 *
 * Layer: common/io. Threads: device_connect() any; the rest is the caller's to order.
 */
#ifndef CC_IO_WAY_H
#define CC_IO_WAY_H

#include "base/bytes.h"
#include "status.h"

enum { DEVICE_SOCKET_ROOM = 108 };

struct device_way {
    int link; /* readable once the device is gone; an embedded one ends with it; -1: none */
    char socket[DEVICE_SOCKET_ROOM]; /* "": an embedded device */
    bool root_only;                  /* who listens there must be root, each time */
};

cc_enclave_result_t device_open(struct device_way *ret_way) __attribute__((warn_unused_result));
void device_close(struct device_way *way);
/* Several programs have it: what it is sent must be sealed (io/sealed.h). */
bool device_is_shared(const struct device_way *way);
/* A fresh connection; CC_ERROR_COMMUNICATION when the device is gone. */
cc_enclave_result_t device_connect(const struct device_way *way, int *ret_connection)
    __attribute__((warn_unused_result));

#endif
