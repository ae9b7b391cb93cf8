/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * What is left of a session in the memory of the enclave that served it: a debug enclave that was
 * opened by name (SECGEAR_ALLOW_ATTACH), searched from outside for the secrets that both ends have,
 * as the client's library has them. While the session lives they are found, or this proves nothing.
 */
#include "channel/schedule.h"
#include "common.h"
#include "enclave_log.h"
#include "handle.h"
#include "pair.h"
#include "pair_u.h"
#include "secgear_urts.h"
#include "secure_channel_host.h"
#include "trust.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SECRETS = 5, SECRET_SIZE = 32, CHUNK_SIZE = 1 << 20 };

static cc_enclave_t enclave;
static cc_sec_chl_svr_ctx_t service;
static cc_sec_chl_ctx_t client;
static const char POLICY[] = "{\"schema\":1,\"device_roots\":[],\"enclaves\":[]}";
static uint8_t secrets[SECRETS][SECRET_SIZE];
static const char *const NAMES[SECRETS] = {"secret of what it receives", "secret of what it sends",
                                           "exporter's secret", "key of what it receives",
                                           "key of what it sends"};

/* --- the host: one process with the client, which has nothing to hide from it here ------------ */

static int to_client(void *conn, void *buf, size_t count)
{
    (void)conn;
    (void)cc_sec_chl_client_callback(&client, buf, count);
    return (int)count;
}

static int to_enclave(void *conn, void *buf, size_t count)
{
    cc_sec_chl_conn_ctx_t back = {&service, {to_client, &client}};

    (void)conn;
    if (!service.is_init)
        return -1; /* a goodbye that comes too late */
    (void)cc_sec_chl_svr_callback(&back, buf, count);
    return (int)count;
}

/* Of pair.edl: this enclave calls nobody. */
int pair_carry(const uint8_t *request, size_t len, uint8_t *answer, size_t room, size_t *answer_len)
{
    (void)request;
    (void)len;
    (void)answer;
    (void)room;
    *answer_len = 0;
    return -1;
}

int pair_record(size_t id, const uint8_t *record, size_t len, uint8_t *answer, size_t room,
                size_t *answer_len)
{
    (void)id;
    return pair_carry(record, len, answer, room, answer_len);
}

/* --- searching ------------------------------------------------------------------------------- */

static bool found[SECRETS];

static void bytes_search(const uint8_t *bytes, size_t size)
{
    for (size_t s = 0; s < SECRETS; s++)
        if (memmem(bytes, size, secrets[s], SECRET_SIZE) != NULL)
            found[s] = true;
}

/* Chunks overlap, so that none cuts a secret. */
static void range_search(int mem, unsigned long from, unsigned long to)
{
    static uint8_t chunk[CHUNK_SIZE];
    unsigned long at = from;

    while (at < to) {
        size_t want = to - at < sizeof chunk ? to - at : sizeof chunk;
        ssize_t size = pread(mem, chunk, want, (off_t)at);

        if (size <= 0)
            return; /* a guard page, or not ours to read: the control says whether that matters */
        bytes_search(chunk, (size_t)size);
        at += (size_t)size < want || at + want == to ? (unsigned long)size : want - SECRET_SIZE;
    }
}

/* Fills found; false when this machine does not let us look. */
static bool memory_search(void)
{
    char path[64], line[512], rights[5];
    unsigned long from, to;
    FILE *maps;
    int mem;

    memset(found, 0, sizeof found);
    snprintf(path, sizeof path, "/proc/%d/mem", enclave_pid());
    mem = open(path, O_RDONLY | O_CLOEXEC);
    snprintf(path, sizeof path, "/proc/%d/maps", enclave_pid());
    maps = fopen(path, "re");
    while (mem >= 0 && maps != NULL && fgets(line, sizeof line, maps) != NULL)
        if (sscanf(line, "%lx-%lx %4s", &from, &to, rights) == 3 && rights[0] == 'r')
            range_search(mem, from, to);
    if (maps != NULL)
        fclose(maps);
    if (mem >= 0)
        close(mem);
    return mem >= 0 && maps != NULL;
}

static void nothing_found(void)
{
    ck_assert(memory_search());
    for (size_t s = 0; s < SECRETS; s++)
        ck_assert_msg(!found[s], "the %s is still there", NAMES[s]);
}

/* --- setting up ------------------------------------------------------------------------------ */

/* No policy accepts an enclave that others may read, so this client takes it unseen. */
cc_enclave_result_t __wrap_trust_check(const struct trust_request *request,
                                       cc_sec_chl_attested_t *ret_attested)
{
    (void)request;
    memset(ret_attested, 0, sizeof *ret_attested);
    return CC_SUCCESS;
}

static void log_nothing(int level, const char *line, void *arg)
{
    (void)level;
    (void)line;
    (void)arg; /* that a debug enclave is open is what we asked for */
}

