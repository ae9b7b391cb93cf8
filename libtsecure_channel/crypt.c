/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "secure_channel_enclave.h"
#include "base/detail.h"
#include "memory_check.h"
#include "service.h"

/* The enclave's interface says "bad arguments or unknown session" with one number. */
enum { CRYPT_BAD = -1 };

static int crypt_result(cc_enclave_result_t rc)
{
    return rc == CC_ERROR_BAD_PARAMETERS ? CRYPT_BAD : (int)rc;
}

static bool crypt_arguments_good(const void *in, size_t in_size, const size_t *out_size)
{
    return in != NULL && in_size > 0 && out_size != NULL;
}

/*
 * The session, in use; NULL when there is none. One that is over ends here, so that a host which
 * withholds ticks gains nothing but memory.
 */
static struct member *session_take(uint64_t id, uint64_t now_ms)
{
    struct service *s = service_get();
    struct member *member = roster_acquire(&s->roster, id);

    if (member == NULL || !member_over(member, s->limits.idle_ms, now_ms))
        return member;
    roster_remove(&s->roster, id);
    roster_release(member);
    return NULL;
}

/* In the window: a function that is called without copies got it there. */
static bool record_shared(const void *record, size_t size)
{
    return record != NULL && !cc_enclave_memory_in_enclave(record, size);
}

CC_API_SPEC int cc_sec_chl_enclave_encrypt(size_t session_id, const void *plain, size_t plain_len,
                                           void *encrypt, size_t *encrypt_len)
{
    uint64_t now_ms = session_now_ms();
    struct member *member;
    cc_enclave_result_t rc;

    detail_clear();
    if (!service_running())
        return CC_ERROR_SEC_CHL_NOTREADY;
    if (!crypt_arguments_good(plain, plain_len, encrypt_len))
        return CRYPT_BAD;
    member = session_take(session_id, now_ms);
    if (member == NULL)
        return CRYPT_BAD;
    rc =
        record_shared(encrypt, *encrypt_len)
            ? session_seal_shared(&member->session, view_of(plain, plain_len), encrypt, encrypt_len)
            : session_seal(&member->session, view_of(plain, plain_len), encrypt, encrypt_len);
    if (rc == CC_SUCCESS)
        atomic_store_explicit(&member->used_ms, now_ms, memory_order_relaxed);
    roster_release(member);
    return crypt_result(rc);
}

CC_API_SPEC int cc_sec_chl_enclave_decrypt(size_t session_id, const void *encrypt,
                                           size_t encrypt_len, void *plain, size_t *plain_len)
{
    uint64_t now_ms = session_now_ms();
    struct member *member;
    cc_enclave_result_t rc;

    detail_clear();
    if (!service_running())
        return CC_ERROR_SEC_CHL_NOTREADY;
    if (!crypt_arguments_good(encrypt, encrypt_len, plain_len))
        return CRYPT_BAD;
    member = session_take(session_id, now_ms);
    if (member == NULL)
        return CRYPT_BAD;
    rc =
        record_shared(encrypt, encrypt_len)
            ? session_open_shared(&member->session, view_of(encrypt, encrypt_len), plain, plain_len)
            : session_open(&member->session, view_of(encrypt, encrypt_len), plain, plain_len);
    if (rc == CC_SUCCESS)
        atomic_store_explicit(&member->used_ms, now_ms, memory_order_relaxed);
    roster_release(member);
    return crypt_result(rc);
}

CC_API_SPEC int cc_sec_chl_enclave_get_peer(size_t session_id, cc_sec_chl_peer_t *peer)
{
    struct member *member;
    uint32_t room;

    detail_clear();
    if (!service_running())
        return CC_ERROR_SEC_CHL_NOTREADY;
    if (peer == NULL || peer->struct_size < sizeof peer->struct_size)
        return CRYPT_BAD;
    member = session_take(session_id, session_now_ms());
    if (member == NULL)
        return CRYPT_BAD;
    room = peer->struct_size < sizeof *peer ? peer->struct_size : (uint32_t)sizeof *peer;
    memcpy(peer, &member->peer, room);
    peer->struct_size = room;
    roster_release(member);
    return CC_SUCCESS;
}

CC_API_SPEC int cc_sec_chl_enclave_export(size_t session_id, const char *label, const void *context,
                                          size_t context_len, void *out, size_t out_len)
{
    struct member *member;
    cc_enclave_result_t rc;

    detail_clear();
    if (!service_running())
        return CC_ERROR_SEC_CHL_NOTREADY;
    if (label == NULL || out == NULL || (context == NULL && context_len > 0))
        return CRYPT_BAD;
    member = session_take(session_id, session_now_ms());
    if (member == NULL)
        return CRYPT_BAD;
    rc = session_export(&member->session, view_text(label), view_of(context, context_len), out,
                        out_len);
    roster_release(member);
    return crypt_result(rc);
}
