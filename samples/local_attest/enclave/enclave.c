/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Accepts enclaves of its own signer, of any product, in the same state (debug or production).
 * A real one would name the other's product and its lowest SVN as well.
 */
#include "local_attest_t.h"
#include "secgear_local_report.h"
#include "secgear_log.h"
#include "secgear_random.h"
#include "sg_local_attest.h"
#include <stdio.h>
#include <string.h>

enum { NONCE_SIZE = 32 };

static uint8_t open_nonce[NONCE_SIZE]; /* of the one challenge that is open */
static bool challenged;

int who_am_i(char *taid, char *hash)
{
    cc_enclave_identity_t self;
    cc_enclave_result_t rc = cc_enclave_get_identity(&self);
    size_t at = 0;

    if (rc != CC_SUCCESS)
        return (int)rc;
    for (size_t i = 0; i < sizeof self.uuid; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            taid[at++] = '-';
        at += (size_t)snprintf(taid + at, 3, "%02x", self.uuid[i]);
    }
    for (size_t i = 0; i < CC_MEASUREMENT_SIZE; i++)
        snprintf(hash + 2 * i, 3, "%02x", self.mrenclave[i]);
    return CC_SUCCESS;
}

int local_attest_test(char *taid, char *img, char *mem)
{
    cc_enclave_result_t rc = cc_local_attest(taid, img, mem);

    if (rc != CC_SUCCESS)
        PrintInfo(PRINT_ERROR, "local attestation refused: %x", rc);
    return (int)rc;
}

int challenge(uint8_t *nonce, uint8_t *mrenclave, bool *debug)
{
    cc_enclave_identity_t self;
    cc_enclave_result_t rc = cc_enclave_get_identity(&self);

    if (rc == CC_SUCCESS)
        rc = cc_enclave_generate_random(open_nonce, sizeof open_nonce);
    if (rc != CC_SUCCESS)
        return (int)rc;
    challenged = true;
    memcpy(nonce, open_nonce, sizeof open_nonce);
    memcpy(mrenclave, self.mrenclave, sizeof self.mrenclave);
    *debug = self.debug;
    return CC_SUCCESS;
}

int respond(const uint8_t *nonce, const uint8_t *mrenclave, bool debug, uint8_t *report,
            size_t *report_size)
{
    cc_local_target_t target = {.debug = debug};
    uint8_t user_data[CC_LOCAL_USER_DATA_SIZE] = {0}; /* the second half: for a key of ours */

    memcpy(target.mrenclave, mrenclave, sizeof target.mrenclave);
    memcpy(user_data, nonce, NONCE_SIZE);
    *report_size = CC_LOCAL_REPORT_MAX_SIZE;
    return (int)cc_enclave_get_local_report(&target, user_data, report, report_size);
}

int check(const uint8_t *report, size_t report_size)
{
    cc_local_statement_t peer;
    cc_enclave_identity_t self;
    cc_enclave_result_t rc = cc_enclave_verify_local_report(report, report_size, &peer);

    if (rc == CC_SUCCESS)
        rc = cc_enclave_get_identity(&self);
    if (rc == CC_SUCCESS &&
        (!challenged || memcmp(peer.user_data, open_nonce, sizeof open_nonce) != 0 ||
         memcmp(peer.identity.mrsigner, self.mrsigner, sizeof self.mrsigner) != 0 ||
         peer.identity.debug != self.debug))
        rc = CC_ERROR_SECURITY;
    challenged = false; /* each nonce once */
    return (int)rc;
}
