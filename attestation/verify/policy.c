/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "verify/policy.h"
#include "wire/pem.h"
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_ROOM = 128, AGE_MAX_S = INT32_MAX };

static const char *const LEVELS[] = {"debug", "embedded", "installed", "system"};

/* Where in the document we are: enclaves[2].mrtcb[0]. */
struct path {
    char text[PATH_ROOM];
};

static struct path path_key(const struct path *path, const char *key)
{
    struct path p;

    if (path->text[0] == '\0')
        snprintf(p.text, sizeof p.text, "%.40s", key);
    else
        snprintf(p.text, sizeof p.text, "%.80s.%.40s", path->text, key);
    return p;
}

static struct path path_index(const struct path *path, size_t index)
{
    struct path p;

    snprintf(p.text, sizeof p.text, "%.100s[%zu]", path->text, index);
    return p;
}

static cc_enclave_result_t expected(const struct path *path, const char *what)
{
    return detail_fail(CC_ERROR_BAD_FORMAT, "policy: %s: %s expected",
                       path->text[0] != '\0' ? path->text : "document", what);
}

static cc_enclave_result_t no_memory(void)
{
    return detail_fail(CC_ERROR_OUT_OF_MEMORY, "policy: out of memory");
}

/* Zeroed; NULL when out of memory. */
static void *items_alloc(size_t count, size_t size)
{
    size_t total;
    void *items = size_mul(count, size, &total) ? malloc(total > 0 ? total : 1) : NULL;

    if (items != NULL)
        memset(items, 0, total);
    return items;
}

/* object must be one and hold no key but those in known, a NULL-terminated list. */
static cc_enclave_result_t keys_check(json_t *object, const struct path *path,
                                      const char *const *known)
{
    const char *key;
    json_t *value;

    if (!json_is_object(object))
        return expected(path, "an object");
    json_object_foreach(object, key, value)
    {
        const char *const *k = known;

        while (*k != NULL && strcmp(*k, key) != 0)
            k++;
        if (*k == NULL) {
            const struct path at = path_key(path, key);

            return detail_fail(CC_ERROR_BAD_FORMAT,
                               "policy: %s: unknown key (docs/policy.md lists the known ones)",
                               at.text);
        }
    }
    return CC_SUCCESS;
}

static cc_enclave_result_t bool_parse(json_t *object, const char *key, const struct path *path,
                                      bool *ret_value)
{
    json_t *value = json_object_get(object, key);
    const struct path at = path_key(path, key);

    if (value == NULL)
        return CC_SUCCESS; /* absent: the caller's false stays */
    if (!json_is_boolean(value))
        return expected(&at, "true or false");
    *ret_value = json_is_true(value);
    return CC_SUCCESS;
}

static cc_enclave_result_t number_take(json_t *object, const char *key, const struct path *path,
                                       uint64_t max, uint64_t *ret_value, bool *ret_present)
{
    json_t *value = json_object_get(object, key);
    const struct path at = path_key(path, key);

    if (value == NULL)
        return CC_SUCCESS;
    if (!json_is_integer(value) || json_integer_value(value) < 0 ||
        (uint64_t)json_integer_value(value) > max)
        return detail_fail(CC_ERROR_BAD_FORMAT,
                           "policy: %s: a whole number from 0 to %" PRIu64 " expected", at.text,
                           max);
    *ret_value = (uint64_t)json_integer_value(value);
    *ret_present = true;
    return CC_SUCCESS;
}

/* Hexadecimal text of exactly size bytes. */
static cc_enclave_result_t hex_take(json_t *value, const struct path *path, size_t size,
                                    uint8_t *ret_bytes)
{
    /* jansson refuses NUL inside strings, so C strings are safe here. */
    if (json_is_string(value) && hex_parse(json_string_value(value), ret_bytes, size))
        return CC_SUCCESS;
    return detail_fail(CC_ERROR_BAD_FORMAT, "policy: %s: %zu hexadecimal digits expected",
                       path->text, 2 * size);
}

/* One hexadecimal value, or a list of them. */
static cc_enclave_result_t list_parse(json_t *object, const char *key, const struct path *path,
                                      size_t size, struct policy_list *list)
{
    json_t *value = json_object_get(object, key);
    const struct path at = path_key(path, key);
    size_t count = json_is_array(value) ? json_array_size(value) : 1;
    cc_enclave_result_t rc = CC_SUCCESS;

    if (value == NULL || count == 0)
        return CC_SUCCESS;
    if (count > POLICY_LIST_MAX_COUNT)
        return expected(&at, "a shorter list");
    list->items = items_alloc(count, size);
    if (list->items == NULL)
        return no_memory();
    if (!json_is_array(value)) {
        rc = hex_take(value, &at, size, list->items);
    } else {
        for (size_t i = 0; i < count && rc == CC_SUCCESS; i++) {
            const struct path item = path_index(&at, i);

            rc = hex_take(json_array_get(value, i), &item, size, list->items + i * size);
        }
    }
    list->count = rc == CC_SUCCESS ? count : 0;
    return rc;
}

