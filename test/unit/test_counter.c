/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Monotonic counters and the device's files: what they promise while writers are killed at each of
 * their system calls, the disk is full, or somebody changes the files.
 */
#include "counting.h"
#include "device_rig.h"
#include "identity_file.h"
#include "killed.h"
#include "private_file.h"
#include "secgear_counter.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PATH_ROOM = FOLDER_ROOM + 32 };

static char folder[FOLDER_ROOM];
static const struct secret root = {{7}};
static const uint8_t device_id[STATE_DEVICE_ID_SIZE] = {9};
static struct counter_store store = {folder, &root, device_id};
static struct counter_request create = {.op = COUNTER_CREATE, .name = {.policy = 2}, .svn = 3};
static struct counter_request read_it = {.op = COUNTER_READ, .name = {.policy = 2}, .svn = 3};
static struct counter_request increment = {
    .op = COUNTER_INCREMENT, .name = {.policy = 2}, .svn = 3};

static void begin(void)
{
    folder_fresh(folder);
}

static uint64_t run_good(const struct counter_request *request)
{
    uint64_t value = UINT64_MAX;
    cc_enclave_result_t rc = counter_run(&store, request, &value);

    ck_assert_msg(rc == CC_SUCCESS, "%d", (int)rc);
    return value;
}

static cc_enclave_result_t run(const struct counter_request *request)
{
    uint64_t value = 0x7777;
    cc_enclave_result_t rc = counter_run(&store, request, &value);

    ck_assert(rc == CC_SUCCESS || value == 0x7777);
    return rc;
}

START_TEST(counter_counts_and_is_kept)
{
    ck_assert_int_eq(run(&read_it), CC_ERROR_MC_NOT_FOUND);
    ck_assert_int_eq(run(&increment), CC_ERROR_MC_NOT_FOUND);
    ck_assert_uint_eq(run_good(&create), 0);
    ck_assert_int_eq(run(&create), CC_ERROR_ACCESS_CONFLICT);
    for (uint64_t i = 1; i <= 5; i++) {
        ck_assert_uint_eq(run_good(&increment), i);
        ck_assert_uint_eq(run_good(&read_it), i);
    }
}
END_TEST

START_TEST(counter_belongs_to_its_owner_alone)
{
    struct counter_request others[5] = {read_it, read_it, read_it, read_it, read_it};

    run_good(&create);
    others[0].name.policy = 1;
    others[1].name.debug = true;
    others[2].name.prod_id = 1;
    others[3].name.measurement[0] = 1;
    others[4].name.id = 1;
    for (size_t i = 0; i < 5; i++)
        ck_assert_int_eq(run(&others[i]), CC_ERROR_MC_NOT_FOUND);
}
END_TEST

START_TEST(counter_is_closed_to_an_older_release_once_a_newer_one_counted)
{
    struct counter_request newer = increment, newer_reads = read_it;

    newer.svn = newer_reads.svn = 4;
    run_good(&create);
    ck_assert_uint_eq(run_good(&newer_reads), 0);
    ck_assert_uint_eq(run_good(&increment), 1);
    ck_assert_uint_eq(run_good(&newer), 2);
    ck_assert_int_eq(run(&increment), CC_ERROR_MC_NO_ACCESS_RIGHT);
    ck_assert_int_eq(run(&read_it), CC_ERROR_MC_NO_ACCESS_RIGHT);
    ck_assert_uint_eq(run_good(&newer_reads), 2);
}
END_TEST

START_TEST(counters_of_one_owner_are_limited_and_so_are_all)
{
    struct counter_request next = create;

    for (unsigned owner = 0; owner < COUNTERS_MAX_COUNT / COUNTERS_OWNER_MAX; owner++) {
        next.name.measurement[0] = (uint8_t)owner;
        for (next.name.id = 0; next.name.id < COUNTERS_OWNER_MAX; next.name.id++)
            run_good(&next);
        ck_assert_int_eq(run(&next), CC_ERROR_MC_OVER_QUOTA);
    }
    next.name.measurement[0] = 0xff;
    ck_assert_int_eq(run(&next), CC_ERROR_MC_USED_UP);
}
END_TEST

START_TEST(counters_of_one_user_of_a_shared_device_are_limited)
{
    struct counter_request mine = create, theirs = create;

    mine.creator = 1000;
    theirs.creator = 1001;
    mine.is_shared = theirs.is_shared = true;
    for (unsigned i = 0; i < COUNTERS_USER_MAX; i++) { /* as many signers as it takes */
        mine.name.measurement[0] = (uint8_t)(i / 32);
        mine.name.id = i;
        run_good(&mine);
    }
    mine.name.measurement[0] = 0xff;
    ck_assert_int_eq(run(&mine), CC_ERROR_MC_OVER_QUOTA);
    theirs.name.measurement[0] = 0xff;
    run_good(&theirs);
    mine.is_shared = false; /* a device of one user's own */
    mine.name.id = 1;
    run_good(&mine);
}
END_TEST

