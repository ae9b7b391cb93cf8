/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "verify/tee_policy.h"
#include "base/detail.h"
#include "base/text.h"
#include <stdlib.h>
#include <string.h>

static const char *const STATUSES[] = {"UpToDate",
                                       "SWHardeningNeeded",
                                       "ConfigurationNeeded",
                                       "ConfigurationAndSWHardeningNeeded",
                                       "OutOfDate",
                                       "OutOfDateConfigurationNeeded"};

static cc_enclave_result_t expected(const char *tee, const char *key, const char *what)
{
    return detail_fail(CC_ERROR_BAD_FORMAT, "policy: tees.%.40s.%.80s: %s expected", tee, key,
                       what);
}

static bool texts_are_good(const json_t *list)
{
    if (list == NULL)
        return true;
    if (!json_is_array(list) || json_array_size(list) > TEE_POLICY_LIST_MAX_COUNT)
        return false;
    for (size_t i = 0; i < json_array_size(list); i++)
        if (json_string_length(json_array_get(list, i)) == 0)
            return false;
    return true;
}

/* A status that can be allowed; Revoked is none. */
static bool statuses_are_good(const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *text = json_string_value(json_array_get(list, i));
        size_t known = 0;

        while (known < sizeof STATUSES / sizeof STATUSES[0] && strcmp(text, STATUSES[known]) != 0)
            known++;
        if (known == sizeof STATUSES / sizeof STATUSES[0])
            return false;
    }
    return true;
}

/* Nothing empty: an empty text would be the start of every value. */
static bool value_is_good(const json_t *value)
{
    return json_string_length(value) > 0 || json_is_boolean(value) ||
           (json_is_integer(value) && json_integer_value(value) >= 0);
}

static bool claims_are_good(json_t *claims)
{
    const char *name;
    json_t *value;

    if (claims != NULL && !json_is_object(claims))
        return false;
    json_object_foreach(claims, name, value)
    {
        if (!json_is_array(value) && !value_is_good(value))
            return false;
        if (json_array_size(value) > TEE_POLICY_LIST_MAX_COUNT)
            return false;
        for (size_t i = 0; i < json_array_size(value); i++)
            if (!value_is_good(json_array_get(value, i)))
                return false;
    }
    return true;
}

static bool minimums_are_good(json_t *minimums)
{
    const char *name;
    json_t *value;

    if (minimums != NULL && !json_is_object(minimums))
        return false;
    json_object_foreach(minimums, name, value)
    {
        if (!json_is_integer(value) || json_integer_value(value) < 0)
            return false;
    }
    return true;
}

static bool advisories_are_good(json_t *advisories)
{
    const char *name;
    json_t *value;
    uint64_t until;

    if (advisories != NULL && !json_is_object(advisories))
        return false;
    json_object_foreach(advisories, name, value)
    {
        if (!json_is_string(value) || !time_parse(view_text(json_string_value(value)), &until))
            return false;
    }
    return true;
}

static bool number_read(const json_t *value, uint64_t max, uint64_t *ret_number)
{
    if (value == NULL)
        return true;
    if (!json_is_integer(value) || json_integer_value(value) < 0 ||
        (uint64_t)json_integer_value(value) > max)
        return false;
    *ret_number = (uint64_t)json_integer_value(value);
    return true;
}

static cc_enclave_result_t anchors_read(const char *tee, json_t *list, struct tee_rules *rules)
{
    size_t count = json_array_size(list);

    if (list == NULL)
        return CC_SUCCESS;
    if (!json_is_array(list) || count == 0 || count > TEE_POLICY_LIST_MAX_COUNT)
        return expected(tee, "trusted_keys", "a list of SHA-256 values, at least one,");
    rules->anchors = malloc(count * sizeof *rules->anchors);
    if (rules->anchors == NULL)
        return detail_fail(CC_ERROR_OUT_OF_MEMORY, "policy: out of memory");
    for (size_t i = 0; i < count; i++) {
        const char *text = json_string_value(json_array_get(list, i));

        if (text == NULL || !hex_parse(text, rules->anchors[i], SHA256_SIZE))
            return expected(tee, "trusted_keys", "64 hexadecimal digits each");
    }
    rules->anchor_count = count;
    return CC_SUCCESS;
}