static cc_enclave_result_t level_parse(json_t *object, const struct path *path,
                                       struct policy_enclave *enclave)
{
    json_t *value = json_object_get(object, "min_level");
    const struct path at = path_key(path, "min_level");
    const char *text = json_string_value(value);

    if (value == NULL)
        return CC_SUCCESS;
    /* "debug" is not a level to ask for: it takes the two switches ending in _insecure. */
    for (unsigned l = REPORT_LEVEL_EMBEDDED; text != NULL && l <= REPORT_LEVEL_SYSTEM; l++)
        if (strcmp(text, LEVELS[l]) == 0) {
            enclave->min_level = (enum report_level)l;
            enclave->has_min_level = true;
            return CC_SUCCESS;
        }
    return expected(&at, "\"embedded\", \"installed\" or \"system\"");
}

static cc_enclave_result_t protections_parse(json_t *object, const struct path *path,
                                             uint32_t *ret_bits)
{
    json_t *value = json_object_get(object, "require_protections");
    const struct path at = path_key(path, "require_protections");
    uint32_t bits = 0;

    if (value == NULL)
        return CC_SUCCESS;
    if (!json_is_array(value))
        return expected(&at, "a list of names");
    for (size_t i = 0; i < json_array_size(value); i++) {
        const char *name = json_string_value(json_array_get(value, i));
        const struct path item = path_index(&at, i);
        unsigned bit = 0;

        while (bit < PROTECTION_COUNT && (name == NULL || strcmp(name, protection_names[bit]) != 0))
            bit++;
        if (bit == PROTECTION_COUNT)
            return expected(&item, "the name of a protection (docs/policy.md)");
        bits |= UINT32_C(1) << bit;
    }
    *ret_bits = bits;
    return CC_SUCCESS;
}

static cc_enclave_result_t uuid_take(json_t *object, const struct path *path, struct uuid *ret_uuid)
{
    json_t *value = json_object_get(object, "uuid");
    const struct path at = path_key(path, "uuid");

    if (!json_is_string(value) || !uuid_parse(view_text(json_string_value(value)), ret_uuid))
        return expected(&at, "a UUID (8-4-4-4-12 hexadecimal digits)");
    return CC_SUCCESS;
}

static cc_enclave_result_t numbers_parse(json_t *object, const struct path *path,
                                         struct policy_enclave *enclave)
{
    cc_enclave_result_t rc;
    uint64_t prod_id = 0, min_svn = 0;

    rc = number_take(object, "prod_id", path, UINT16_MAX, &prod_id, &enclave->has_prod_id);
    if (rc != CC_SUCCESS)
        return rc;

    rc = number_take(object, "min_svn", path, UINT16_MAX, &min_svn, &enclave->has_min_svn);
    if (rc != CC_SUCCESS)
        return rc;

    enclave->prod_id = (uint16_t)prod_id;
    enclave->min_svn = (uint16_t)min_svn;
    return number_take(object, "max_age_s", path, AGE_MAX_S, &enclave->max_age_s,
                       &enclave->has_max_age);
}

const char *const policy_register_keys[REPORT_REGISTER_COUNT] = {"register_0", "register_1",
                                                                 "register_2", "register_3"};

static cc_enclave_result_t lists_parse(json_t *object, const struct path *path,
                                       struct policy_enclave *enclave)
{
    cc_enclave_result_t rc;

    rc = list_parse(object, "mrenclave", path, REPORT_HASH_SIZE, &enclave->mrenclave);
    if (rc != CC_SUCCESS)
        return rc;

    rc = list_parse(object, "mrsigner", path, REPORT_HASH_SIZE, &enclave->mrsigner);
    if (rc != CC_SUCCESS)
        return rc;

    rc = list_parse(object, "mrtcb", path, REPORT_HASH_SIZE, &enclave->mrtcb);
    if (rc != CC_SUCCESS)
        return rc;

