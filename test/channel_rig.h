/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * channel_rig.h - the real client library, relay and enclave service in one process:
 *
 *   client library --line--> relay --relay_calls--> enclave service --> reports of a made-up device
 *
 * Only the device is a double: secgear_trts_report() signs a report of the right format with a test
 * key. A line carries each message in the caller's thread (synchronous hook) or in a thread of its
 * own (asynchronous), and lets a test change, keep or drop what passes.
 * Layer: test. Threads: lines are independent; the device has a lock.
 */
#ifndef TEST_CHANNEL_RIG_H
#define TEST_CHANNEL_RIG_H

#include "base/detail.h"
#include "calls.h"
#include "channel/suite.h"
#include "fault.h"
#include "forge.h"
#include "secure_channel_client.h"
#include "secure_channel_enclave.h"
#include "secure_channel_host.h"
#include "service.h"
#include "support.h"
#include "wire/pem.h"
#include "wire/trts_internal.h"
#include <pthread.h>
#include <stdio.h>
#include <time.h>

#define RIG_UUID "11111111-1111-1111-1111-111111111111"
#define RIG_OTHER_UUID "99999999-1111-1111-1111-111111111111"

/* A client's own. */
#define RIG_KEY_PEM                                                                                \
    "-----BEGIN PRIVATE KEY-----\n"                                                                \
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgCz69HvMyKuZMVrNh\n"                           \
    "K8Bkov4WlFaFRc4u5i2vr5Nu0+uhRANCAARUqwPqQsxTh2Ju6c8ur2JKNSsYs2FW\n"                           \
    "7si2ETxJ3/gq4ntbLJEou76Y3ZczmEh+RFVGwqtPYifkmjx2empCZ4kF\n"                                   \
    "-----END PRIVATE KEY-----\n"

static struct {
    pthread_mutex_t lock;
    struct forge *device;
    struct forge *other;                     /* a device whose root no policy names */
    void (*spoil)(struct report_body *body); /* what the device signs instead; NULL: as asked */
    bool no_report;
    bool no_identity;
    char policy[4096];
    cc_sec_chl_svr_ctx_t svr;
    cc_enclave_t enclave;
} rig = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* --- the device and the enclave runtime ------------------------------------------------------ */

cc_enclave_result_t secgear_trts_identity(uint8_t *ret_uuid, bool *ret_debug)
{
    if (rig.no_identity)
        return CC_FAIL;
    memset(ret_uuid, 0x11, UUID_SIZE);
    pthread_mutex_lock(&rig.lock);
    *ret_debug = rig.device->body.debug;
    pthread_mutex_unlock(&rig.lock);
    return CC_SUCCESS;
}

cc_enclave_result_t secgear_trts_report(uint32_t purpose, const uint8_t *user_data, uint8_t *report,
                                        size_t *report_size)
{
    struct report_body before;
    struct view signed_report;

    if (rig.no_report)
        return CC_ERROR_RA_GET_REPORT;
    fault_pause(true); /* the device is another process */
    pthread_mutex_lock(&rig.lock);
    before = rig.device->body;
    rig.device->body.purpose = (enum report_purpose)purpose;
    memcpy(rig.device->body.user_data, user_data, REPORT_USER_DATA_SIZE);
    if (rig.spoil != NULL)
        rig.spoil(&rig.device->body);
    signed_report = forge_report(rig.device);
    memcpy(report, signed_report.data, signed_report.size);
    *report_size = signed_report.size;
    rig.device->body = before;
    pthread_mutex_unlock(&rig.lock);
    fault_pause(false);
    return CC_SUCCESS;
}

/* A forge whose certificates are valid now. */
static inline struct forge *rig_device(uint8_t seed)
{
    struct forge *f = forge_new(seed);
    uint64_t now = (uint64_t)time(NULL);

    for (int i = 0; i < FORGE_COUNT; i++) {
        f->fields[i].not_before_s = now - FORGE_YEAR_S;
        f->fields[i].not_after_s = now + FORGE_YEAR_S;
    }
    forge_issue(f);
    f->body.issued_at_s = now;
    return f;
}

/* --- the host -------------------------------------------------------------------------------- */

static cc_enclave_result_t rig_start(cc_enclave_t *enclave, int *retval)
{
    (void)enclave;
    *retval = cc_sc_start();
    return CC_SUCCESS;
}

