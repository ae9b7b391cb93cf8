/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * The system's device (level L3) and two users of it: what each gets, and what neither can do to
 * the other, to the device, or to the enclaves.
 */
#include "attacks.h"
#include "rig.h"
#include "secgear_identity.h"
#include "sg_ra_report.h"
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What the programs of one test tell each other. */
static struct {
    pid_t enclave, other_enclave;
    uint64_t secret;
    uid_t uid;
    cc_enclave_identity_t identity;
    uint8_t sealed[512];
    cc_enclave_result_t rc;
    char detail[512];
} * shared;

static cc_enclave_t enclave;
static pid_t device;

static void begin(void)
{
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(shared, MAP_FAILED);
    ck_assert_msg(machine_fresh(), "no private mounts here: %s", strerror(errno));
    device = device_serve();
}

static void identity_note(void)
{
    create_good(&enclave);
    ck_assert_int_eq(
        call(&enclave, F_IDENTITY, NULL, 0, &shared->identity, sizeof shared->identity),
        CC_SUCCESS);
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
}

/* The uid that a process runs under, as the kernel says it. */
static uid_t uid_of(pid_t pid)
{
    char path[64];
    unsigned uid = (unsigned)-1;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/status", pid);
    file = fopen(path, "re");
    ck_assert_ptr_nonnull(file);
    while (fgets(path, sizeof path, file) != NULL)
        if (sscanf(path, "Uid: %u", &uid) == 1)
            break;
    fclose(file);
    return uid;
}

static void victim_run(void)
{
    create_good(&enclave);
    ck_assert_int_eq(call(&enclave, F_SECRET, NULL, 0, &shared->secret, sizeof shared->secret),
                     CC_SUCCESS);
    ck_assert_int_eq(
        call(&enclave, F_IDENTITY, NULL, 0, &shared->identity, sizeof shared->identity),
        CC_SUCCESS);
    shared->enclave = enclave_pid();
    peer_meet();
    ck_assert_int_eq(call(&enclave, F_ECHO, NULL, 0, NULL, 0), CC_SUCCESS);
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
}

START_TEST(system_device_is_found_first_and_each_report_says_level_3)
{
    ck_assert_int_eq(as_user(ALICE, identity_note), 0);
    ck_assert_uint_eq(shared->identity.level, 3);
    ck_assert_uint_eq(shared->identity.protections & (1u << 8 | 1u << 9), 1u << 8 | 1u << 9);
    ck_assert_int_eq(as_user(0, identity_note), 0); /* root reads the secret's file anyway */
    ck_assert_uint_eq(shared->identity.protections & (1u << 8 | 1u << 9), 1u << 8);
}
END_TEST

START_TEST(system_state_is_roots_alone)
{
    struct stat folder, file;

    ck_assert_int_eq(stat("/var/lib/secgear", &folder), 0);
    ck_assert_int_eq(stat("/var/lib/secgear/device.state", &file), 0);
    ck_assert(folder.st_uid == 0 && (folder.st_mode & 0777) == 0700);
    ck_assert(file.st_uid == 0 && (file.st_mode & 0777) == 0600);
}
END_TEST

START_TEST(enclaves_of_each_user_run_under_a_uid_of_its_own)
{
    struct peer alice, bob;
    uid_t of_alice, of_bob;

    peer_start(&alice, ALICE, victim_run);
    peer_await(&alice);
    of_alice = uid_of(shared->enclave);
    peer_start(&bob, BOB, victim_run);
    peer_await(&bob);
    of_bob = uid_of(shared->enclave);
    ck_assert(of_alice != 0 && of_alice != ALICE && of_alice != BOB);
    ck_assert(of_bob != 0 && of_bob != ALICE && of_bob != BOB && of_bob != of_alice);
    peer_end(&alice);
    peer_end(&bob);
}
END_TEST

static void attack_all(void)
{
    for (size_t i = 0; i < ATTACKS; i++) {
        int got = attacks[i].run(shared->enclave, shared->secret);

        ck_assert_msg(got == EPERM || got == EACCES, "%s: %s", attacks[i].name, strerror(got));
        got = attacks[i].run(device, shared->secret);
        ck_assert_msg(got == EPERM || got == EACCES, "%s of the device: %s", attacks[i].name,
                      strerror(got));
    }
}

static void signal_all(void)
{
    int pidfd = (int)syscall(SYS_pidfd_open, shared->enclave, 0);

    ck_assert(kill(shared->enclave, SIGKILL) != 0 && errno == EPERM);
    ck_assert(kill(shared->enclave, SIGSTOP) != 0 && errno == EPERM);
    ck_assert(syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0) != 0 && errno == EPERM);
    ck_assert(kill(device, SIGKILL) != 0 && errno == EPERM);
}

