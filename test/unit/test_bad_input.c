/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * What is no good, given to each subcommand of secgear: exit 2, one line on standard error that
 * names the cause, nothing on standard output, and no file of the folder is another than before.
 */
#include "support.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * text is a text, empty an empty file, elf no enclave but an ELF file, s.so a signed image, cut its
 * first part, dir a folder, fifo a pipe, key.pem a key, precious a file that nobody may write over,
 * none nothing.
 */
static const struct row {
    const char *arguments, *says;
} ROWS[] = {
    {"nonsense", "unknown subcommand"},
    {"--nonsense", "unknown subcommand"},
    /* each command, an option that it has not, or nothing at all */
    {"new --nonsense a", "nonsense"},
    {"new", "secgear new --help"},
    {"sign --nonsense", "nonsense"},
    {"sign", "secgear sign --help"},
    {"sign -k", "requires an argument"},
    {"encrypt --nonsense", "nonsense"},
    {"encrypt", "secgear encrypt --help"},
    {"inspect --nonsense", "nonsense"},
    {"inspect", "secgear inspect --help"},
    {"inspect s.so s.so", "secgear inspect --help"},
    {"policy", "secgear policy --help"},
    {"policy nonsense", "secgear policy --help"},
    {"policy from-image --nonsense", "nonsense"},
    {"policy from-image", "secgear policy --help"},
    {"policy check", "secgear policy --help"},
    {"policy test", "secgear policy --help"},
    {"verify", "secgear verify --help"},
    {"verify --nonsense", "nonsense"},
    {"verify -x text", "invalid option"},
    {"evidence", "secgear evidence --help"},
    {"evidence show --nonsense", "nonsense"},
    {"collateral", "secgear collateral --help"},
    {"collateral fetch --nonsense a b", "nonsense"},
    {"collateral fetch a", "secgear collateral --help"},
    {"device", "secgear device --help"},
    {"device nonsense", "secgear device --help"},
    {"device issue --nonsense", "nonsense"},
    {"doctor --nonsense", "secgear doctor --help"},
    {"doctor collateral --nonsense", "nonsense"},
    {"top --nonsense", "nonsense"},
    {"top --once --interval 0", "secgear top --help"},
    {"top", "no terminal"},
    {"gdb --nonsense x", "secgear gdb --help"},
    {"gdb", "secgear gdb --help"},
    {"gdb -p 1", "secgear gdb --help"},
    {"trace --nonsense", "nonsense"},
    {"trace", "secgear trace --help"},
    {"trace --events x true", "secgear trace --help"},
    {"report", "secgear report --help"},
    {"report show --nonsense", "nonsense"},
    {"seal", "secgear seal --help"},
    {"seal nonsense text", "secgear seal --help"},
    {"err", "secgear err --help"},
    {"err CC_NOTHING", "CC_NOTHING: no such"},
    /* files that are not there, or no files */
    {"sign -k none -i elf -o out.so", "none: No such"},
    {"sign -k key.pem -i none -o out.so", "none: No such"},
    {"sign -k key.pem -i dir -o out.so", "dir: a regular file"},
    {"sign -k key.pem -i fifo -o out.so", "fifo: a regular file"},
    {"sign -k key.pem -i elf -c none -o out.so", "none: No such"},
    {"encrypt -k none -i s.so -o out", "none: No such"},
    {"inspect none", "none: No such"},
    {"inspect dir", "dir: a regular file"},
    {"inspect fifo", "fifo: a regular file"},
    {"inspect --diff s.so none", "none: No such"},
    {"policy from-image none", "none: No such"},
    {"policy check none", "none: No such"},
    {"policy test none text", "none"},
    {"verify none", "none"},
    {"evidence show none", "none"},
    {"collateral show none", "none"},
    {"collateral fetch none dir", "none"},
    {"doctor collateral none dir", "none"},
    {"trace --read none", "none: No such"},
    {"trace --read dir", "dir: a regular file"},
    {"trace ./none", "none: No such"},
    {"gdb ./none", "none: No such"},
    {"gdb ./text", "text: Permission"},
    {"gdb -p nobody --image s.so", "nobody"},
    {"gdb -p 1 --image none", "none: No such"},
    {"gdb -p 1 --image text", "text: an ELF"},
    {"gdb --core none --image s.so", "none: No such"},
    {"gdb --core text --image s.so", "text: no core"},
    {"gdb --core elf --image s.so", "elf: no core"},
    {"gdb --core fifo --image s.so", "fifo: "},
    {"report show none", "none: No such"},
    {"seal inspect none", "none: No such"},
    {"device issue --ca none text", "none"},
    /* files of another kind, empty or cut */
    {"sign -k text -i elf -o out.so", "text: "},
    {"sign -k empty -i elf -o out.so", "empty: "},
    {"sign -k key.pem -i text -o out.so", "text: .*not an ELF"},
    {"sign -k key.pem -i empty -o out.so", "empty: "},
    {"sign -k key.pem -i elf -c text -o out.so", "text:1: "},
    {"sign --attach text -p text -i elf -o out.so", "text: "},
    {"encrypt -k text -i s.so -o out", "text: "},
    {"encrypt -k image.key -i elf -o out", "elf: .*not signed"},
    {"encrypt -k image.key -i empty -o out", "empty: "},
    {"inspect text", "text: "},
    {"inspect empty", "empty: "},
    {"inspect elf", "elf: .*not signed"},
    {"inspect cut", "cut: "},
    {"inspect --diff s.so cut", "cut: "},
    {"inspect --diff s.so text", "text"},
    {"policy from-image text", "text: "},
    {"policy from-image cut", "cut: "},
    {"policy from-image s.so --root text", "device_roots"},
    {"policy from-image s.so --mrtcb 12", "mrtcb"},
    {"policy check text", "text: "},
    {"policy check empty", "empty: "},
    {"policy check s.so", "s.so: "},
    {"policy test text s.so", "text: "},
    {"verify text", "text: "},
    {"verify empty", "empty: "},
    {"verify elf --policy text", "text: "},
    {"verify elf --policy p.json --policy p.json", "a second"},
    {"verify elf --at noon", "--at: "},
    {"verify elf --nonce xy", "nonce"},
    {"verify elf --type nothing", "name its type"},
    {"evidence show text", "text: "},
    {"evidence show empty", "empty: "},
    {"trace --read text", "text: "},
    {"trace --read empty", "empty: "},
    {"trace --read s.so", "s.so: "},
    {"report show text", "text: "},
    {"report show empty", "empty: "},
    {"report show s.so", "s.so: "},
    {"seal inspect text", "text: "},
    {"seal inspect empty", "empty: "},
    {"seal inspect cut", "cut: "},
    {"new 1a", "1a"},
    /* what is there stays, unless it is said otherwise */
    {"new dir", "there already; --force"},
    {"new text", "no folder"},
    {"sign -k key.pem -i elf -o precious", "precious is there and no image; --force"},
    {"sign -k key.pem -i elf -o key.pem", "key.pem is there and no image; --force"},
    {"sign --digest -i elf -o precious", "precious is there and no signing data; --force"},
    {"sign -k key.pem -i elf -o dir", "dir is there"},
    {"sign --new-key precious", "precious is there already"},
    {"encrypt -k image.key -i s.so -o precious",
     "precious is there and no encrypted image; --force"},
    {"encrypt --new-key precious", "precious is there already"},
    {"policy from-image s.so -o precious", "precious is there and no policy; --force"},
    /* what is no file is replaced by nobody */
    {"sign -k key.pem -i elf -o fifo --force", "fifo: a plain file"},
    {"encrypt -k image.key -i s.so -o fifo --force", "fifo: a plain file"},
    {"trace -o precious true", "precious exists; --force"},
    {"trace --read text --html precious", "precious exists; --force"},
    {"trace -o dir --force true", "dir: a regular file"},
    {"trace --html /dev/null --force true", "/dev/null: a regular file"},
    {"trace -o a --html a true", "a can not be both"},
};
enum { ROW_COUNT = sizeof ROWS / sizeof ROWS[0] };

