/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * What is left of a session in memory. Client and enclave are one process here; all that it may
 * write is searched for the secrets, which the test itself keeps only masked.
 */
#include "channel_ask.h"
#include "handle.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define WATCHED 1 /* by a sanitizer, which quarantines what is freed and maps terabytes */
#else
#define WATCHED 0
#endif

enum { MASK = 0x5a, SECRETS_MAX_COUNT = 32, SECRET_SIZE = 32 };

struct masked {
    const char *name;
    uint8_t bytes[SECRET_SIZE];
};

static struct masked secrets[SECRETS_MAX_COUNT];
static size_t secret_count;
static struct line line;

static void setup(void)
{
    rig_setup();
    line_init(&line);
    secret_count = 0;
}

static void teardown(void)
{
    line_done(&line);
    rig_teardown();
}

static void remember(const char *name, const void *secret)
{
    const volatile uint8_t *from = secret;
    struct masked *m = &secrets[secret_count++];

    ck_assert_uint_le(secret_count, SECRETS_MAX_COUNT);
    m->name = name;
    for (size_t i = 0; i < SECRET_SIZE; i++)
        m->bytes[i] = from[i] ^ MASK;
}

static bool found_at(const volatile uint8_t *at, const struct masked *m)
{
    for (size_t i = 0; i < SECRET_SIZE; i++)
        if ((at[i] ^ MASK) != m->bytes[i])
            return false;
    return true;
}

/* The name of a secret that is in [from, to), or NULL. */
static const char *range_search(const volatile uint8_t *from, const volatile uint8_t *to)
{
    bool first[256] = {false};

    for (size_t s = 0; s < secret_count; s++)
        first[secrets[s].bytes[0]] = true;
    for (; from + SECRET_SIZE <= to; from++) {
        if (!first[*from ^ MASK])
            continue;
        for (size_t s = 0; s < secret_count; s++)
            if (found_at(from, &secrets[s]))
                return secrets[s].name;
    }
    return NULL;
}

/* All of this process that is readable and writable. */
static const char *memory_search(void)
{
    FILE *maps = fopen("/proc/self/maps", "re");
    const char *found = NULL;
    char text[512];

    ck_assert_ptr_nonnull(maps);
    while (found == NULL && fgets(text, sizeof text, maps) != NULL) {
        unsigned long from, to;
        char rights[5];

        if (sscanf(text, "%lx-%lx %4s", &from, &to, rights) == 3 && strncmp(rights, "rw", 2) == 0)
            found = range_search((const volatile uint8_t *)from, (const volatile uint8_t *)to);
    }
    fclose(maps);
    return found;
}

static void session_remember(const struct session *s)
{
    remember("secret of the sender", &s->sender.secret);
    remember("secret of the receiver", &s->receiver.secret);
    remember("exporter", &s->exporter);
}

/* The keys that follow from a secret; nothing of it is kept but masked. */
static void keys_remember(const struct secret *secret)
{
    uint8_t key[SECRET_SIZE];

    ck_assert(hkdf_expand(secret, view_text("key"), key, sizeof key));
    remember("traffic key", key);
    wipe(key, sizeof key);
}

/* When FINISH passes, the enclave's half-open entry is there. */
static void half_open_remember(struct line *l, struct buf *message)
{
    struct pool *pool = &service_get()->pool;

    (void)l;
    for (size_t i = 0; message->data[0] == SC2_FINISH && i < POOL_MAX_COUNT; i++)
        if (pool->entry[i].id != 0) {
            remember("hs", &pool->entry[i].schedule.hs);
            remember("binder", &pool->entry[i].schedule.binder);
        }
}

START_TEST(nothing_of_a_session_is_left_in_memory)
{
    struct member *member;
    struct chl *chl;

    if (WATCHED)
        return;
    line.on_request = half_open_remember;
    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
    ck_assert_uint_eq(secret_count, 2);
    ck_assert_ptr_null(memory_search()); /* the handshake's are gone while the session lives */
    ck_assert_int_eq(line_echo(&line, "something to decrypt"), CC_SUCCESS);
    chl = chl_acquire(&line.client);
    member = roster_acquire(&service_get()->roster, line.client.session_id);
    session_remember(&chl->session);
    session_remember(&member->session);
    keys_remember(&chl->session.sender.secret);
    keys_remember(&chl->session.receiver.secret);
    ck_assert_ptr_nonnull(memory_search()); /* this search finds what there is */
    chl_release(chl);
    roster_release(member);
    cc_sec_chl_client_fini(&line.client);
    ck_assert_msg(memory_search() == NULL, "%s", memory_search());
}
END_TEST

START_TEST(old_epochs_are_gone_while_the_session_lives)
{
    struct member *member;
    struct chl *chl;

    if (WATCHED)
        return;
    line.opts.rekey_records = 1024;
    ck_assert_int_eq(line_open(&line), CC_SUCCESS);
    chl = chl_acquire(&line.client);
    member = roster_acquire(&service_get()->roster, line.client.session_id);
    remember("secret of epoch 0", &chl->session.sender.secret);
    keys_remember(&chl->session.sender.secret);
    for (int i = 0; i < 1030; i++)
        ck_assert_int_eq(line_echo(&line, "again"), CC_SUCCESS);
    ck_assert_uint_eq(chl->session.sender.epoch, 1);
    session_tick(&member->session, UINT64_MAX); /* half a minute later */
    ck_assert_msg(memory_search() == NULL, "%s", memory_search());
    ck_assert_int_eq(line_echo(&line, "alive"), CC_SUCCESS);
    chl_release(chl);
    roster_release(member);
}
END_TEST

static void finish_spoil(struct line *l, struct buf *message)
{
    half_open_remember(l, message);
    if (message->data[0] == SC2_FINISH)
        message->data[message->size - 1] ^= 1;
}

START_TEST(refused_handshakes_leave_nothing)
{
    if (WATCHED)
        return;
    line.on_request = finish_spoil;
    ck_assert_int_ne(line_open(&line), CC_SUCCESS);
    ck_assert_uint_eq(secret_count, 2);
    ck_assert_int_eq(cc_sec_chl_svr_fini(&rig.svr), CC_SUCCESS); /* drops what is half open */
    ck_assert_msg(memory_search() == NULL, "%s", memory_search());
    ck_assert_int_eq(cc_sec_chl_svr_init(&rig.svr), CC_SUCCESS);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("channel/erasure");
    TCase *tcase = tcase_of(suite, "erasure");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, nothing_of_a_session_is_left_in_memory);
    tcase_add_test(tcase, old_epochs_are_gone_while_the_session_lives);
    tcase_add_test(tcase, refused_handshakes_leave_nothing);
    return suite_main(suite);
}