    for (size_t i = 0; i < REPORT_REGISTER_COUNT; i++) {
        enclave->pins_register[i] = json_object_get(object, policy_register_keys[i]) != NULL;
        rc = list_parse(object, policy_register_keys[i], path, REPORT_HASH_SIZE,
                        &enclave->registers[i]);
        if (rc != CC_SUCCESS)
            return rc;
    }

    enclave->pins_devices = json_object_get(object, "device_ids") != NULL;
    return list_parse(object, "device_ids", path, REPORT_DEVICE_ID_SIZE, &enclave->device_ids);
}

/* A signer alone says nothing about which of its programs runs; neither do a product or SVN. */
static cc_enclave_result_t identity_check(const struct policy_enclave *e, const struct path *path)
{
    if (e->mrsigner.count > 0 && (!e->has_prod_id || !e->has_min_svn))
        return expected(path, "prod_id and min_svn beside mrsigner");
    if (e->mrsigner.count == 0 && (e->has_prod_id || e->has_min_svn))
        return expected(path, "mrsigner beside prod_id and min_svn");
    if (e->any_tcb_insecure && e->mrtcb.count > 0)
        return expected(path, "either mrtcb or any_tcb_insecure");
    return CC_SUCCESS;
}

static cc_enclave_result_t enclave_parse(json_t *object, const struct path *path,
                                         struct policy_enclave *enclave)
{
    static const char *const KEYS[] = {"uuid",
                                       "mrenclave",
                                       "mrsigner",
                                       "prod_id",
                                       "min_svn",
                                       "mrtcb",
                                       "any_tcb_insecure",
                                       "min_level",
                                       "require_protections",
                                       "allow_debug_enclave_insecure",
                                       "device_ids",
                                       "max_age_s",
                                       "register_0",
                                       "register_1",
                                       "register_2",
                                       "register_3",
                                       NULL};
    cc_enclave_result_t rc;

    rc = keys_check(object, path, KEYS);
    if (rc != CC_SUCCESS)
        return rc;

    rc = uuid_take(object, path, &enclave->uuid);
    if (rc != CC_SUCCESS)
        return rc;

    rc = lists_parse(object, path, enclave);
    if (rc != CC_SUCCESS)
        return rc;

    rc = numbers_parse(object, path, enclave);
    if (rc != CC_SUCCESS)
        return rc;

    rc = bool_parse(object, "any_tcb_insecure", path, &enclave->any_tcb_insecure);
    if (rc != CC_SUCCESS)
        return rc;

    rc = bool_parse(object, "allow_debug_enclave_insecure", path,
                    &enclave->allow_debug_enclave_insecure);
    if (rc != CC_SUCCESS)
        return rc;

    rc = level_parse(object, path, enclave);
    if (rc != CC_SUCCESS)
        return rc;

    rc = protections_parse(object, path, &enclave->protections);
    if (rc != CC_SUCCESS)
        return rc;
    return identity_check(enclave, path);
}

/* PEM or base64 of DER, into a buffer that the certificate then borrows from. */
static cc_enclave_result_t root_der_parse(json_t *value, const struct path *path,
                                          struct policy_root *root)
{
    struct view text = VIEW_EMPTY;
    uint8_t room[CERT_MAX_SIZE];
    struct writer w = writer_over(room, sizeof room);
    bool good = false;

    if (json_is_string(value))
        text = view_text(json_string_value(value));
    if (text.size > 0 && memchr(text.data, '-', text.size) != NULL)
        good = pem_decode(text, "CERTIFICATE", &w);
    else if (text.size > 0)
        good = base64_decode(text, &w);
    if (!good)
        return expected(path, "one certificate in PEM, or in base64 of DER,");
    return buf_copy(&root->der, writer_view(&w)) ? CC_SUCCESS : no_memory();
}

static cc_enclave_result_t root_parse(json_t *value, const struct path *path,
                                      struct policy_root *root)
{
    const struct cert *c = &root->cert;
    cc_enclave_result_t rc;

    rc = root_der_parse(value, path, root);
    if (rc != CC_SUCCESS)
        return rc;

    rc = cert_decode(buf_view(&root->der), &root->cert);
    if (rc != CC_SUCCESS) {
        detail_prefix("policy: %s: ", path->text);
        return rc;
    }
    if (!c->is_ca || c->path_len != 1 || (c->key_usage & CERT_USAGE_CERT_SIGN) == 0 ||
        c->device_id.size > 0 || !view_equal(c->issuer, c->subject))
        return expected(path, "a self-signed vendor root (CA, path length 1, certificate signing)");