static void file_path(char path[PATH_ROOM])
{
    snprintf(path, PATH_ROOM, "%s/%s", folder, COUNTERS_FILE_NAME);
}

static struct buf file_bytes(void)
{
    struct buf bytes = BUF_EMPTY;

    ck_assert_int_eq(private_file_read(folder, COUNTERS_FILE_NAME, COUNTERS_MAX_SIZE, &bytes),
                     CC_SUCCESS);
    return bytes;
}

static void file_put(struct view bytes)
{
    char path[PATH_ROOM];
    int fd;

    file_path(path);
    fd = open(path, O_WRONLY | O_TRUNC | O_CREAT, 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, bytes.data, bytes.size), (ssize_t)bytes.size);
    close(fd);
}

START_TEST(counters_that_were_changed_are_refused_and_left_alone)
{
    struct buf bytes, after;
    struct secret other_root = {{8}};

    run_good(&create);
    run_good(&increment);
    bytes = file_bytes();
    for (size_t at = 0; at < bytes.size; at++) {
        bytes.data[at] ^= (uint8_t)(1u << at % 8);
        file_put(buf_view(&bytes));
        ck_assert_int_eq(run(&read_it), CC_ERROR_CORRUPT_OBJECT);
        ck_assert_int_eq(run(&increment), CC_ERROR_CORRUPT_OBJECT);
        after = file_bytes();
        ck_assert(view_equal(buf_view(&after), buf_view(&bytes)));
        buf_free(&after);
        bytes.data[at] ^= (uint8_t)(1u << at % 8);
    }
    for (size_t size = 0; size < bytes.size; size++) {
        file_put(view_of(bytes.data, size));
        ck_assert_int_eq(run(&increment), CC_ERROR_CORRUPT_OBJECT);
    }
    file_put(buf_view(&bytes));
    store.root = &other_root; /* another device's */
    ck_assert_int_eq(run(&read_it), CC_ERROR_CORRUPT_OBJECT);
    store.root = &root;
    ck_assert_uint_eq(run_good(&increment), 2);
    buf_free(&bytes);
}
END_TEST

/* What level L1 does not do, shown: docs/threat-model.md says so, and no report claims it. */
START_TEST(control_restoring_an_older_file_sets_counters_back)
{
    struct buf old;

    run_good(&create);
    run_good(&increment);
    old = file_bytes();
    ck_assert_uint_eq(run_good(&increment), 2);
    file_put(buf_view(&old));
    ck_assert_uint_eq(run_good(&increment), 2);
    buf_free(&old);
}
END_TEST

START_TEST(counters_that_others_can_write_are_refused)
{
    char path[PATH_ROOM];

    run_good(&create);
    file_path(path);
    ck_assert_int_eq(chmod(path, 0620), 0);
    ck_assert_int_eq(run(&increment), CC_ERROR_SECURITY);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(symlink("/etc/passwd", path), 0);
    ck_assert_int_eq(run(&increment), CC_ERROR_READ_DATA);
}
END_TEST

START_TEST(counters_say_busy_while_another_process_is_at_them)
{
    int lock = open(folder, O_RDONLY | O_DIRECTORY);

    run_good(&create);
    ck_assert_int_eq(flock(lock, LOCK_EX), 0);
    ck_assert_int_eq(run(&increment), CC_ERROR_BUSY);
    close(lock);
    ck_assert_uint_eq(run_good(&increment), 1);
}
END_TEST

START_TEST(counters_survive_a_disk_without_room)
{
    struct rlimit none = {0, RLIM_INFINITY}, all = {RLIM_INFINITY, RLIM_INFINITY};

    run_good(&create);
    run_good(&increment);
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &none), 0);
    ck_assert_int_eq(run(&increment), CC_ERROR_STORAGE_NO_SPACE);
    ck_assert_uint_eq(run_good(&read_it), 1);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &all), 0);
    ck_assert_uint_eq(run_good(&increment), 2);
}
END_TEST

