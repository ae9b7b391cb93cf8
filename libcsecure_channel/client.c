/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "base/sink.h"
#include "channel/suite.h"
#include "connect.h"
#include "crypto/prepare.h"
#include <stdio.h>
#include <string.h>

enum { TIMEOUT_DEFAULT_MS = 60 * 1000 };

/* Options of an older caller are shorter: the rest is zero. Of a newer one: the rest must be. */
static cc_enclave_result_t opts_take(const cc_sec_chl_client_opts_t *opts,
                                     cc_sec_chl_client_opts_t *ret_opts)
{
    const uint8_t *bytes = (const uint8_t *)opts;
    cc_sec_chl_client_opts_t copy;

    memset(&copy, 0, sizeof copy);
    if (opts != NULL) {
        if (opts->struct_size < sizeof opts->struct_size || opts->struct_size > 4096)
            return detail_fail(CC_ERROR_BAD_PARAMETERS,
                               "secure channel: set struct_size of the options to their sizeof");
        for (size_t i = sizeof copy; i < opts->struct_size; i++)
            if (bytes[i] != 0)
                return detail_fail(CC_ERROR_NOT_SUPPORTED,
                                   "secure channel: an option that this version does not know");
        memcpy(&copy, opts, opts->struct_size < sizeof copy ? opts->struct_size : sizeof copy);
    }
    if ((copy.flags & ~(CC_SEC_CHL_OPT_VERIFY_CHAIN | CC_SEC_CHL_OPT_ENCLAVE)) != 0)
        return detail_fail(CC_ERROR_NOT_SUPPORTED,
                           "secure channel: a flag that this version does not know");
    *ret_opts = copy;
    return CC_SUCCESS;
}

static cc_enclave_result_t suites_take(const cc_sec_chl_client_opts_t *opts,
                                       struct connect_want *want)
{
    static const uint16_t usual[] = {SC2_SUITE_X25519, SC2_SUITE_P256};
    const uint16_t *suites = opts->suites != NULL ? opts->suites : usual;
    size_t count = opts->suites != NULL ? opts->suite_count : sizeof usual / sizeof usual[0];
    enum ecdh_group group;

    if (count == 0 || count > SC2_SUITES_MAX_COUNT)
        return detail_fail(CC_ERROR_BAD_PARAMETERS, "secure channel: %zu suites, expected 1 to %d",
                           count, SC2_SUITES_MAX_COUNT);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < i; k++)
            if (suites[k] == suites[i])
                return detail_fail(CC_ERROR_BAD_PARAMETERS, "secure channel: suite %#x twice",
                                   suites[i]);
        if (!suite_group(suites[i], &group))
            return detail_fail(CC_ERROR_NOT_SUPPORTED, "secure channel: suite %#x: %s; this is %s",
                               suites[i], suite_missing(suites[i]), crypto_version());
        want->suites[i] = suites[i];
    }
    want->suite_count = count;
    return CC_SUCCESS;
}

/* What the client shows of itself, and for how long keys and channel are used. */
static cc_enclave_result_t rest_take(const cc_sec_chl_client_opts_t *opts,
                                     struct connect_want *want)
{
    bool enclave = (opts->flags & CC_SEC_CHL_OPT_ENCLAVE) != 0;

    if ((opts->key != NULL) + (opts->evidence != NULL) + enclave > 1)
        return detail_fail(CC_ERROR_BAD_PARAMETERS,
                           "secure channel: a client shows a key, evidence or its enclave, one of "
                           "them");
    if (enclave && !prove_enclave_possible())
        return detail_fail(CC_ERROR_NOT_SUPPORTED,
                           "secure channel: CC_SEC_CHL_OPT_ENCLAVE is for clients in an enclave, "
                           "with libtsecure_client");
    if (opts->rekey_records != 0 && opts->rekey_records < REPLAY_COUNT)
        return detail_fail(CC_ERROR_BAD_PARAMETERS,
                           "secure channel: rekey_records is %llu, expected 0 or at least %d",
                           (unsigned long long)opts->rekey_records, REPLAY_COUNT);
    want->attested = opts->attested;
    want->attested_arg = opts->attested_arg;
    want->verify_chain = (opts->flags & CC_SEC_CHL_OPT_VERIFY_CHAIN) != 0;
    want->prove = (struct prove_with){opts->key, opts->evidence, opts->evidence_arg, enclave};
    want->limits = (struct session_limits){.epoch_records = opts->rekey_records,
                                           .epoch_bytes = opts->rekey_bytes,
                                           .epoch_ms = (uint64_t)opts->rekey_s * 1000,
                                           .age_ms = (uint64_t)opts->session_age_s * 1000};
    return CC_SUCCESS;
}

static cc_enclave_result_t uuid_take(const char *text, struct connect_want *want)
{
    if (text == NULL || strnlen(text, UUID_TEXT_SIZE) != UUID_TEXT_SIZE ||
        !uuid_parse(view_of(text, UUID_TEXT_SIZE), &want->uuid))
        return detail_fail(CC_ERROR_SEC_CHL_INIT_GET_TAID,
                           "secure channel: ctx->uuid must be the 36 characters of the enclave's "
                           "UUID; `secgear inspect IMAGE` shows it");
    memcpy(want->uuid_text, text, UUID_TEXT_SIZE);
    return CC_SUCCESS;
}

