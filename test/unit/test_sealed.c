/* SPDX-License-Identifier: MulanPSL-2.0 */
/* Copies that nobody changes any more, and windows that keep their size: each attack, and what it
 * would do without the seals. */
#include "base/detail.h"
#include "io/sealed.h"
#include "support.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIZE = 16 * 4096 };

static int window_make(void)
{
    int fd = -1;

    ck_assert_int_eq(sealed_window(SIZE, &fd), CC_SUCCESS);
    return fd;
}

static int file_make(const char *content)
{
    char path[FOLDER_ROOM + 8];
    int fd;

    folder_fresh(path);
    strcat(path, "/file");
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    ck_assert_int_eq(write(fd, content, strlen(content)), (ssize_t)strlen(content));
    return fd;
}

START_TEST(window_keeps_its_size_and_stays_writable)
{
    int fd = window_make();

    ck_assert(ftruncate(fd, 4096) != 0 && errno == EPERM);
    ck_assert(ftruncate(fd, 2 * SIZE) != 0 && errno == EPERM);
    ck_assert(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE) != 0 && errno == EPERM);
    ck_assert(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) != MAP_FAILED);
    close(fd);
}
END_TEST

/* A page that is taken out from under a reader comes back as zeroes, not as a signal. */
START_TEST(hole_in_a_window_reads_as_zeroes)
{
    int fd = window_make();
    volatile char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    page[0] = 7;
    ck_assert_int_eq(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, SIZE), 0);
    ck_assert_int_eq(page[0], 0);
    close(fd);
}
END_TEST

/* What the host could do to an enclave if windows were not sealed. */
START_TEST(control_a_window_without_seals_kills_its_reader)
{
    int fd = memfd_create("window", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    volatile char *page;
    pid_t reader;
    int status;

    ck_assert_int_eq(ftruncate(fd, SIZE), 0);
    page = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ck_assert_int_eq(ftruncate(fd, 0), 0);
    reader = fork();
    if (reader == 0) {
        signal(SIGBUS, SIG_DFL);
        _exit(page[0] + 1);
    }
    ck_assert_int_eq(waitpid(reader, &status, 0), reader);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS);
    close(fd);
}
END_TEST

START_TEST(copy_can_not_be_changed_by_anybody)
{
    int file = file_make("what is measured"), copy = -1, again;
    char path[64], got[32] = "";

    ck_assert_int_eq(sealed_copy(file, "copy", &copy), CC_SUCCESS);
    ck_assert(pwrite(copy, "x", 1, 0) < 0 && errno == EPERM);
    ck_assert(ftruncate(copy, 1) != 0 && errno == EPERM);
    ck_assert(ftruncate(copy, 4096) != 0 && errno == EPERM);
    ck_assert(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, copy, 0) == MAP_FAILED);
    ck_assert(fallocate(copy, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096) != 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", copy);
    again = open(path, O_RDWR | O_CLOEXEC);
    ck_assert(again < 0 || (pwrite(again, "x", 1, 0) < 0 && errno == EPERM));
    ck_assert_int_eq(pwrite(file, "XXXX", 4, 0), 4); /* the original is nothing to it */
    ck_assert_int_eq(pread(copy, got, sizeof got, 0), 16);
    ck_assert_str_eq(got, "what is measured");
}
END_TEST

START_TEST(copy_of_what_is_no_file_is_refused)
{
    int copy = 0x7777, ends[2];

    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(sealed_copy(ends[0], "pipe", &copy), CC_ERROR_INVALID_ENCLAVE);
    ck_assert_int_eq(sealed_copy(file_make(""), "empty", &copy), CC_ERROR_INVALID_ENCLAVE);
    ck_assert_ptr_nonnull(strstr(detail_get(), "empty"));
    ck_assert_int_eq(copy, 0x7777);
}
END_TEST

START_TEST(only_a_sealed_memory_file_is_taken_for_one)
{
    int file = file_make("a file"), memory, copy = -1;

    ck_assert(!sealed_already(file));
    memory = memfd_create("open", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    ck_assert(!sealed_already(memory));
    ck_assert_int_eq(fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW), 0);
    ck_assert(!sealed_already(memory)); /* it can still be written to */
    ck_assert_int_eq(sealed_copy(file, "copy", &copy), CC_SUCCESS);
    ck_assert(sealed_already(copy));
    memory = memfd_create("huge", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_HUGETLB);
    if (memory >= 0) {
        ck_assert_int_eq(fcntl(memory, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW), 0);
        ck_assert(!sealed_already(memory)); /* touching it may end the toucher */
    }
}
END_TEST

static struct {
    void *page;
    long sealer; /* its thread id */
} busy;

static unsigned long pauses_of(long thread)
{
    char path[64], line[128];
    unsigned long count = 0;
    FILE *file;

    snprintf(path, sizeof path, "/proc/self/task/%ld/status", thread);
    file = fopen(path, "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "voluntary_ctxt_switches: %lu", &count) == 1)
            break;
    if (file != NULL)
        fclose(file);
    return count;
}

/* Lets go of the writable page once the sealer has met it and waits. */
static void *page_let_go(void *unused)
{
    unsigned long before = pauses_of(busy.sealer);

    (void)unused;
    while (pauses_of(busy.sealer) < before + 2)
        sched_yield();
    munmap(busy.page, 4096);
    return NULL;
}

START_TEST(file_that_is_busy_for_a_moment_is_sealed_after_it)
{
    pthread_t thread;
    int fd = -1;

    ck_assert_int_eq(sealed_blank(SIZE, "busy", &fd), CC_SUCCESS);
    busy.page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ck_assert_ptr_ne(busy.page, MAP_FAILED);
    busy.sealer = syscall(SYS_gettid);
    ck_assert_int_eq(pthread_create(&thread, NULL, page_let_go, NULL), 0);
    ck_assert_int_eq(sealed_finish(fd, "busy"), CC_SUCCESS);
    pthread_join(thread, NULL);
    ck_assert(sealed_already(fd));
    close(fd);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("io/sealed");
    TCase *tcase = tcase_of(suite, "sealed");

    tcase_add_test(tcase, window_keeps_its_size_and_stays_writable);
    tcase_add_test(tcase, hole_in_a_window_reads_as_zeroes);
    tcase_add_test(tcase, control_a_window_without_seals_kills_its_reader);
    tcase_add_test(tcase, copy_can_not_be_changed_by_anybody);
    tcase_add_test(tcase, copy_of_what_is_no_file_is_refused);
    tcase_add_test(tcase, file_that_is_busy_for_a_moment_is_sealed_after_it);
    tcase_add_test(tcase, only_a_sealed_memory_file_is_taken_for_one);
    return suite_main(suite);
}
