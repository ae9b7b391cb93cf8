/* SPDX-License-Identifier: MulanPSL-2.0 */
/* The configuration of switchless calls: whatever is accepted is in range, and has one encoding. */
#include "wire/switchless.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t again[SWITCHLESS_CONFIG_SIZE];
    struct writer w = writer_over(again, sizeof again);
    struct switchless_config config;

    if (switchless_decode(view_of(data, size), &config) != CC_SUCCESS)
        return 0;
    switchless_encode(&config, &w);
    if (w.failed || w.size != size || memcmp(again, data, size) != 0 ||
        config.pool > SWITCHLESS_POOL_UNIT * SWITCHLESS_POOL_UNITS_MAX || config.pool == 0 ||
        config.tworkers == 0 || config.tworkers > SWITCHLESS_WORKERS_MAX ||
        config.params > SWITCHLESS_PARAMS_MAX)
        abort();
    return 0;
}
