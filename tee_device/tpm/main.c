/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * secgear-tpm - a secret of at most 128 bytes in and out of a TPM 2.0, for secgear-device, which
 * starts it once when it serves. A program of its own, so that the TPM's software stack is never in
 * the process that holds the device's keys.
 *
 *     secgear-tpm seal TCTI      standard input: the secret; standard output: a blob
 *     secgear-tpm unseal TCTI    standard input: the blob; standard output: the secret
 *
 *   blob = TPM2B_PUBLIC | TPM2B_PRIVATE of a sealed data object (TPM 2.0 Library, Part 2, 12.2.4,
 *          12.3.7) below the owner hierarchy's P-256 storage key, which each TPM makes anew from
 *          its own seed and the template here; no other TPM loads it
 *
 * Both directions of the bus are encrypted (a session salted with that key), against who only
 * listens; whoever may use the TPM as we do can unseal as well.
 *
 * Layer: tee_device/tpm. Threads: one.
 */
#include "base/bytes.h"
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <tss2/tss2_esys.h>
#include <tss2/tss2_mu.h>
#include <tss2/tss2_tctildr.h>
#include <unistd.h>

enum { SECRET_MAX_SIZE = 128, BLOB_MAX_SIZE = 1024, ANSWER_SECONDS = 60 };

struct tpm {
    TSS2_TCTI_CONTEXT *tcti;
    ESYS_CONTEXT *esys;
    ESYS_TR storage; /* the primary key */
    ESYS_TR session;
};

static int fail(const char *step, TSS2_RC rc)
{
    fprintf(stderr, "TPM: %s failed (0x%x)\n", step, rc);
    return 1;
}

static const TPM2B_PUBLIC STORAGE = {
    .publicArea =
        {
            .type = TPM2_ALG_ECC,
            .nameAlg = TPM2_ALG_SHA256,
            .objectAttributes = TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT |
                                TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |
                                TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_USERWITHAUTH |
                                TPMA_OBJECT_NODA,
            .parameters.eccDetail = {.symmetric = {.algorithm = TPM2_ALG_AES,
                                                   .keyBits.aes = 128,
                                                   .mode.aes = TPM2_ALG_CFB},
                                     .scheme.scheme = TPM2_ALG_NULL,
                                     .curveID = TPM2_ECC_NIST_P256,
                                     .kdf.scheme = TPM2_ALG_NULL},
        },
};

static const TPM2B_PUBLIC SEALED = {
    .publicArea =
        {
            .type = TPM2_ALG_KEYEDHASH,
            .nameAlg = TPM2_ALG_SHA256,
            .objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |
                                TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_NODA,
            .parameters.keyedHashDetail.scheme.scheme = TPM2_ALG_NULL,
        },
};

static int storage_open(struct tpm *tpm)
{
    const TPM2B_SENSITIVE_CREATE nothing = {.size = 0};
    const TPM2B_DATA outside = {.size = 0};
    const TPML_PCR_SELECTION no_registers = {.count = 0};
    TSS2_RC rc = Esys_CreatePrimary(tpm->esys, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE,
                                    ESYS_TR_NONE, &nothing, &STORAGE, &outside, &no_registers,
                                    &tpm->storage, NULL, NULL, NULL, NULL);

    return rc == TSS2_RC_SUCCESS ? 0 : fail("making the storage key", rc);
}

static int session_open(struct tpm *tpm)
{
    const TPMT_SYM_DEF cipher = {
        .algorithm = TPM2_ALG_AES, .keyBits.aes = 128, .mode.aes = TPM2_ALG_CFB};
    TSS2_RC rc = Esys_StartAuthSession(tpm->esys, tpm->storage, ESYS_TR_NONE, ESYS_TR_NONE,
                                       ESYS_TR_NONE, ESYS_TR_NONE, NULL, TPM2_SE_HMAC, &cipher,
                                       TPM2_ALG_SHA256, &tpm->session);

    if (rc == TSS2_RC_SUCCESS)
        rc = Esys_TRSess_SetAttributes(
            tpm->esys, tpm->session,
            TPMA_SESSION_DECRYPT | TPMA_SESSION_ENCRYPT | TPMA_SESSION_CONTINUESESSION, 0xff);
    return rc == TSS2_RC_SUCCESS ? 0 : fail("an encrypted session", rc);
}

static int tpm_open(struct tpm *tpm, const char *tcti)
{
    TSS2_RC rc = Tss2_TctiLdr_Initialize(tcti, &tpm->tcti);

    if (rc == TSS2_RC_SUCCESS)
        rc = Esys_Initialize(&tpm->esys, tpm->tcti, NULL);
    if (rc != TSS2_RC_SUCCESS)
        return fail(tcti, rc);
    return storage_open(tpm) || session_open(tpm);
}

/* A TPM has room for few objects at once. */
static void tpm_close(struct tpm *tpm)
{
    if (tpm->session != ESYS_TR_NONE)
        Esys_FlushContext(tpm->esys, tpm->session);
    if (tpm->storage != ESYS_TR_NONE)
        Esys_FlushContext(tpm->esys, tpm->storage);
    Esys_Finalize(&tpm->esys);
    Tss2_TctiLdr_Finalize(&tpm->tcti);
}

