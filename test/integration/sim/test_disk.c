/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * A full and a read-only state folder: a tiny tmpfs of this test's own, in a mount namespace of its
 * own. A new device goes on without keeping its identity, says so, and leaves nothing half-written;
 * counters of an older one stop and lose nothing.
 */
#include "common.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static cc_enclave_t enclave;

static bool file_put(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    bool good = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

    if (fd >= 0)
        close(fd);
    return good;
}

/* Mounts of our own, without being root; false: this machine does not allow it. */
static bool namespace_enter(void)
{
    char map[64];
    unsigned uid = getuid(), gid = getgid();

    if (unshare(uid == 0 ? CLONE_NEWNS : CLONE_NEWUSER | CLONE_NEWNS) != 0)
        return false;
    if (uid != 0) {
        snprintf(map, sizeof map, "%u %u 1", uid, uid);
        if (!file_put("/proc/self/uid_map", map) || !file_put("/proc/self/setgroups", "deny"))
            return false;
        snprintf(map, sizeof map, "%u %u 1", gid, gid);
        if (!file_put("/proc/self/gid_map", map))
            return false;
    }
    return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

static size_t entries_of(const char *folder)
{
    DIR *dir = opendir(folder);
    size_t count = 0;

    for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;)
        count += e->d_name[0] != '.' || strlen(e->d_name) > 2;
    if (dir != NULL)
        closedir(dir);
    return count;
}

static void disk_fill(void)
{
    char path[256], block[4096];
    int fd;

    snprintf(path, sizeof path, "%s/filler", getenv("XDG_STATE_HOME"));
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    memset(block, 1, sizeof block);
    while (fd >= 0 && write(fd, block, sizeof block) > 0)
        ;
    close(fd);
}

/* Room for the folders, none for a file's bytes. */
static bool disk_full(void)
{
    if (mount("none", getenv("XDG_STATE_HOME"), "tmpfs", 0, "size=8k") != 0)
        return false;
    disk_fill();
    return true;
}

static bool disk_read_only(void)
{
    const char *home = getenv("XDG_STATE_HOME");

    return mount("none", home, "tmpfs", 0, "size=64k") == 0 &&
           mount("none", home, "tmpfs", MS_REMOUNT | MS_RDONLY, "size=64k") == 0;
}

static void device_is_ephemeral(void)
{
    create_good(&enclave);
    ck_assert_int_eq(call(&enclave, F_ECHO, NULL, 0, NULL, 0), CC_SUCCESS);
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
    setenv("SECGEAR_REQUIRE", "persistent", 1);
    ck_assert_int_eq(create("enclave.signed.so", &enclave), CC_ERROR_NO_DEVICE);
    ck_assert_ptr_nonnull(strstr(cc_enclave_error_detail(), "persistent"));
}

static cc_enclave_result_t count(uint8_t what, uint64_t *ret_value)
{
    const uint8_t in[] = {what, 2, 1};
    uint8_t out[9] = {0};
    cc_enclave_result_t rc = call(&enclave, F_COUNT, in, sizeof in, out, sizeof out);

    memcpy(ret_value, out, sizeof *ret_value);
    return rc;
}

/* A device with an identity and a counter, on a disk of this size. */
static bool disk_with_counter(const char *size)
{
    uint64_t value;

    if (mount("none", getenv("XDG_STATE_HOME"), "tmpfs", 0, size) != 0)
        return false;
    create_good(&enclave);
    ck_assert_int_eq(count(COUNT_CREATE, &value), CC_SUCCESS);
    ck_assert_int_eq(count(COUNT_INCREMENT, &value), CC_SUCCESS);
    return true;
}

START_TEST(full_disk_stops_counters_and_loses_nothing)
{
    char path[256];
    uint64_t value;

    if (!namespace_enter() || !disk_with_counter("size=64k"))
        TEST_SKIP("no private mounts here: %s", strerror(errno));
    disk_fill();
    ck_assert_int_eq(count(COUNT_INCREMENT, &value), CC_ERROR_STORAGE_NO_SPACE);
    ck_assert_int_eq(count(COUNT_READ, &value), CC_SUCCESS);
    ck_assert_uint_eq(value, 1);
    snprintf(path, sizeof path, "%s/filler", getenv("XDG_STATE_HOME"));
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(count(COUNT_INCREMENT, &value), CC_SUCCESS);
    ck_assert_uint_eq(value, 2);
}
END_TEST

START_TEST(read_only_disk_stops_counters_and_loses_nothing)
{
    const char *home = getenv("XDG_STATE_HOME");
    uint64_t value;

    if (!namespace_enter() || !disk_with_counter("size=64k"))
        TEST_SKIP("no private mounts here: %s", strerror(errno));
    if (mount("none", home, "tmpfs", MS_REMOUNT | MS_RDONLY, "size=64k") != 0)
        TEST_SKIP("no remount here: %s", strerror(errno));
    ck_assert_int_eq(count(COUNT_INCREMENT, &value), CC_ERROR_STORAGE_EROFS);
    ck_assert_int_eq(count(COUNT_READ, &value), CC_SUCCESS);
    ck_assert_uint_eq(value, 1);
    ck_assert_int_eq(mount("none", home, "tmpfs", MS_REMOUNT, "size=64k"), 0);
    ck_assert_int_eq(count(COUNT_INCREMENT, &value), CC_SUCCESS);
    ck_assert_uint_eq(value, 2);
}
END_TEST

START_TEST(full_disk_gives_an_ephemeral_device_and_no_half_file)
{
    if (!namespace_enter() || !disk_full())
        TEST_SKIP("no private mounts here: %s", strerror(errno));
    device_is_ephemeral();
    ck_assert_uint_eq(entries_of(state_folder()), 0);
}
END_TEST

START_TEST(read_only_disk_gives_an_ephemeral_device)
{
    if (!namespace_enter() || !disk_read_only())
        TEST_SKIP("no private mounts here: %s", strerror(errno));
    device_is_ephemeral();
    ck_assert_uint_eq(entries_of(getenv("XDG_STATE_HOME")), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("integration/disk");
    TCase *tcase = tcase_of(suite, "disk");

    tcase_add_checked_fixture(tcase, state_fresh, NULL);
    tcase_add_test(tcase, full_disk_gives_an_ephemeral_device_and_no_half_file);
    tcase_add_test(tcase, read_only_disk_gives_an_ephemeral_device);
    tcase_add_test(tcase, full_disk_stops_counters_and_loses_nothing);
    tcase_add_test(tcase, read_only_disk_stops_counters_and_loses_nothing);
    return suite_main(suite);
}
