/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * What the host says about an enclave that crashed, from a window as a hostile enclave leaves it:
 * this program's own file stands for the image.
 */
#include "crash.h"
#include "enclave_log.h"
#include "support.h"
#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { IMAGE_SPAN = 256 << 20 };

static char said[65536]; /* everything, line by line */
static _Alignas(4096) uint8_t window[WINDOW_CONTROL_SIZE];
static struct slot_host slots[WINDOW_TCS_MAX];
static struct instance instance;
static char image[4096]; /* this program */

static void hear(int level, const char *line, void *arg)
{
    size_t have = strlen(said);

    (void)level, (void)arg;
    snprintf(said + have, sizeof said - have, "%s\n", line);
}

__attribute__((noinline)) static int where_it_crashed(int value)
{
    __asm__ volatile("" ::: "memory");
    return value * 7 + 1;
}

/* As a debug enclave leaves it that crashed in that function. */
static void begin(void)
{
    struct crash_record *crash = crash_at(window);
    ssize_t size = readlink("/proc/self/exe", image, sizeof image - 1);
    Dl_info own;

    ck_assert_int_gt((int)size, 0);
    image[size] = '\0';
    memset(window, 0, sizeof window);
    memset(&instance, 0, sizeof instance);
    instance.window = window;
    instance.is_debug = true;
    instance.path = image;
    instance.slots = slots;
    said[0] = '\0';
    cc_enclave_set_log(hear, NULL);
    ck_assert_int_eq(where_it_crashed(1), 8);
    ck_assert_int_ne(dladdr((const void *)(uintptr_t)&where_it_crashed, &own), 0);
    crash->signal = SIGSEGV;
    crash->thread = CRASH_THREAD_OWN;
    crash->frame_count = 1;
    crash->frames[0] = (uintptr_t)&where_it_crashed;
    crash->module_count = 1;
    crash->modules[0].begin = (uintptr_t)own.dli_fbase;
    crash->modules[0].end = (uintptr_t)own.dli_fbase + IMAGE_SPAN;
    snprintf(crash->modules[0].name, CRASH_NAME_ROOM, "sg-image");
    atomic_store(&crash->state, CRASH_WHOLE);
}

static void says(const char *text)
{
    ck_assert_msg(strstr(said, text) != NULL, "no \"%s\" in:\n%s", text, said);
}

static void says_not(const char *text)
{
    ck_assert_msg(strstr(said, text) == NULL, "\"%s\" in:\n%s", text, said);
}

START_TEST(debug_enclave_is_told_of_with_what_it_left)
{
    crash_say(&instance, WINDOW_ENDED_SIGNAL | SIGSEGV);
    says("secgear crash: debug enclave /");
    says("test_crash_say ended by signal 11");
    says("SIGSEGV at address 0, in a thread that the enclave made");
    says("#0  where_it_crashed in sg-image+0x");
    said[0] = '\0';
    crash_say(&instance, WINDOW_ENDED_SIGNAL | SIGSEGV);
    ck_assert_str_eq(said, ""); /* once */
}
END_TEST

/* T-63: whatever stands in its window, even of an enclave that writes there itself. */
START_TEST(production_enclave_says_nothing_that_stands_in_its_window)
{
    instance.is_debug = false;
    crash_say(&instance, WINDOW_ENDED_SIGNAL | SIGSEGV);
    says("secgear crash: production enclave /");
    says("test_crash_say ended by signal 11");
    says_not("where_it_crashed");
    says_not("SIGSEGV at");
    says_not("+0x");
}
END_TEST

START_TEST(production_enclave_that_ended_without_a_fault_says_nothing)
{
    instance.is_debug = false;
    crash_say(&instance, 0);
    crash_say(&instance, WINDOW_ENDED_SIGNAL | SIGKILL);
    ck_assert_str_eq(said, "");
}
END_TEST

static const struct {
    const char *name;
    size_t at;
    uint32_t value;
} forged[] = {
    {"frame_count", offsetof(struct crash_record, frame_count), CRASH_FRAMES_MAX + 1},
    {"frame_count", offsetof(struct crash_record, frame_count), UINT32_MAX},
    {"module_count", offsetof(struct crash_record, module_count), CRASH_MODULES_MAX + 1},
    {"thread", offsetof(struct crash_record, thread), CRASH_THREAD_START + 1},
    {"index", offsetof(struct crash_record, index), UINT32_MAX},
    {"signal", offsetof(struct crash_record, signal), 65},
    {"state", offsetof(struct crash_record, state), CRASH_TAKEN + 1},
};

