/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * sg_ra_report.h - a host program gets reports about enclaves that it runs. The host chooses the
 * nonce, and the report says so (origin `host`): it shows that such an enclave runs on such a
 * device, and is no word of the enclave's own. For that see secgear_report.h.
 */
#ifndef SG_RA_REPORT_H
#define SG_RA_REPORT_H

#include "sg_report_st.h"
#include "status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CC_RA_REPORT_MIN_ROOM 0x3000
#define CC_RA_REPORT_MAX_ROOM 0x100000 /* and less */

/**
 * Makes sure that there is a device with an attestation key; starts one when there is none.
 *
 * in      scenario  CC_RA_SCENARIO_NO_AS
 *
 * returns CC_SUCCESS                            reports can be had
 *         CC_ERROR_RA_PRE_ENV_INVALID_SCENARIO  another scenario
 *         CC_ERROR_RA_PROVISION_NO_AS           no device; cc_enclave_error_detail() says why
 *
 * owner   nothing is kept
 * threads any
 * source  secGear sg_ra_report.h
 * sample  none yet
 */
__attribute__((visibility("default"))) cc_enclave_result_t
cc_prepare_ra_env(cc_ra_scenario_t scenario);

/**
 * Gets a report about a running enclave of this program, as JSON text with a report in it.
 *
 * in      in      which enclave, and a nonce
 * in/out  report  in: buf, and in len its room; out: len of the text, which has no end mark
 *
 * returns CC_SUCCESS               written
 *         CC_ERROR_BAD_PARAMETERS  a NULL, taid no UUID, nonce too long, room out of its range
 *         CC_ERROR_NOT_SUPPORTED   req_key
 *         CC_ERROR_RA_GET_REPORT   no such enclave runs, or the device failed; nothing written
 *
 * owner   the caller keeps all buffers
 * threads any
 * source  secGear sg_ra_report.h; RFC 9711; docs/protocol.md, Report
 * sample  none yet
 */
__attribute__((visibility("default"))) cc_enclave_result_t
cc_get_ra_report(cc_get_ra_report_input_t *in, cc_ra_buf_t *report);

#ifdef __cplusplus
}
#endif

#endif
