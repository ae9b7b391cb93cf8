/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * fleet.h - one vendor root for many devices (docs/levels.md): a folder with its key, on a machine
 * that does nothing else; requests from devices; certificates for them; a list of those revoked.
 *
 *   FOLDER/root.key      64 digits, the seed of the root's key; mode 0600
 *   FOLDER/root.pem      its certificate, for policies
 *   FOLDER/issued        a line for each certificate: device id, seconds since 1970
 *   FOLDER/revoked       a line for each device id
 *
 * Layer: tools. Threads: one.
 */
#ifndef TOOLS_FLEET_H
#define TOOLS_FLEET_H

#include "wire/report.h"

/* Makes the folder's root for devices of one level; never replaces one. */
cc_enclave_result_t fleet_provision(const char *folder, enum report_level level)
    __attribute__((warn_unused_result));
/* Prints what renew takes: the device's certificate, then the root's. */
cc_enclave_result_t fleet_issue(const char *folder, const char *request_path)
    __attribute__((warn_unused_result));
cc_enclave_result_t fleet_revoke(const char *folder, const char *device_id)
    __attribute__((warn_unused_result));

/* The device's side: prints its request; stands under the root of chain_path, or a new one of its
 * own when that is NULL. */
cc_enclave_result_t fleet_request(void) __attribute__((warn_unused_result));
cc_enclave_result_t fleet_renew(const char *chain_path) __attribute__((warn_unused_result));

#endif