static cc_enclave_result_t rig_stop(cc_enclave_t *enclave, int *retval)
{
    (void)enclave;
    *retval = cc_sc_stop();
    return CC_SUCCESS;
}

/* Only where it is asked for before the service starts: tests set limits while it runs. */
static bool rig_ticks;

static cc_enclave_result_t rig_tick(cc_enclave_t *enclave, int *retval)
{
    (void)enclave;
    *retval = rig_ticks ? cc_sc_tick() : 0;
    return CC_SUCCESS;
}

static cc_enclave_result_t rig_process(cc_enclave_t *enclave, int *retval, const uint8_t *req,
                                       size_t req_len, uint8_t *rsp, size_t rsp_cap,
                                       size_t *rsp_len)
{
    (void)enclave;
    *retval = cc_sc_process(req, req_len, rsp, rsp_cap, rsp_len);
    return CC_SUCCESS;
}

static struct relay_calls rig_calls = {rig_start, rig_stop, rig_tick, rig_process};

/* Instead of calls.c: in one process host and enclave functions of one name can not both exist. */
struct relay_calls relay_calls_find(void)
{
    return rig_calls;
}

/* --- a line between one client and the host --------------------------------------------------- */

struct line;
typedef void (*line_filter)(struct line *line, struct buf *message);

struct line {
    cc_sec_chl_ctx_t client;
    cc_sec_chl_conn_ctx_t conn; /* the host's end */
    cc_sec_chl_client_opts_t opts;
    bool asynchronous;
    bool cut;               /* nothing gets through, sends succeed */
    bool broken;            /* sends fail */
    line_filter on_request; /* changes what passes; an empty message is dropped */
    line_filter on_response;
    struct buf request; /* last one, as sent on */
    struct buf response;
    unsigned requests;
    pthread_t carrier;
    bool carrying;
    void *note; /* the test's */
};

static inline void line_keep(struct buf *place, const void *data, size_t size)
{
    fault_pause(true);
    buf_free(place);
    ck_assert(buf_copy(place, view_of(data, size)));
    fault_pause(false);
}

/* The host's send hook: keeps the answer. */
static int line_answer(void *conn, void *data, size_t size)
{
    struct line *line = conn;

    line_keep(&line->response, data, size);
    return (int)size;
}

static inline cc_enclave_result_t line_carry(struct line *line)
{
    if (line->on_request != NULL)
        line->on_request(line, &line->request);
    if (line->request.size == 0)
        return CC_SUCCESS;
    (void)cc_sec_chl_svr_callback(&line->conn, line->request.data, line->request.size);
    if (line->on_response != NULL)
        line->on_response(line, &line->response);
    if (line->response.size == 0)
        return CC_SUCCESS;
    return cc_sec_chl_client_callback(&line->client, line->response.data, line->response.size);
}

static void *line_carrier(void *arg)
{
    (void)line_carry(arg);
    return NULL;
}

static inline void line_join(struct line *line)
{
    if (line->carrying)
        pthread_join(line->carrier, NULL);
    line->carrying = false;
}

/* The client's send hook. */
static int line_send(void *conn, void *data, size_t size)
{
    struct line *line = conn;

    if (line->broken)
        return -1;
    line->requests++;
    if (line->cut)
        return (int)size;
    line_join(line);
    line_keep(&line->request, data, size);
    if (!line->asynchronous)
        return (int)line_carry(line);
    line->carrying = pthread_create(&line->carrier, NULL, line_carrier, line) == 0;
    return line->carrying ? 0 : -1;
}

static inline void line_init(struct line *line)
{
    static char uuid[] = RIG_UUID;

    memset(line, 0, sizeof *line);
    line->client.uuid = uuid;
    line->client.conn_kit = (cc_conn_kit_t){line_send, line};
    line->conn.svr_ctx = &rig.svr;
    line->conn.conn_kit = (cc_conn_kit_t){line_answer, line};
    line->opts.struct_size = sizeof line->opts;
    line->opts.policy_json = rig.policy;
    line->opts.policy_json_len = strlen(rig.policy);
    line->opts.timeout_ms = 10000;
}

