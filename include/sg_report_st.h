/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * sg_report_st.h - the types of remote attestation.
 */
#ifndef SG_REPORT_ST_H
#define SG_REPORT_ST_H

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    uint32_t len;
    uint8_t *buf;
} cc_ra_buf_t;

typedef enum { CC_RA_SCENARIO_NO_AS } cc_ra_scenario_t;

typedef enum {
    CC_RA_VERIFY_TYPE_LOOSE,
    CC_RA_VERIFY_TYPE_STRICT,
    CC_RA_VERIFY_TYPE_MAX
} cc_ra_verify_type_t;

#define MAX_NONCE_BUF_LEN 64

typedef struct {
    uint8_t *taid;      /* UUID as text, 36 characters and their end */
    uint32_t nonce_len; /* at most MAX_NONCE_BUF_LEN */
    uint8_t nonce[MAX_NONCE_BUF_LEN];
    bool with_tcb; /* the measurement of the device's software is in each report */
    bool req_key;  /* must be false: no report of this release carries a key */
} cc_get_ra_report_input_t;

#endif
