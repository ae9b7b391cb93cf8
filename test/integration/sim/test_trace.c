/* SPDX-License-Identifier: MulanPSL-2.0 */
/* `secgear trace` of samples: what it counts is what they do, and what is no trace is refused. */
#include "common.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[PATH_MAX];

/* In a fresh folder $T, with `secgear` of the stage; its first command that fails ends it. */
static int sh(const char *script)
{
    static const char prelude[] =
        "set -eu; cd \"$T\"\n"
        "trace() { sample=$1; shift; secgear trace \"$@\" "
        "\"$OWN\"/samples/$sample/out/*_host \"$OWN\"/samples/$sample/out/enclave.signed.so; }\n"
        "field() { python3 -c 'import json,sys; t=json.load(open(sys.argv[1])); "
        "f=[f for f in t[\"functions\"] if f[\"name\"]==sys.argv[2] and f[\"kind\"]==sys.argv[3]]; "
        "print(f[0][sys.argv[4]] if f else \"none\")' \"$@\"; }\n"
        "is() { [ \"$1\" = \"$2\" ] || { echo \"$1, expected $2\"; exit 1; }; }\n"
        "refuses() { want=$1; shift; got=0; \"$@\" >out 2>err || got=$?; grep -q \"$want\" err || "
        "{ cat err; exit 1; }; is $got 2; is $(wc -l <err) 1; }\n";
    char *whole = NULL;
    int status;

    state_fresh();
    ck_assert_int_eq(setenv("T", getenv("XDG_STATE_HOME"), 1), 0);
    ck_assert_int_eq(setenv("OWN", folder, 1), 0);
    ck_assert_int_gt(asprintf(&whole, "PATH=\"$OWN/../stage/bin:$PATH\"\n%s%s", prelude, script),
                     0);
    fflush(NULL);
    status = system(whole);
    free(whole);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static void passes(const char *script)
{
    int status = sh(script);

    ck_assert_msg(status == 0, "the script ended with %d", status);
}

static bool has_python(void)
{
    return system("python3 -c 'import json'") == 0;
}

START_TEST(each_call_is_counted_once)
{
    if (!has_python())
        TEST_SKIP("no python3 to read JSON with");
    passes("trace ocall --json -o kept 2>err | sed -n '/^{/,$p' >t.json\n"
           "is $(field t.json sum_source ecall calls) 1\n"
           "is $(field t.json sum_source ecall ocalls) 9\n"
           "is $(field t.json read_source ocall calls) 8\n"
           "is $(field t.json show_progress ocall calls) 1\n"
           "is $(field t.json read_source ocall failed) 0\n"
           "[ $(field t.json sum_source ecall within_ns) -gt 0 ]\n"
           "[ $(field t.json sum_source ecall total_ns) -ge "
           "$(field t.json sum_source ecall within_ns) ]\n"
           "secgear trace --read kept --json >again.json\n"
           "is $(field again.json read_source ocall calls) 8\n"
           "secgear trace --read kept >text && grep -q '^sum_source  *ecall ' text\n"
           "grep -q 'threads 8, at most 1 in use, 0 calls waited' text\n");
}
END_TEST

START_TEST(switchless_calls_are_their_own_kind)
{
    if (!has_python())
        TEST_SKIP("no python3 to read JSON with");
    passes("trace switchless_performance --json 2>err | sed -n '/^{/,$p' >t.json\n"
           "all=$(field t.json work ecall calls)\n"
           /* single ones, and those of batches */
           "is $(field t.json work_switchless async calls) $((2 * all))\n"
           "less=$(field t.json work_switchless ecall calls)\n" /* nobody took them in time */
           "[ \"$less\" != none ] || less=0\n"
           "is $(($(field t.json work_switchless switchless calls) + less)) $all\n");
}
END_TEST

START_TEST(the_program_has_its_own_exit_and_output)
{
    passes(
        "got=0; secgear trace sh -c 'echo said; exit 7' >out 2>err || got=$?\n"
        "is $got 7; is \"$(cat out)\" said; grep -q 'No call of an enclave' err\n"
        "got=0; secgear trace sh -c 'kill -9 $$' 2>err || got=$?; is $got 137\n"
        "got=0; secgear trace ./nobody 2>err || got=$?; is $got 2; grep -q 'nobody: No such' err\n"
        "[ -z \"$(ls \"${TMPDIR:-/tmp}\"/secgear-trace-* 2>/dev/null)\" ]\n");
}
END_TEST

/* In a browser, where there is one. */
START_TEST(the_page_stands_for_itself)
{
    int status;

    passes("trace ocall --html page.html -o kept >/dev/null 2>&1\n"
           "grep -q '<svg id=\"timeline\"' page.html && grep -q '<svg id=\"flame\"' page.html\n"
           "grep -q '<title>ocall read_source: 8 calls' page.html\n"
           "grep -q '<rect x=\"[0-9.]*\" y=\"18\"' page.html\n"
           "if grep -q 'http\\|<script\\|url(' page.html; then exit 1; fi\n"
           "python3 -c 'import sys, xml.dom.minidom as m; t=open(\"page.html\").read(); "
           "m.parseString(t[t.index(\"<svg\"):t.index(\"</svg>\")+6])'\n");
    if (system("command -v chromium >/dev/null") != 0)
        TEST_SKIP("no chromium to open the page in");
    /* What it draws is seen by the picture of the same page without its bars: it is another one. */
    status = sh(
        "open() { timeout 60 chromium --headless --no-sandbox --disable-gpu --hide-scrollbars "
        "--user-data-dir=\"$T/profile\" --window-size=1200,1600 --enable-logging=stderr "
        "--screenshot=$1.png $1.html 2>$1.said; }\n"
        "export HOME=$T; echo '<p>blank</p>' >blank.html; open blank || exit 77\n"
        "[ -s blank.png ] || exit 77; trace ocall --html page.html >/dev/null 2>&1\n"
        "sed 's/<rect [^>]*>//g' page.html >bare.html; open page || exit 77; open bare || exit 77\n"
        "if grep CONSOLE page.said; then exit 1; fi\n"
        "[ -s page.png ] && ! cmp -s page.png blank.png && ! cmp -s page.png bare.png || exit 1\n"
        "[ $(wc -c <page.png) -gt $(wc -c <blank.png) ]\n");
    if (status == 77)
        TEST_SKIP("chromium does not run here, or not in time");
    ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(what_is_no_trace_is_refused)
{
    passes(
        "trace ocall -o kept >/dev/null 2>&1\n"
        "refuses 'kept exists; --force' trace ocall -o kept\n"
        "touch page; refuses 'page exists; --force' secgear trace --read kept --html page\n"
        "is $(wc -c <page) 0\n"
        "for n in 0 7 4095 4096 100000 1000000; do head -c $n kept >cut\n"
        "refuses 'cut: ' secgear trace --read cut; done\n"
        "refuses 'first bytes' secgear trace --read \"$OWN\"/test_trace\n"
        "refuses 'No such file' secgear trace --read none\n"
        "refuses 'regular file' secgear trace --read .\n"
        /* what never ran leaves nothing */
        "refuses './none: No such file' secgear trace -o never ./none\n"
        "is \"$(echo never*)\" 'never*'\n"
        "got=0; secgear trace --nonsense 2>err || got=$?; is $got 2\n"
        "got=0; secgear trace --events 1048577 true 2>err || got=$?; is $got 2\n"
        /* what a file says about itself is not believed */
        "cp kept odd; printf '\\377\\377\\377\\177' | dd of=odd bs=1 seek=12 conv=notrunc 2>err\n"
        "refuses 'more entries' secgear trace --read odd\n"
        /* and a program is not stopped by a file that it can not use */
        "SECGEAR_TRACE=/dev/null secgear device root >/dev/null\n"
        "SECGEAR_TRACE=$T/none \"$OWN\"/samples/ocall/out/*_host "
        "\"$OWN\"/samples/ocall/out/enclave.signed.so >out 2>err\n"
        "grep -q 'SECGEAR_TRACE: .*none is no file' err; grep -q 'sum: 5050' out\n");
}
END_TEST

/* Between the first look and the end somebody else may have taken the name, and have a shorter file
 * than was made; neither costs anybody anything. */
START_TEST(what_the_program_does_to_files_meanwhile_is_survived)
{
    passes("got=0; secgear trace -o kept sh -c 'echo mine >kept' 2>err || got=$?; is $got 1\n"
           "is \"$(cat kept)\" mine; grep -q 'kept is there already; the trace is kept' err\n"
           "secgear trace --read \"$(echo kept.*)\" | grep -q 'No call of an enclave'\n"
           "got=0; secgear trace --html page sh -c 'echo mine >page' 2>err || got=$?; is $got 1\n"
           "is \"$(cat page)\" mine; grep -q 'page is there already' err; rm kept* page\n"
           "got=0; secgear trace sh -c ': >\"$SECGEAR_TRACE\"' 2>err || got=$?; is $got 1\n"
           "grep -q 'first bytes' err\n"
           "got=0; secgear trace sh -c 'rm \"$SECGEAR_TRACE\"; mkfifo \"$SECGEAR_TRACE\"' 2>err || "
           "got=$?\n"
           "is $got 1; grep -q 'regular file' err\n");
}
END_TEST

/* A signal that would end `secgear trace` is the program's; nothing is left behind. */
START_TEST(signals_go_to_the_program)
{
    passes("export TMPDIR=$T; mkfifo told\n"
           "for s in TERM HUP; do status=143; [ $s = TERM ] || status=129\n"
           "secgear trace sh -c 'echo >told; exec sleep 3000' 2>err & read -r x <told\n"
           "kill -$s $!; got=0; wait $! || got=$?; is $got $status\n"
           "grep -q 'No call of an enclave' err; is \"$(echo secgear-trace-*)\" 'secgear-trace-*'\n"
           "secgear trace sh -c 'sleep 3000 & trap \"kill $!; exit 5\" '$s'; echo >told; wait' "
           "2>err &\n"
           "read -r x <told; kill -$s $!; got=0; wait $! || got=$?; is $got 5; done\n");
}
END_TEST

int main(void)
{
    ssize_t size = readlink("/proc/self/exe", folder, sizeof folder - 1);
    Suite *suite = suite_create("integration/trace");
    TCase *tcase = tcase_of(suite, "trace");

    if (size <= 0)
        return EXIT_FAILURE;
    folder[size] = '\0';
    *strrchr(folder, '/') = '\0';
    tcase_add_test(tcase, each_call_is_counted_once);
    tcase_add_test(tcase, switchless_calls_are_their_own_kind);
    tcase_add_test(tcase, the_program_has_its_own_exit_and_output);
    tcase_add_test(tcase, the_page_stands_for_itself);
    tcase_add_test(tcase, what_is_no_trace_is_refused);
    tcase_add_test(tcase, what_the_program_does_to_files_meanwhile_is_survived);
    tcase_add_test(tcase, signals_go_to_the_program);
    return suite_main(suite);
}
