/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "control.h"
#include "crypto/event.h"
#include "crypto/hash.h"
#include "secgear_measure.h"
#include <pthread.h>
#include <string.h>

/* All events so far, as they go out: nothing secret. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint8_t events[EVENT_LOG_MAX_SIZE - EVENT_LOG_HEADER_SIZE];
static size_t events_size;
static uint32_t events_count;

static cc_enclave_result_t register_ask(const struct event *event)
{
    uint8_t digest[EVENT_DIGEST_SIZE];
    struct device_message question = {
        .type = DEVICE_EXTEND, .numbers = {event->reg}, .bytes = VIEW_OF(digest)};
    struct control_answer answer;
    cc_enclave_result_t rc;

    if (!event_digest(event, digest))
        return CC_FAIL;
    rc = control_ask(&question, DEVICE_EXTENDED, &answer);
    return rc == CC_SUCCESS ? (cc_enclave_result_t)answer.message.numbers[0] : rc;
}

/* Under the lock, so that the log has the order of the register. */
static cc_enclave_result_t event_add(const struct event *event)
{
    struct writer w = writer_over(events + events_size, sizeof events - events_size);
    cc_enclave_result_t rc;

    if (events_count >= EVENT_MAX_COUNT)
        return CC_ERROR_EXCESS_DATA;
    rc = register_ask(event);
    if (rc != CC_SUCCESS)
        return rc;
    event_encode(event, &w);
    events_size += w.size;
    events_count++;
    return CC_SUCCESS;
}

cc_enclave_result_t cc_enclave_extend(const cc_event_t *event)
{
    char name[EVENT_NAME_MAX + 1];
    struct event copy;
    cc_enclave_result_t rc;

    if (event == NULL || event->name == NULL || event->reg >= REPORT_REGISTER_COUNT ||
        (event->data == NULL && event->size > 0))
        return CC_ERROR_BAD_PARAMETERS;
    copy.reg = (uint8_t)event->reg;
    copy.name = view_of(name, strnlen(event->name, sizeof name));
    memcpy(name, event->name, copy.name.size);
    if (!event_valid(&copy))
        return CC_ERROR_BAD_PARAMETERS;
    if (!sha256(view_of(event->data, event->size), copy.digest))
        return CC_FAIL;
    pthread_mutex_lock(&lock);
    rc = event_add(&copy);
    pthread_mutex_unlock(&lock);
    return rc;
}

cc_enclave_result_t cc_enclave_get_event_log(uint8_t *log, size_t *log_size)
{
    cc_enclave_result_t rc = CC_ERROR_SHORT_BUFFER;
    size_t size, room;
    struct writer w;

    if (log_size == NULL)
        return CC_ERROR_BAD_PARAMETERS;
    room = *log_size;
    pthread_mutex_lock(&lock);
    size = EVENT_LOG_HEADER_SIZE + events_size;
    if (log != NULL && room >= size) {
        w = writer_over(log, room);
        event_log_header_encode(events_count, &w);
        writer_put(&w, view_of(events, events_size));
        rc = w.failed ? CC_FAIL : CC_SUCCESS;
    }
    pthread_mutex_unlock(&lock);
    *log_size = size;
    return rc;
}