    if (!ecdsa_from_public(&root->key, c->point) ||
        !ecdsa_verify(&root->key, c->tbs, VIEW_OF(c->signature)))
        return expected(path, "a certificate signed by its own key");
    return CC_SUCCESS;
}

static cc_enclave_result_t roots_parse(json_t *document, const struct path *path,
                                       struct policy *policy)
{
    json_t *value = json_object_get(document, "device_roots");
    const struct path at = path_key(path, "device_roots");
    size_t count = json_array_size(value);
    struct hash hash;

    if ((value != NULL && !json_is_array(value)) || count > POLICY_ROOTS_MAX_COUNT)
        return expected(&at, "a list of at most 64 certificates");
    policy->roots = items_alloc(count, sizeof *policy->roots);
    if (policy->roots == NULL)
        return no_memory();
    policy->root_count = count;
    for (size_t i = 0; i < count; i++) {
        const struct path item = path_index(&at, i);
        cc_enclave_result_t rc = root_parse(json_array_get(value, i), &item, &policy->roots[i]);

        if (rc != CC_SUCCESS)
            return rc;
    }

    hash_init(&hash);
    for (size_t i = 0; i < count; i++)
        hash_add(&hash, buf_view(&policy->roots[i].der)); /* DER: no two sets look alike */
    return hash_final(&hash, policy->roots_hash) ? CC_SUCCESS : no_memory();
}

static cc_enclave_result_t enclaves_parse(json_t *document, const struct path *path,
                                          struct policy *policy)
{
    json_t *value = json_object_get(document, "enclaves");
    const struct path at = path_key(path, "enclaves");
    size_t count = json_array_size(value);

    if ((value != NULL && !json_is_array(value)) || count > POLICY_ENCLAVES_MAX_COUNT)
        return expected(&at, "a list of at most 1024 enclaves");
    policy->enclaves = items_alloc(count, sizeof *policy->enclaves);
    if (policy->enclaves == NULL)
        return no_memory();
    for (size_t i = 0; i < count; i++) {
        const struct path item = path_index(&at, i);
        struct policy_enclave *e = &policy->enclaves[i];
        cc_enclave_result_t rc;

        policy->enclave_count = i + 1; /* so that policy_free() reaches a half-parsed one */
        rc = enclave_parse(json_array_get(value, i), &item, e);
        if (rc != CC_SUCCESS)
            return rc;
        if (policy_find(policy, &e->uuid) != e)
            return expected(&item, "each uuid once (put alternatives into the lists)");
    }
    return CC_SUCCESS;
}

static cc_enclave_result_t document_parse(json_t *document, struct policy *policy)
{
    static const char *const KEYS[] = {"schema",
                                       "device_roots",
                                       "enclaves",
                                       "allow_embedded_device_insecure",
                                       "allow_device_states_insecure",
                                       "revoked_device_ids",
                                       "tees",
                                       NULL};
    static const struct path TOP;
    json_t *tees = json_object_get(document, "tees");
    cc_enclave_result_t rc;
    uint64_t schema = 0;
    bool present = false;

    rc = keys_check(document, &TOP, KEYS);
    if (rc != CC_SUCCESS)
        return rc;

    rc = number_take(document, "schema", &TOP, INT32_MAX, &schema, &present);
    if (rc != CC_SUCCESS)
        return rc;
    if (schema < 1 || schema > POLICY_SCHEMA_MAX || (schema == 1 && tees != NULL))
        return detail_fail(CC_ERROR_BAD_FORMAT, "policy: schema: %d expected, found %s%" PRIu64,
                           tees != NULL ? POLICY_SCHEMA_MAX : 1, present ? "" : "none, ", schema);

    rc = bool_parse(document, "allow_embedded_device_insecure", &TOP,
                    &policy->allow_embedded_device_insecure);
    if (rc == CC_SUCCESS)
        rc = bool_parse(document, "allow_device_states_insecure", &TOP,
                        &policy->allow_device_states_insecure);
    if (rc != CC_SUCCESS)
        return rc;

    rc = list_parse(document, "revoked_device_ids", &TOP, REPORT_DEVICE_ID_SIZE, &policy->revoked);
    if (rc != CC_SUCCESS)
        return rc;

    rc = roots_parse(document, &TOP, policy);
    if (rc != CC_SUCCESS)
        return rc;

    rc = tees != NULL ? tee_policy_parse(tees, &policy->tees) : CC_SUCCESS;
    if (rc != CC_SUCCESS)
        return rc;
    return enclaves_parse(document, &TOP, policy);
}

