/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * device_rig.h - the device's own code as a thread of the test, answering one enclave runtime over
 * a socket, with a root secret and an identity of the test's choice. Once per process; tests fork.
 *
 * Layer: test. Threads: the device's is its own; the identity is set before rig_start().
 */
#ifndef TEST_DEVICE_RIG_H
#define TEST_DEVICE_RIG_H

#include "device.h"
#include "harness.h"
#include "support.h"
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>

static struct secret rig_root;
static struct device rig_device = {.level = REPORT_LEVEL_EMBEDDED, .keys = {.root = &rig_root}};
static struct tenant rig_tenant;
static struct enclave rig_enclave = {.state = ENCLAVE_RUNNING,
                                     .tenant = &rig_tenant,
                                     .identity = {.manifest = {.prod_id = 7, .svn = 3}}};

static void *rig_main(void *arg)
{
    static struct link_packet packet;

    (void)arg;
    while (link_recv(rig_enclave.control.fd, &packet) == LINK_OK) {
        enclave_serve(&rig_device, &rig_enclave, &packet.message);
        link_packet_done(&packet);
    }
    return NULL;
}

/* Starts device and enclave runtime over image. */
static inline void rig_start(const cc_enclave_image_t *image)
{
    pthread_t thread;
    int pair[2];

    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    rig_enclave.control.fd = pair[0];
    ck_assert_int_eq(pthread_create(&thread, NULL, rig_main, NULL), 0);
    pthread_detach(thread);
    harness_control(pair[1]);
    harness_start(image);
}

#endif
