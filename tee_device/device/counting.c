/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "counting.h"
#include "base/detail.h"
#include "device.h"
#include "pretend.h"
#include "keys.h"
#include "private_file.h"
#include "wire/seal.h"
#include <string.h>
#include <unistd.h>

/* All of it, from the file: too large for a stack, and only ever used by one thread. */
static struct counters counters;

static bool mac_make(const struct counter_store *store, struct view bytes, uint8_t *ret_mac)
{
    struct secret key;
    bool good = keys_derive(store->root, "counters", &key) &&
                hmac_sha256(VIEW_OF(key.bytes), bytes, ret_mac);

    wipe(&key, sizeof key);
    return good;
}

static cc_enclave_result_t counters_check(const struct counter_store *store, struct view file)
{
    uint8_t expected[SHA256_SIZE];
    struct view checked, mac;
    cc_enclave_result_t rc = counters_decode(file, &counters, &checked, &mac);

    if (rc != CC_SUCCESS)
        return rc;
    if (!mac_make(store, checked, expected))
        return CC_ERROR_GENERIC;
    if (!equal_ct(VIEW_OF(expected), mac) ||
        !view_equal(VIEW_OF(counters.device_id), view_of(store->device_id, STATE_DEVICE_ID_SIZE)))
        return detail_fail(CC_ERROR_CORRUPT_OBJECT,
                           "counters: they were changed, or are another device's");
    return CC_SUCCESS;
}

static cc_enclave_result_t counters_load(const struct counter_store *store)
{
    struct buf file = BUF_EMPTY;
    cc_enclave_result_t rc =
        private_file_read(store->folder, COUNTERS_FILE_NAME, COUNTERS_MAX_SIZE, &file);

    if (rc == CC_ERROR_ITEM_NOT_FOUND) { /* none was ever made */
        memset(&counters, 0, sizeof counters);
        memcpy(counters.device_id, store->device_id, sizeof counters.device_id);
        return CC_SUCCESS;
    }
    if (rc == CC_SUCCESS)
        rc = counters_check(store, buf_view(&file));
    buf_free(&file);
    return rc;
}

static cc_enclave_result_t counters_save(const struct counter_store *store)
{
    struct buf file = BUF_EMPTY;
    uint8_t mac[SHA256_SIZE];
    struct writer w;
    cc_enclave_result_t rc;

    if (!buf_alloc(&file, COUNTERS_MAX_SIZE))
        return CC_ERROR_OUT_OF_MEMORY;
    w = writer_over(file.data, file.size);
    counters.generation++;
    counters_encode(&counters, &w);
    rc = !w.failed && mac_make(store, writer_view(&w), mac) ? CC_SUCCESS : CC_ERROR_GENERIC;
    writer_put(&w, VIEW_OF(mac));
    if (rc == CC_SUCCESS)
        rc = private_file_write(store->folder, COUNTERS_FILE_NAME, writer_view(&w),
                                PRIVATE_PUT_REPLACE);
    buf_free(&file);
    return rc;
}

static bool owner_same(const struct counter_name *a, const struct counter_name *b)
{
    return a->policy == b->policy && a->debug == b->debug && a->prod_id == b->prod_id &&
           memcmp(a->measurement, b->measurement, sizeof a->measurement) == 0;
}

static struct counter *counter_find(const struct counter_name *name)
{
    for (uint32_t i = 0; i < counters.count; i++)
        if (counters.all[i].name.id == name->id && owner_same(&counters.all[i].name, name))
            return &counters.all[i];
    return NULL;
}

static cc_enclave_result_t counter_create(const struct counter_request *request)
{
    uint32_t owned = 0, users = 0;

    if (counter_find(&request->name) != NULL)
        return CC_ERROR_ACCESS_CONFLICT;
    for (uint32_t i = 0; i < counters.count; i++)
        owned += owner_same(&counters.all[i].name, &request->name);
    for (uint32_t i = 0; i < counters.count; i++)
        users += counters.all[i].creator == request->creator;
    if (owned >= COUNTERS_OWNER_MAX || (request->is_shared && users >= COUNTERS_USER_MAX))
        return CC_ERROR_MC_OVER_QUOTA;
    if (counters.count >= COUNTERS_MAX_COUNT)
        return CC_ERROR_MC_USED_UP;
    counters.all[counters.count++] =
        (struct counter){.name = request->name, .svn = request->svn, .creator = request->creator};
    return CC_SUCCESS;
}

