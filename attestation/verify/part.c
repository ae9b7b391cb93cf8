/* SPDX-License-Identifier: MulanPSL-2.0 */
#include "verify/part.h"
#include "verify/judge.h"
#include <stdlib.h>
#include <string.h>

enum { SAID_MAX_SIZE = 8 << 10 };
enum op { OP_BYTES, OP_TEXT, OP_NUMBER, OP_FLAG, OP_EXPIRES, OP_REASON };

/* Writes down what goes to the sink behind it: op u8, name with its end, size u32, bytes. */
struct recorder {
    const cc_verifier_sink_t *sink;
    struct window *window;
    struct writer said; /* failed: too much, or broken; then nothing is kept */
};

static void op_write(struct recorder *r, enum op op, const char *name, struct view bytes)
{
    writer_u8(&r->said, (uint8_t)op);
    writer_put(&r->said, view_of(name, strlen(name) + 1));
    writer_le32(&r->said, (uint32_t)bytes.size);
    writer_put(&r->said, bytes);
}

static void on_bytes(void *context, const char *name, const void *data, size_t size)
{
    struct recorder *r = context;

    op_write(r, OP_BYTES, name, view_of(data, size));
    r->sink->bytes(r->sink->context, name, data, size);
}

static void on_text(void *context, const char *name, const char *text, size_t size)
{
    struct recorder *r = context;

    op_write(r, OP_TEXT, name, view_of(text, size));
    r->sink->text(r->sink->context, name, text, size);
}

static void on_number(void *context, const char *name, uint64_t value)
{
    struct recorder *r = context;

    op_write(r, OP_NUMBER, name, view_of(&value, sizeof value));
    r->sink->number(r->sink->context, name, value);
}

static void on_flag(void *context, const char *name, bool value)
{
    struct recorder *r = context;

    op_write(r, OP_FLAG, name, view_of(&value, sizeof value));
    r->sink->flag(r->sink->context, name, value);
}

static void on_expires(void *context, const char *what, uint64_t at_s)
{
    struct recorder *r = context;

    op_write(r, OP_EXPIRES, what, view_of(&at_s, sizeof at_s));
    if (at_s < r->window->until_s)
        r->window->until_s = at_s;
    r->sink->expires(r->sink->context, what, at_s);
}

static void on_reason(void *context, cc_verify_severity_t severity, const char *rule,
                      const char *sentence)
{
    struct recorder *r = context;

    if (severity != CC_VERIFY_NOTE && severity != CC_VERIFY_RULE)
        r->said.failed = true;
    op_write(r, OP_REASON + (severity == CC_VERIFY_RULE), rule, view_text(sentence));
    r->sink->reason(r->sink->context, severity, rule, sentence);
}

static void op_say(const cc_verifier_sink_t *s, uint8_t op, const char *name, struct view v)
{
    char sentence[VERDICT_SENTENCE_ROOM] = "";
    uint64_t number = 0;

    if (op == OP_NUMBER || op == OP_EXPIRES)
        memcpy(&number, v.data, sizeof number);
    if (op == OP_BYTES)
        s->bytes(s->context, name, v.data, v.size);
    else if (op == OP_TEXT)
        s->text(s->context, name, (const char *)v.data, v.size);
    else if (op == OP_NUMBER)
        s->number(s->context, name, number);
    else if (op == OP_FLAG)
        s->flag(s->context, name, v.data[0] != 0);
    else if (op == OP_EXPIRES)
        s->expires(s->context, name, number);
    else if (v.size < sizeof sentence) {
        memcpy(sentence, v.data, v.size);
        s->reason(s->context, op == OP_REASON ? CC_VERIFY_NOTE : CC_VERIFY_RULE, name, sentence);
    }
}