static void setup(void)
{
    state_fresh();
    setenv("SECGEAR_ALLOW_ATTACH", "1", 1);
    cc_enclave_set_log(log_nothing, NULL);
    memset(&enclave, 0, sizeof enclave);
    ck_assert_msg(cc_enclave_create(image_path("pair_debug.signed.so"), AUTO_ENCLAVE_TYPE, 0,
                                    SECGEAR_DEBUG_FLAG, NULL, 0, &enclave) == CC_SUCCESS,
                  "%s", cc_enclave_error_detail());
    service = (cc_sec_chl_svr_ctx_t){.enclave_ctx = &enclave};
    ck_assert_int_eq(cc_sec_chl_svr_init(&service), CC_SUCCESS);
}

static void teardown(void)
{
    cc_sec_chl_client_fini(&client);
    ck_assert_int_eq(cc_sec_chl_svr_fini(&service), CC_SUCCESS);
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
}

static void key_of(const struct secret *secret, uint8_t *ret_key)
{
    ck_assert(hkdf_expand(secret, view_text("key"), ret_key, SECRET_SIZE));
}

/* What this end knows, and the other one has, too. */
static void secrets_note(void)
{
    struct chl *chl = chl_acquire(&client);

    ck_assert_ptr_nonnull(chl);
    memcpy(secrets[0], &chl->session.sender.secret, SECRET_SIZE);
    memcpy(secrets[1], &chl->session.receiver.secret, SECRET_SIZE);
    memcpy(secrets[2], &chl->session.exporter, SECRET_SIZE);
    key_of(&chl->session.sender.secret, secrets[3]);
    key_of(&chl->session.receiver.secret, secrets[4]);
    chl_release(chl);
}

static void echo(void)
{
    uint8_t record[256], answer[256];
    char text[256];
    size_t size = sizeof record, answer_size = sizeof answer, text_size = sizeof text;
    int rc = -1;

    ck_assert_int_eq(cc_sec_chl_client_encrypt(&client, "something", 10, record, &size),
                     CC_SUCCESS);
    ck_assert_int_eq(pair_answer(&enclave, &rc, client.session_id, record, size, answer,
                                 sizeof answer, &answer_size),
                     CC_SUCCESS);
    ck_assert_int_eq(rc, 0);
    ck_assert_int_eq(cc_sec_chl_client_decrypt(&client, answer, answer_size, text, &text_size),
                     CC_SUCCESS);
    ck_assert_str_eq(text, "something");
}

/* A session that was used, whose secrets this search finds; false: this machine forbids to look. */
static bool session_open_and_found(void)
{
    static char uuid[] = PAIR_DEBUG;
    cc_sec_chl_client_opts_t opts = {
        .struct_size = sizeof opts, .policy_json = POLICY, .policy_json_len = strlen(POLICY)};

    client = (cc_sec_chl_ctx_t){.conn_kit = {to_enclave, &client}, .uuid = uuid};
    ck_assert_msg(cc_sec_chl_client_init_ex(CC_SEC_CHL_ALGO_RSA_ECDH_AES_GCM, &client, &opts) ==
                      CC_SUCCESS,
                  "%s", cc_sec_chl_error_detail());
    echo();
    secrets_note();
    if (!memory_search())
        return false;
    for (size_t s = 0; s < 5; s++)
        ck_assert_msg(found[s], "the %s is not found in a session that lives", NAMES[s]);
    return true;
}

/* --- tests ----------------------------------------------------------------------------------- */

START_TEST(session_that_its_client_ended_leaves_nothing_in_the_enclave)
{
    if (!session_open_and_found())
        TEST_SKIP("this machine forbids to read another process: %s", strerror(errno));
    cc_sec_chl_client_fini(&client);
    nothing_found();
}
END_TEST

START_TEST(service_that_ended_leaves_nothing_in_the_enclave)
{
    if (!session_open_and_found())
        TEST_SKIP("this machine forbids to read another process: %s", strerror(errno));
    ck_assert_int_eq(cc_sec_chl_svr_fini(&service), CC_SUCCESS);
    nothing_found();
}
END_TEST

START_TEST(session_that_another_one_follows_leaves_nothing_in_the_enclave)
{
    uint8_t before[SECRETS][SECRET_SIZE];

    if (!session_open_and_found())
        TEST_SKIP("this machine forbids to read another process: %s", strerror(errno));
    memcpy(before, secrets, sizeof before);
    cc_sec_chl_client_fini(&client);
    ck_assert(session_open_and_found());
    memcpy(secrets, before, sizeof before);
    nothing_found();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("integration/memory");
    TCase *tcase = tcase_of(suite, "memory");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, session_that_its_client_ended_leaves_nothing_in_the_enclave);
    tcase_add_test(tcase, service_that_ended_leaves_nothing_in_the_enclave);
    tcase_add_test(tcase, session_that_another_one_follows_leaves_nothing_in_the_enclave);
    return suite_main(suite);
}
