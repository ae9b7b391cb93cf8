/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "floor/tls13.h"
#include "bench.h"
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

enum { PAIRS_MAX = 256, ROOM = 1 << 16, DAY_S = 86400 };

static SSL_CTX *server_ctx, *client_ctx;
static SSL *made[2 * PAIRS_MAX];

static bool extension_add(X509 *cert, int nid, const char *value)
{
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    bool good = e != NULL && X509_add_ext(cert, e, -1) == 1;

    X509_EXTENSION_free(e);
    return good;
}

/* issuer NULL: a root, signed by its own key. */
static X509 *cert_make(EVP_PKEY *key, const char *name, X509 *issuer, EVP_PKEY *issuer_key)
{
    X509 *cert = X509_new();
    X509_NAME *subject = X509_NAME_new();
    bool good =
        cert != NULL && subject != NULL && X509_set_version(cert, 2) == 1 &&
        X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1,
                                   0) == 1 &&
        ASN1_INTEGER_set(X509_get_serialNumber(cert), issuer == NULL ? 1 : 2) == 1 &&
        X509_gmtime_adj(X509_getm_notBefore(cert), -DAY_S) != NULL &&
        X509_gmtime_adj(X509_getm_notAfter(cert), DAY_S) != NULL &&
        X509_set_subject_name(cert, subject) == 1 &&
        X509_set_issuer_name(cert, issuer != NULL ? X509_get_subject_name(issuer) : subject) == 1 &&
        X509_set_pubkey(cert, key) == 1 &&
        extension_add(cert, NID_basic_constraints,
                      issuer == NULL ? "critical,CA:TRUE" : "critical,CA:FALSE") &&
        X509_sign(cert, issuer_key, EVP_sha256()) > 0;

    X509_NAME_free(subject);
    if (!good) {
        X509_free(cert);
        cert = NULL;
    }
    return cert;
}

static bool ctx_prepare(SSL_CTX *ctx)
{
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(ctx, SSL_MODE_NO_AUTO_CHAIN);
    return SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) == 1 &&
           SSL_CTX_set1_groups_list(ctx, "P-256") == 1 &&
           SSL_CTX_set_ciphersuites(ctx, "TLS_AES_256_GCM_SHA384") == 1;
}

bool tls13_start(bool mutual)
{
    EVP_PKEY *root_key = EVP_EC_gen("P-256"), *key = EVP_EC_gen("P-256");
    X509 *root = cert_make(root_key, "floor root", NULL, root_key);
    X509 *cert = root != NULL ? cert_make(key, "floor", root, root_key) : NULL;
    bool good;

    server_ctx = SSL_CTX_new(TLS_server_method());
    client_ctx = SSL_CTX_new(TLS_client_method());
    good = cert != NULL && server_ctx != NULL && client_ctx != NULL && ctx_prepare(server_ctx) &&
           ctx_prepare(client_ctx) && SSL_CTX_set_num_tickets(server_ctx, 0) == 1 &&
           SSL_CTX_use_certificate(server_ctx, cert) == 1 &&
           SSL_CTX_use_PrivateKey(server_ctx, key) == 1 &&
           X509_STORE_add_cert(SSL_CTX_get_cert_store(client_ctx), root) == 1;
    if (good)
        SSL_CTX_set_verify(client_ctx, SSL_VERIFY_PEER, NULL);
    if (good && mutual) {
        good = SSL_CTX_use_certificate(client_ctx, cert) == 1 &&
               SSL_CTX_use_PrivateKey(client_ctx, key) == 1 &&
               X509_STORE_add_cert(SSL_CTX_get_cert_store(server_ctx), root) == 1;
        SSL_CTX_set_verify(server_ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    }
    X509_free(cert);
    X509_free(root);
    EVP_PKEY_free(key);
    EVP_PKEY_free(root_key);
    return good;
}

static bool handshake(SSL **ret_pair)
{
    BIO *near = NULL, *far = NULL;
    SSL *client = SSL_new(client_ctx), *server = SSL_new(server_ctx);
    int client_done = 0, server_done = 0;

    ret_pair[0] = client;
    ret_pair[1] = server;
    if (client == NULL || server == NULL || BIO_new_bio_pair(&near, ROOM, &far, ROOM) != 1)
        return false;
    SSL_set_bio(client, near, near);
    SSL_set_bio(server, far, far);
    for (int turns = 0; turns < 4 && !(client_done == 1 && server_done == 1); turns++) {
        client_done = SSL_connect(client);
        server_done = SSL_accept(server);
    }
    return client_done == 1 && server_done == 1 && SSL_get_verify_result(client) == X509_V_OK &&
           SSL_get_verify_result(server) == X509_V_OK;
}

double tls13_per_second(unsigned handshakes)
{
    double start = now_s(), took;
    unsigned count = 0;

    while (count < handshakes && count < PAIRS_MAX && handshake(&made[2 * count]))
        count++;
    took = now_s() - start;
    for (unsigned i = 0; i < 2 * handshakes && i < 2 * PAIRS_MAX; i++) {
        SSL_free(made[i]);
        made[i] = NULL;
    }
    return count == handshakes ? handshakes / took : -1;
}

bool tls13_records_start(void)
{
    return tls13_start(false) && handshake(made);
}

bool tls13_records_run(const void *message, size_t size, unsigned count)
{
    static uint8_t plain[1 << 16];
    size_t done = 0;

    for (unsigned i = 0; i < count; i++)
        if (SSL_write_ex(made[0], message, size, &done) != 1 || done != size ||
            SSL_read_ex(made[1], plain, sizeof plain, &done) != 1 || done != size)
            return false;
    return true;
}

void tls13_stop(void)
{
    for (size_t i = 0; i < 2 * PAIRS_MAX; i++) {
        SSL_free(made[i]);
        made[i] = NULL;
    }
    SSL_CTX_free(server_ctx);
    SSL_CTX_free(client_ctx);
}