static cc_enclave_result_t arguments_check(cc_sec_chl_algo_t algo, const cc_sec_chl_ctx_t *ctx)
{
    struct chl *open;

    if (ctx == NULL || (int)algo < 0 || algo >= CC_SEC_CHL_ALGO_MAX)
        return detail_fail(CC_ERROR_BAD_PARAMETERS,
                           "secure channel: ctx is NULL or algo is unknown");
    open = chl_acquire(ctx);
    chl_release(open);
    if (open != NULL)
        return detail_fail(CC_ERROR_BAD_PARAMETERS,
                           "secure channel: ctx is open already; call fini first");
    if (!is_valid_conn_kit(&ctx->conn_kit))
        return detail_fail(CC_ERROR_SEC_CHL_INVALID_CONN,
                           "secure channel: conn_kit.send and conn_kit.conn must not be NULL");
    return CC_SUCCESS;
}

/* Tells the peer: authentically if there are keys, else so that its transport may close. */
static void goodbye(struct chl *chl, enum chl_state before, uint64_t session_id)
{
    uint8_t record[SC2_RECORD_OVERHEAD_SIZE];
    cc_enclave_result_t sealed;
    struct sc2_message message = {.type = SC2_DESTROY, .session_id = session_id};

    if (before == CHL_READY) {
        lock_take(&chl->sealing);
        sealed = session_seal_close(&chl->session, record);
        lock_give(&chl->sealing);
        if (sealed != CC_SUCCESS)
            return;
        message.session_id = chl->session.id;
        message.body = VIEW_OF(record);
    } else if (!chl->heard) {
        return; /* nobody is there */
    }
    chl_send_last(chl, &message);
    wipe(record, sizeof record);
}

/* The channel, ready or unregistered. fini may come in between: then it did the cleaning up. */
static cc_enclave_result_t channel_open(cc_sec_chl_ctx_t *ctx, const struct connect_want *want,
                                        uint32_t timeout_ms)
{
    int connecting = CHL_CONNECTING;
    char why[DETAIL_ROOM];
    size_t session_id = 0;
    enum chl_state before;
    struct chl *chl;
    cc_enclave_result_t rc;

    rc = chl_new(ctx, timeout_ms, &chl);
    if (rc != CC_SUCCESS)
        return rc;

    rc = connect_run(chl, want, &ctx->session_id);
    session_id = ctx->session_id;
    if (rc == CC_SUCCESS && !atomic_compare_exchange_strong(&chl->state, &connecting, CHL_READY))
        rc = detail_fail(CC_ERROR_SEC_CHL_NOTREADY, "secure channel: closed while it was opened");
    if (rc != CC_SUCCESS) {
        snprintf(why, sizeof why, "%s", detail_get());
        if (chl_close(chl, &before))
            goodbye(chl, before, session_id);
        chl_unregister(chl, ctx);
        (void)detail_fail(rc, "%s", why); /* the hook may have left another line */
    }
    chl_release(chl);
    return rc;
}

CC_API_SPEC cc_enclave_result_t cc_sec_chl_client_init_ex(cc_sec_chl_algo_t algo,
                                                          cc_sec_chl_ctx_t *ctx,
                                                          const cc_sec_chl_client_opts_t *opts)
{
    struct connect_want want = {.suite_count = 0};
    struct trust *trust = NULL;
    cc_sec_chl_client_opts_t o;
    cc_enclave_result_t rc;

    detail_clear();
    rc = arguments_check(algo, ctx);
    if (rc != CC_SUCCESS)
        return rc;

    ctx->session_id = 0;
    __atomic_store_n(&ctx->handle, NULL, __ATOMIC_RELEASE);
    rc = opts_take(opts, &o);
    if (rc == CC_SUCCESS)
        rc = suites_take(&o, &want);
    if (rc == CC_SUCCESS)
        rc = rest_take(&o, &want);
    if (rc == CC_SUCCESS)
        rc = uuid_take(ctx->uuid, &want);
    if (rc == CC_SUCCESS)
        rc = trust_load(&o, &trust);
    if (rc != CC_SUCCESS)
        goto out;

    want.trust = trust;
    rc = channel_open(ctx, &want, o.timeout_ms != 0 ? o.timeout_ms : TIMEOUT_DEFAULT_MS);
out:
    trust_release(trust);
    return rc;
}

CC_API_SPEC cc_enclave_result_t cc_sec_chl_client_init(cc_sec_chl_algo_t algo,
                                                       cc_sec_chl_ctx_t *ctx)
{
    return cc_sec_chl_client_init_ex(algo, ctx, NULL);
}

