/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * fuzz_tee.h - the body of the fuzz targets of evidence: one file for each type includes it with
 * FUZZ_TEE (the verifier) and FUZZ_PARTS (names, the evidence itself first; collateral begins with
 * '-'). Input: for each part but the last a little-endian u16 size and its bytes; the last is the
 * rest. Nothing that is made up may be accepted.
 * Layer: test. Threads: one.
 */
#include "verify/judge.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const PART_NAMES[] = {FUZZ_PARTS};
enum { PART_COUNT = sizeof PART_NAMES / sizeof PART_NAMES[0] };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct cc_verify_result result;
    cc_verify_blob_t evidence[PART_COUNT], collateral[PART_COUNT];
    cc_verify_input_t input = {FUZZ_TEE, evidence, 0, collateral, 0, NULL, 0, 1760000000};
    struct reader r = reader_over(view_of(data, size));
    struct verifiers set;

    for (size_t i = 0; i < PART_COUNT; i++) {
        struct view part = i + 1 < PART_COUNT ? reader_take(&r, reader_le16(&r)) : r.rest;
        bool side = PART_NAMES[i][0] == '-';
        cc_verify_blob_t blob = {PART_NAMES[i] + (side ? 1 : 0), part.data, part.size};

        if (side)
            collateral[input.collateral_count++] = blob;
        else
            evidence[input.evidence_count++] = blob;
    }
    verifiers_builtin(&set);
    for (size_t i = 0; i < set.count; i++)
        set.list[i]->detects(&input);
    if (judge_evidence(&(struct judge_by){&set, NULL, NULL}, &input, &result) != CC_SUCCESS)
        abort();
    free(verdict_json(&result));
    return 0;
}
