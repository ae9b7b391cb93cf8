/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Evidence against a policy that pins the made-up device of forge.h. The first byte says what the
 * rest is: 0 evidence as it comes; else changes to genuine evidence, three bytes each (place,
 * mask). Evidence that is not byte for byte the genuine one must never be accepted.
 */
#include "forge.h"
#include "verify/verify.h"
#include "wire/pem.h"
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct policy *policy;
static uint8_t genuine[REPORT_MAX_SIZE];
static size_t genuine_size;
static struct report_body genuine_body;

static void start(void)
{
    struct forge *f = forge_new(1);
    char base64[1024] = "", json[2048];
    struct writer w = writer_over(base64, sizeof base64 - 1);
    struct view report = forge_report(f);

    base64_encode(f->der[FORGE_ROOT], &w);
    snprintf(json, sizeof json,
             "{\"schema\":1,\"device_roots\":[\"%s\"],\"enclaves\":[{\"uuid\":"
             "\"11111111-1111-1111-1111-111111111111\",\"mrenclave\":"
             "\"2222222222222222222222222222222222222222222222222222222222222222\","
             "\"any_tcb_insecure\":true,\"min_level\":\"installed\"}]}",
             base64);
    forge_check(policy_parse(view_text(json), &policy) == CC_SUCCESS);
    memcpy(genuine, report.data, report.size);
    genuine_size = report.size;
    genuine_body = f->body;
    forge_free(f);
}

static void judge(struct view evidence)
{
    static const uint8_t USER_DATA[REPORT_USER_DATA_SIZE] = {[0 ... 63] = 0x55};
    static const struct uuid UUID = {{[0 ... 15] = 0x11}};
    const struct verify_request request = {REPORT_PURPOSE_APP, &UUID, VIEW_OF(USER_DATA),
                                           FORGE_NOW_S};
    struct report_body body;
    uint8_t said[512], signed_body[512];
    struct writer s = writer_over(said, sizeof said);
    struct writer g = writer_over(signed_body, sizeof signed_body);

    if (verify_evidence(policy, NULL, evidence, &request, &body) != CC_SUCCESS) {
        forge_check(!view_equal(evidence, view_of(genuine, genuine_size)));
        return;
    }
    report_body_encode(&body, &s);
    report_body_encode(&genuine_body, &g);
    forge_check(view_equal(writer_view(&s), writer_view(&g)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader r = reader_over(view_of(data, size));
    uint8_t copy[REPORT_MAX_SIZE];

    if (policy == NULL)
        start();
    if (reader_u8(&r) == 0) {
        judge(r.rest);
        return 0;
    }
    memcpy(copy, genuine, genuine_size);
    while (r.rest.size >= 3) {
        size_t place = reader_le16(&r) % genuine_size;

        copy[place] ^= reader_u8(&r);
    }
    judge(view_of(copy, genuine_size));
    return 0;
}