static cc_enclave_result_t keys_check(const char *tee, json_t *object)
{
    static const char *const KEYS[] = {"tcb_status",
                                       "advisories",
                                       "claims",
                                       "min",
                                       "require",
                                       "trusted_keys",
                                       "tolerate_insecure",
                                       "max_age_s",
                                       "collateral_grace_s",
                                       "warn_before_s"};
    const char *key;
    json_t *value;

    if (!json_is_object(object))
        return detail_fail(CC_ERROR_BAD_FORMAT, "policy: tees.%.40s: an object expected", tee);
    json_object_foreach(object, key, value)
    {
        size_t known = 0;

        while (known < sizeof KEYS / sizeof KEYS[0] && strcmp(key, KEYS[known]) != 0)
            known++;
        if (known == sizeof KEYS / sizeof KEYS[0])
            return detail_fail(CC_ERROR_BAD_FORMAT,
                               "policy: tees.%.40s.%.40s: unknown key (docs/policy.md lists the "
                               "known ones)",
                               tee, key);
    }
    return CC_SUCCESS;
}

static cc_enclave_result_t rules_parse(const char *tee, json_t *object, struct tee_rules *rules)
{
    uint64_t grace = 0;
    cc_enclave_result_t rc = keys_check(tee, object);

    rules->json = object;
    rules->warn_before_s = TEE_POLICY_WARN_BEFORE_S;
    rules->has_max_age = json_object_get(object, "max_age_s") != NULL;
    if (rc != CC_SUCCESS)
        return rc;
    if (!texts_are_good(json_object_get(object, "tcb_status")) ||
        !statuses_are_good(json_object_get(object, "tcb_status")))
        return expected(tee, "tcb_status", "a list of statuses other than Revoked");
    if (!advisories_are_good(json_object_get(object, "advisories")))
        return expected(tee, "advisories", "names, each with a date like 2026-12-31T00:00:00Z,");
    if (!claims_are_good(json_object_get(object, "claims")))
        return expected(tee, "claims", "names, each with a value that is not empty or a list,");
    if (!minimums_are_good(json_object_get(object, "min")))
        return expected(tee, "min", "names, each with a whole number,");
    if (!texts_are_good(json_object_get(object, "require")))
        return expected(tee, "require", "a list of names");
    if (!texts_are_good(json_object_get(object, "tolerate_insecure")))
        return expected(tee, "tolerate_insecure", "a list of names of rules");
    if (!number_read(json_object_get(object, "collateral_grace_s"), INT32_MAX, &grace) ||
        !number_read(json_object_get(object, "max_age_s"), INT32_MAX, &rules->max_age_s) ||
        !number_read(json_object_get(object, "warn_before_s"), INT32_MAX, &rules->warn_before_s))
        return expected(tee, "max_age_s, warn_before_s, collateral_grace_s", "whole numbers");
    rules->grace_s = (uint32_t)grace;
    return anchors_read(tee, json_object_get(object, "trusted_keys"), rules);
}

cc_enclave_result_t tee_policy_parse(json_t *tees, struct tee_policy *ret_policy)
{
    struct tee_policy policy = {0};
    cc_enclave_result_t rc = CC_SUCCESS;
    const char *tee;
    json_t *object;

    if (!json_is_object(tees) || json_object_size(tees) > TEE_POLICY_TEES_MAX_COUNT)
        return detail_fail(CC_ERROR_BAD_FORMAT, "policy: tees: an object of at most %d expected",
                           TEE_POLICY_TEES_MAX_COUNT);
    policy.rules = calloc(json_object_size(tees) + 1, sizeof *policy.rules);
    if (policy.rules == NULL)
        return detail_fail(CC_ERROR_OUT_OF_MEMORY, "policy: out of memory");
    policy.tees = json_incref(tees);
    json_object_foreach(tees, tee, object)
    {
        if (rc == CC_SUCCESS)
            rc = rules_parse(tee, object, &policy.rules[policy.count++]);
    }
    if (rc != CC_SUCCESS) {
        tee_policy_free(&policy);
        return rc;
    }
    *ret_policy = policy;
    return CC_SUCCESS;
}

void tee_policy_free(struct tee_policy *policy)
{
    for (size_t i = 0; i < policy->count; i++)
        free(policy->rules[i].anchors);
    free(policy->rules);
    json_decref(policy->tees);
    *policy = (struct tee_policy){0};
}

const struct tee_rules *tee_policy_find(const struct tee_policy *policy, const char *tee)
{
    const json_t *object = json_object_get(policy->tees, tee);

    for (size_t i = 0; i < policy->count; i++)
        if (object != NULL && policy->rules[i].json == object)
            return &policy->rules[i];
    return NULL;
}
