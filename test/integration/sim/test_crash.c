/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * What is said about an enclave that crashes: of a debug enclave where and how, and a core where
 * one was asked for; of a production enclave nothing that the host does not know anyway.
 */
#include "common.h"
#include "enclave_internal.h"
#include "enclave_log.h"
#include "secgear_uswitchless.h"
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char said[65536]; /* everything, line by line */
static char folder[FOLDER_ROOM];

static void hear(int level, const char *line, void *arg)
{
    size_t have = strlen(said);

    (void)level, (void)arg;
    snprintf(said + have, sizeof said - have, "%s\n", line);
}

static void begin(void)
{
    state_fresh();
    unsetenv("SECGEAR_ALLOW_ATTACH");
    unsetenv("SECGEAR_CRASH_CORES");
    said[0] = '\0';
    cc_enclave_set_log(hear, NULL);
}

static void create_as(const char *image, uint32_t flags, cc_enclave_t *ret_enclave)
{
    cc_enclave_result_t rc;

    memset(ret_enclave, 0, sizeof *ret_enclave);
    rc = cc_enclave_create(image_path(image), AUTO_ENCLAVE_TYPE, 0, flags, NULL, 0, ret_enclave);
    ck_assert_msg(rc == CC_SUCCESS, "%s", cc_enclave_error_detail());
}

static void fault_in(cc_enclave_t *enclave, uint32_t which)
{
    ck_assert_int_eq(call(enclave, F_FAULT, &which, sizeof which, NULL, 0), CC_ERROR_ENCLAVE_DEAD);
}

static void fault_of(const char *image, uint32_t flags, uint32_t which)
{
    cc_enclave_t enclave;

    create_as(image, flags, &enclave);
    fault_in(&enclave, which);
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
}

static void says(const char *text)
{
    ck_assert_msg(strstr(said, text) != NULL, "no \"%s\" in:\n%s", text, said);
}

static void says_not(const char *text)
{
    ck_assert_msg(strstr(said, text) == NULL, "\"%s\" in:\n%s", text, said);
}

static const struct {
    uint32_t which;
    const char *ended, *what, *function;
} faults[] = {
    {FAULT_NULL, "ended by signal 11", "SIGSEGV at address 0x10, in thread 0, which serves calls",
     "fault_null in sg-image+0x"},
#ifdef __x86_64__
    {FAULT_DIVIDE, "ended by signal 8", "SIGFPE at address 0x", "fault_divide in sg-image+0x"},
#endif
    {FAULT_ILLEGAL, "ended by signal 4", "SIGILL at address 0x", "fault_illegal in sg-image+0x"},
    {FAULT_ABORT, "ended by abort()", "SIGABRT, in thread 0", "fault_abort in sg-image+0x"},
    {FAULT_CALL, "ended by signal 31", "SIGSYS, system call ", "fault_call in sg-image+0x"},
    {FAULT_STACK, "ended by signal 11", "SIGSEGV at address 0x", "fault_stack in sg-image+0x"},
    {FAULT_NOWHERE, "ended by signal 11", "SIGSEGV at address 0x10",
     "fault_nowhere in sg-image+0x"},
    {FAULT_THREAD, "ended by signal 11", "in a thread that the enclave made",
     "fault_thread_main in sg-image+0x"},
    {FAULT_BUS, "ended by signal 7", "SIGBUS at address 0x", "fault_bus in sg-image+0x"},
};

START_TEST(debug_enclave_says_where_and_how_it_crashed)
{
    char in_flight[64];

    snprintf(in_flight, sizeof in_flight, "in flight on thread 0: ecall ecall %d", F_FAULT);
    fault_of("debug.signed.so", SECGEAR_DEBUG_FLAG, faults[_i].which);
    says(faults[_i].ended);
    says(faults[_i].what);
    says(faults[_i].function);
    says(in_flight);
    says_not("core:");
}
END_TEST

/* On a worker of switchless calls; what its caller hears is an end, not a report of its own. */
START_TEST(crash_in_a_worker_of_switchless_calls_names_it)
{
    cc_sl_config_t config = CC_USWITCHLESS_CONFIG_INITIALIZER;
    enclave_features_t feature = {ENCLAVE_FEATURE_SWITCHLESS, &config};
    uint32_t which = FAULT_NULL;
    cc_sl_arg_t arg = {0, sizeof which, &which};
    cc_sl_args_t args = {NULL, &arg};
    sl_ecall_func_info_t info = {F_FAULT, 0, 1, &args};
    const struct cc_enclave_ops *ops;
    cc_enclave_t enclave;
    int task = -1;

    memset(&enclave, 0, sizeof enclave);
    ck_assert_int_eq(cc_enclave_create(image_path("debug.signed.so"), AUTO_ENCLAVE_TYPE, 0,
                                       SECGEAR_DEBUG_FLAG, &feature, 1, &enclave),
                     CC_SUCCESS);
    ops = enclave.list_ops_node->ops_desc->ops;
    ck_assert_int_eq(ops->cc_sl_async_ecall(&enclave, &task, &info), CC_SUCCESS);
    while (ops->cc_sl_async_ecall_get_result(&enclave, task, NULL) ==
           CC_ERROR_SWITCHLESS_ASYNC_TASK_UNFINISHED)
        ; /* until it died: the watchdog ends a test that waits too long */
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
    says("ended by signal 11");
    says("SIGSEGV at address 0x10, in a worker of switchless calls\n");
    says("fault_null in sg-image+0x");
    says("worker_main in libsecgear_trts.so.1+0x");
}
END_TEST

