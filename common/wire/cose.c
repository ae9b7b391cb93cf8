/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "wire/cose.h"
#include "base/detail.h"

enum { TAG_SIGN1 = 18, HEADER_ALG = 1, HEADER_CRIT = 2, HEADER_MAX_COUNT = 16 };
enum { KEY_TYPE = 1, KEY_TYPE_EC2 = 2, KEY_CURVE = -1, KEY_X = -2, KEY_Y = -3 };

/* RFC 9053, 2.1; RFC 8230, 2 */
static enum sig_alg algorithm_of(int64_t id)
{
    static const struct {
        int id;
        enum sig_alg algorithm;
    } ROWS[] = {{-7, SIG_ECDSA_SHA256}, {-35, SIG_ECDSA_SHA384}, {-36, SIG_ECDSA_SHA512},
                {-37, SIG_PSS_SHA256},  {-38, SIG_PSS_SHA384},   {-39, SIG_PSS_SHA512}};

    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++)
        if (ROWS[i].id == id)
            return ROWS[i].algorithm;
    return SIG_NONE;
}

/* Integer keys only; the algorithm exactly once, nothing that must be understood. */
static enum sig_alg header_read(struct view header)
{
    struct reader r = reader_over(header);
    size_t count = cbor_take_map(&r, HEADER_MAX_COUNT);
    enum sig_alg algorithm = SIG_NONE;

    for (; !r.failed && count > 0; count--) {
        int64_t key = cbor_take_int(&r);

        if (key == HEADER_CRIT || (key == HEADER_ALG && algorithm != SIG_NONE))
            return SIG_NONE;
        if (key == HEADER_ALG)
            algorithm = algorithm_of(cbor_take_int(&r));
        else
            cbor_take_foreign(&r);
    }
    return reader_done(&r) ? algorithm : SIG_NONE;
}

cc_enclave_result_t cose_sign1_decode(struct view bytes, struct cose_sign1 *ret)
{
    struct reader r = reader_over(bytes);
    struct cose_sign1 m;

    if (cbor_next(&r) == CBOR_NEXT_TAG && cbor_take_tag(&r) != TAG_SIGN1)
        r.failed = true;
    if (cbor_take_array(&r, 4) != 4 || bytes.size > COSE_MAX_SIZE)
        r.failed = true;
    m.protected_header = cbor_take_bytes(&r);
    if (cbor_next(&r) != CBOR_NEXT_MAP)
        r.failed = true;
    cbor_take_foreign(&r);
    m.payload = cbor_take_bytes(&r);
    m.signature = cbor_take_bytes(&r);
    m.algorithm = header_read(m.protected_header);
    if (!reader_done(&r))
        return detail_fail(CC_ERROR_BAD_FORMAT, "token: exactly one COSE_Sign1 expected");
    if (m.algorithm == SIG_NONE)
        return detail_fail(CC_ERROR_BAD_FORMAT,
                           "token: a known algorithm in the protected header expected");
    *ret = m;
    return CC_SUCCESS;
}

void cose_sign1_structure(const struct cose_sign1 *message, struct writer *w)
{
    cbor_put_array(w, 4);
    cbor_put_text(w, view_text("Signature1"));
    cbor_put_bytes(w, message->protected_header);
    cbor_put_bytes(w, VIEW_EMPTY);
    cbor_put_bytes(w, message->payload);
}

cc_enclave_result_t cose_key_decode(struct view bytes, struct cose_key *ret)
{
    struct reader r = reader_over(bytes);
    size_t count = cbor_take_map(&r, HEADER_MAX_COUNT);
    struct cose_key key = {0};
    bool ec2 = false;

    for (; !r.failed && count > 0; count--) {
        int64_t label = cbor_take_int(&r);

        if (label == KEY_TYPE && !ec2)
            ec2 = cbor_take_int(&r) == KEY_TYPE_EC2;
        else if (label == KEY_CURVE && key.curve == 0)
            key.curve = cbor_take_int(&r);
        else if (label == KEY_X && key.x.size == 0)
            key.x = cbor_take_bytes(&r);
        else if (label == KEY_Y && key.y.size == 0)
            key.y = cbor_take_bytes(&r);
        else if (label <= KEY_TYPE && label >= KEY_Y)
            r.failed = true; /* twice */
        else
            cbor_take_foreign(&r);
    }
    if (!reader_done(&r) || !ec2 || key.x.size == 0 || key.y.size == 0)
        return detail_fail(CC_ERROR_BAD_FORMAT,
                           "key: a COSE_Key of type EC2 with X and Y expected");
    *ret = key;
    return CC_SUCCESS;
}
