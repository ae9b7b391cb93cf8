/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * AES-256-GCM by each backend that this build and this CPU have: the test cases 13 to 16 of the GCM
 * specification (McGrew and Viega, 2005), and each backend against the other.
 */
#include "crypto/aead.h"
#include "support.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

enum { ROOM = 70000 };

static const enum aead_backend BACKENDS[] = {AEAD_OPENSSL, AEAD_OPENSSL_ANEW, AEAD_IPSEC_MB};
enum { BACKENDS_COUNT = sizeof BACKENDS / sizeof BACKENDS[0] };

struct gcm_case {
    const char *key, *nonce, *aad, *plain, *cipher, *tag;
};

#define PLAIN_60                                                                                   \
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"                             \
    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
#define CIPHER_60                                                                                  \
    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"                             \
    "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
#define KEY_15 "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"

static const struct gcm_case CASES[] = {
    {"0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000",
     "", "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
    {"0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000",
     "", "00000000000000000000000000000000", "cea7403d4d606b6e074ec5d3baf39d18",
     "d0d1c8a799996bf0265b98b5d48ab919"},
    {KEY_15, "cafebabefacedbaddecaf888", "", PLAIN_60 "1aafd255", CIPHER_60 "898015ad",
     "b094dac5d93471bdec1a502270e3cc6c"},
    {KEY_15, "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2", PLAIN_60,
     CIPHER_60, "76fc6ece0f4e1768cddf8853bb2d551b"},
};

static size_t unhex(const char *text, uint8_t *ret_bytes)
{
    size_t size = strlen(text) / 2;

    for (size_t i = 0; i < size; i++)
        ck_assert_int_eq(sscanf(text + 2 * i, "%2hhx", &ret_bytes[i]), 1);
    return size;
}

static void case_run(const struct gcm_case *c, enum aead_backend backend)
{
    uint8_t key[32], nonce[12], aad[32], plain[64], cipher[64], tag[16], got[64], got_tag[16];
    struct aead aead;
    struct view with = view_of(aad, unhex(c->aad, aad)),
                in = view_of(plain, unhex(c->plain, plain));

    unhex(c->key, key), unhex(c->nonce, nonce), unhex(c->cipher, cipher), unhex(c->tag, tag);
    ck_assert(aead_init_by(&aead, backend, key, AEAD_SEAL));
    ck_assert(aead_seal(&aead, nonce, with, in, got, got_tag));
    aead_done(&aead);
    ck_assert_mem_eq(got_tag, tag, sizeof tag);
    ck_assert(in.size == 0 || memcmp(got, cipher, in.size) == 0);

    ck_assert(aead_init_by(&aead, backend, key, AEAD_OPEN));
    ck_assert(aead_open(&aead, nonce, with, view_of(cipher, in.size), tag, got));
    ck_assert(in.size == 0 || memcmp(got, plain, in.size) == 0);
    for (unsigned bit = 0; bit < 128; bit++) {
        tag[bit / 8] ^= (uint8_t)(1u << bit % 8);
        memset(got, 0x77, sizeof got);
        ck_assert(!aead_open(&aead, nonce, with, view_of(cipher, in.size), tag, got));
        for (size_t i = 0; i < in.size; i++)
            ck_assert_uint_eq(got[i], 0); /* what did not authenticate is gone */
        ck_assert_uint_eq(got[in.size < 63 ? in.size : 63], in.size < 63 ? 0x77 : 0);
        tag[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    aead_done(&aead);
    ck_assert(!aead_there(&aead));
}

START_TEST(each_backend_gives_the_values_of_the_specification)
{
    for (size_t b = 0; b < BACKENDS_COUNT; b++)
        for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++)
            if (aead_backend_there(BACKENDS[b]))
                case_run(&CASES[i], BACKENDS[b]);
}
END_TEST

static uint8_t plain[ROOM], cipher[2][ROOM], back[ROOM];

static void both_run(struct aead *one, struct aead other[2], size_t size, size_t aad_size)
{
    uint8_t nonce[12] = {(uint8_t)size, (uint8_t)(size >> 8), (uint8_t)aad_size}, tag[2][16];
    struct view aad = view_of(plain + 3, aad_size), in = view_of(plain, size);

    ck_assert(aead_seal(one, nonce, aad, in, cipher[0], tag[0]));
    ck_assert(aead_seal(&other[AEAD_SEAL], nonce, aad, in, cipher[1], tag[1]));
    ck_assert_mem_eq(tag[0], tag[1], sizeof tag[0]);
    ck_assert(size == 0 || memcmp(cipher[0], cipher[1], size) == 0);
    ck_assert(aead_open(&other[AEAD_OPEN], nonce, aad, view_of(cipher[0], size), tag[0], back));
    ck_assert(size == 0 || memcmp(back, plain, size) == 0);
    if (size > 0) {
        cipher[0][size - 1] ^= 1;
        ck_assert(
            !aead_open(&other[AEAD_OPEN], nonce, aad, view_of(cipher[0], size), tag[0], back));
    }
}

START_TEST(what_one_backend_seals_the_other_seals_and_opens)
{
    static const size_t MORE[] = {1023, 1024, 1025, 4096, 4097, 16383, 16384, 65536, ROOM};
    uint8_t key[AEAD_KEY_SIZE] = {9, 8, 7};
    struct aead one, other[2];

    if (!aead_backend_there(BACKENDS[_i]))
        TEST_SKIP("not in this build, or not for this CPU (intel-ipsec-mb: WITH_IPSEC_MB=1)");
    for (size_t i = 0; i < sizeof plain; i++)
        plain[i] = (uint8_t)(i * 7 + i / 251);
    ck_assert(aead_init_by(&one, AEAD_OPENSSL_ANEW, key, AEAD_SEAL));
    ck_assert(aead_init_by(&other[AEAD_SEAL], BACKENDS[_i], key, AEAD_SEAL));
    ck_assert(aead_init_by(&other[AEAD_OPEN], BACKENDS[_i], key, AEAD_OPEN));
    for (size_t size = 0; size < 530; size++)
        both_run(&one, other, size, size % 41);
    for (size_t i = 0; i < sizeof MORE / sizeof MORE[0]; i++)
        both_run(&one, other, MORE[i], 16);
    aead_done(&one);
    aead_done(&other[AEAD_SEAL]);
    aead_done(&other[AEAD_OPEN]);
}
END_TEST

/* Opening with a context that seals would give away the cipher's key stream. */
START_TEST(a_context_for_one_use_refuses_the_other)
{
    uint8_t key[AEAD_KEY_SIZE] = {9}, nonce[AEAD_NONCE_SIZE] = {1}, tag[AEAD_TAG_SIZE] = {0};
    struct aead seals, opens;

    ck_assert(aead_init_by(&seals, BACKENDS[_i], key, AEAD_SEAL));
    ck_assert(aead_init_by(&opens, BACKENDS[_i], key, AEAD_OPEN));
    ck_assert(!aead_open(&seals, nonce, VIEW_EMPTY, view_of(plain, 64), tag, back));
    ck_assert(!aead_open_shared(&seals, nonce, VIEW_EMPTY, view_of(plain, 64), tag, back));
    ck_assert(!aead_seal(&opens, nonce, VIEW_EMPTY, view_of(plain, 64), back, tag));
    ck_assert(!aead_seal_shared(&opens, nonce, VIEW_EMPTY, view_of(plain, 64), back, tag));
    aead_done(&seals);
    aead_done(&opens);
}
END_TEST

START_TEST(in_place_is_the_same)
{
    uint8_t key[AEAD_KEY_SIZE] = {1}, nonce[AEAD_NONCE_SIZE] = {2}, tag[2][AEAD_TAG_SIZE];
    struct aead seal, open;

    for (size_t b = 0; b < BACKENDS_COUNT; b++) {
        if (!aead_backend_there(BACKENDS[b]))
            continue;
        memset(plain, 0x31, 3000);
        memset(back, 0x31, 3000);
        ck_assert(aead_init_by(&seal, BACKENDS[b], key, AEAD_SEAL));
        ck_assert(aead_init_by(&open, BACKENDS[b], key, AEAD_OPEN));
        ck_assert(aead_seal(&seal, nonce, VIEW_EMPTY, view_of(plain, 3000), cipher[0], tag[0]));
        ck_assert(aead_seal(&seal, nonce, VIEW_EMPTY, view_of(back, 3000), back, tag[1]));
        ck_assert(memcmp(back, cipher[0], 3000) == 0 && memcmp(tag[0], tag[1], 16) == 0);
        ck_assert(aead_open(&open, nonce, VIEW_EMPTY, view_of(back, 3000), tag[1], back));
        ck_assert_mem_eq(back, plain, 3000);
        aead_done(&seal);
        aead_done(&open);
    }
}
END_TEST

START_TEST(sizes_that_no_backend_takes_are_refused)
{
    uint8_t key[AEAD_KEY_SIZE] = {1}, nonce[AEAD_NONCE_SIZE] = {2}, tag[AEAD_TAG_SIZE];
    struct aead aead;

    for (size_t b = 0; b < BACKENDS_COUNT; b++) {
        if (!aead_backend_there(BACKENDS[b]))
            continue;
        ck_assert(aead_init_by(&aead, BACKENDS[b], key, AEAD_SEAL));
        ck_assert(!aead_seal(&aead, nonce, view_of(plain, (size_t)1 << 31), VIEW_EMPTY, back, tag));
        ck_assert(!aead_open(&aead, nonce, view_of(plain, (size_t)1 << 31), VIEW_EMPTY, tag, back));
        aead_done(&aead);
    }
}
END_TEST

/* Key and schedule, which begins with the key: what the allocator gets back has none of it. */
START_TEST(done_leaves_no_key_behind)
{
    uint8_t key[AEAD_KEY_SIZE];
    struct aead aead;
    uint8_t *place;

    if (!aead_backend_there(AEAD_IPSEC_MB))
        TEST_SKIP("intel-ipsec-mb is not built in (WITH_IPSEC_MB=1) or not for this CPU");
    memset(key, 0xa6, sizeof key);
    ck_assert(aead_init_by(&aead, AEAD_IPSEC_MB, key, AEAD_SEAL));
    place = (uint8_t *)aead.mb;
    ck_assert_mem_eq(place, key, sizeof key); /* so the next line says something */
    aead_done(&aead);
#if !defined(__SANITIZE_ADDRESS__)
    __asm__("" : "+r"(place)); /* freed, and looked at all the same */
    for (size_t i = 64; i + sizeof key <= 240; i++)
        ck_assert(place[i] == 0);
#endif
}
END_TEST

START_TEST(pieces_give_the_same_at_all_sizes)
{
    static const size_t SIZES[] = {0, 1, 15, 16, 100, 4095, 4096, 4097, 8192, 12301, ROOM};
    uint8_t key[AEAD_KEY_SIZE] = {3}, nonce[AEAD_NONCE_SIZE] = {4}, tag[2][AEAD_TAG_SIZE];
    struct view aad = view_text("sixteen bytes...");
    struct aead seal, open;

    for (size_t i = 0; i < sizeof plain; i++)
        plain[i] = (uint8_t)(i * 11);
    for (size_t n = 0; n < BACKENDS_COUNT * sizeof SIZES / sizeof SIZES[0]; n++) {
        size_t size = SIZES[n / BACKENDS_COUNT];
        struct view in = view_of(plain, size);

        if (!aead_backend_there(BACKENDS[n % BACKENDS_COUNT]))
            continue;
        ck_assert(aead_init_by(&seal, BACKENDS[n % BACKENDS_COUNT], key, AEAD_SEAL));
        ck_assert(aead_init_by(&open, BACKENDS[n % BACKENDS_COUNT], key, AEAD_OPEN));
        ck_assert(aead_seal(&seal, nonce, aad, in, cipher[0], tag[0]));
        ck_assert(aead_seal_shared(&seal, nonce, aad, in, cipher[1], tag[1]));
        ck_assert(memcmp(tag[0], tag[1], AEAD_TAG_SIZE) == 0 &&
                  (size == 0 || memcmp(cipher[0], cipher[1], size) == 0));
        ck_assert(aead_open_shared(&open, nonce, aad, view_of(cipher[1], size), tag[1], back));
        ck_assert(size == 0 || memcmp(back, plain, size) == 0);
        tag[1][15] ^= 1;
        ck_assert(!aead_open_shared(&open, nonce, aad, view_of(cipher[1], size), tag[1], back));
        for (size_t i = 0; i < size; i++)
            ck_assert(back[i] == 0);
        aead_done(&seal);
        aead_done(&open);
    }
}
END_TEST

/* --- a host that writes to shared memory meanwhile ----------------------------------------------
 * The page is closed; each instruction that touches it faults, runs alone, and closes it again. The
 * host strikes after the n-th. So every moment between two accesses is tried, not left to luck.
 */
#if defined(__x86_64__)

enum { PAGE = 4096, RACED_SIZE = 300, TRAP_FLAG = 0x100 };

static uint8_t *page;
static volatile unsigned accesses, strike_after;
static volatile size_t strike_at;

static void access_begins(int signal, siginfo_t *info, void *context)
{
    ucontext_t *where = context;

    (void)signal;
    if ((uintptr_t)info->si_addr - (uintptr_t)page >= PAGE)
        _exit(99);
    mprotect(page, PAGE, PROT_READ | PROT_WRITE);
    where->uc_mcontext.gregs[REG_EFL] |= TRAP_FLAG;
}

static void access_ends(int signal, siginfo_t *info, void *context)
{
    ucontext_t *where = context;

    (void)signal, (void)info;
    if (++accesses == strike_after)
        page[strike_at] ^= 0x80;
    mprotect(page, PAGE, PROT_NONE);
    where->uc_mcontext.gregs[REG_EFL] &= ~(greg_t)TRAP_FLAG;
}

static void page_make(void)
{
    struct sigaction begins = {.sa_sigaction = access_begins, .sa_flags = SA_SIGINFO};
    struct sigaction ends = {.sa_sigaction = access_ends, .sa_flags = SA_SIGINFO};

    page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(page, MAP_FAILED);
    ck_assert_int_eq(sigaction(SIGSEGV, &begins, NULL), 0);
    ck_assert_int_eq(sigaction(SIGTRAP, &ends, NULL), 0);
}

static void page_close(unsigned nth, size_t at)
{
    accesses = 0;
    strike_after = nth;
    strike_at = at;
    mprotect(page, PAGE, PROT_NONE);
}

static void page_open(void)
{
    mprotect(page, PAGE, PROT_READ | PROT_WRITE);
}

/* How often the message was opened although the host struck; asserts what was then released. */
static unsigned opens_try(struct aead *aead, const uint8_t *sealed, const uint8_t *tag, size_t at)
{
    static const uint8_t nonce[AEAD_NONCE_SIZE] = {6};
    unsigned opened = 0;

    for (unsigned nth = 1;; nth++) {
        bool good;

        memcpy(page, sealed, RACED_SIZE);
        page_close(nth, at);
        good = aead_open_shared(aead, nonce, VIEW_EMPTY, view_of(page, RACED_SIZE), tag, back);
        page_open();
        if (accesses < nth)
            return opened;
        opened += good;
        ck_assert_msg(!good || memcmp(back, plain, RACED_SIZE) == 0,
                      "struck after access %u: decrypted what the tag is not of", nth);
    }
}

START_TEST(text_that_changes_while_it_is_opened_is_what_the_tag_is_of_or_refused)
{
    uint8_t key[AEAD_KEY_SIZE] = {5}, tag[AEAD_TAG_SIZE];
    static const uint8_t nonce[AEAD_NONCE_SIZE] = {6};
    struct aead aead;

    page_make();
    memset(plain, 0x42, RACED_SIZE);
    for (size_t b = 0; b < BACKENDS_COUNT; b++) {
        if (!aead_backend_there(BACKENDS[b]))
            continue;
        ck_assert(aead_init_by(&aead, BACKENDS[b], key, AEAD_SEAL));
        ck_assert(aead_seal(&aead, nonce, VIEW_EMPTY, view_of(plain, RACED_SIZE), cipher[0], tag));
        aead_done(&aead);
        ck_assert(aead_init_by(&aead, BACKENDS[b], key, AEAD_OPEN));
        for (size_t at = 0; at < RACED_SIZE; at += 13)
            ck_assert_uint_ge(opens_try(&aead, cipher[0], tag, at), 1); /* struck too late */
        aead_done(&aead);
    }
}
END_TEST

/* Seals into the page; whatever the host does there, the tag is of our text. */
static void seals_try(struct aead *aead, const uint8_t *good, size_t at)
{
    static const uint8_t nonce[AEAD_NONCE_SIZE] = {8};
    uint8_t tag[AEAD_TAG_SIZE];

    for (unsigned nth = 1;; nth++) {
        page_close(nth, at);
        ck_assert(aead_seal_shared(aead, nonce, VIEW_EMPTY, view_of(plain, RACED_SIZE), page, tag));
        page_open();
        if (accesses < nth)
            return;
        ck_assert_msg(memcmp(tag, good, sizeof tag) == 0,
                      "struck after access %u: a tag of somebody else's text", nth);
    }
}

START_TEST(text_that_changes_while_it_is_sealed_gets_no_tag)
{
    uint8_t key[AEAD_KEY_SIZE] = {7}, good[AEAD_TAG_SIZE];
    static const uint8_t nonce[AEAD_NONCE_SIZE] = {8};
    struct aead aead;

    page_make();
    memset(plain, 0x24, RACED_SIZE);
    for (size_t b = 0; b < BACKENDS_COUNT; b++) {
        if (!aead_backend_there(BACKENDS[b]))
            continue;
        ck_assert(aead_init_by(&aead, BACKENDS[b], key, AEAD_SEAL));
        ck_assert(aead_seal(&aead, nonce, VIEW_EMPTY, view_of(plain, RACED_SIZE), cipher[0], good));
        for (size_t at = 0; at < RACED_SIZE; at += 13)
            seals_try(&aead, good, at);
        aead_done(&aead);
    }
}
END_TEST

#else

START_TEST(text_that_changes_while_it_is_opened_is_what_the_tag_is_of_or_refused)
{
    TEST_SKIP("steps single instructions of x86-64");
}
END_TEST

START_TEST(text_that_changes_while_it_is_sealed_gets_no_tag)
{
    TEST_SKIP("steps single instructions of x86-64");
}
END_TEST

#endif

int main(void)
{
    Suite *suite = suite_create("common/aead");
    TCase *tcase = tcase_of(suite, "aead");

    tcase_add_test(tcase, each_backend_gives_the_values_of_the_specification);
    tcase_add_loop_test(tcase, what_one_backend_seals_the_other_seals_and_opens, 0, BACKENDS_COUNT);
    tcase_add_loop_test(tcase, a_context_for_one_use_refuses_the_other, 0, 2);
    tcase_add_test(tcase, in_place_is_the_same);
    tcase_add_test(tcase, sizes_that_no_backend_takes_are_refused);
    tcase_add_test(tcase, done_leaves_no_key_behind);
    tcase_add_test(tcase, pieces_give_the_same_at_all_sizes);
    tcase_add_test(tcase, text_that_changes_while_it_is_opened_is_what_the_tag_is_of_or_refused);
    tcase_add_test(tcase, text_that_changes_while_it_is_sealed_gets_no_tag);
    return suite_main(suite);
}
