/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * `secgear doctor` and `secgear top` as people use them: what is wrong is found and said with its
 * remedy, and a terminal is left as it was.
 */
#include "common.h"
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <utmp.h>
#include <unistd.h>

START_TEST(doctor_says_what_it_found_and_what_to_do)
{
    script_passes(
        "secgear doctor >text || :; for t in compiler libc crypto kernel seccomp 'open files' "
        "clock "
        "secgear-device 'state folder' device; do has \"^  $t  *\\(ok\\|note\\) \" text; done\n"
        "has '^  pkg-config file  *\\(ok\\|note\\) ' text; has '^Level: ' text; has '^nothing is "
        "bad' "
        "text\n"
        "secgear doctor --json >json || :; has '\"findings\": \\[' json; has '\"level\": ' json\n"
        "if command -v python3 >/dev/null; then python3 -c 'import json; "
        "d=json.load(open(\"json\"))\n"
        "assert all(f[\"remedy\"] for f in d[\"findings\"] if f[\"state\"] != \"ok\")\n"
        "assert {f[\"topic\"] for f in d[\"findings\"]} >= {\"clock\", \"user'\"'\"'s socket\"}'; "
        "fi\n"
        "fails 2 . secgear doctor --nonsense; fails 2 . secgear doctor x\n");
}
END_TEST

START_TEST(doctor_finds_what_is_wrong)
{
    script_passes(
        /* says SPEC: the line and its remedy are there, and the end is 1 */
        "bad() { got=0; \"$@\" >text 2>err || got=$?; is $got 1; }\n"
        "found() { has \"$1\" text; grep -A 1 -- \"$1\" text | grep -q -- '->' || { cat text; exit "
        "1; }; "
        "}\n"
        "mkdir bin; for c in env; do ln -s \"$(command -v $c)\" bin; done\n"
        "(PATH=$T/bin; \"$stage/bin/secgear\" doctor) >text || :; found 'compiler  *note is not "
        "here'\n"
        "export XDG_RUNTIME_DIR=$T/run; mkdir -p run/secgear; chmod 700 run\n"
        "path=$(secgear doctor | sed -n \"s/^  user's socket .* none at //p\"); mkdir -p "
        "\"${path%/*}\"\n"
        "if command -v python3 >/dev/null; then python3 -c 'import socket, sys\n"
        "socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET).bind(sys.argv[1])' \"$path\"\n"
        "bad secgear doctor; found \"user's socket  *BAD .*refused\"; rm \"$path\"; fi\n"
        /* a folder for keys that others may use; one that can not be made */
        "mkdir -p state/secgear/device; chmod 755 state/secgear/device\n"
        "bad env XDG_STATE_HOME=$T/state secgear doctor; found 'state folder  *BAD .*0755'\n"
        "chmod 700 state/secgear/device; chmod 777 state\n"
        "bad env XDG_STATE_HOME=$T/state secgear doctor; found 'state folder  *BAD .*state$'\n"
        "mkdir shut; chmod 500 shut; [ -w shut ] || { bad env XDG_STATE_HOME=$T/shut secgear "
        "doctor\n"
        "found 'state folder  *BAD .*Permission'; }\n"
        /* an installation that is not whole, or others' to change, or of tomorrow */
        "cp -R \"$stage\" moved; chmod 777 moved/libexec/secgear/secgear-zygote\n"
        "bad moved/bin/secgear doctor; found 'secgear-zygote  *BAD .*secgear-zygote$'\n"
        "chmod 755 moved/libexec/secgear/*; touch -d 2099-01-01 moved/bin/secgear\n"
        "bad moved/bin/secgear doctor; found 'clock  *BAD  *it is .* before'\n"
        "rm moved/libexec/secgear/secgear-device; bad moved/bin/secgear doctor\n"
        "found 'secgear-device  *BAD'; found '^  device  *BAD'; has '^  kernel  *ok' text\n"
        "sed -i 's/^Version:.*/Version: 0.0.9/' moved/lib/pkgconfig/libsecgear_urts.pc\n"
        "if command -v pkg-config >/dev/null; then\n"
        "bad env PKG_CONFIG_PATH=$T/moved/lib/pkgconfig secgear doctor\n"
        "found 'pkg-config file  *BAD  *libsecgear_urts 0.0.9'; fi\n");
}
END_TEST

/* Of this process: its enclave is a row, with its device. */
START_TEST(top_shows_devices_and_enclaves)
{
    cc_enclave_t enclave;
    char pid[24];

    state_fresh();
    create_good(&enclave);
    snprintf(pid, sizeof pid, "%d", (int)enclave_pid());
    setenv("ENCLAVE", pid, 1);
    script_passes(
        "secgear top --once --interval 1 >text; has '^secgear top: [1-9]' text\n"
        "has '^devices' text; has '^ .* embedded$' text; has '^enclaves' text\n"
        "sed -n '/^enclaves/,/^$/p' text | grep -q \"^ *$ENCLAVE  *[^ ]* *[0-9]\" || { cat "
        "text; exit 1; }\n"
        "secgear top --json --interval 1 >json; has \"\\\"pid\\\": $ENCLAVE,\" json\n"
        "has '\"served\": null' json\n");
    ck_assert_int_eq(cc_enclave_destroy(&enclave), CC_SUCCESS);
}
END_TEST

