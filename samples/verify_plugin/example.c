/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * A verifier as a plugin: evidence of an imaginary TEE, "EXAMPLE1", 32 bytes of measurement, 32 of
 * nonce, and a byte that says whether it may be debugged. Nothing signs it, so nothing real may be
 * built on it; a plugin of yours checks signatures first.
 *
 *   cc -shared -fPIC -o example.so example.c $(pkg-config --cflags libsecgear_verify)
 *   install -m 755 example.so LIBDIR/secgear/verify.d/
 */
#include <secgear_verifier.h>
#include <string.h>

enum { MEASUREMENT_AT = 8, NONCE_AT = 40, DEBUG_AT = 72, SIZE = 73 };

static bool detects(const cc_verify_input_t *input)
{
    return input->evidence[0].size >= 8 && memcmp(input->evidence[0].data, "EXAMPLE1", 8) == 0;
}

static void verify(const cc_verifier_request_t *request, const cc_verifier_sink_t *sink)
{
    const cc_verify_blob_t *evidence = &request->input->evidence[0];

    if (evidence->size != SIZE) {
        sink->reason(sink->context, CC_VERIFY_BROKEN, "format",
                     "format: 73 bytes expected, found another size");
        return;
    }
    sink->bytes(sink->context, "measurement", evidence->data + MEASUREMENT_AT, 32);
    sink->bytes(sink->context, "nonce", evidence->data + NONCE_AT, 32);
    sink->flag(sink->context, "debug", evidence->data[DEBUG_AT] != 0);
}

static const char *const IDENTITY[] = {"measurement", NULL};

static const cc_verifier_t VERIFIER = {
    CC_VERIFIER_ABI, sizeof(cc_verifier_t), "example", "an example", IDENTITY, detects, verify};

const cc_verifier_t *secgear_verifier_1(void);

__attribute__((visibility("default"))) const cc_verifier_t *secgear_verifier_1(void)
{
    return &VERIFIER;
}
