/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * engine_sim.h - the first engine: enclaves of the simulated TEE device.
 * Layer: libsecgear_urts. Threads: any.
 */
#ifndef URTS_ENGINE_SIM_H
#define URTS_ENGINE_SIM_H

#include "enclave_internal.h"

/* The node that answers for a type; AUTO: this machine's. NULL: not a type. */
struct list_ops_desc *engine_sim_for(enclave_type_t type, uint32_t version,
                                     enclave_type_version_t *ret_type);

#endif
