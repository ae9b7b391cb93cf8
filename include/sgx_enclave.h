/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * sgx_enclave.h - descriptions of features under the names that secGear has for them. The protected
 * code loader takes cesgx_plc_config_t (secgear_pcl.h); switchless calls take cc_sl_config_t
 * (secgear_uswitchless.h), not cesgx_switch_config_t.
 */
#ifndef FINAL_SECGEAR_SGX_ENCALVE_H
#define FINAL_SECGEAR_SGX_ENCALVE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define _CESGX_SWITCHLESS_FEATURES 1u
#define _CESGX_PROTECTED_CODE_LOADER_FEATURES 2u

typedef struct _cesgx_switch_config_t {
    uint32_t host_worker;
    uint32_t enclave_worker;
} cesgx_switch_config_t;

typedef struct _cesgx_plc_config_t {
    uint32_t len; /* at most so many characters of path; 0: up to its terminator */
    char *path;   /* of the file with the key of the image */
} cesgx_plc_config_t;

#ifdef __cplusplus
}
#endif

#endif
