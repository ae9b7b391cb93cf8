/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * `secgear new` from an installed tree, without root: each kind of project builds, runs and passes
 * its test at once, by make and by cmake; what is there is not written over. Then the completion of
 * shells, as they are installed.
 */
#include "common.h"
#include <stdlib.h>
#include <string.h>

static const struct kind {
    const char *options, *name, *says;
} KINDS[] = {
    {"", "int", "hello, world, from the enclave"},
    {"--c --with switchless", "enclave", "1 + ... + 1000 = 500500"},
    {"--with channel", "Notes_2", "kept; before it: water the plants"},
    {"--with seal", "a", "for later"},
    {"--cxx", "class", "hello, world, from the enclave"},
    {"--cxx --with switchless", "host", "1 + ... + 1000 = 500500"},
    {"--cxx --with channel", "main", "kept; before it: water the plants"},
    {"--cxx --with seal", "abcdefghijklmnopqrstuvwxyz_12345", "for later"},
};
enum { KIND_COUNT = sizeof KINDS / sizeof KINDS[0], CMAKE_COUNT = 4 };

/* Libraries of a sanitizer's build do not go into programs of another. */
static bool usable(const struct kind *kind)
{
    if (BUILD_FLAGS[0] != '\0') {
        test_skipped("not under sanitizers");
        return false;
    }
    if (strstr(kind->options, "--cxx") != NULL &&
        system("test -e \"$(c++ -print-file-name=libstdc++.a 2>/dev/null)\"") != 0) {
        test_skipped("no C++ compiler with a library to bring along");
        return false;
    }
    return true;
}

START_TEST(project_runs_and_passes_its_test_by_make)
{
    const struct kind *kind = &KINDS[_i];

    if (!usable(kind))
        return;
    setenv("OPTIONS", kind->options, 1);
    setenv("NAME", kind->name, 1);
    setenv("SAYS", kind->says, 1);
    script_passes("secgear new --make $OPTIONS \"$NAME\"; is \"$(ls)\" \"$NAME\"; cd \"$NAME\"\n"
                  "is \"$(stat -c %a signing_key.pem)\" 600\n"
                  "if grep -rq '@[A-Z]*@' .; then exit 1; fi\n"
                  "quiet make -s run; is \"$(tail -n 1 log)\" \"$SAYS\"\n"
                  "no_warning\n"
                  "quiet make -q all; quiet make -s test; quiet make -q all\n" /* nothing twice */
                  "for f in enclave/enclave.* *.edl; do touch $f; if make -q all; then exit 1; fi\n"
                  "quiet make; quiet make -q all; done; quiet make clean; [ ! -e out ]\n");
}
END_TEST

START_TEST(project_runs_and_passes_its_test_by_cmake)
{
    static const int some[CMAKE_COUNT] = {0, 2, 5, 7}; /* each kind once, both languages */
    const struct kind *kind = &KINDS[some[_i]];

    if (!usable(kind))
        return;
    if (system("cmake --version >/dev/null 2>&1") != 0)
        TEST_SKIP("no cmake");
    setenv("OPTIONS", kind->options, 1);
    setenv("SAYS", kind->says, 1);
    script_passes("secgear new --cmake $OPTIONS demo; cd demo\n"
                  "quiet cmake -B build -DCMAKE_PREFIX_PATH=\"$stage\"; quiet cmake --build build\n"
                  "no_warning\n"
                  "quiet cmake --build build --target run; grep -qxF \"$SAYS\" log\n"
                  "quiet ctest --test-dir build\n");
}
END_TEST

/* What a CMakeLists.txt may get wrong is said when it is read. */
START_TEST(cmake_package_says_what_is_missing)
{
    if (system("cmake --version >/dev/null 2>&1") != 0)
        TEST_SKIP("no cmake");
    script_passes(
        "head='cmake_minimum_required(VERSION 3.20)\nproject(p LANGUAGES C)\n'\n"
        "list() { printf \"$head\"; printf '%s\\n' \"$@\"; }\n"
        "say() { list 'find_package(secgear REQUIRED)' \"$1\" >CMakeLists.txt; rm -rf build\n"
        "fails 1 \"$2\" cmake -B build -DCMAKE_PREFIX_PATH=\"$stage\"; }\n"
        "say 'secgear_add_enclave(e SOURCES a.c CONFIG c KEY k)' 'EDL is missing'\n"
        "say 'secgear_add_enclave(e EDL e.edl SOURCES a.c CONFIG c)' 'KEY is missing'\n"
        "list 'find_package(secgear 99 REQUIRED)' >CMakeLists.txt\n"
        "fails 1 'requested version' cmake -B other -DCMAKE_PREFIX_PATH=\"$stage\"\n");
}
END_TEST

START_TEST(names_that_can_be_no_identifiers_are_refused)
{
    script_passes(
        "for n in '' 1a _a a-b a.b a/b ../a /a 'a b' 'a;b' '$x' aé cc_x secgear secure_channel1 "
        "sgx_a abcdefghijklmnopqrstuvwxyz_123456; do\n"
        "fails 2 'can not be a project.s name' secgear new -- \"$n\"\n"
        "is \"$(wc -l <err)\" 1; rm out err; is \"$(ls -A)\" ''; done\n"
        "fails 2 . secgear new; fails 2 . secgear new a b; fails 2 . secgear new --with x a\n"
        "fails 2 . secgear new --c --cxx a; fails 2 . secgear new --make --cmake a\n"
        "fails 2 . secgear new --with seal --with channel a; fails 2 . secgear new --nonsense a\n"
        "is \"$(ls -A)\" \"$(printf 'err\\nout')\"\n");
}
END_TEST

