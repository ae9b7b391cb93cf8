/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Enclave.config.xml: <EnclaveConfiguration> with one level of <Key>value</Key>. Of XML's rest an
 * optional declaration and comments are understood, and everything else is an error: no attributes,
 * entities, CDATA or DOCTYPE.
 */
#include "config.h"
#include <string.h>

static const struct config_key KEYS[] = {
    {"ProdID", CONFIG_PROD_ID, 0, UINT16_MAX},
    {"ISVSVN", CONFIG_SVN, 0, UINT16_MAX},
    {"StackMaxSize", CONFIG_STACK_SIZE, IMAGE_STACK_MIN_SIZE, IMAGE_STACK_MAX_SIZE},
    {"HeapMaxSize", CONFIG_HEAP_SIZE, 0, IMAGE_HEAP_MAX_SIZE},
    {"SharedMaxSize", CONFIG_SHARED_SIZE, IMAGE_SHARED_MIN_SIZE, IMAGE_SHARED_MAX_SIZE},
    {"TCSNum", CONFIG_TCS_COUNT, 1, IMAGE_TCS_MAX_COUNT},
    {"TCSPolicy", CONFIG_IGNORED_NUMBER, 0, 1},
    {"DisableDebug", CONFIG_DISABLE_DEBUG, 0, 1},
    {"MiscSelect", CONFIG_IGNORED_NUMBER, 0, UINT32_MAX},
    {"MiscMask", CONFIG_IGNORED_NUMBER, 0, UINT32_MAX},
    {"UUID", CONFIG_UUID, 0, 0},
};

/* Consumes what the text after '<' begins with; false leaves everything as it was. */
static bool skip(struct config *config, const char *text)
{
    struct view expected = view_text(text);
    struct view rest = config->rest.rest;

    if (rest.size < expected.size || !view_equal(view_of(rest.data, expected.size), expected))
        return false;
    reader_take(&config->rest, expected.size);
    return true;
}

/* Consumes through the text and counts lines; the view is what stands before it. */
static bool take_until(struct config *config, const char *text, struct view *ret_before)
{
    struct view rest = config->rest.rest;
    size_t size = strlen(text);
    const uint8_t *found = rest.size > 0 ? memmem(rest.data, rest.size, text, size) : NULL;

    if (found == NULL)
        return false;
    *ret_before = reader_take(&config->rest, (size_t)(found - rest.data));
    reader_take(&config->rest, size);
    for (size_t i = 0; i < ret_before->size; i++)
        config->line += ret_before->data[i] == '\n';
    return true;
}

static void spaces_skip(struct config *config)
{
    while (config->rest.rest.size > 0 && strchr(" \t\r\n", config->rest.rest.data[0]) != NULL &&
           config->rest.rest.data[0] != '\0')
        config->line += reader_u8(&config->rest) == '\n';
}

/* White space and comments. XML forbids two hyphens inside a comment, which ends it here. */
static cc_enclave_result_t blanks_skip(struct config *config)
{
    struct view comment;

    for (spaces_skip(config); skip(config, "<!--"); spaces_skip(config)) {
        unsigned began = config->line;

        if (!take_until(config, "--", &comment) || !skip(config, ">"))
            return config_fail(config, "comment that began in line %u: \"-->\" expected", began);
    }
    return CC_SUCCESS;
}

static bool name_is_plain(struct view name)
{
    for (size_t i = 0; i < name.size; i++) {
        uint8_t c = name.data[i];

        if (!(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9'))
            return false;
    }
    return name.size > 0;
}

/* <Key>value</Key>, the '<' already taken. */
static cc_enclave_result_t element_parse(struct config *config)
{
    struct view name, value, end;

    if (!take_until(config, ">", &name) || !name_is_plain(config_trim(name)))
        return config_fail(config, "<Key> of letters and digits, without attributes, expected");
    name = config_trim(name);
    if (!take_until(config, "</", &value) || !take_until(config, ">", &end) ||
        !view_equal(config_trim(end), name))
        return config_fail(config, "<%.*s>: its end tag expected",
                           (int)(name.size < 40 ? name.size : 40), (const char *)name.data);
    if (value.size > 0 && (memchr(value.data, '<', value.size) != NULL ||
                           memchr(value.data, '&', value.size) != NULL))
        return config_fail(config, "<%.*s>: plain text expected, found markup",
                           (int)(name.size < 40 ? name.size : 40), (const char *)name.data);
    return config_set(config, KEYS, sizeof KEYS / sizeof KEYS[0], name, config_trim(value));
}

static cc_enclave_result_t prolog_parse(struct config *config)
{
    struct view declaration;
    cc_enclave_result_t rc;

    spaces_skip(config);
    if (skip(config, "<?xml") && !take_until(config, "?>", &declaration))
        return config_fail(config, "XML declaration: \"?>\" expected");

    rc = blanks_skip(config);
    if (rc != CC_SUCCESS)
        return rc;
    if (!skip(config, "<EnclaveConfiguration>"))
        return config_fail(config, "<EnclaveConfiguration> expected");
    return CC_SUCCESS;
}

cc_enclave_result_t config_xml_parse(struct config *config)
{
    cc_enclave_result_t rc = prolog_parse(config);

    while (rc == CC_SUCCESS) {
        rc = blanks_skip(config);
        if (rc != CC_SUCCESS || skip(config, "</EnclaveConfiguration>"))
            break;
        if (!skip(config, "<"))
            return config_fail(config, "<Key> or </EnclaveConfiguration> expected");
        rc = element_parse(config);
    }
    if (rc == CC_SUCCESS)
        rc = blanks_skip(config);
    if (rc == CC_SUCCESS && config->rest.rest.size > 0)
        return config_fail(config, "nothing expected after </EnclaveConfiguration>");
    return rc;
}
