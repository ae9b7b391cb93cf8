/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "verify/verify.h"

static void line_drop(void *arg, const char *line)
{
    (void)arg;
    (void)line;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct policy *policy = NULL;

    if (policy_parse(view_of(data, size), &policy) != CC_SUCCESS)
        return 0;
    policy_review(policy, line_drop, NULL);
    policy_free(policy);
    return 0;
}