/* _i: whose enclave it is: another user's, or the attacker's own */
START_TEST(nobody_but_root_reads_or_signals_an_enclave_of_the_system_device)
{
    struct peer victim;
    uid_t attacker = _i == 0 ? BOB : ALICE;

    peer_start(&victim, ALICE, victim_run);
    peer_await(&victim);
    ck_assert_int_eq(as_user(attacker, attack_all), 0);
    ck_assert_int_eq(as_user(attacker, signal_all), 0);
    peer_end(&victim);
}
END_TEST

/* Root reads even this, so the suite's attacks work where nothing stands in their way. */
START_TEST(control_root_reads_an_enclave_of_the_system_device)
{
    struct peer victim;

    peer_start(&victim, ALICE, victim_run);
    peer_await(&victim);
    for (size_t i = 0; i < ATTACKS; i++) {
        int got = attacks[i].run(shared->enclave, shared->secret);

        ck_assert_msg(got == 0 || got == ENOSYS, "%s: %s", attacks[i].name, strerror(got));
    }
    peer_end(&victim);
}
END_TEST

static void uuid_text(const uint8_t *uuid, char ret_text[static 37])
{
    size_t at = 0;

    for (size_t i = 0; i < 16; i++)
        at += (size_t)snprintf(ret_text + at, 37 - at, "%s%02x",
                               i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", uuid[i]);
}

static cc_enclave_result_t report_about_the_victim(void)
{
    static uint8_t room[CC_RA_REPORT_MIN_ROOM];
    char uuid[37];
    cc_get_ra_report_input_t in = {.taid = (uint8_t *)uuid, .nonce_len = 33, .nonce = "a nonce"};
    cc_ra_buf_t report = {sizeof room, room};

    uuid_text(shared->identity.uuid, uuid);
    return cc_get_ra_report(&in, &report);
}

static void report_refused(void)
{
    ck_assert_int_ne(report_about_the_victim(), CC_SUCCESS);
}

static void report_given(void)
{
    ck_assert_int_eq(report_about_the_victim(), CC_SUCCESS);
}

static void attest_refused(void)
{
    char in[102];

    create_good(&enclave);
    uuid_text(shared->identity.uuid, in);
    for (size_t i = 0; i < 32; i++)
        snprintf(in + 37 + 2 * i, 3, "%02x", shared->identity.mrenclave[i]);
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
    ck_assert_int_eq(create("upgrade.signed.so", &enclave), CC_SUCCESS);
    ck_assert_int_ne(call(&enclave, F_ATTEST, in, sizeof in, NULL, 0), CC_SUCCESS);
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
}

START_TEST(user_learns_nothing_of_another_users_enclaves)
{
    struct peer victim;

    peer_start(&victim, ALICE, victim_run);
    peer_await(&victim);
    ck_assert_int_eq(as_user(BOB, report_refused), 0);
    ck_assert_int_eq(as_user(BOB, attest_refused), 0);
    ck_assert_int_eq(as_user(ALICE, report_given), 0);
    peer_end(&victim);
}
END_TEST

static const char *status_of(uid_t uid)
{
    char command[1024];

    snprintf(command, sizeof command, "%s device status --json", stage_path("bin/secgear"));
    return command_output(uid, command, NULL);
}

START_TEST(status_counts_enclaves_memory_and_calls_for_who_may_know)
{
    struct peer victim;
    const char *said;

    peer_start(&victim, ALICE, victim_run);
    peer_await(&victim);
    said = status_of(BOB);
    ck_assert_msg(
        strstr(said, "\"enclaves\": 0,") != NULL && strstr(said, "\"calls\": 0,") != NULL &&
            strstr(said, "\"memory\": 0,") != NULL && strstr(said, "\"users\": \"own\"") != NULL,
        "%s", said);
    said = status_of(ALICE);
    ck_assert_msg(strstr(said, "\"enclaves\": 1,") != NULL &&
                      strstr(said, "\"calls\": 2,") != NULL &&
                      strstr(said, "\"memory\": 0,") == NULL &&
                      strstr(said, "\"level\": \"system\"") != NULL &&
                      strstr(said, "\"state\": \"/var/lib/secgear\"") != NULL,
                  "%s", said);
    said = status_of(0);
    ck_assert_msg(strstr(said, "\"enclaves\": 1,") != NULL &&
                      strstr(said, "\"users\": \"all\"") != NULL,
                  "%s", said);
    peer_end(&victim);
    ck_assert_ptr_nonnull(strstr(status_of(0), "\"enclaves\": 0,"));
}
END_TEST

/* A host with a child that holds its sockets, so that these stay open when it dies. */
static void victim_with_fork(void)
{
    create_good(&enclave);
    shared->enclave = enclave_pid();
    if (fork() == 0) {
        setsid();
        shared->other_enclave = getpid();
        pause();
        _exit(0);
    }
    peer_meet();
}

START_TEST(client_that_dies_takes_its_enclaves_along_and_no_others)
{
    struct peer dies, lives;
    pid_t victim;

    peer_start(&lives, ALICE, victim_run);
    peer_await(&lives);
    peer_start(&dies, ALICE, victim_with_fork);
    peer_await(&dies);
    victim = shared->enclave;
    peer_kill(&dies);
    process_await_end(victim);
    while (shared->other_enclave == 0)
        sched_yield();
    kill(shared->other_enclave, SIGKILL);
    peer_end(&lives); /* which calls its enclave once more */
}
END_TEST

static void call_until_dead(void)
{
    uint32_t ms = 100000;

    create_good(&enclave);
    shared->enclave = enclave_pid();
    peer_meet();
    ck_assert_int_eq(call(&enclave, F_NAP, &ms, sizeof ms, NULL, 0), CC_ERROR_ENCLAVE_DEAD);
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
    peer_meet();
    create_good(&enclave); /* on the next device */
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
}

START_TEST(death_of_the_system_device_is_told_and_the_next_one_goes_on)
{
    struct peer client;

    peer_start(&client, ALICE, call_until_dead);
    peer_await(&client);
    peer_let_on(&client);
    device_stop(device, _i == 0 ? SIGKILL : SIGTERM);
    process_await_end(shared->enclave);
    peer_await(&client);
    device = device_serve();
    peer_end(&client);
}
END_TEST

static const char SEALED[] = "\2what only this device opens"; /* policy, then the data */
enum { SEALED_SIZE = 140 + sizeof SEAL_TEXT + sizeof SEALED - 1 };

static void seal_something(void)
{
    create_good(&enclave);
    ck_assert_int_eq(call(&enclave, F_SEAL, SEALED, sizeof SEALED, shared->sealed, SEALED_SIZE),
                     CC_SUCCESS);
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
    identity_note();
}

static void unseal_it(void)
{
    char data[sizeof SEALED] = "";

    create_good(&enclave);
    shared->rc = call(&enclave, F_UNSEAL, shared->sealed, SEALED_SIZE, data, sizeof SEALED - 1);
    if (shared->rc == CC_SUCCESS)
        ck_assert_mem_eq(data, SEALED + 1, sizeof SEALED - 1);
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
}

/* Its user can read that device's root secret: whatever it derives opens nothing of this one. */
static void unseal_on_ones_own_device(void)
{
    setenv("SECGEAR_DEVICE", "embedded", 1);
    unseal_it();
}

START_TEST(identity_of_the_system_device_outlives_it)
{
    uint8_t before[16];

    ck_assert_int_eq(as_user(ALICE, seal_something), 0);
    memcpy(before, shared->identity.device_id, sizeof before);
    device_stop(device, SIGKILL);
    device = device_serve();
    ck_assert_int_eq(as_user(BOB, identity_note), 0);
    ck_assert_mem_eq(before, shared->identity.device_id, sizeof before);
    ck_assert_int_eq(as_user(BOB, unseal_it), 0); /* the same enclave, whoever runs it */
    ck_assert_int_eq(shared->rc, CC_SUCCESS);
}
END_TEST

START_TEST(sealed_data_of_the_system_is_closed_to_a_users_own_device)
{
    ck_assert_int_eq(as_user(ALICE, seal_something), 0);
    ck_assert_int_eq(as_user(ALICE, unseal_on_ones_own_device), 0);
    ck_assert_int_ne(shared->rc, CC_SUCCESS);
    ck_assert_int_eq(as_user(ALICE, unseal_it), 0);
    ck_assert_int_eq(shared->rc, CC_SUCCESS);
}
END_TEST

static void create_note(void)
{
    shared->rc = create("enclave.signed.so", &enclave);
    snprintf(shared->detail, sizeof shared->detail, "%s", cc_enclave_error_detail());
    if (shared->rc == CC_SUCCESS)
        ck_assert_int_eq(
            call(&enclave, F_IDENTITY, NULL, 0, &shared->identity, sizeof shared->identity),
            CC_SUCCESS);
}

/* Another device has other keys: a program must not get one without being told. */
START_TEST(device_that_does_not_answer_is_an_error_and_no_reason_to_take_another)
{
    device_stop(device, SIGKILL); /* its socket stays */
    ck_assert_int_eq(as_user(ALICE, create_note), 0);
    ck_assert_int_eq(shared->rc, CC_ERROR_NO_DEVICE);
    ck_assert_ptr_nonnull(strstr(shared->detail, "/run/secgear/device.sock"));
    ck_assert_int_eq(unlink("/run/secgear/device.sock"), 0);
    ck_assert_int_eq(as_user(ALICE, create_note), 0);
    ck_assert_int_eq(shared->rc, CC_SUCCESS);
    ck_assert_uint_eq(shared->identity.level, 1);
    device = device_serve();
}
END_TEST

static pid_t zygote_of(pid_t child)
{
    char path[64], line[128];
    int parent = -1;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/status", child);
    file = fopen(path, "re");
    while (file != NULL && parent < 0 && fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "PPid: %d", &parent) != 1)
            parent = -1;
    if (file != NULL)
        fclose(file);
    return parent;
}

