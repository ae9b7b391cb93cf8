/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * config.h - what the author of an enclave decides, read from either of the two files that secGear
 * programs come with: Enclave.config.xml or manifest.txt (man secgear lists their keys).
 *
 * Strict: an unknown, repeated or unreadable key is an error that begins with FILE:LINE.
 * Layer: tools. Threads: no state.
 */
#ifndef TOOLS_CONFIG_H
#define TOOLS_CONFIG_H

#include "wire/image.h"

enum { CONFIG_MAX_SIZE = 64 << 10 };

/* Defaults: production, UUID derived from signer and product, sizes of wire/image.h. */
struct image_manifest config_default(void);

/* A text that begins with '<' is XML. name stands in errors. CC_ERROR_BAD_FORMAT. */
cc_enclave_result_t config_parse(struct view text, const char *name,
                                 struct image_manifest *ret_manifest)
    __attribute__((warn_unused_result));

/* Private to config*.c: where in a file we are, and what is known so far. */
struct config {
    const char *name;
    struct reader rest;
    unsigned line;
    uint64_t seen; /* one bit for each key */
    struct image_manifest manifest;
};

/* What a key means. */
enum config_field {
    CONFIG_IGNORED_BOOL, /* read and checked; no meaning on this device */
    CONFIG_IGNORED_NUMBER,
    CONFIG_IGNORED_TEXT,
    CONFIG_UUID,
    CONFIG_PROD_ID,
    CONFIG_SVN,
    CONFIG_HEAP_SIZE,
    CONFIG_STACK_SIZE,
    CONFIG_SHARED_SIZE,
    CONFIG_TCS_COUNT,
    CONFIG_DEBUG,
    CONFIG_DISABLE_DEBUG,
};

struct config_key {
    const char *name;
    enum config_field field;
    uint64_t least, most; /* of a number */
};

/* Sets the key named so to the text, or fails with FILE:LINE. */
cc_enclave_result_t config_set(struct config *config, const struct config_key *keys, size_t count,
                               struct view name, struct view value)
    __attribute__((warn_unused_result));

cc_enclave_result_t config_fail(const struct config *config, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

struct view config_trim(struct view text); /* without white space at both ends */

cc_enclave_result_t config_xml_parse(struct config *config) __attribute__((warn_unused_result));
cc_enclave_result_t config_manifest_parse(struct config *config)
    __attribute__((warn_unused_result));

#endif