static const char FIXTURE[] =
    "set -eu; mkdir \"$T/in\"; cd \"$T/in\"\n"
    "cp \"$SELF\" elf; echo 'a text' >text; : >empty; mkdir dir; echo x >dir/x; mkfifo fifo\n"
    "echo 'nobody may write over this' >precious; chmod 600 text empty; chmod 644 precious\n"
    "secgear sign --new-key key.pem; secgear encrypt --new-key image.key\n"
    "secgear sign -k key.pem -i elf -o s.so; head -c 5000 s.so >cut\n"
    "secgear policy from-image s.so -o p.json 2>p.log\n";

/* One row: what is wrong is said on standard output; the exit status is the test's. */
static const char RUN[] =
    "cd \"$T/in\"; state() { find . | sort; find . -type f | sort | xargs cksum; }\n"
    "state >../before; got=0; eval \"secgear $ARGUMENTS\" >../out 2>../err </dev/null || got=$?\n"
    "state >../after; wrong=\n"
    "[ $got = 2 ] || wrong=\"exit $got\"\n"
    "[ \"$(wc -l <../err)\" = 1 ] || wrong=\"$wrong, not one line\"\n"
    "grep -q '^secgear' ../err || wrong=\"$wrong, begins otherwise\"\n"
    "grep -q -e \"$SAYS\" ../err || wrong=\"$wrong, the cause is not said\"\n"
    "[ ! -s ../out ] || wrong=\"$wrong, standard output\"\n"
    "cmp -s ../before ../after || wrong=\"$wrong, a file changed\"\n"
    "[ -z \"$wrong\" ] || { echo \"secgear $ARGUMENTS: $wrong\"; cat ../err; exit 1; }\n";