START_TEST(counter_at_its_end_grows_no_further)
{
    static struct counters counters;
    struct buf bytes, again = BUF_EMPTY;
    struct view checked, mac_view;
    uint8_t mac[SHA256_SIZE];
    struct secret key;
    struct writer w;

    run_good(&create);
    bytes = file_bytes();
    ck_assert_int_eq(counters_decode(buf_view(&bytes), &counters, &checked, &mac_view), CC_SUCCESS);
    counters.all[0].value = UINT64_MAX;
    ck_assert(buf_alloc(&again, bytes.size));
    w = writer_over(again.data, again.size);
    counters_encode(&counters, &w);
    ck_assert(keys_derive(&root, "counters", &key));
    ck_assert(hmac_sha256(VIEW_OF(key.bytes), writer_view(&w), mac));
    writer_put(&w, VIEW_OF(mac));
    file_put(writer_view(&w));
    ck_assert_uint_eq(run_good(&read_it), UINT64_MAX);
    ck_assert_int_eq(run(&increment), CC_ERROR_OVERFLOW);
    buf_free(&bytes);
    buf_free(&again);
}
END_TEST

/* --- writers that are killed ------------------------------------------------------------------ */

/* What the child says, as an enclave would be told. */
static volatile uint64_t *told;

static void child_count(void)
{
    uint64_t value;

    if (counter_run(&store, &increment, &value) == CC_SUCCESS)
        *told = value;
}

static void child_make_identity(void)
{
    static const uint8_t cert[] = {1, 2, 3};
    struct device_state state = {.certs = {VIEW_OF(cert), VIEW_OF(cert), VIEW_OF(cert)}};
    bool kept = false;

    if (identity_file_create(folder, &state, &kept) == CC_SUCCESS && kept)
        *told = 1;
}

static unsigned files_in_folder(void)
{
    DIR *dir = opendir(folder);
    unsigned count = 0;

    for (struct dirent *e; (e = readdir(dir)) != NULL;)
        count += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(dir);
    return count;
}

START_TEST(counter_never_repeats_a_value_when_its_writer_is_killed_at_any_system_call)
{
    uint64_t highest = 0, counted;
    unsigned nth = 1, written = 0;

    if (!tracing_works())
        TEST_SKIP("processes can not be traced here");
    told = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    run_good(&create);
    for (bool killed = true; killed; nth++) {
        *told = 0;
        killed = killed_at(nth, child_count);
        ck_assert_msg(*told == 0 || *told > highest, "stop %u: %lu again", nth, (long)*told);
        counted = run_good(&read_it); /* the file is whole */
        ck_assert_uint_ge(counted, *told > highest ? *told : highest);
        ck_assert_uint_le(counted, highest + 1);
        written += counted > highest;
        highest = counted;
        counted = run_good(&increment);
        ck_assert_msg(counted > highest, "stop %u: %lu again", nth, (long)counted);
        highest = counted;
        ck_assert_uint_le(files_in_folder(), 2); /* what killed writers leave does not pile up */
    }
    ck_assert_uint_ge(nth, 20); /* it really was stopped at system calls */
    ck_assert_uint_ge(written, 2);
}
END_TEST

START_TEST(identity_is_whole_or_absent_when_its_writer_is_killed_at_any_system_call)
{
    struct identity_file file = {.bytes = BUF_EMPTY};
    int fd = open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
    bool nameless = fd >= 0; /* the file system can do without a name until a file is whole */
    unsigned nth = 1, whole = 0;
    cc_enclave_result_t rc;

    close(fd);
    if (!tracing_works())
        TEST_SKIP("processes can not be traced here");
    told = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (bool killed = true; killed; nth++) {
        *told = 0;
        killed = killed_at(nth, child_make_identity);
        rc = identity_file_load(folder, &file);
        ck_assert_msg(rc == CC_SUCCESS || rc == CC_ERROR_ITEM_NOT_FOUND, "stop %u: %d", nth,
                      (int)rc);
        ck_assert(*told == 0 || rc == CC_SUCCESS);
        if (nameless)
            ck_assert_uint_eq(files_in_folder(), rc == CC_SUCCESS);
        whole += rc == CC_SUCCESS;
        identity_file_done(&file);
        begin(); /* a new folder each time */
    }
    ck_assert_uint_ge(nth, 20);
    ck_assert_uint_ge(whole, 2);
}
END_TEST

START_TEST(files_that_killed_writers_left_go_and_young_ones_stay)
{
    const struct timespec old[2] = {{.tv_sec = time(NULL) - 3600}, {.tv_sec = time(NULL) - 3600}};
    static const char *const names[] = {".new-0123456789abcdef", ".new-device.counters", "mine"};
    char path[PATH_ROOM];

    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
        ck_assert_int_eq(utimensat(AT_FDCWD, path, old, 0), 0);
    }
    snprintf(path, sizeof path, "%s/.new-fedcba9876543210", folder);
    close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    private_folder_tidy(folder);
    ck_assert_uint_eq(files_in_folder(), 2);
    ck_assert_int_eq(access(path, F_OK), 0);
}
END_TEST

/* --- the enclave's side ----------------------------------------------------------------------- */

