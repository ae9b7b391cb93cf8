/* SPDX-License-Identifier: MulanPSL-2.0 */
/* verdict_json.c - a verdict for programs. Layer: attestation/verify. Threads: no state. */
#include "base/text.h"
#include "verify/judge.h"
#include <stdlib.h>

static json_t *claim_value(const cc_verify_claim_t *claim)
{
    json_t *value;
    char *hex;

    switch (claim->kind) {
    case CC_VERIFY_CLAIM_NUMBER:
        return json_integer((json_int_t)claim->number);
    case CC_VERIFY_CLAIM_FLAG:
        return json_boolean(claim->number != 0);
    case CC_VERIFY_CLAIM_TEXT:
        return json_stringn((const char *)claim->data, claim->size);
    case CC_VERIFY_CLAIM_BYTES:
        break;
    }
    hex = malloc(2 * claim->size + 1);
    if (hex == NULL)
        return NULL;
    hex_format(view_of(claim->data, claim->size), hex);
    value = json_string(hex);
    free(hex);
    return value;
}

/* A name that comes more than once has a list. */
static bool claims_put(json_t *object, const struct cc_verify_result *v)
{
    bool good = object != NULL;

    for (size_t i = 0; good && i < v->claim_count; i++) {
        const cc_verify_claim_t *claim = &v->claims[i];
        json_t *value = claim_value(claim), *there = json_object_get(object, claim->name);

        if (there == NULL && verdict_claim(v, claim->name, 1) == NULL) {
            good = json_object_set_new(object, claim->name, value) == 0;
            continue;
        }
        if (there == NULL) {
            there = json_array();
            good = json_object_set_new(object, claim->name, there) == 0;
        }
        good = good && json_array_append_new(there, value) == 0;
    }
    return good;
}

static json_t *reasons_make(const struct cc_verify_result *v)
{
    static const char *const SEVERITIES[] = {"note", "refused", "broken"};
    json_t *list = json_array();
    bool good = list != NULL;

    for (size_t i = 0; good && i < v->reason_count; i++)
        good = json_array_append_new(list, json_pack("{s:s,s:s,s:s}", "severity",
                                                     SEVERITIES[v->reasons[i].severity], "rule",
                                                     v->reasons[i].rule, "sentence",
                                                     v->reasons[i].sentence)) == 0;
    if (good)
        return list;
    json_decref(list);
    return NULL;
}

static json_t *vector_make(const cc_verify_vector_t *t)
{
    return json_pack(
        "{s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i}", "instance-identity", (int)t->instance_identity,
        "configuration", (int)t->configuration, "executables", (int)t->executables, "file-system",
        (int)t->file_system, "hardware", (int)t->hardware, "runtime-opaque", (int)t->runtime_opaque,
        "storage-opaque", (int)t->storage_opaque, "sourced-data", (int)t->sourced_data);
}

char *verdict_json(const struct cc_verify_result *v)
{
    static const char *const VERDICTS[] = {"refused", "warned", "accepted"};
    json_t *claims = json_object();
    json_t *all = json_pack("{s:s,s:s,s:o*,s:o*,s:O*}", "verdict", VERDICTS[v->verdict], "tee",
                            v->tee, "reasons", reasons_make(v), "trustworthiness-vector",
                            vector_make(&v->vector), "claims", claims);
    char when[TIME_TEXT_ROOM], *text = NULL;
    bool good = all != NULL && claims_put(claims, v);

    if (v->expiry_s != UINT64_MAX) {
        time_format(v->expiry_s, when);
        good = good && json_object_set_new(all, "expires", json_string(when)) == 0 &&
               json_object_set_new(all, "expires_first", json_string(v->expiry_what)) == 0;
    }
    if (good)
        text = json_dumps(all, JSON_INDENT(2));
    json_decref(all);
    json_decref(claims);
    return text;
}
