/* SPDX-License-Identifier: MulanPSL-2.0 */
/* fetch_none.c - where libcurl was not there when this was built. Layer: tools. Threads: one. */
#include "base/detail.h"
#include "fetch.h"

bool fetch_get(const char *url, const char *header, struct fetched *ret)
{
    (void)url;
    (void)header;
    (void)ret;
    detail_fail(CC_ERROR_NOT_SUPPORTED,
                "collateral: this secgear was built without libcurl; install its development "
                "package and build again, or bring the files by hand (docs/attestation/"
                "collateral.md)");
    return false;
}

const char *fetch_version(void)
{
    return NULL;
}

void fetched_free(struct fetched *fetched)
{
    buf_free(&fetched->body);
}
