/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * world.c - a client on a remote machine: policies are files of its user, evidence of other vendors
 * is judged by libsecgear_verify, and no device vouches for it.
 */
#include "channel/world.h"
#include "foreign.h"
#include "io/policy_file.h"

const struct client_world client_world = {.policy_read = policy_file_read,
                                          .foreign_check = foreign_check};
