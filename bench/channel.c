/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "channel.h"
#include "bench.h"
#include "bench_u.h"
#include "secgear_shared_memory.h"
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <string.h>

static cc_enclave_t enclave;
static cc_sec_chl_svr_ctx_t service;
static cc_sec_chl_key_t *client_key; /* as a program holds it: loaded once */
static char uuid[] = "5e0c1c6a-7d3b-4f0e-9a55-31d2f1c6b7aa"; /* enclave/config.xml */

static int to_relay(void *conn, void *bytes, size_t size)
{
    struct channel *channel = conn;

    (void)cc_sec_chl_svr_callback(&channel->connection, bytes, size); /* it answers in any case */
    return (int)size;
}

static int to_client(void *conn, void *bytes, size_t size)
{
    struct channel *channel = conn;

    (void)cc_sec_chl_client_callback(&channel->client, bytes, size);
    return (int)size;
}

static bool key_make(void)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    BIO *bio = BIO_new(BIO_s_mem());
    char *pem = NULL;
    long size = 0;
    bool good = key != NULL && bio != NULL &&
                PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1;

    if (good)
        size = BIO_get_mem_data(bio, &pem);
    good = good && size > 0 && cc_sec_chl_key_load(pem, (size_t)size, &client_key) == CC_SUCCESS;
    BIO_free(bio);
    EVP_PKEY_free(key);
    return good;
}

bool service_start(void)
{
    if (client_key == NULL && !key_make())
        return false;
    if (!bench_create(&enclave))
        return false;
    service.enclave_ctx = &enclave;
    if (cc_sec_chl_svr_init(&service) == CC_SUCCESS)
        return true;
    bench_say(cc_sec_chl_svr_error_detail());
    return false;
}

void service_stop(void)
{
    if (service.is_init)
        cc_sec_chl_svr_fini(&service);
    if (enclave.used_flag)
        cc_enclave_destroy(&enclave);
}

static bool channel_open_with(struct channel *channel, const cc_sec_chl_client_opts_t *opts)
{
    memset(channel, 0, sizeof *channel);
    channel->connection.svr_ctx = &service;
    channel->connection.conn_kit.send = to_client;
    channel->connection.conn_kit.conn = channel;
    channel->client.uuid = uuid;
    channel->client.conn_kit.send = to_relay;
    channel->client.conn_kit.conn = channel;
    if (cc_sec_chl_client_init_ex(CC_SEC_CHL_ALGO_RSA_ECDH_AES_GCM, &channel->client, opts) ==
        CC_SUCCESS)
        return true;
    bench_say(cc_sec_chl_error_detail());
    return false;
}

bool channel_open(struct channel *channel, uint64_t flags)
{
    const cc_sec_chl_client_opts_t opts = {
        .struct_size = sizeof opts, .policy_path = bench_policy(), .flags = flags};

    return channel_open_with(channel, &opts);
}

bool channel_open_mutual(struct channel *channel)
{
    const cc_sec_chl_client_opts_t opts = {
        .struct_size = sizeof opts, .policy_path = bench_policy(), .key = client_key};

    return channel_open_with(channel, &opts);
}

void channel_close(struct channel *channel)
{
    cc_sec_chl_client_fini(&channel->client);
}

cc_sec_chl_svr_ctx_t *channel_service(void)
{
    return &service;
}

const char *channel_uuid(void)
{
    return uuid;
}

int channel_record_to_enclave(size_t session_id, const uint8_t *record, size_t size)
{
    int rc = -1;

    return bench_open_records(&enclave, &rc, session_id, record, size, size) == CC_SUCCESS ? rc
                                                                                           : -1;
}

uint8_t *channel_room(size_t size)
{
    return cc_malloc_shared_memory(&enclave, size);
}

bool channel_records_to_enclave(const struct channel *channel, uint8_t *records, size_t size,
                                size_t each)
{
    int rc = -1;

    return bench_open_shared(&enclave, &rc, channel->client.session_id, records, size, each) ==
               CC_SUCCESS &&
           rc == 0;
}
