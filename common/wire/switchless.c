/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "wire/switchless.h"
#include <string.h>

static bool config_valid(const struct switchless_config *c)
{
    return c->uworkers <= SWITCHLESS_WORKERS_MAX && c->tworkers >= 1 &&
           c->tworkers <= SWITCHLESS_WORKERS_MAX && c->pool >= SWITCHLESS_POOL_UNIT &&
           c->pool <= SWITCHLESS_POOL_UNIT * SWITCHLESS_POOL_UNITS_MAX &&
           c->pool % SWITCHLESS_POOL_UNIT == 0 && c->params <= SWITCHLESS_PARAMS_MAX &&
           c->fallback >= 1 && c->sleep >= 1 && c->policy <= 1 && c->rollback <= 1 &&
           c->barrier <= 1;
}

cc_enclave_result_t switchless_decode(struct view bytes, struct switchless_config *ret_config)
{
    struct reader r = reader_over(bytes);
    struct switchless_config c;

    c.uworkers = reader_le32(&r);
    c.tworkers = reader_le32(&r);
    c.pool = reader_le32(&r);
    c.params = reader_le32(&r);
    c.fallback = reader_le32(&r);
    c.sleep = reader_le32(&r);
    c.policy = reader_le32(&r);
    c.rollback = reader_le32(&r);
    c.barrier = reader_le32(&r);
    reader_copy(&r, c.cores, sizeof c.cores);
    if (!reader_done(&r) || !config_valid(&c))
        return CC_ERROR_BAD_FORMAT;
    *ret_config = c;
    return CC_SUCCESS;
}

void switchless_encode(const struct switchless_config *config, struct writer *w)
{
    writer_le32(w, config->uworkers);
    writer_le32(w, config->tworkers);
    writer_le32(w, config->pool);
    writer_le32(w, config->params);
    writer_le32(w, config->fallback);
    writer_le32(w, config->sleep);
    writer_le32(w, config->policy);
    writer_le32(w, config->rollback);
    writer_le32(w, config->barrier);
    writer_put(w, VIEW_OF(config->cores));
}