static const struct {
    const char *image, *cores;
    uint32_t flags;
    const char *detail, *what, *function; /* NULL: nothing is said */
} starts[] = {
    {"fault_start_debug.signed.so", "", SECGEAR_DEBUG_FLAG, "signal 11",
     "SIGSEGV at address 0x10, in its first thread (a constructor)", "construct in sg-image+0x"},
    {"crash_debug.signed.so", "", SECGEAR_DEBUG_FLAG, "abort()",
     "SIGABRT, in its first thread (a constructor)", "construct in sg-image+0x"},
    /* nobody could take a core yet, so none is waited for */
    {"fault_start_debug.signed.so", folder, SECGEAR_DEBUG_FLAG, "signal 11",
     "SIGSEGV at address 0x10, in its first thread (a constructor)", "construct in sg-image+0x"},
    {"fault_start_debug.signed.so", folder, 0, "signal 11", NULL, NULL},
    {"fault_start.signed.so", folder, SECGEAR_DEBUG_FLAG, "signal 11", NULL, NULL},
};

START_TEST(crash_of_a_constructor_is_told_before_there_is_an_enclave)
{
    cc_enclave_t enclave;

    memset(&enclave, 0, sizeof enclave);
    folder_fresh(folder);
    chmod(folder, 0700);
    setenv("SECGEAR_CRASH_CORES", starts[_i].cores, 1);
    ck_assert_int_eq(cc_enclave_create(image_path(starts[_i].image), AUTO_ENCLAVE_TYPE, 0,
                                       starts[_i].flags, NULL, 0, &enclave),
                     CC_ERROR_ENCLAVE_DEAD);
    ck_assert_msg(strstr(cc_enclave_error_detail(), starts[_i].detail) != NULL, "%s",
                  cc_enclave_error_detail());
    ck_assert_ptr_nonnull(strstr(cc_enclave_error_detail(), "it ended while starting"));
    if (starts[_i].what == NULL) {
        says_not("secgear crash");
        return;
    }
    says(starts[_i].what);
    says(starts[_i].function);
    says(starts[_i].image);
    says_not("core:");
}
END_TEST

START_TEST(frames_have_lines_where_addr2line_is_installed)
{
    if (system("command -v addr2line >/dev/null 2>&1") != 0)
        TEST_SKIP("no addr2line here");
    fault_of("debug.signed.so", SECGEAR_DEBUG_FLAG, FAULT_NULL);
    says("sim/enclave.c:"); /* of an included file, some releases name the other one */
    says("ecall_serve in libsecgear_trts.so.1+0x"); /* down to the runtime */
}
END_TEST

static cc_enclave_result_t host_calls_in(const uint8_t *in, size_t in_size, uint8_t *out,
                                         size_t out_size);

static const struct {
    uint64_t num;
    cc_ocall_func_t ocalls[1];
} table = {1, {host_calls_in}};
static cc_enclave_t nested;

static cc_enclave_result_t host_calls_in(const uint8_t *in, size_t in_size, uint8_t *out,
                                         size_t out_size)
{
    uint32_t which = FAULT_NULL;

    (void)in, (void)in_size, (void)out, (void)out_size;
    return call(&nested, F_FAULT, &which, sizeof which, NULL, 0);
}

START_TEST(ocall_in_flight_is_named)
{
    create_as("debug.signed.so", SECGEAR_DEBUG_FLAG, &nested);
    ck_assert_int_eq(cc_enclave_call_function(&nested, F_ASK, NULL, 0, NULL, 0, NULL, &table),
                     CC_ERROR_ENCLAVE_DEAD);
    ck_assert_int_eq(cc_enclave_destroy(&nested), CC_SUCCESS);
    says("within ocall ocall 0");
}
END_TEST

static const struct {
    const char *image;
    uint32_t flags;
} productions[] = {
    {"debug.signed.so", 0}, {"enclave.signed.so", 0}, {"enclave.signed.so", SECGEAR_DEBUG_FLAG}};

