/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * The trusted end: opens each record of a session, adds it up, and answers with a record. The host
 * chooses which session it names, so only what opens in that session counts for it.
 */
#include "common/stats.h"
#include "sc_demo_t.h"
#include "secgear_log.h"
#include "secure_channel_enclave.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { UPLOADS_MAX = 64 };

struct upload {
    size_t session_id; /* 0: free */
    struct stats stats;
};

static struct upload uploads[UPLOADS_MAX];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* With the lock held; NULL when there is no room. */
static struct upload *upload_of(size_t session_id)
{
    struct upload *free_one = NULL;

    for (size_t i = 0; i < UPLOADS_MAX; i++) {
        if (uploads[i].session_id == session_id)
            return &uploads[i];
        if (uploads[i].session_id == 0 && free_one == NULL)
            free_one = &uploads[i];
    }
    if (free_one != NULL) {
        memset(free_one, 0, sizeof *free_one);
        free_one->session_id = session_id;
    }
    return free_one;
}

int demo_append(size_t session_id, const uint8_t *record, size_t len)
{
    size_t plain_len = len;
    uint8_t *plain;
    struct upload *upload;
    int rc;

    if (record == NULL || len == 0 || session_id == 0)
        return -1;
    plain = malloc(len);
    if (plain == NULL)
        return -1;
    rc = cc_sec_chl_enclave_decrypt(session_id, (void *)record, len, plain, &plain_len);
    if (rc == 0) {
        pthread_mutex_lock(&lock);
        upload = upload_of(session_id);
        if (upload != NULL)
            stats_add(&upload->stats, plain, plain_len);
        else
            rc = -1;
        pthread_mutex_unlock(&lock);
        memset(plain, 0, plain_len);
    } else {
        PrintInfo(PRINT_ERROR, "a record of a session does not open: %d", rc);
    }
    free(plain);
    return rc;
}

int demo_result(size_t session_id, uint8_t *record, size_t room, size_t *len)
{
    struct upload *upload;
    struct stats stats;

    if (record == NULL || len == NULL || session_id == 0)
        return -1;
    pthread_mutex_lock(&lock);
    upload = upload_of(session_id);
    if (upload != NULL) {
        stats_finish(&upload->stats);
        stats = upload->stats;
        memset(upload, 0, sizeof *upload);
    }
    pthread_mutex_unlock(&lock);
    if (upload == NULL)
        return -1;
    *len = room;
    return cc_sec_chl_enclave_encrypt(session_id, &stats, sizeof stats, record, len);
}
