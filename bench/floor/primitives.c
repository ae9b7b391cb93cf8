/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "floor/primitives.h"
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PLAIN_MAX = 65536, TAG_SIZE = 16, BLOCK_SIZE = 64, QUESTION_SIZE = 80, ANSWER_MAX = 2048 };

static EVP_MD *sha256;
static EVP_CIPHER *cipher;
static uint8_t random_bytes[44], sealed[PLAIN_MAX], tag[TAG_SIZE], opened[PLAIN_MAX];
static int signer_socket = -1;
static pid_t signer;

bool seal_floor_start(void)
{
    sha256 = EVP_MD_fetch(NULL, "SHA2-256", NULL);
    cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
    return sha256 != NULL && cipher != NULL;
}

/* HMAC by its definition: libcrypto's own MAC objects are slower. */
static bool key_derive(uint8_t key[32])
{
    uint8_t pad[BLOCK_SIZE] = {1}, inner[32];
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool good =
        EVP_DigestInit_ex2(ctx, sha256, NULL) == 1 && EVP_DigestUpdate(ctx, pad, sizeof pad) == 1 &&
        EVP_DigestUpdate(ctx, random_bytes, 32) == 1 && EVP_DigestFinal_ex(ctx, inner, NULL) == 1 &&
        EVP_DigestInit_ex2(ctx, sha256, NULL) == 1 && EVP_DigestUpdate(ctx, pad, sizeof pad) == 1 &&
        EVP_DigestUpdate(ctx, inner, sizeof inner) == 1 && EVP_DigestFinal_ex(ctx, key, NULL) == 1;

    EVP_MD_CTX_free(ctx);
    return good;
}

static bool seal_one(const uint8_t *plain, size_t size)
{
    OSSL_PARAM get[] = {OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, tag, TAG_SIZE),
                        OSSL_PARAM_END};
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    uint8_t key[32];
    int part;
    bool good = RAND_bytes(random_bytes, sizeof random_bytes) == 1 && key_derive(key) &&
                EVP_EncryptInit_ex2(ctx, cipher, key, random_bytes + 32, NULL) == 1 &&
                EVP_EncryptUpdate(ctx, sealed, &part, plain, (int)size) == 1 &&
                EVP_EncryptFinal_ex(ctx, sealed + part, &part) == 1 &&
                EVP_CIPHER_CTX_get_params(ctx, get) == 1;

    EVP_CIPHER_CTX_free(ctx);
    return good;
}

bool seal_floor_run(const uint8_t *plain, size_t size, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (size > PLAIN_MAX || !seal_one(plain, size))
            return false;
    return true;
}

static bool unseal_one(size_t size)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    uint8_t key[32];
    int part;
    bool good = key_derive(key) &&
                EVP_DecryptInit_ex2(ctx, cipher, key, random_bytes + 32, NULL) == 1 &&
                EVP_DecryptUpdate(ctx, opened, &part, sealed, (int)size) == 1 &&
                EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE, tag) == 1 &&
                EVP_DecryptFinal_ex(ctx, opened + part, &part) == 1;

    EVP_CIPHER_CTX_free(ctx);
    return good;
}

bool unseal_floor_run(size_t size, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (!unseal_one(size))
            return false;
    return true;
}

static void signer_main(int fd)
{
    uint8_t question[QUESTION_SIZE], answer[ANSWER_MAX], digest[32];
    EVP_PKEY *key = EVP_EC_gen("P-256");
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (EVP_PKEY_sign_init(ctx) != 1)
        _exit(1);
    while (recv(fd, question, sizeof question, 0) > 0) {
        size_t size = sizeof answer;

        /* As much is hashed as the claims of a report have. */
        if (EVP_Digest(answer, 512, digest, NULL, sha256, NULL) != 1 ||
            EVP_PKEY_sign(ctx, answer, &size, digest, sizeof digest) != 1 ||
            send(fd, answer, ANSWER_MAX / 2, 0) < 0)
            _exit(1);
    }
    _exit(0);
}

bool signer_start(void)
{
    int pair[2];

    if (!seal_floor_start() || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return false;
    signer = fork();
    if (signer == 0) {
        close(pair[0]);
        signer_main(pair[1]);
    }
    close(pair[1]);
    signer_socket = pair[0];
    return signer > 0;
}

bool signer_run(unsigned count)
{
    uint8_t packet[ANSWER_MAX] = {0};

    for (unsigned i = 0; i < count; i++)
        if (send(signer_socket, packet, QUESTION_SIZE, 0) != QUESTION_SIZE ||
            recv(signer_socket, packet, sizeof packet, 0) <= 0)
            return false;
    return true;
}

void signer_stop(void)
{
    close(signer_socket);
    if (signer > 0)
        waitpid(signer, NULL, 0);
}