START_TEST(top_knows_calls_of_traced_programs)
{
    if (access("/proc/self/environ", R_OK) != 0 || system("python3 -c 'import json'") != 0)
        TEST_SKIP("no python3 to read JSON with");
    script_passes(
        "s=$OWN/samples/secure_channel/out; mkfifo said\n"
        "secgear trace -o kept \"$s/sc_demo_host\" \"$s/enclave.signed.so\" 0 >said 2>err &\n"
        "read -r line <said || { cat err; exit 1; }; secgear top --json --interval 1 >json\n"
        "secgear top --once --interval 1 >text\n"
        "pid=$(python3 -c 'import json\n"
        "p=[p for p in json.load(open(\"json\"))[\"programs\"] if p[\"name\"] == "
        "\"sc_demo_host\"]\n"
        "assert p and p[0][\"enclaves\"] == 1 and p[0][\"calls\"] > 0 and p[0][\"p99_ns\"] > 0, p\n"
        "assert p[0][\"calls_per_s\"] is not None, p\nprint(p[0][\"pid\"])')\n"
        "kill \"$pid\"; wait || :; has \"^ *$pid .* sc_demo_host$\" text\n");
}
END_TEST

START_TEST(top_says_what_makes_no_sense)
{
    script_passes("fails 2 'no terminal' secgear top; fails 2 . secgear top --interval 0 --once\n"
                  "fails 2 . secgear top --interval x --once; fails 2 . secgear top --once --json\n"
                  "fails 2 . secgear top x; fails 2 . secgear top --interval 3601 --once\n");
}
END_TEST

/* Reads until text has come, or the end. */
static bool terminal_await(int terminal, const char *text, char *said, size_t room)
{
    size_t size = strlen(said);

    while (strstr(said, text) == NULL) {
        ssize_t got = size < room - 1 ? read(terminal, said + size, room - 1 - size) : 0;

        if (got <= 0)
            return false;
        size += (size_t)got;
        said[size] = '\0';
    }
    return true;
}

/* In a terminal, ended by a key or a signal; *ret_status as wait() has it. */
static void top_in_terminal(const char *key, int *ret_status)
{
    static char said[1 << 16];
    struct winsize size = {.ws_row = 12, .ws_col = 80};
    struct termios before, after;
    int terminal, slave;
    char command[4096];
    pid_t pid;

    said[0] = '\0';
    ck_assert_int_eq(openpty(&terminal, &slave, NULL, NULL, &size), 0);
    ck_assert_int_eq(tcgetattr(slave, &before), 0);
    snprintf(command, sizeof command, "%s/../stage/bin/secgear", getenv("OWN"));
    fflush(NULL);
    pid = fork();
    if (pid == 0) {
        close(terminal);
        if (login_tty(slave) == 0)
            execl(command, "secgear", "top", "--interval", "1", (char *)NULL);
        _exit(127);
    }
    ck_assert_msg(terminal_await(terminal, "secgear top: ", said, sizeof said), "%s", said);
    ck_assert_ptr_nonnull(strstr(said, "\033[?1049h"));
    ck_assert_int_eq(write(terminal, key, strlen(key)), (ssize_t)strlen(key));
    ck_assert_msg(terminal_await(terminal, "\033[?25h\033[?1049l", said, sizeof said), "%s", said);
    ck_assert_int_eq(waitpid(pid, ret_status, 0), pid);
    ck_assert_int_eq(tcgetattr(slave, &after), 0);
    ck_assert_uint_eq(after.c_lflag, before.c_lflag);
    ck_assert_uint_eq(after.c_iflag, before.c_iflag);
    close(terminal);
    close(slave);
}

START_TEST(top_leaves_the_terminal_as_it_was)
{
    int status, probe = posix_openpt(O_RDWR | O_NOCTTY);

    if (probe < 0)
        TEST_SKIP("no pseudo-terminals here");
    close(probe);
    script_passes(":"); /* says where things are */
    top_in_terminal("q", &status);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    top_in_terminal("\003", &status); /* Ctrl-C */
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 128 + SIGINT);
    top_in_terminal("\034", &status); /* Ctrl-backslash */
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 128 + SIGQUIT);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("integration/desk");
    TCase *tcase = tcase_of(suite, "desk");

    tcase_add_test(tcase, doctor_says_what_it_found_and_what_to_do);
    tcase_add_test(tcase, doctor_finds_what_is_wrong);
    tcase_add_test(tcase, top_shows_devices_and_enclaves);
    tcase_add_test(tcase, top_knows_calls_of_traced_programs);
    tcase_add_test(tcase, top_says_what_makes_no_sense);
    tcase_add_test(tcase, top_leaves_the_terminal_as_it_was);
    return suite_main(suite);
}