/* Says again what was said when it was made. */
static void part_say(const struct judge *j, const struct part *part)
{
    struct reader r = reader_over(view_of(part->said, part->size));

    window_narrow(j, &part->window);
    while (!r.failed && r.rest.size > 0) {
        uint8_t op = reader_u8(&r);
        const char *name = (const char *)r.rest.data;

        reader_take(&r, strlen(name) + 1);
        op_say(j->sink, op, name, reader_take(&r, reader_le32(&r)));
    }
}

static void part_done(struct kept *kept)
{
    struct part *part = (struct part *)kept;

    pubkey_done(&part->key);
    json_decref(part->tcb_info);
    json_decref(part->qe_identity);
    free(part->said);
    free(part);
}

void part_release(struct part *part)
{
    if (part != NULL)
        kept_release(&part->head);
}

static void sized_add(struct hash *hash, struct view bytes)
{
    uint8_t size[8];
    struct writer w = writer_over(size, sizeof size);

    writer_be64(&w, bytes.size);
    hash_add(hash, VIEW_OF(size));
    hash_add(hash, bytes);
}

bool part_is_kept(const struct judge *j)
{
    const struct cc_verifier_own *own = j->request->own;

    return own != NULL && own->cache != NULL && own->has_collateral;
}

/* All that it depends on: the same input under other keys or another grace is another part. */
static bool part_id(const struct judge *j, const struct part_want *want,
                    uint8_t ret_id[static SHA256_SIZE])
{
    const cc_verifier_request_t *request = j->request;
    const struct cc_verifier_own *own = request->own;
    struct hash hash;

    if (!part_is_kept(j))
        return false;
    hash_init(&hash);
    sized_add(&hash, view_text(want->label));
    hash_add(&hash, VIEW_OF(own->collateral));
    sized_add(&hash, view_of(request->anchors, request->anchor_count * SHA256_SIZE));
    hash_add(&hash, view_of(&request->grace_s, sizeof request->grace_s));
    for (size_t i = 0; i < want->input_count; i++)
        sized_add(&hash, want->input[i]);
    return hash_final(&hash, ret_id);
}

static struct part *part_find(const struct judge *j, const uint8_t id[static SHA256_SIZE])
{
    struct part *part = (struct part *)cache_find(j->request->own->cache, id);
    uint64_t now = j->request->input->now_s;

    if (part != NULL && now >= part->window.from_s && now <= part->window.until_s) {
        part_say(j, part);
        return part;
    }
    part_release(part);
    return NULL;
}

/* Made while a recorder listens; kept when nothing was broken. */
static struct part *part_make(const struct judge *j, const struct part_want *want, uint8_t *id)
{
    uint8_t room[SAID_MAX_SIZE];
    struct part *part = calloc(1, sizeof *part);
    struct recorder r = {.sink = j->sink, .said = writer_over(room, sizeof room)};
    const cc_verifier_sink_t sink = {&r,      on_bytes,  on_text,   on_number,
                                     on_flag, on_reason, on_expires};
    struct judge inner = *j;
    bool good;

    if (part == NULL) {
        BROKEN(j->sink, "memory", "memory: none left");
        return NULL;
    }
    part->head = (struct kept){1, part_done};
    part->window.until_s = UINT64_MAX;
    r.window = inner.window = &part->window;
    inner.sink = &sink;
    good = want->make(&inner, want->arg, part);
    window_narrow(j, &part->window);
    if (!good) {
        part_release(part);
        return NULL;
    }
    part->said = id != NULL && !r.said.failed ? malloc(r.said.size + 1) : NULL;
    if (part->said != NULL) {
        memcpy(part->said, room, r.said.size);
        part->size = r.said.size;
        cache_keep(j->request->own->cache, id, &part->head);
    }
    return part;
}

struct part *part_get(const struct judge *j, const struct part_want *want)
{
    uint8_t id[SHA256_SIZE];
    struct part *part;

    if (!part_id(j, want, id))
        return part_make(j, want, NULL);
    part = part_find(j, id);
    return part != NULL ? part : part_make(j, want, id);
}
