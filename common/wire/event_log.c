/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "wire/event_log.h"
#include "base/detail.h"

static const uint8_t MAGIC[8] = {'S', 'G', 'E', 'V', 'L', 'O', 'G', '1'};

bool event_valid(const struct event *event)
{
    if (event->reg >= REPORT_REGISTER_COUNT || event->name.size == 0 ||
        event->name.size > EVENT_NAME_MAX)
        return false;
    for (size_t i = 0; i < event->name.size; i++)
        if (event->name.data[i] < 0x20 || event->name.data[i] > 0x7e)
            return false;
    return true;
}

void event_log_header_encode(uint32_t count, struct writer *w)
{
    writer_put(w, VIEW_OF(MAGIC));
    writer_le32(w, count);
}

void event_encode(const struct event *event, struct writer *w)
{
    if (!event_valid(event))
        w->failed = true;
    writer_u8(w, event->reg);
    writer_u8(w, (uint8_t)event->name.size);
    writer_put(w, event->name);
    writer_put(w, VIEW_OF(event->digest));
}

struct event event_take(struct reader *events)
{
    struct event event;

    event.reg = reader_u8(events);
    event.name = reader_take(events, reader_u8(events));
    reader_copy(events, event.digest, sizeof event.digest);
    return event;
}

cc_enclave_result_t event_log_decode(struct view log, uint32_t *ret_count,
                                     struct reader *ret_events)
{
    struct reader r = reader_over(log), events;
    struct view magic = reader_take(&r, sizeof MAGIC);
    uint32_t count = reader_le32(&r);

    events = r;
    if (r.failed || !view_equal(magic, VIEW_OF(MAGIC)) || count > EVENT_MAX_COUNT)
        return detail_fail(CC_ERROR_BAD_FORMAT,
                           "event log: it does not begin as one, or has more than %d events",
                           EVENT_MAX_COUNT);
    for (uint32_t i = 0; i < count; i++) {
        struct event event = event_take(&r);

        if (r.failed || !event_valid(&event))
            return detail_fail(CC_ERROR_BAD_FORMAT, "event log: event %u is malformed", i);
    }
    if (!reader_done(&r))
        return detail_fail(CC_ERROR_BAD_FORMAT, "event log: bytes behind its last event");
    *ret_count = count;
    *ret_events = events;
    return CC_SUCCESS;
}
