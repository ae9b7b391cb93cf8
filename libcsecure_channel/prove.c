/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "prove.h"
#include "base/detail.h"
#include "channel/world.h"
#include <stdlib.h>

enum { PEM_MAX_SIZE = 64 << 10 };

_Static_assert((int)REPORT_MAX_SIZE <= (int)SC2_CLIENT_EVIDENCE_MAX_SIZE, "a report fits");

CC_API_SPEC cc_enclave_result_t cc_sec_chl_key_load(const char *pem, size_t pem_len,
                                                    cc_sec_chl_key_t **key)
{
    cc_sec_chl_key_t *fresh;

    detail_clear();
    if (pem == NULL || key == NULL || pem_len == 0 || pem_len > PEM_MAX_SIZE)
        return detail_fail(CC_ERROR_BAD_PARAMETERS,
                           "client key: a NULL, or %zu bytes, expected 1 to %d", pem_len,
                           PEM_MAX_SIZE);
    fresh = calloc(1, sizeof *fresh);
    if (fresh == NULL)
        return detail_fail(CC_ERROR_SEC_CHL_MEMORY, "client key: out of memory");
    if (!ecdsa_from_pem(&fresh->key, view_of(pem, pem_len)) ||
        !ecdsa_public(&fresh->key, fresh->point)) {
        cc_sec_chl_key_free(fresh);
        return detail_fail(CC_ERROR_BAD_PARAMETERS,
                           "client key: not a P-256 private key in PEM without a passphrase; "
                           "`openssl ecparam -name prime256v1 -genkey -noout` makes one");
    }
    *key = fresh;
    return CC_SUCCESS;
}

CC_API_SPEC cc_enclave_result_t cc_sec_chl_key_public(const cc_sec_chl_key_t *key, uint8_t *point)
{
    detail_clear();
    if (key == NULL || point == NULL)
        return detail_fail(CC_ERROR_BAD_PARAMETERS, "client key: a NULL");
    memcpy(point, key->point, sizeof key->point);
    return CC_SUCCESS;
}

CC_API_SPEC void cc_sec_chl_key_free(cc_sec_chl_key_t *key)
{
    if (key == NULL)
        return;
    ecdsa_done(&key->key);
    free(key);
}

static cc_enclave_result_t own_failed(const char *why)
{
    return detail_fail(CC_ERROR_SEC_CHL_GET_RA_REPORT, "secure channel: %s", why);
}

static cc_enclave_result_t prove_by_key(const cc_sec_chl_key_t *key,
                                        const struct schedule *schedule, struct proof *proof)
{
    uint8_t message[SCHEDULE_CLIENT_AUTH_SIZE];

    memcpy(proof->bytes, key->point, sizeof key->point);
    if (!schedule_client_auth(schedule, message) ||
        !ecdsa_sign(&key->key, VIEW_OF(message), proof->bytes + sizeof key->point))
        return own_failed("the client's key could not sign");
    proof->size = sizeof key->point + ECDSA_SIGNATURE_SIZE;
    return CC_SUCCESS;
}

static cc_enclave_result_t prove_by_evidence(const struct prove_with *with,
                                             const struct schedule *schedule, struct proof *proof)
{
    uint8_t user_data[SCHEDULE_USER_DATA_SIZE];
    size_t size = sizeof proof->bytes;

    if (!schedule_client_user_data(schedule, user_data))
        return detail_fail(CC_ERROR_DRIVE_SESSIONKEY, "secure channel: key derivation failed");
    if (with->evidence(user_data, proof->bytes, &size, with->arg) != 0 || size == 0 ||
        size > sizeof proof->bytes)
        return own_failed("the application gave no evidence about the client");
    proof->size = size;
    return CC_SUCCESS;
}

/* The report is over this handshake alone, and nobody but this library can have one like it. */
static cc_enclave_result_t prove_by_enclave(const struct schedule *schedule, struct proof *proof)
{
    uint8_t user_data[SCHEDULE_USER_DATA_SIZE];
    struct evidence evidence;
    cc_enclave_result_t rc;

    if (!schedule_client_user_data(schedule, user_data))
        return detail_fail(CC_ERROR_DRIVE_SESSIONKEY, "secure channel: key derivation failed");
    rc = client_world.own_evidence(user_data, &evidence);
    if (rc != CC_SUCCESS)
        return rc;
    memcpy(proof->bytes, evidence.bytes, evidence.size);
    proof->size = evidence.size;
    return CC_SUCCESS;
}

bool prove_enclave_possible(void)
{
    return client_world.own_evidence != NULL;
}

cc_enclave_result_t prove_client(const struct prove_with *with, const struct schedule *schedule,
                                 struct proof *proof, struct sc2_exts *exts)
{
    cc_enclave_result_t rc;

    if (with->key == NULL && with->evidence == NULL && !with->enclave)
        return CC_SUCCESS;
    if (with->key != NULL)
        rc = prove_by_key(with->key, schedule, proof);
    else if (with->enclave)
        rc = prove_by_enclave(schedule, proof);
    else
        rc = prove_by_evidence(with, schedule, proof);
    if (rc != CC_SUCCESS)
        return rc;
    if (!sc2_exts_add(exts, with->key != NULL ? SC2_EXT_CLIENT_KEY : SC2_EXT_CLIENT_EVIDENCE,
                      view_of(proof->bytes, proof->size)))
        return own_failed("what the client shows does not fit");
    return CC_SUCCESS;
}
