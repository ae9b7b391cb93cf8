/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * rig.h - a machine of a test's own, for tests that root runs: /run, /var/lib and users' folders
 * are fresh file systems in a private mount namespace, so that a device stands where an installed
 * one would, and two users come to it who share nothing.
 *
 * Layer: test. Threads: one.
 */
#ifndef SYSTEM_RIG_H
#define SYSTEM_RIG_H

#include "common.h"

enum { ALICE = 61501, BOB = 61502 };

/* false: this machine allows no private mounts, with errno set. */
bool machine_fresh(void);
/* suite_main() where they are allowed; else the suite is skipped, and why is printed: the root of a
 * container may have no right to mount. */
int machine_main(Suite *suite);
const char *stage_path(const char *below); /* of the installed tree */

/* A program of the installed tree, as uid, with this environment (NULL: empty) and NOTIFY_SOCKET;
 * it ends with the test. */
pid_t service_start(uid_t uid, const char *const *argv, const char *const *environment);
/* What it tells who waits for it, one message; "" when it ended without. */
const char *service_word(pid_t service);
pid_t device_serve(void);        /* root's, at the usual place; ready when this returns */
pid_t device_of_user(uid_t uid); /* a user's own service, likewise */
void device_stop(pid_t device, int signal); /* and waits for its end */

/* A program of a user: step runs there; its exit status. An assertion in it fails the test. */
int as_user(uid_t uid, void (*step)(void));

/* One that goes on beside the test. step calls peer_meet() where both are to meet. */
struct peer {
    pid_t pid;
    int to, from;
};
void peer_start(struct peer *peer, uid_t uid, void (*step)(void));
void peer_meet(void);               /* in the peer: says that it is here, waits to be let on */
void peer_await(struct peer *peer); /* in the test: until it is there */
void peer_let_on(struct peer *peer);
void peer_end(struct peer *peer); /* lets it on; it must end well */
void peer_kill(struct peer *peer);

/* Standard output and error of a command of the installed tree, run as uid. */
const char *command_output(uid_t uid, const char *command, int *ret_status);

#endif