static void environment_make(void)
{
    char folder[FOLDER_ROOM], self[PATH_MAX], path[2 * PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", self, sizeof self - 1);

    ck_assert_int_gt((int)size, 0);
    self[size] = '\0';
    folder_fresh(folder);
    setenv("T", folder, 1);
    setenv("SELF", self, 1);
    setenv("SECGEAR_DEVICE", "/nonexistent", 1); /* none is needed to say any of it */
    *strrchr(self, '/') = '\0';
    *strrchr(self, '/') = '\0';
    snprintf(path, sizeof path, "%s/bin:%s", self, getenv("PATH"));
    setenv("PATH", path, 1);
}

START_TEST(bad_input_is_one_line_and_exit_2_and_changes_nothing)
{
    int wrong = 0;

    environment_make();
    ck_assert_int_eq(system(FIXTURE), 0);
    for (size_t i = 0; i < ROW_COUNT; i++) {
        setenv("ARGUMENTS", ROWS[i].arguments, 1);
        setenv("SAYS", ROWS[i].says, 1);
        wrong += system(RUN) != 0;
    }
    ck_assert_int_eq(wrong, 0);
}
END_TEST

/* And with it what was refused above is done; a product is replaced by its successor without. */
START_TEST(force_writes_over_and_successors_need_none)
{
    environment_make();
    ck_assert_int_eq(system(FIXTURE), 0);
    ck_assert_int_eq(
        system(
            "set -eu; cd \"$T/in\"; secgear sign -k key.pem -i elf -o precious --force\n"
            "secgear inspect precious >text; secgear sign -k key.pem -i elf -o precious\n"
            "secgear sign -k key.pem -i elf -o empty; echo x >a; secgear sign --digest -i elf -o a "
            "--force\n"
            "secgear sign --digest -i elf -o a; echo x >b\n"
            "secgear encrypt -k image.key -i s.so -o b --force; secgear encrypt -k image.key -i "
            "s.so -o b\n"
            "echo x >c; secgear policy from-image s.so -o c --force 2>err\n"
            "secgear policy from-image s.so -o c 2>err; secgear policy check c\n"),
        0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tools/bad_input");
    TCase *tcase = tcase_of(suite, "bad_input");

    tcase_add_test(tcase, bad_input_is_one_line_and_exit_2_and_changes_nothing);
    tcase_add_test(tcase, force_writes_over_and_successors_need_none);
    return suite_main(suite);
}