CC_API_SPEC void cc_sec_chl_client_fini(cc_sec_chl_ctx_t *ctx)
{
    enum chl_state before;
    struct chl *chl;

    detail_clear();
    if (ctx == NULL)
        return;
    chl = chl_acquire(ctx);
    if (chl == NULL) {
        __atomic_store_n(&ctx->handle, NULL, __ATOMIC_RELEASE);
        return;
    }
    if (chl_close(chl, &before)) {
        /* While init still runs, the hook is in use: leave, and init cleans up. */
        if (before == CHL_READY)
            goodbye(chl, before, 0);
        chl_unregister(chl, ctx);
    }
    chl_release(chl);
}

/* Kept short and free of cancellation points' effects: applications cancel the thread that calls.
 */
static cc_enclave_result_t callback_run(const cc_sec_chl_ctx_t *ctx, struct view message)
{
    struct chl *chl;
    cc_enclave_result_t rc;

    chl = chl_acquire(ctx);
    if (chl == NULL)
        return detail_fail(CC_ERROR_BAD_PARAMETERS, "secure channel: not open");
    rc = chl_deliver(chl, message);
    chl_release(chl);
    return rc;
}

CC_API_SPEC cc_enclave_result_t cc_sec_chl_client_callback(cc_sec_chl_ctx_t *ctx, const void *buf,
                                                           size_t len)
{
    cc_enclave_result_t rc;
    int cancel_state;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state); /* locks are taken below */
    if (ctx == NULL || buf == NULL || len == 0)
        rc = detail_fail(CC_ERROR_BAD_PARAMETERS, "secure channel: a NULL or an empty message");
    else
        rc = callback_run(ctx, view_of(buf, len));
    pthread_setcancelstate(cancel_state, NULL);
    return rc;
}

CC_API_SPEC cc_enclave_result_t cc_sec_chl_client_encrypt(cc_sec_chl_ctx_t *ctx, const void *plain,
                                                          size_t plain_len, void *encrypt,
                                                          size_t *encrypt_len)
{
    detail_clear();
    if (ctx == NULL || plain == NULL || plain_len == 0 || encrypt_len == NULL)
        return detail_fail(CC_ERROR_BAD_PARAMETERS, "secure channel: a NULL or nothing to encrypt");
    return chl_seal(ctx, view_of(plain, plain_len), encrypt, encrypt_len);
}

CC_API_SPEC cc_enclave_result_t cc_sec_chl_client_decrypt(cc_sec_chl_ctx_t *ctx,
                                                          const void *encrypt, size_t encrypt_len,
                                                          void *plain, size_t *plain_len)
{
    struct chl *chl;
    cc_enclave_result_t rc;

    detail_clear();
    if (ctx == NULL || encrypt == NULL || encrypt_len == 0 || plain_len == NULL)
        return detail_fail(CC_ERROR_BAD_PARAMETERS, "secure channel: a NULL or nothing to decrypt");
    chl = chl_ready(ctx);
    if (chl == NULL)
        return CC_ERROR_SEC_CHL_NOTREADY;
    rc = session_open(&chl->session, view_of(encrypt, encrypt_len), plain, plain_len);
    chl_release(chl);
    return rc;
}

CC_API_SPEC cc_enclave_result_t cc_sec_chl_client_attested(cc_sec_chl_ctx_t *ctx,
                                                           cc_sec_chl_attested_t *attested)
{
    uint32_t room;
    struct chl *chl;

    detail_clear();
    if (ctx == NULL || attested == NULL || attested->struct_size < sizeof attested->struct_size)
        return detail_fail(CC_ERROR_BAD_PARAMETERS,
                           "secure channel: a NULL, or struct_size is not set");
    chl = chl_ready(ctx);
    if (chl == NULL)
        return CC_ERROR_SEC_CHL_NOTREADY;
    room = attested->struct_size;
    memcpy(attested, &chl->attested, room < sizeof *attested ? room : sizeof *attested);
    attested->struct_size = room < sizeof *attested ? room : (uint32_t)sizeof *attested;
    chl_release(chl);
    return CC_SUCCESS;
}

CC_API_SPEC cc_enclave_result_t cc_sec_chl_client_export(cc_sec_chl_ctx_t *ctx, const char *label,
                                                         const void *context, size_t context_len,
                                                         void *out, size_t out_len)
{
    struct chl *chl;
    cc_enclave_result_t rc;

    detail_clear();
    if (ctx == NULL || label == NULL || out == NULL || (context == NULL && context_len > 0))
        return detail_fail(CC_ERROR_BAD_PARAMETERS, "secure channel: a NULL");
    chl = chl_ready(ctx);
    if (chl == NULL)
        return CC_ERROR_SEC_CHL_NOTREADY;
    rc = session_export(&chl->session, view_text(label), view_of(context, context_len), out,
                        out_len);
    chl_release(chl);
    return rc;
}

CC_API_SPEC const char *cc_sec_chl_error_detail(void)
{
    return detail_get();
}

CC_API_SPEC void cc_sec_chl_set_log(void (*callback)(int level, const char *line, void *arg),
                                    void *arg)
{
    sink_set(callback, arg);
}
