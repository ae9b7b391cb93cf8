/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * A purse that can not be spent twice: the sealed purse carries the counter's value, and each
 * change counts on. A purse that the host kept from earlier carries a value that has passed.
 *
 * The counter grows first, then the new purse is handed out. Who is killed in between loses the
 * purse: sealing the next value before counting would save it, and is left out for brevity.
 */
#include "counter_t.h"
#include "secgear_counter.h"
#include "secgear_dataseal.h"

enum { PURSE_NEW = 10 };

struct purse {
    uint64_t version; /* the counter's value when it was sealed */
    uint32_t left;
};

static const cc_counter_name_t COUNTER = {CC_SEAL_POLICY_MRSIGNER, 1};

static cc_enclave_result_t purse_open(const uint8_t *old, uint32_t old_len, struct purse *purse)
{
    uint32_t size = sizeof *purse, no_text = 0;
    cc_counter_t now;
    cc_enclave_result_t rc = cc_enclave_check_sealed_data(old, old_len);

    if (rc == CC_SUCCESS)
        rc = cc_enclave_unseal_data((const cc_enclave_sealed_data_t *)old, (uint8_t *)purse, &size,
                                    NULL, &no_text);
    if (rc == CC_SUCCESS && size != sizeof *purse)
        rc = CC_ERROR_BAD_FORMAT;
    if (rc == CC_SUCCESS)
        rc = cc_counter_read(&COUNTER, &now);
    if (rc == CC_SUCCESS && purse->version != now.value)
        rc = CC_ERROR_SECURITY; /* an older purse */
    return rc;
}

int spend(const uint8_t *old, uint32_t old_len, uint8_t *sealed, uint32_t room,
          uint32_t *sealed_len, uint32_t *left, bool *rollback_protected)
{
    struct purse purse = {.left = PURSE_NEW};
    cc_counter_t counter;
    cc_enclave_result_t rc;

    /* A new purse only with a new counter: else everybody would be rich. */
    rc = old_len > 0 ? purse_open(old, old_len, &purse) : cc_counter_create(&COUNTER, &counter);
    if (rc == CC_SUCCESS && purse.left == 0)
        rc = CC_ERROR_NO_DATA;
    if (rc == CC_SUCCESS)
        rc = cc_counter_increment(&COUNTER, &counter);
    if (rc != CC_SUCCESS)
        return (int)rc;
    purse.version = counter.value;
    purse.left--;
    *left = purse.left;
    *rollback_protected = counter.rollback_protected;
    *sealed_len = cc_enclave_get_sealed_data_size(0, sizeof purse);
    return (int)cc_enclave_seal_data((const uint8_t *)&purse, sizeof purse,
                                     (cc_enclave_sealed_data_t *)sealed, room, NULL, 0);
}
