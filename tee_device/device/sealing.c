/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "device.h"
#include "sealing.h"
#include "wire/seal.h"
#include <string.h>

bool seal_key_derive(const struct secret *root, const struct seal_origin *origin,
                     struct secret *ret_key)
{
    uint8_t info[64];
    struct writer w = writer_over(info, sizeof info);
    struct secret sealing;
    bool good;

    writer_put(&w, view_text("SEAL-1"));
    writer_u8(&w, (uint8_t)origin->policy);
    writer_u8(&w, origin->debug);
    writer_put(&w, VIEW_OF(origin->measurement));
    writer_le16(&w, origin->prod_id);
    writer_le16(&w, origin->svn);
    writer_le16(&w, origin->tcb_svn);
    good = !w.failed && keys_derive(root, "sealing", &sealing) &&
           hkdf_expand(&sealing, writer_view(&w), ret_key->bytes, sizeof ret_key->bytes);
    wipe(&sealing, sizeof sealing);
    return good;
}

/* Attacker: the enclave. It names a policy and how far back; who it is, we know. */
static cc_enclave_result_t origin_fill(const struct enclave *enclave, const uint64_t *numbers,
                                       struct seal_origin *ret_origin)
{
    const struct image_identity *identity = &enclave->identity;
    struct seal_origin origin = {.debug = enclave->debug, .prod_id = identity->manifest.prod_id};

    if (enclave->state != ENCLAVE_RUNNING)
        return CC_ERROR_BAD_STATE;
    if (numbers[0] != SEAL_POLICY_MRENCLAVE && numbers[0] != SEAL_POLICY_MRSIGNER)
        return CC_ERROR_BAD_PARAMETERS;
    if (numbers[1] > identity->manifest.svn)
        return CC_ERROR_INVALID_ISVSVN;
    if (numbers[2] > DEVICE_TCB_SVN)
        return CC_ERROR_INVALID_CPUSVN;
    origin.policy = (enum seal_policy)numbers[0];
    origin.svn = (uint16_t)numbers[1];
    origin.tcb_svn = (uint16_t)numbers[2];
    memcpy(origin.measurement,
           origin.policy == SEAL_POLICY_MRENCLAVE ? identity->mrenclave : identity->mrsigner,
           sizeof origin.measurement);
    *ret_origin = origin;
    return CC_SUCCESS;
}

void enclave_seal_key(struct device *device, struct enclave *enclave,
                      const struct device_message *request)
{
    struct device_message answer = {.type = DEVICE_KEY_IS};
    struct seal_origin origin;
    struct secret key = {{0}};
    cc_enclave_result_t rc = origin_fill(enclave, request->numbers, &origin);

    if (rc == CC_SUCCESS && !seal_key_derive(device->keys.root, &origin, &key))
        rc = CC_ERROR_GENERIC;
    answer.numbers[0] = (uint64_t)rc;
    if (rc == CC_SUCCESS)
        answer.bytes = VIEW_OF(key.bytes);
    link_try_send(enclave->control.fd, &answer, NULL);
    wipe(&key, sizeof key);
}

void enclave_identity(struct device *device, struct enclave *enclave)
{
    const struct image_identity *identity = &enclave->identity;
    uint8_t bytes[DEVICE_IDENTITY_SIZE];
    struct writer w = writer_over(bytes, sizeof bytes);
    struct device_message answer = {
        .type = DEVICE_IDENTITY_IS,
        .numbers = {identity->manifest.prod_id, identity->manifest.svn, DEVICE_TCB_SVN,
                    enclave->debug, enclave_protections(device, enclave),
                    enclave_level(device, enclave)},
    };

    writer_put(&w, VIEW_OF(identity->uuid.bytes));
    writer_put(&w, VIEW_OF(identity->mrenclave));
    writer_put(&w, VIEW_OF(identity->mrsigner));
    writer_put(&w, VIEW_OF(device->keys.device_id));
    answer.bytes = writer_view(&w);
    link_try_send(enclave->control.fd, &answer, NULL);
}