/* Until the end of input; -1: more than room, or an error. */
static ssize_t input_take(uint8_t *ret_bytes, size_t room)
{
    size_t size = 0;
    ssize_t got;

    while (size <= room) {
        got = read(STDIN_FILENO, ret_bytes + size, room + 1 - size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            return (ssize_t)size;
        size += (size_t)got;
    }
    return -1;
}

static int output_give(const uint8_t *bytes, size_t size)
{
    if (write(STDOUT_FILENO, bytes, size) == (ssize_t)size)
        return 0;
    perror("TPM: output");
    return 1;
}

static int seal(struct tpm *tpm)
{
    const TPM2B_DATA outside = {.size = 0};
    const TPML_PCR_SELECTION no_registers = {.count = 0};
    TPM2B_SENSITIVE_CREATE sensitive = {.size = 0};
    uint8_t secret[SECRET_MAX_SIZE + 1], blob[BLOB_MAX_SIZE];
    ssize_t size = input_take(secret, SECRET_MAX_SIZE);
    TPM2B_PRIVATE *private = NULL;
    TPM2B_PUBLIC *public = NULL;
    size_t at = 0;
    TSS2_RC rc;

    if (size <= 0)
        return fail("reading the secret", 0);
    sensitive.sensitive.data.size = (UINT16)size;
    memcpy(sensitive.sensitive.data.buffer, secret, (size_t)size);
    rc = Esys_Create(tpm->esys, tpm->storage, tpm->session, ESYS_TR_NONE, ESYS_TR_NONE, &sensitive,
                     &SEALED, &outside, &no_registers, &private, &public, NULL, NULL, NULL);
    wipe(secret, sizeof secret);
    wipe(&sensitive, sizeof sensitive);
    if (rc == TSS2_RC_SUCCESS)
        rc = Tss2_MU_TPM2B_PUBLIC_Marshal(public, blob, sizeof blob, &at);
    if (rc == TSS2_RC_SUCCESS)
        rc = Tss2_MU_TPM2B_PRIVATE_Marshal(private, blob, sizeof blob, &at);
    Esys_Free(private);
    Esys_Free(public);
    return rc == TSS2_RC_SUCCESS ? output_give(blob, at) : fail("sealing", rc);
}

static TSS2_RC blob_load(struct tpm *tpm, const uint8_t *blob, size_t size, ESYS_TR *ret_object)
{
    TPM2B_PUBLIC public = {.size = 0};
    TPM2B_PRIVATE private = {.size = 0};
    size_t at = 0;
    TSS2_RC rc = Tss2_MU_TPM2B_PUBLIC_Unmarshal(blob, size, &at, &public);

    if (rc == TSS2_RC_SUCCESS)
        rc = Tss2_MU_TPM2B_PRIVATE_Unmarshal(blob, size, &at, &private);
    if (rc == TSS2_RC_SUCCESS && at != size)
        rc = TSS2_MU_RC_BAD_SIZE;
    if (rc == TSS2_RC_SUCCESS)
        rc = Esys_Load(tpm->esys, tpm->storage, tpm->session, ESYS_TR_NONE, ESYS_TR_NONE, &private,
                       &public, ret_object);
    return rc;
}

static int unseal(struct tpm *tpm)
{
    uint8_t blob[BLOB_MAX_SIZE + 1];
    ssize_t size = input_take(blob, BLOB_MAX_SIZE);
    TPM2B_SENSITIVE_DATA *secret = NULL;
    ESYS_TR object = ESYS_TR_NONE;
    TSS2_RC rc;
    int result;

    if (size <= 0)
        return fail("reading the blob", 0);
    rc = blob_load(tpm, blob, (size_t)size, &object);
    if (rc != TSS2_RC_SUCCESS)
        return fail("loading what was sealed (by another TPM?)", rc);
    rc = Esys_Unseal(tpm->esys, object, tpm->session, ESYS_TR_NONE, ESYS_TR_NONE, &secret);
    Esys_FlushContext(tpm->esys, object);
    if (rc != TSS2_RC_SUCCESS)
        return fail("unsealing", rc);
    result = output_give(secret->buffer, secret->size);
    wipe(secret, sizeof *secret);
    Esys_Free(secret);
    return result;
}

int main(int argc, char **argv)
{
    struct tpm tpm = {.storage = ESYS_TR_NONE, .session = ESYS_TR_NONE};
    bool sealing = argc == 3 && strcmp(argv[1], "seal") == 0;
    const struct rlimit none = {0, 0};
    int result;

    if (argc != 3 || (!sealing && strcmp(argv[1], "unseal") != 0)) {
        fputs("usage: secgear-tpm seal|unseal TCTI\n", stderr);
        return 2;
    }
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || setrlimit(RLIMIT_CORE, &none) != 0)
        return 1;
    alarm(ANSWER_SECONDS); /* a TPM that never answers must not hold a device up for ever */
    result = tpm_open(&tpm, argv[2]);
    if (result == 0)
        result = sealing ? seal(&tpm) : unseal(&tpm);
    if (tpm.esys != NULL)
        tpm_close(&tpm);
    return result;
}
