/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "verify/policy_write.h"
#include "base/detail.h"
#include "verify/policy.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* Takes the value over, also when it fails (as jansson's *_new functions do), also a NULL one. */
static bool put(json_t *object, const char *key, json_t *value)
{
    return value != NULL && json_object_set_new(object, key, value) == 0;
}

static json_t *hex_value(const uint8_t *bytes, size_t size)
{
    char text[2 * IMAGE_HASH_SIZE + 1];

    hex_format(view_of(bytes, size), text);
    return json_string(text);
}

/* Adds a value to the list unless it is there. */
static bool list_add(json_t *list, const uint8_t hash[static IMAGE_HASH_SIZE])
{
    json_t *value = hex_value(hash, IMAGE_HASH_SIZE);
    bool known = false;

    for (size_t i = 0; value != NULL && i < json_array_size(list); i++)
        known = known || json_equal(json_array_get(list, i), value) == 1;
    if (known) {
        json_decref(value);
        return true;
    }
    return value != NULL && json_array_append_new(list, value) == 0;
}

static json_t *entry_find(json_t *enclaves, const char *uuid)
{
    for (size_t i = 0; i < json_array_size(enclaves); i++) {
        json_t *entry = json_array_get(enclaves, i);

        if (strcmp(json_string_value(json_object_get(entry, "uuid")), uuid) == 0)
            return entry;
    }
    return NULL;
}

static bool mrtcb_put(json_t *entry, const struct policy_draft *draft)
{
    json_t *list;

    if (draft->any_tcb_insecure)
        return put(entry, "any_tcb_insecure", json_true());
    list = json_array();
    if (!put(entry, "mrtcb", list))
        return false;
    for (size_t i = 0; i < draft->mrtcb_count; i++)
        if (!list_add(list, draft->mrtcb[i]))
            return false;
    return true;
}

/* A new entry with all that does not differ between images of one UUID. */
static json_t *entry_new(json_t *enclaves, const char *uuid, const struct policy_draft *draft,
                         const struct image_identity *image)
{
    json_t *entry = json_object();
    const char *level = draft->allow_embedded_device_insecure ? "embedded" : "installed";
    bool good = entry != NULL && json_array_append_new(enclaves, entry) == 0 &&
                put(entry, "uuid", json_string(uuid)) &&
                put(entry, draft->by_signer ? "mrsigner" : "mrenclave", json_array());

    if (good && draft->by_signer)
        good = put(entry, "prod_id", json_integer(image->manifest.prod_id)) &&
               put(entry, "min_svn", json_integer(image->manifest.svn));
    good = good && mrtcb_put(entry, draft) && put(entry, "min_level", json_string(level)) &&
           put(entry, "require_protections", json_pack("[ss]", "nodump", "seccomp"));
    if (good && draft->allow_debug_enclave_insecure)
        good = put(entry, "allow_debug_enclave_insecure", json_true());
    return good ? entry : NULL;
}

static cc_enclave_result_t no_memory(void)
{
    return detail_fail(CC_ERROR_OUT_OF_MEMORY, "policy: out of memory");
}

static cc_enclave_result_t image_add(json_t *enclaves, const struct policy_draft *draft,
                                     const struct image_identity *image)
{
    char uuid[UUID_TEXT_ROOM];
    json_t *entry;
    const char *list;
    json_int_t svn;

    uuid_format(&image->uuid, uuid);
    entry = entry_find(enclaves, uuid);
    if (entry == NULL)
        entry = entry_new(enclaves, uuid, draft, image);
    if (entry == NULL)
        return no_memory();

    list = draft->by_signer ? "mrsigner" : "mrenclave";
    if (!list_add(json_object_get(entry, list),
                  draft->by_signer ? image->mrsigner : image->mrenclave))
        return no_memory();
    if (!draft->by_signer)
        return CC_SUCCESS;

    if (json_integer_value(json_object_get(entry, "prod_id")) != image->manifest.prod_id)
        return detail_fail(CC_ERROR_BAD_PARAMETERS,
                           "policy: uuid %s: images of one product expected, found several", uuid);
    svn = json_integer_value(json_object_get(entry, "min_svn"));
    if (image->manifest.svn < svn && !put(entry, "min_svn", json_integer(image->manifest.svn)))
        return no_memory();
    return CC_SUCCESS;
}

static bool roots_put(json_t *document, const struct policy_draft *draft)
{
    json_t *roots = json_array();

    if (!put(document, "device_roots", roots))
        return false;
    for (size_t i = 0; i < draft->root_count; i++) {
        struct view text = draft->roots[i];

        if (json_array_append_new(roots, json_stringn((const char *)text.data, text.size)) != 0)
            return false;
    }
    return true;
}

/* What is no device id, policy_parse() refuses. */
static bool revoked_put(json_t *document, const struct policy_draft *draft)
{
    json_t *list = json_array();
    const uint8_t *at = draft->revoked.data, *end = at + draft->revoked.size;
    bool good = put(document, "revoked_device_ids", list);

    while (good && at < end) {
        const uint8_t *line_end = memchr(at, '\n', (size_t)(end - at));
        size_t size = (size_t)((line_end != NULL ? line_end : end) - at);

        good = json_array_append_new(list, json_stringn((const char *)at, size)) == 0;
        at += size + (line_end != NULL);
    }
    return good;
}

/* Whatever was built must be a policy that we accept ourselves. */
static cc_enclave_result_t document_write(json_t *document, struct buf *ret_json)
{
    struct buf json = BUF_EMPTY;
    struct policy *policy = NULL;
    char *text = json_dumps(document, JSON_INDENT(2));
    cc_enclave_result_t rc;

    if (text == NULL || !buf_copy(&json, view_text(text)))
        rc = no_memory();
    else
        rc = policy_parse(buf_view(&json), &policy);
    if (rc == CC_SUCCESS)
        buf_move(ret_json, &json);
    policy_free(policy);
    buf_free(&json);
    free(text);
    return rc;
}

cc_enclave_result_t policy_from_images(const struct policy_draft *draft, struct buf *ret_json)
{
    json_t *document = json_object();
    json_t *enclaves = json_array();
    cc_enclave_result_t rc = no_memory();
    bool good = put(document, "schema", json_integer(POLICY_SCHEMA)) && roots_put(document, draft);

    if (good && draft->allow_embedded_device_insecure)
        good = put(document, "allow_embedded_device_insecure", json_true());
    if (good && draft->revoked.size > 0)
        good = revoked_put(document, draft);
    if (!put(document, "enclaves", enclaves) || !good)
        goto out;

    for (size_t i = 0; i < draft->image_count; i++) {
        rc = image_add(enclaves, draft, &draft->images[i]);
        if (rc != CC_SUCCESS)
            goto out;
    }
    rc = document_write(document, ret_json);
out:
    json_decref(document);
    return rc;
}