/* T-63: numbers that would be read past are those of no crash. */
START_TEST(forged_record_is_none)
{
    memcpy(window + CRASH_OFFSET + forged[_i].at, &forged[_i].value, sizeof forged[_i].value);
    crash_say(&instance, WINDOW_ENDED_SIGNAL | SIGSEGV);
    says("ended by signal 11"); /* as the device told */
    says_not("SIGSEGV at");
    says_not("#0");
}
END_TEST

/* What comes from an enclave goes to a terminal, perhaps. */
START_TEST(names_bring_nothing_but_letters_to_a_terminal)
{
    struct crash_record *crash = crash_at(window);

    memcpy(crash->modules[0].name, "\033[2J\r\n\007../../etc/x\xff\x9b", 20);
    crash_say(&instance, WINDOW_ENDED_SIGNAL | SIGSEGV);
    says("?? in ?[2J???..?..?etc?x??+0x");
    for (const char *c = said; *c != '\0'; c++)
        ck_assert_msg(*c == '\n' || (*c >= ' ' && *c <= '~'), "byte %#x", (unsigned char)*c);
}
END_TEST

START_TEST(many_calls_in_flight_leave_room_for_the_rest)
{
    instance.layout.tcs_count = WINDOW_TCS_MAX;
    for (size_t i = 0; i < WINDOW_TCS_MAX; i++)
        atomic_store(&slots[i].ecall, 3);
    crash_say(&instance, WINDOW_ENDED_SIGNAL | SIGSEGV);
    says("in flight on thread 0: ecall ecall 2\n");
    says("in flight on thread 31: ");
    says_not("thread 32");
    says("and 480 more calls in flight\n");
}
END_TEST

/* Function and place within it are from the image itself. */
START_TEST(frames_have_names_without_addr2line_and_the_report_says_what_is_missing)
{
    char folder[FOLDER_ROOM];

    folder_fresh(folder);
    setenv("PATH", folder, 1);
    crash_say(&instance, WINDOW_ENDED_SIGNAL | SIGSEGV);
    says("#0  where_it_crashed in sg-image+0x");
    says_not(" at test/");
    says("no lines: addr2line (binutils) is not installed\n");
}
END_TEST

START_TEST(nothing_is_missing_where_addr2line_is)
{
    if (system("command -v addr2line >/dev/null") != 0)
        TEST_SKIP("no addr2line here");
    crash_say(&instance, WINDOW_ENDED_SIGNAL | SIGSEGV);
    says("#0  where_it_crashed in sg-image+0x");
    says("test_crash_say.c:");
    says_not("no lines");
}
END_TEST

/* T-63: a device passes on what it does not look at. */
START_TEST(record_of_a_constructor_is_checked_too)
{
    struct crash_record *crash = crash_at(window);

    crash->thread = CRASH_THREAD_START;
    crash_say_start(image, view_of(crash, CRASH_SIZE));
    says("test_crash_say ended by signal 11");
    says("in its first thread (a constructor)");
    says("where_it_crashed in sg-image+0x");
    said[0] = '\0';
    crash_say_start(image, view_of(crash, CRASH_SIZE - 1));
    crash->module_count = UINT32_MAX;
    crash_say_start(image, view_of(crash, CRASH_SIZE));
    ck_assert_str_eq(said, "");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("urts/crash_say");
    TCase *tcase = tcase_of(suite, "say"), *decode = tcase_of(suite, "forged"),
          *production = tcase_of(suite, "production");

    tcase_add_checked_fixture(tcase, begin, NULL);
    tcase_add_checked_fixture(decode, begin, NULL);
    tcase_add_checked_fixture(production, begin, NULL);
    tcase_add_test(tcase, debug_enclave_is_told_of_with_what_it_left);
    tcase_add_test(production, production_enclave_says_nothing_that_stands_in_its_window);
    tcase_add_test(production, production_enclave_that_ended_without_a_fault_says_nothing);
    tcase_add_loop_test(decode, forged_record_is_none, 0, sizeof forged / sizeof forged[0]);
    tcase_add_test(decode, names_bring_nothing_but_letters_to_a_terminal);
    tcase_add_test(tcase, many_calls_in_flight_leave_room_for_the_rest);
    tcase_add_test(tcase, frames_have_names_without_addr2line_and_the_report_says_what_is_missing);
    tcase_add_test(tcase, nothing_is_missing_where_addr2line_is);
    tcase_add_test(decode, record_of_a_constructor_is_checked_too);
    return suite_main(suite);
}
