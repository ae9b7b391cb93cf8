/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * The trusted end of all forms: opens a client's record, turns its letters into capitals, and keeps
 * that for the session until it is asked for. The host chooses which session it names, so only what
 * opens in a session is kept for it, and it leaves as a record of that session.
 */
#include "sc_demo_t.h"
#include "secure_channel_enclave.h"
#include <pthread.h>
#include <string.h>

enum { SESSIONS_MAX = 256, TEXT_MAX = 900 };

struct kept {
    size_t session_id; /* 0: free */
    size_t size;
    uint8_t text[TEXT_MAX];
};

static struct kept kept[SESSIONS_MAX];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* With the lock held; NULL: none, or no room. */
static struct kept *kept_of(size_t session_id)
{
    for (size_t i = 0; i < SESSIONS_MAX; i++)
        if (kept[i].session_id == session_id)
            return &kept[i];
    return NULL;
}

static void capitals_make(uint8_t *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (text[i] >= 'a' && text[i] <= 'z')
            text[i] = (uint8_t)(text[i] - 'a' + 'A');
}

int sec_chl_recv_client_data(size_t session_id, uint8_t *data, size_t data_len)
{
    uint8_t text[TEXT_MAX];
    size_t size = sizeof text;
    struct kept *place;
    int rc;

    if (data == NULL || data_len == 0 || session_id == 0)
        return -1;
    rc = cc_sec_chl_enclave_decrypt(session_id, data, data_len, text, &size);
    if (rc != 0)
        return rc;
    capitals_make(text, size);
    pthread_mutex_lock(&lock);
    place = kept_of(session_id);
    if (place == NULL)
        place = kept_of(0);
    if (place != NULL) {
        place->session_id = session_id;
        place->size = size;
        memcpy(place->text, text, size);
    }
    pthread_mutex_unlock(&lock);
    return place != NULL ? 0 : -1;
}

int sec_chl_get_client_data_handle_result(size_t session_id, uint8_t *data, size_t *data_len)
{
    struct kept answer = {0};
    struct kept *place;

    if (data == NULL || data_len == NULL || session_id == 0 || *data_len > 1024)
        return -1;
    pthread_mutex_lock(&lock);
    place = kept_of(session_id);
    if (place != NULL) {
        answer = *place;
        memset(place, 0, sizeof *place);
    }
    pthread_mutex_unlock(&lock);
    if (place == NULL)
        return -1;
    return cc_sec_chl_enclave_encrypt(session_id, answer.text, answer.size, data, data_len);
}