static inline cc_enclave_result_t line_open(struct line *line)
{
    return cc_sec_chl_client_init_ex(CC_SEC_CHL_ALGO_RSA_ECDH_AES_GCM, &line->client, &line->opts);
}

static inline void line_done(struct line *line)
{
    cc_sec_chl_client_fini(&line->client);
    line_join(line);
    buf_free(&line->request);
    buf_free(&line->response);
}

static inline struct sc2_message line_message(const struct buf *message)
{
    struct sc2_message m;

    ck_assert_int_eq(sc2_message_decode(buf_view(message), &m), CC_SUCCESS);
    return m;
}

/* --- setting up and tearing down ---------------------------------------------------------------
 */

/* Accepts the enclave that rig.device reports about; members is put into its entry. */
static inline void rig_policy(const char *members)
{
    char pem[2048], text[2100];
    struct writer w = writer_over(pem, sizeof pem);
    char *to = text;
    int size;

    pem_encode(rig.device->der[FORGE_ROOT], "CERTIFICATE", &w);
    ck_assert(!w.failed);
    for (size_t i = 0; i < w.size; i++) {
        if (pem[i] == '\n')
            *to++ = '\\';
        *to++ = pem[i] == '\n' ? 'n' : pem[i];
    }
    *to = '\0';
    size = snprintf(rig.policy, sizeof rig.policy,
                    "{\"schema\":1,\"device_roots\":[\"%s\"],\"enclaves\":[{\"uuid\":\"" RIG_UUID
                    "\",\"min_level\":\"installed\",\"any_tcb_insecure\":true,%s}]}",
                    text, members);
    ck_assert_int_lt(size, (int)sizeof rig.policy);
}

#define RIG_MRENCLAVE                                                                              \
    "\"mrenclave\":\"2222222222222222222222222222222222222222222222222222222222222222\""

static void rig_log(int level, const char *line, void *arg)
{
    (void)level;
    (void)line;
    (void)arg; /* weakened-mode warnings: expected here */
}

static inline void rig_setup(void)
{
    cc_sec_chl_set_log(rig_log, NULL);
    rig.device = rig_device(1);
    rig.other = rig_device(2);
    rig.spoil = NULL;
    rig.no_report = false;
    rig.no_identity = false;
    rig_policy(RIG_MRENCLAVE);
    memset(&rig.svr, 0, sizeof rig.svr);
    rig.svr.enclave_ctx = &rig.enclave;
    ck_assert_int_eq(cc_sec_chl_svr_init(&rig.svr), CC_SUCCESS);
}

static inline void rig_teardown(void)
{
    ck_assert_int_eq(cc_sec_chl_svr_fini(&rig.svr), CC_SUCCESS);
    forge_free(rig.device);
    forge_free(rig.other);
}

/* --- what a business function would do ----------------------------------------------------------
 */

enum { ECHO_ROOM = 256 };

/* Client to enclave and back, through both crypt functions; each code is returned as it comes. */
static inline cc_enclave_result_t line_echo(struct line *line, const char *text)
{
    uint8_t record[ECHO_ROOM], plain[ECHO_ROOM];
    size_t size = sizeof record, plain_size = sizeof plain, text_size = strlen(text) + 1;
    cc_enclave_result_t rc;

    rc = cc_sec_chl_client_encrypt(&line->client, text, text_size, record, &size);
    if (rc != CC_SUCCESS)
        return rc;
    ck_assert_uint_eq(size, text_size + SC2_RECORD_OVERHEAD_SIZE);
    rc = (cc_enclave_result_t)cc_sec_chl_enclave_decrypt(line->client.session_id, record, size,
                                                         plain, &plain_size);
    if (rc != CC_SUCCESS)
        return rc;
    ck_assert_uint_eq(plain_size, text_size);
    ck_assert_mem_eq(plain, text, text_size);
    size = sizeof record;
    rc = (cc_enclave_result_t)cc_sec_chl_enclave_encrypt(line->client.session_id, plain, plain_size,
                                                         record, &size);
    if (rc != CC_SUCCESS)
        return rc;
    plain_size = sizeof plain;
    memset(plain, 0, sizeof plain);
    rc = cc_sec_chl_client_decrypt(&line->client, record, size, plain, &plain_size);
    if (rc == CC_SUCCESS)
        ck_assert_mem_eq(plain, text, text_size);
    return rc;
}

#endif