START_TEST(what_is_there_is_written_over_by_force_only_and_the_key_never)
{
    script_passes(
        "secgear new demo; cp -R demo before; cd demo\n"
        "echo mine >mine; echo mine >host/main.c; cd ..; cp -R demo changed\n"
        "fails 2 'there already; --force' secgear new demo; diff -r demo changed\n"
        "secgear new --force demo; cmp demo/mine changed/mine\n"
        "cmp demo/signing_key.pem before/signing_key.pem; cmp demo/host/main.c before/host/main.c\n"
        "is \"$(stat -c %a demo/signing_key.pem)\" 600; is \"$(ls -d demo.*)\" ''\n"
        /* what is no file is not replaced, and nothing before it */
        "rm demo/run.sh; mkdir demo/run.sh; echo mine >demo/Makefile\n"
        "fails 2 'run.sh: a regular file expected' secgear new --force demo\n"
        "is \"$(cat demo/Makefile)\" mine; rmdir demo/run.sh; ln -s ../before/run.sh demo/run.sh\n"
        "fails 2 'run.sh: a regular file expected' secgear new --force demo\n"
        "rm -r demo/host; ln -s ../before demo/host; rm demo/run.sh\n"
        "fails 2 'host: a folder expected' secgear new --force demo; is \"$(ls -d demo.*)\" ''\n"
        "echo x >file; fails 2 'no folder' secgear new --force file; is \"$(cat file)\" x\n"
        "ln -s before link; fails 2 'no folder' secgear new --force link\n"
        "mkdir empty; fails 2 'there already' secgear new empty\n");
}
END_TEST

START_TEST(project_appears_whole_or_not_at_all)
{
    script_passes(
        "(trap '' XFSZ; ulimit -f 0; secgear new demo 2>/dev/null) && exit 1\n"
        "is \"$(ls)\" ''\n"
        "mkdir shut; chmod 555 shut; if [ ! -w shut ]; then cd shut\n"
        "got=0; secgear new demo 2>../err || got=$?; is $got 1; grep -q Permission ../err; cd ..\n"
        "fi\n"
        "cp -R \"$stage\" moved; rm moved/share/secgear/new/plain/run.sh\n"
        "fails 2 'run.sh' moved/bin/secgear new demo; [ ! -e demo ]; is \"$(ls -d demo.*)\" ''\n");
}
END_TEST

START_TEST(shells_complete_what_the_command_has)
{
    script_passes(
        "commands=$(secgear --help | sed -n 's/^  \\([a-z]*\\) .*/\\1/p'); [ -n \"$commands\" ]\n"
        "if command -v bash >/dev/null; then\n"
        "ask() { bash -c '. \"$0\"; COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); _secgear; "
        "printf \"%s\\n\" \"${COMPREPLY[@]}\"' "
        "\"$stage/share/bash-completion/completions/secgear\" "
        "\"$@\"; }\n"
        "is \"$(ask secgear '' | grep -v '^-')\" \"$commands\"; is \"$(ask secgear tra)\" trace\n"
        "for c in $commands; do for o in $(secgear $c --help | grep -oE -e ' --[a-z-]+'); do\n"
        "ask secgear $c $o | grep -qxF -e $o || { echo \"bash: $c $o\"; exit 1; }; done; done\n"
        "is \"$(ask secgear device req)\" request; touch here; is \"$(ask secgear err her)\" here\n"
        "else echo 'skipped: no bash'; fi\n"
        "if command -v fish >/dev/null; then export XDG_CONFIG_HOME=$T XDG_DATA_HOME=$T\n"
        "ask() { fish -N -c \"source $stage/share/fish/vendor_completions.d/secgear.fish; "
        "complete -C '$1'\"; }\n"
        "is \"$(ask 'secgear tra' | cut -f 1)\" trace\n"
        "ask 'secgear trace --ht' | grep -qx -e --html; ask 'secgear device re' | grep -qx renew\n"
        "else echo 'skipped: no fish'; fi\n"
        "if command -v zsh >/dev/null; then\n"
        "ask() { zsh -f -c '. \"$0\"; '\"$1\" \"$stage/share/zsh/site-functions/_secgear\"; }\n"
        "ask _secgear_commands | grep -q '^trace:run a program'\n"
        "ask '_secgear_words device' | grep -qx renew; ask '_secgear_words trace' | grep -qx -e "
        "--html\n"
        "else echo 'skipped: no zsh'; fi\n");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("integration/new");
    TCase *tcase = tcase_of(suite, "new");

    tcase_add_loop_test(tcase, project_runs_and_passes_its_test_by_make, 0, KIND_COUNT);
    tcase_add_loop_test(tcase, project_runs_and_passes_its_test_by_cmake, 0, CMAKE_COUNT);
    tcase_add_test(tcase, cmake_package_says_what_is_missing);
    tcase_add_test(tcase, names_that_can_be_no_identifiers_are_refused);
    tcase_add_test(tcase, what_is_there_is_written_over_by_force_only_and_the_key_never);
    tcase_add_test(tcase, project_appears_whole_or_not_at_all);
    tcase_add_test(tcase, shells_complete_what_the_command_has);
    return suite_main(suite);
}