/* What is asked for, in memory; *ret_value is what stands in the file when it is saved. */
static cc_enclave_result_t counter_apply(const struct counter_request *request, uint64_t *ret_value)
{
    struct counter *counter = counter_find(&request->name);

    if (request->op == COUNTER_CREATE) {
        *ret_value = 0;
        return counter_create(request);
    }
    if (counter == NULL)
        return CC_ERROR_MC_NOT_FOUND;
    if (request->svn < counter->svn)
        return CC_ERROR_MC_NO_ACCESS_RIGHT;
    if (request->op == COUNTER_INCREMENT) {
        if (counter->value == UINT64_MAX)
            return CC_ERROR_OVERFLOW;
        counter->value++;
        counter->svn = request->svn;
    }
    *ret_value = counter->value;
    return CC_SUCCESS;
}

cc_enclave_result_t counter_run(const struct counter_store *store,
                                const struct counter_request *request, uint64_t *ret_value)
{
    uint64_t value = 0;
    int lock = -1;
    cc_enclave_result_t rc = private_folder_lock(store->folder, &lock);

    if (rc != CC_SUCCESS)
        return rc;
    rc = counters_load(store);
    if (rc == CC_SUCCESS)
        rc = counter_apply(request, &value);
    if (rc == CC_SUCCESS && request->op != COUNTER_READ)
        rc = counters_save(store);
    close(lock);
    if (rc == CC_SUCCESS)
        *ret_value = value;
    return rc;
}

/* Attacker: the enclave. It names an operation, a policy and a number; who it is, we know. */
static cc_enclave_result_t request_fill(const struct enclave *enclave, const uint64_t *numbers,
                                        struct counter_request *ret)
{
    const struct image_identity *identity = &enclave->identity;
    bool own = numbers[1] == SEAL_POLICY_MRENCLAVE;

    if (enclave->state != ENCLAVE_RUNNING)
        return CC_ERROR_BAD_STATE;
    if (numbers[0] < COUNTER_CREATE || numbers[0] > COUNTER_INCREMENT ||
        (!own && numbers[1] != SEAL_POLICY_MRSIGNER))
        return CC_ERROR_BAD_PARAMETERS;
    *ret = (struct counter_request){
        .op = (enum counter_op)numbers[0],
        .name = {.policy = (uint8_t)numbers[1],
                 .debug = enclave->debug,
                 .prod_id = identity->manifest.prod_id,
                 .id = numbers[2]},
        /* Whoever signs this very code chooses its SVN: that must lock nobody else out of it. */
        .svn = own ? 0 : identity->manifest.svn,
        .creator = enclave->tenant->uid,
        .is_shared = enclave->tenant->enclave_uid != 0 && enclave->tenant->uid != 0,
    };
    memcpy(ret->name.measurement, own ? identity->mrenclave : identity->mrsigner,
           sizeof ret->name.measurement);
    return CC_SUCCESS;
}

void enclave_count(struct device *device, struct enclave *enclave,
                   const struct device_message *request)
{
    const struct counter_store store = {device->state_folder, device->keys.root,
                                        device->keys.device_id};
    struct device_message answer = {.type = DEVICE_COUNTER_IS};
    struct counter_request asked;
    cc_enclave_result_t rc = request_fill(enclave, request->numbers, &asked);

    if (rc == CC_SUCCESS && !device->keys.persistent)
        rc = CC_ERROR_STORAGE_NOT_AVAILABLE; /* a counter that ends with us would be none */
    if (rc == CC_SUCCESS && asked.op != COUNTER_READ)
        rc = pretend_count(device, asked.op == COUNTER_CREATE);
    if (rc == CC_SUCCESS)
        rc = counter_run(&store, &asked, &answer.numbers[1]);
    answer.numbers[0] = (uint64_t)rc;
    link_try_send(enclave->control.fd, &answer, NULL);
}