static void enclave_start(void)
{
    static const cc_enclave_image_t image = {.version = CC_ENCLAVE_IMAGE_VERSION,
                                             .size = sizeof image};

    rig_device.state_folder = folder;
    rig_device.keys.persistent = true;
    rig_start(&image);
}

START_TEST(enclave_counts_and_is_told_that_rollback_is_possible)
{
    const cc_counter_name_t name = {CC_SEAL_POLICY_MRSIGNER, 5}, odd = {(cc_seal_policy_t)9, 5};
    cc_counter_t counter = {.value = 77};

    enclave_start();
    ck_assert_int_eq(cc_counter_read(&name, &counter), CC_ERROR_MC_NOT_FOUND);
    ck_assert_uint_eq(counter.value, 77);
    ck_assert_int_eq(cc_counter_create(&odd, &counter), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_counter_create(NULL, &counter), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_counter_increment(&name, NULL), CC_ERROR_BAD_PARAMETERS);
    ck_assert_int_eq(cc_counter_create(&name, &counter), CC_SUCCESS);
    ck_assert_uint_eq(counter.value, 0);
    ck_assert_int_eq(cc_counter_increment(&name, &counter), CC_SUCCESS);
    ck_assert_uint_eq(counter.value, 1);
    ck_assert(!counter.rollback_protected);
}
END_TEST

START_TEST(enclave_waits_for_another_device_and_the_device_does_not)
{
    const cc_counter_name_t name = {CC_SEAL_POLICY_MRENCLAVE, 5};
    cc_counter_t counter;
    int lock = open(folder, O_RDONLY | O_DIRECTORY);
    pid_t holder;
    int go[2];

    ck_assert_int_eq(pipe(go), 0);
    ck_assert_int_eq(flock(lock, LOCK_EX), 0);
    holder = fork(); /* holds the lock until it is told that the device said so */
    if (holder == 0) {
        char byte;

        close(go[1]);
        _exit(read(go[0], &byte, 1) == 1 ? 0 : 1);
    }
    close(lock);
    enclave_start();
    ck_assert_int_eq(run(&read_it), CC_ERROR_BUSY);
    ck_assert_int_eq(write(go[1], "x", 1), 1);
    ck_assert_int_eq(cc_counter_create(&name, &counter), CC_SUCCESS); /* waits for its end */
    ck_assert_int_eq(waitpid(holder, NULL, 0), holder);
}
END_TEST

START_TEST(device_without_state_counts_nothing)
{
    const cc_counter_name_t name = {CC_SEAL_POLICY_MRSIGNER, 5};
    cc_counter_t counter;

    enclave_start();
    rig_device.keys.persistent = false;
    ck_assert_int_eq(cc_counter_create(&name, &counter), CC_ERROR_STORAGE_NOT_AVAILABLE);
    rig_device.keys.persistent = true;
    rig_enclave.state = ENCLAVE_STARTING;
    ck_assert_int_eq(cc_counter_create(&name, &counter), CC_ERROR_BAD_STATE);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("device/counter");
    TCase *tcase = tcase_of(suite, "counter");

    tcase_add_checked_fixture(tcase, begin, NULL);
    tcase_add_test(tcase, counter_counts_and_is_kept);
    tcase_add_test(tcase, counter_belongs_to_its_owner_alone);
    tcase_add_test(tcase, counter_is_closed_to_an_older_release_once_a_newer_one_counted);
    tcase_add_test(tcase, counters_of_one_owner_are_limited_and_so_are_all);
    tcase_add_test(tcase, counters_of_one_user_of_a_shared_device_are_limited);
    tcase_add_test(tcase, counters_that_were_changed_are_refused_and_left_alone);
    tcase_add_test(tcase, control_restoring_an_older_file_sets_counters_back);
    tcase_add_test(tcase, counters_that_others_can_write_are_refused);
    tcase_add_test(tcase, counters_say_busy_while_another_process_is_at_them);
    tcase_add_test(tcase, counters_survive_a_disk_without_room);
    tcase_add_test(tcase, counter_at_its_end_grows_no_further);
    tcase_add_test(tcase,
                   counter_never_repeats_a_value_when_its_writer_is_killed_at_any_system_call);
    tcase_add_test(tcase, files_that_killed_writers_left_go_and_young_ones_stay);
    tcase_add_test(tcase, identity_is_whole_or_absent_when_its_writer_is_killed_at_any_system_call);
    tcase_add_test(tcase, enclave_counts_and_is_told_that_rollback_is_possible);
    tcase_add_test(tcase, enclave_waits_for_another_device_and_the_device_does_not);
    tcase_add_test(tcase, device_without_state_counts_nothing);
    return suite_main(suite);
}