cc_enclave_result_t policy_parse(struct view json, struct policy **ret_policy)
{
    struct policy *policy;
    json_error_t error;
    json_t *document;
    cc_enclave_result_t rc;

    if (json.size > POLICY_MAX_SIZE)
        return detail_fail(CC_ERROR_BAD_FORMAT, "policy: at most %d bytes expected, found %zu",
                           POLICY_MAX_SIZE, json.size);
    document = json_loadb((const char *)json.data, json.size, JSON_REJECT_DUPLICATES, &error);
    if (document == NULL)
        return detail_fail(CC_ERROR_BAD_FORMAT, "policy: line %d, column %d: %s", error.line,
                           error.column, error.text);

    policy = items_alloc(1, sizeof *policy);
    rc = policy != NULL ? document_parse(document, policy) : no_memory();
    json_decref(document);
    if (rc != CC_SUCCESS) {
        policy_free(policy);
        return rc;
    }
    *ret_policy = policy;
    return CC_SUCCESS;
}

void policy_free(struct policy *policy)
{
    if (policy == NULL)
        return;
    for (size_t i = 0; i < policy->root_count; i++) {
        ecdsa_done(&policy->roots[i].key);
        buf_free(&policy->roots[i].der);
    }
    for (size_t i = 0; i < policy->enclave_count; i++) {
        free(policy->enclaves[i].mrenclave.items);
        free(policy->enclaves[i].mrsigner.items);
        free(policy->enclaves[i].mrtcb.items);
        free(policy->enclaves[i].device_ids.items);
        for (size_t j = 0; j < REPORT_REGISTER_COUNT; j++)
            free(policy->enclaves[i].registers[j].items);
    }
    tee_policy_free(&policy->tees);
    free(policy->revoked.items);
    free(policy->roots);
    free(policy->enclaves);
    free(policy);
}

const struct policy_enclave *policy_find(const struct policy *policy, const struct uuid *uuid)
{
    for (size_t i = 0; i < policy->enclave_count; i++)
        if (view_equal(VIEW_OF(policy->enclaves[i].uuid.bytes), VIEW_OF(uuid->bytes)))
            return &policy->enclaves[i];
    return NULL;
}

const char *policy_level_name(enum report_level level)
{
    return (size_t)level < sizeof LEVELS / sizeof LEVELS[0] ? LEVELS[level] : "unknown";
}

/* One remark about an entry, or none. */
static void remark(size_t entry, bool holds, const char *what,
                   void (*say)(void *arg, const char *line), void *arg, size_t *count)
{
    char line[160];

    if (!holds)
        return;
    snprintf(line, sizeof line, "enclaves[%zu]: %s", entry, what);
    say(arg, line);
    ++*count;
}

size_t policy_review(const struct policy *policy, void (*say)(void *arg, const char *line),
                     void *arg)
{
    size_t count = 0;

    if (policy->root_count == 0) {
        say(arg, "device_roots: none: every report is refused");
        count++;
    }
    if (policy->enclave_count == 0) {
        say(arg, "enclaves: none: every report is refused");
        count++;
    }
    if (policy->allow_embedded_device_insecure) {
        say(arg,
            "allow_embedded_device_insecure: the user who runs a device can forge its reports");
        count++;
    }
    if (policy->allow_device_states_insecure) {
        say(arg, "allow_device_states_insecure: test devices are accepted, which pretend things");
        count++;
    }
    for (size_t i = 0; i < policy->enclave_count; i++) {
        const struct policy_enclave *e = &policy->enclaves[i];

        remark(i, e->mrenclave.count == 0 && e->mrsigner.count == 0,
               "no mrenclave or mrsigner: every report is refused", say, arg, &count);
        remark(i, e->mrtcb.count == 0 && !e->any_tcb_insecure, "no mrtcb: every report is refused",
               say, arg, &count);
        remark(i, e->any_tcb_insecure, "any_tcb_insecure: the device's software is not checked",
               say, arg, &count);
        remark(i, !e->has_min_level, "no min_level: every report is refused", say, arg, &count);
        remark(i, e->allow_debug_enclave_insecure,
               "allow_debug_enclave_insecure: debug enclaves are accepted", say, arg, &count);
        remark(i, e->pins_devices && e->device_ids.count == 0,
               "device_ids is empty: every report is refused", say, arg, &count);
        for (size_t j = 0; j < REPORT_REGISTER_COUNT; j++)
            remark(i, e->pins_register[j] && e->registers[j].count == 0,
                   "a register's list is empty: every report is refused", say, arg, &count);
    }
    return count;
}
