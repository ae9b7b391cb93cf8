/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "config.h"
#include "base/detail.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { VALUE_MAX_SIZE = 128, QUOTE_MAX_SIZE = 40 };

struct image_manifest config_default(void)
{
    return (struct image_manifest){
        .heap_size = IMAGE_HEAP_DEFAULT_SIZE,
        .stack_size = IMAGE_STACK_DEFAULT_SIZE,
        .shared_size = IMAGE_SHARED_DEFAULT_SIZE,
        .tcs_count = IMAGE_TCS_DEFAULT_COUNT,
        .uuid_derived = true,
    };
}

cc_enclave_result_t config_fail(const struct config *config, const char *format, ...)
{
    char what[256];
    va_list args;

    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    return detail_fail(CC_ERROR_BAD_FORMAT, "%s:%u: %s", config->name, config->line, what);
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct view config_trim(struct view text)
{
    while (text.size > 0 && is_space(text.data[0]))
        text = view_of(text.data + 1, text.size - 1);
    while (text.size > 0 && is_space(text.data[text.size - 1]))
        text.size--;
    return text;
}

/* For messages: what stands there, cut to a bearable length. */
static int quoted(struct view text)
{
    return (int)(text.size < QUOTE_MAX_SIZE ? text.size : QUOTE_MAX_SIZE);
}

static cc_enclave_result_t number_set(const struct config *config, const struct config_key *key,
                                      struct view value, uint64_t *ret_number)
{
    char text[VALUE_MAX_SIZE + 1] = "";

    if (value.size > 0 && value.size <= VALUE_MAX_SIZE && memchr(value.data, 0, value.size) == NULL)
        snprintf(text, sizeof text, "%.*s", (int)value.size, (const char *)value.data);
    if (!number_parse(text, key->most, ret_number) || *ret_number < key->least)
        return config_fail(config,
                           "%s: a number from %" PRIu64 " to %" PRIu64
                           " (decimal, or hexadecimal after 0x) expected, found \"%.*s\"",
                           key->name, key->least, key->most, quoted(value),
                           (const char *)value.data);
    return CC_SUCCESS;
}

static cc_enclave_result_t bool_set(const struct config *config, const struct config_key *key,
                                    struct view value, bool *ret_value)
{
    bool yes = view_equal(value, view_text("true"));

    if (!yes && !view_equal(value, view_text("false")))
        return config_fail(config, "%s: true or false expected, found \"%.*s\"", key->name,
                           quoted(value), (const char *)value.data);
    *ret_value = yes;
    return CC_SUCCESS;
}

static cc_enclave_result_t uuid_set(struct config *config, const struct config_key *key,
                                    struct view value)
{
    static const struct uuid ZERO;
    struct uuid uuid;

    if (!uuid_parse(value, &uuid) || view_equal(VIEW_OF(uuid.bytes), VIEW_OF(ZERO.bytes)))
        return config_fail(config, "%s: a UUID (8-4-4-4-12, not all zero) expected, found \"%.*s\"",
                           key->name, quoted(value), (const char *)value.data);
    config->manifest.uuid = uuid;
    config->manifest.uuid_derived = false;
    return CC_SUCCESS;
}

static void number_store(struct image_manifest *m, enum config_field field, uint64_t number)
{
    switch (field) {
    case CONFIG_PROD_ID:
        m->prod_id = (uint16_t)number;
        break;
    case CONFIG_SVN:
        m->svn = (uint16_t)number;
        break;
    case CONFIG_HEAP_SIZE:
        m->heap_size = number;
        break;
    case CONFIG_STACK_SIZE:
        m->stack_size = number;
        break;
    case CONFIG_SHARED_SIZE:
        m->shared_size = number;
        break;
    case CONFIG_TCS_COUNT:
        m->tcs_count = (uint32_t)number;
        break;
    case CONFIG_DISABLE_DEBUG:
        m->debug_allowed = number == 0;
        break;
    default: /* a number without meaning here */
        break;
    }
}

static cc_enclave_result_t value_set(struct config *config, const struct config_key *key,
                                     struct view value)
{
    cc_enclave_result_t rc;
    uint64_t number = 0;
    bool flag = false;

    switch (key->field) {
    case CONFIG_IGNORED_TEXT:
        if (value.size == 0 || value.size > VALUE_MAX_SIZE)
            return config_fail(config, "%s: 1 .. %d characters expected, found %zu", key->name,
                               VALUE_MAX_SIZE, value.size);
        return CC_SUCCESS;
    case CONFIG_UUID:
        return uuid_set(config, key, value);
    case CONFIG_IGNORED_BOOL:
        return bool_set(config, key, value, &flag);
    case CONFIG_DEBUG:
        return bool_set(config, key, value, &config->manifest.debug_allowed);
    default:
        rc = number_set(config, key, value, &number);
        if (rc == CC_SUCCESS)
            number_store(&config->manifest, key->field, number);
        return rc;
    }
}

cc_enclave_result_t config_set(struct config *config, const struct config_key *keys, size_t count,
                               struct view name, struct view value)
{
    for (size_t i = 0; i < count; i++) {
        if (!view_equal(name, view_text(keys[i].name)))
            continue;
        if ((config->seen & UINT64_C(1) << i) != 0)
            return config_fail(config, "%s: given once expected, found again", keys[i].name);
        config->seen |= UINT64_C(1) << i;
        return value_set(config, &keys[i], value);
    }
    return config_fail(config, "unknown key \"%.*s\" (man secgear lists the known ones)",
                       quoted(name), (const char *)name.data);
}

cc_enclave_result_t config_parse(struct view text, const char *name,
                                 struct image_manifest *ret_manifest)
{
    static const uint8_t BYTE_ORDER_MARK[] = {0xef, 0xbb, 0xbf};
    struct config config = {.name = name, .line = 1, .manifest = config_default()};
    cc_enclave_result_t rc;

    if (text.size > CONFIG_MAX_SIZE)
        return detail_fail(CC_ERROR_BAD_FORMAT, "%s: at most %d bytes expected, found %zu", name,
                           CONFIG_MAX_SIZE, text.size);
    if (text.size >= 3 && view_equal(view_of(text.data, 3), VIEW_OF(BYTE_ORDER_MARK)))
        text = view_of(text.data + 3, text.size - 3);
    config.rest = reader_over(text);
    text = config_trim(text);
    if (text.size > 0 && text.data[0] == '<')
        rc = config_xml_parse(&config);
    else
        rc = config_manifest_parse(&config);
    if (rc == CC_SUCCESS)
        rc = image_manifest_check(&config.manifest);
    if (rc != CC_SUCCESS)
        return rc;
    *ret_manifest = config.manifest;
    return CC_SUCCESS;
}