/* T-50: nothing of the memory, whatever the host asks for. */
START_TEST(production_enclave_says_what_the_host_knows_and_no_more)
{
    DIR *entries;
    unsigned count = 0;

    folder_fresh(folder);
    chmod(folder, 0700);
    setenv("SECGEAR_CRASH_CORES", folder, 1);
    setenv("SECGEAR_ALLOW_ATTACH", "1", 1);
    fault_of(productions[_i].image, productions[_i].flags, FAULT_NULL);
    says("production enclave ");
    says("ended by signal 11");
    says("in flight on thread 0: ecall ");
    says_not("0x");
    says_not("fault_null");
    says_not("core:");
    entries = opendir(folder);
    ck_assert_ptr_nonnull(entries);
    while (readdir(entries) != NULL)
        count++;
    closedir(entries);
    ck_assert_uint_eq(count, 2); /* . and .. */
}
END_TEST

/* Whoever reads the window itself, as this program can, finds nothing either. */
START_TEST(production_enclave_leaves_nothing_in_the_window)
{
    uint32_t which = FAULT_NULL;
    unsigned long window = 0, inode;
    cc_enclave_t enclave;
    char line[512];
    FILE *maps;

    create_as("debug.signed.so", 0, &enclave);
    ck_assert_int_eq(call(&enclave, F_FAULT, &which, sizeof which, NULL, 0), CC_ERROR_ENCLAVE_DEAD);
    maps = fopen("/proc/self/maps", "re");
    while (fgets(line, sizeof line, maps) != NULL)
        if (strstr(line, "window") != NULL &&
            sscanf(line, "%lx-%*x %*s 0 %*s %lu", &window, &inode))
            break;
    fclose(maps);
    ck_assert_uint_ne(window, 0);
    for (size_t i = 64; i < 4096; i++)
        ck_assert_uint_eq(((const volatile uint8_t *)window)[i], 0);
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
}
END_TEST

START_TEST(enclave_that_was_killed_or_destroyed_says_nothing)
{
    cc_enclave_t enclave;

    create_as("debug.signed.so", SECGEAR_DEBUG_FLAG, &enclave);
    ck_assert_int_eq(kill(enclave_pid(), SIGKILL), 0);
    ck_assert_int_eq(call(&enclave, F_NAP, &(uint32_t){60000}, 4, NULL, 0), CC_ERROR_ENCLAVE_DEAD);
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
    create_as("debug.signed.so", SECGEAR_DEBUG_FLAG, &enclave);
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
    says_not("crash");
}
END_TEST

/* A signal from outside is nobody's fault, and gives nothing away. */
START_TEST(signal_that_was_sent_makes_no_report)
{
    cc_enclave_t enclave;

    create_as("debug.signed.so", SECGEAR_DEBUG_FLAG, &enclave);
    ck_assert_int_eq(kill(enclave_pid(), SIGSEGV), 0);
    ck_assert_int_eq(call(&enclave, F_NAP, &(uint32_t){60000}, 4, NULL, 0), CC_ERROR_ENCLAVE_DEAD);
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
    says_not("secgear crash:   #0");
}
END_TEST

/* The path of the one core; "" if there is none. */
static const char *core_path(void)
{
    static char path[FOLDER_ROOM + 300];
    DIR *entries = opendir(folder);
    const struct dirent *entry;

    path[0] = '\0';
    while (entries != NULL && (entry = readdir(entries)) != NULL)
        if (entry->d_name[0] != '.')
            snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
    if (entries != NULL)
        closedir(entries);
    return path;
}

static void cores_on(void)
{
    folder_fresh(folder);
    chmod(folder, 0700);
    setenv("SECGEAR_CRASH_CORES", folder, 1);
}

START_TEST(core_is_for_its_owner_alone_and_loud)
{
    struct stat st;

    cores_on();
    fault_of("debug.signed.so", SECGEAR_DEBUG_FLAG, FAULT_NULL);
    says("SECGEAR_CRASH_CORES: a core of this debug enclave holds all of its memory");
    says("core: ");
    says("HOLDS ALL OF THE ENCLAVE'S MEMORY");
    ck_assert_int_eq(stat(core_path(), &st), 0);
    ck_assert_uint_eq(st.st_mode & 07777, 0600);
    ck_assert_uint_eq(st.st_uid, geteuid());
}
END_TEST

static char output[65536];

