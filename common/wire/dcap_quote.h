/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * dcap_quote.h - Intel's ECDSA quotes of SGX enclaves and TDs, versions 3, 4 and 5 (Intel SGX and
 * TDX DCAP Quoting Library API, appendix A). All numbers are little-endian.
 *
 *   offset  size  field
 *        0     2  version            3, 4, 5
 *        2     2  attestation key    2: ECDSA P-256
 *        4     4  TEE                0 SGX, 0x81 TDX
 *        8     4  QE SVN, PCE SVN    (version 3), reserved
 *       12    16  QE vendor
 *       28    20  user data
 *       48   384 or 584              body; version 5 has u16 type, u32 size before it
 *        .     4  size of the signature data
 *        .    64  signature over all before that size
 *        .    64  attestation key, X | Y
 *        .        version 3: QE report 384, its signature 64, u16 size and authentication data,
 *                 u16 type, u32 size, certification data; from 4 on: the same within certification
 *                 data of type 6
 *
 * Bytes behind the signature data carry nothing and are signed by nobody: allowed, and counted.
 *
 * Layer: common/wire (pure). Threads: no state.
 */
#ifndef CC_WIRE_DCAP_QUOTE_H
#define CC_WIRE_DCAP_QUOTE_H

#include "base/bytes.h"
#include "status.h"

enum {
    DCAP_QUOTE_MAX_SIZE = 64 << 10,
    DCAP_SGX_BODY_SIZE = 384,
    DCAP_TD10_BODY_SIZE = 584,
    DCAP_TD15_BODY_SIZE = 648,
    DCAP_CERT_PCK_CHAIN = 5, /* certification data: PEM, leaf first */
    DCAP_CERT_QE_REPORT = 6,
    DCAP_CERT_PCK_LEAF = 1, /* nothing but a PPID: 1 .. 3 */
};

enum dcap_body { DCAP_SGX = 1, DCAP_TD10 = 2, DCAP_TD15 = 3 };

/* An SGX report body: of an enclave, or of the quoting enclave. */
struct sgx_body {
    struct view cpu_svn; /* 16 */
    uint32_t misc_select;
    struct view attributes; /* 16: flags u64, XFRM u64 */
    struct view mrenclave;  /* 32 */
    struct view mrsigner;   /* 32 */
    uint16_t prod_id;
    uint16_t svn;
    struct view report_data; /* 64 */
};

struct td_body {
    struct view tee_tcb_svn; /* 16 */
    struct view mrseam, mrsigner_seam;
    struct view seam_attributes, td_attributes, xfam; /* 8 each */
    struct view mrtd, mrconfigid, mrowner, mrownerconfig;
    struct view rtmr[4];
    struct view report_data;               /* 64 */
    struct view tee_tcb_svn2, mrservicetd; /* TD 1.5; otherwise empty */
};

struct dcap_quote {
    uint16_t version;
    enum dcap_body body_type;
    struct view qe_vendor;    /* 16 */
    struct view signed_bytes; /* header and body */
    struct sgx_body sgx;
    struct td_body td;
    struct view signature;       /* 64 */
    struct view attestation_key; /* 64, X | Y */
    struct view qe_report;       /* 384, what its signature covers */
    struct sgx_body qe;
    struct view qe_signature; /* 64 */
    struct view qe_auth;      /* authentication data */
    uint16_t cert_type;
    struct view cert_data;
    size_t trailing; /* bytes behind the signature data */
};

/* CC_ERROR_BAD_FORMAT with what is wrong; *ret_quote untouched. */
cc_enclave_result_t dcap_quote_decode(struct view bytes, struct dcap_quote *ret_quote)
    __attribute__((warn_unused_result));

#endif
