/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * engine_sim.h - the first engine: enclaves of the simulated TEE device.
 * Layer: libsecgear_urts. Threads: any.
 */
#ifndef URTS_ENGINE_SIM_H
#define URTS_ENGINE_SIM_H

#include "enclave_internal.h"
#include "io/link.h"

/* The node that answers for a type; AUTO: this machine's. NULL: not a type. */
struct list_ops_desc *engine_sim_for(enclave_type_t type, uint32_t version,
                                     enclave_type_version_t *ret_type);

/* One question to our device, which is started when there is none; the packet is the caller's. */
cc_enclave_result_t sim_ask(const struct device_message *question, enum device_type answer,
                            struct link_packet *ret_packet) __attribute__((warn_unused_result));

#endif