static void lose_zygote(void)
{
    create_good(&enclave);
    shared->enclave = enclave_pid();
    peer_meet();
    ck_assert_int_eq(call(&enclave, F_ECHO, NULL, 0, NULL, 0), CC_ERROR_ENCLAVE_DEAD);
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
    create_good(&enclave);
    ck_assert_int_eq(call(&enclave, F_ECHO, NULL, 0, NULL, 0), CC_SUCCESS);
}

START_TEST(zygote_that_dies_costs_its_user_enclaves_and_nobody_else)
{
    struct peer alice, bob;
    pid_t zygote;

    peer_start(&bob, BOB, victim_run);
    peer_await(&bob);
    peer_start(&alice, ALICE, lose_zygote);
    peer_await(&alice);
    zygote = zygote_of(shared->enclave);
    ck_assert_int_gt(zygote, 1);
    ck_assert_int_eq(kill(zygote, SIGKILL), 0);
    process_await_end(zygote);
    process_await_end(shared->enclave);
    peer_end(&alice);
    peer_end(&bob);
}
END_TEST

/* What is measured when the device starts is what runs, whatever comes to its place later. */
START_TEST(zygote_is_the_one_that_was_measured)
{
    char path[1024], aside[1100];

    snprintf(path, sizeof path, "%s", stage_path("libexec/secgear/secgear-zygote"));
    snprintf(aside, sizeof aside, "%s.aside", path);
    ck_assert_int_eq(rename(path, aside), 0);
    ck_assert_int_eq(symlink("/bin/false", path), 0);
    shared->rc = CC_ERROR_GENERIC;
    ck_assert_int_eq(as_user(ALICE, create_note), 0);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(rename(aside, path), 0);
    ck_assert_msg(shared->rc == CC_SUCCESS, "%s", shared->detail);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("system/device");
    TCase *tcase = tcase_of(suite, "system");

    tcase_add_checked_fixture(tcase, begin, NULL);
    tcase_add_test(tcase, system_device_is_found_first_and_each_report_says_level_3);
    tcase_add_test(tcase, system_state_is_roots_alone);
    tcase_add_test(tcase, enclaves_of_each_user_run_under_a_uid_of_its_own);
    tcase_add_loop_test(tcase, nobody_but_root_reads_or_signals_an_enclave_of_the_system_device, 0,
                        2);
    tcase_add_test(tcase, control_root_reads_an_enclave_of_the_system_device);
    tcase_add_test(tcase, user_learns_nothing_of_another_users_enclaves);
    tcase_add_test(tcase, status_counts_enclaves_memory_and_calls_for_who_may_know);
    tcase_add_test(tcase, client_that_dies_takes_its_enclaves_along_and_no_others);
    tcase_add_loop_test(tcase, death_of_the_system_device_is_told_and_the_next_one_goes_on, 0, 2);
    tcase_add_test(tcase, identity_of_the_system_device_outlives_it);
    tcase_add_test(tcase, sealed_data_of_the_system_is_closed_to_a_users_own_device);
    tcase_add_test(tcase, device_that_does_not_answer_is_an_error_and_no_reason_to_take_another);
    tcase_add_test(tcase, zygote_that_dies_costs_its_user_enclaves_and_nobody_else);
    tcase_add_test(tcase, zygote_is_the_one_that_was_measured);
    return machine_main(suite);
}
