/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "base/codes.h"
#include <stddef.h>
#include <string.h>

static const struct status_row rows[] = {
#define STATUS(name, text) {name, #name, text},
#include "base/status.def"
#undef STATUS
};

static const char UNKNOWN[] = "Unknown reason! Can not find this error number in system!";

size_t status_count(void)
{
    return sizeof rows / sizeof rows[0];
}

const struct status_row *status_at(size_t index)
{
    return index < status_count() ? &rows[index] : NULL;
}

const struct status_row *status_find(cc_enclave_result_t code)
{
    for (size_t i = 0; i < status_count(); i++)
        if (rows[i].code == code)
            return &rows[i];
    return NULL;
}

const struct status_row *status_find_name(const char *name)
{
    for (size_t i = 0; i < status_count(); i++)
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    return NULL;
}

const char *status_text(cc_enclave_result_t code)
{
    const struct status_row *row = status_find(code);

    return row != NULL ? row->text : UNKNOWN;
}

cc_enclave_result_t status_of(uint32_t number)
{
    return status_find((cc_enclave_result_t)number) != NULL ? (cc_enclave_result_t)number
                                                            : CC_ERROR_UNEXPECTED;
}