/* What gdb prints of the core that a fault left: $IMAGE, $CORE; $STAGE: the installed tree. */
static void gdb_run(uint32_t fault, const char *command)
{
    char line[1024], own[PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", own, sizeof own - 16);
    FILE *from;

    ck_assert_int_gt((int)size, 0);
    own[size] = '\0';
    snprintf(strrchr(own, '/'), 16, "/../stage");
    cores_on();
    fault_of("debug.signed.so", SECGEAR_DEBUG_FLAG, fault);
    setenv("STAGE", own, 1);
    setenv("IMAGE", image_path("debug.signed.so"), 1);
    setenv("CORE", core_path(), 1);
    snprintf(line, sizeof line, "timeout -k 5 200 %s 2>&1 </dev/null", command);
    from = popen(line, "re");
    ck_assert_ptr_nonnull(from);
    output[fread(output, 1, sizeof output - 1, from)] = '\0';
    pclose(from);
}

static void shows(const char *text)
{
    ck_assert_msg(strstr(output, text) != NULL, "no \"%s\" in:\n%s\n%s", text, output, said);
}

static const struct {
    uint32_t fault;
    const char *command;
    const char *shows[8];
} debuggers[] = {
    {FAULT_NULL,
     "gdb -nx -q -batch -ex bt -ex 'print secret' -ex 'print fault_address' -ex 'info threads' "
     "-ex 'print $_siginfo.si_signo' -ex 'print $_siginfo._sifields._sigfault.si_addr' "
     "\"$IMAGE\" \"$CORE\"",
     {"= 11", "= (void *) 0x10", "fault_null () at ", "faults.h:", "fault (in=", ENCLAVE_SECRET,
      "= 16"}},
    /* with symbols of the libraries below */
    {FAULT_ABORT,
     "\"$STAGE\"/bin/secgear gdb -q -batch -ex bt --core \"$CORE\" --image \"$IMAGE\"",
     {"fault_abort () at ", "ecall_serve"}},
};

START_TEST(core_opens_in_gdb_with_frames_and_data)
{
    if (system("command -v gdb >/dev/null 2>&1") != 0)
        TEST_SKIP("no gdb here");
    gdb_run(debuggers[_i].fault, debuggers[_i].command);
    for (size_t i = 0; debuggers[_i].shows[i] != NULL; i++)
        shows(debuggers[_i].shows[i]);
}
END_TEST

static const struct {
    mode_t mode;
    const char *why;
} bad_folders[] = {{0777, "nobody else can write to"}, {0, "No such file"}};

START_TEST(core_goes_to_no_folder_that_is_others)
{
    cores_on();
    if (bad_folders[_i].mode != 0)
        chmod(folder, bad_folders[_i].mode);
    else
        setenv("SECGEAR_CRASH_CORES", "/nonexistent", 1);
    fault_of("debug.signed.so", SECGEAR_DEBUG_FLAG, FAULT_NULL);
    says("no core: ");
    says(bad_folders[_i].why);
    says("fault_null in sg-image+0x"); /* the rest is said all the same */
    ck_assert_str_eq(core_path(), "");
}
END_TEST

START_TEST(cores_are_bounded_in_number_and_overwrite_nothing)
{
    char path[FOLDER_ROOM + 32];

    cores_on();
    for (int i = 0; i < 8; i++) {
        snprintf(path, sizeof path, "%s/enclave-x-%d.core", folder, i);
        ck_assert_int_eq(close(open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600)), 0);
    }
    fault_of("debug.signed.so", SECGEAR_DEBUG_FLAG, FAULT_NULL);
    says("no core: ");
    says("remove some");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("integration/crash");
    TCase *tcase = tcase_of(suite, "crash");

    tcase_add_checked_fixture(tcase, begin, NULL);
    tcase_add_loop_test(tcase, debug_enclave_says_where_and_how_it_crashed, 0,
                        sizeof faults / sizeof faults[0]);
    tcase_add_test(tcase, crash_in_a_worker_of_switchless_calls_names_it);
    tcase_add_loop_test(tcase, crash_of_a_constructor_is_told_before_there_is_an_enclave, 0,
                        sizeof starts / sizeof starts[0]);
    tcase_add_test(tcase, frames_have_lines_where_addr2line_is_installed);
    tcase_add_test(tcase, ocall_in_flight_is_named);
    tcase_add_loop_test(tcase, production_enclave_says_what_the_host_knows_and_no_more, 0,
                        sizeof productions / sizeof productions[0]);
    tcase_add_test(tcase, production_enclave_leaves_nothing_in_the_window);
    tcase_add_test(tcase, enclave_that_was_killed_or_destroyed_says_nothing);
    tcase_add_test(tcase, signal_that_was_sent_makes_no_report);
    tcase_add_test(tcase, core_is_for_its_owner_alone_and_loud);
    tcase_add_loop_test(tcase, core_opens_in_gdb_with_frames_and_data, 0,
                        sizeof debuggers / sizeof debuggers[0]);
    tcase_add_loop_test(tcase, core_goes_to_no_folder_that_is_others, 0,
                        sizeof bad_folders / sizeof bad_folders[0]);
    tcase_add_test(tcase, cores_are_bounded_in_number_and_overwrite_nothing);
    return suite_main(suite);
}
