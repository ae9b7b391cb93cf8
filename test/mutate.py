#!/usr/bin/env python3
# SPDX-License-Identifier: MulanPSL-2.0
"""Whether unit tests notice a check that is turned round or left out.

    mutate.py MAKE OUT COPY [FILE...]   all files, or these
    mutate.py --files | --units         which ones

Copies the tree, built in OUT, to COPY; wraps the condition of each `if` whose branch is a refusal in
the channel's, the policy's and the evidence's files so that the environment chooses one of them; builds
once; then runs the unit tests of these folders with each condition negated, and with each left out. A
mutant is noticed when a test fails. Only tests that come to a condition can notice that it is negated,
and only those where it holds that it is left out: a first run of each test says which those are. Prints
every mutant that goes unnoticed; ends 1 when fewer than 95 % are noticed, when one is neither noticed
nor explained in mutate.txt, or when mutate.txt explains what is no such mutant.
"""
import concurrent.futures
import os
import re
import shutil
import subprocess
import sys

FILES = """
common/wire/sc2.c common/channel/replay.c common/channel/schedule.c common/channel/session.c
common/channel/suite.c libcsecure_channel/connect.c libcsecure_channel/prove.c
libcsecure_channel/trust.c libtsecure_channel/accept.c libtsecure_channel/configure.c
libtsecure_channel/cookie.c libtsecure_channel/crypt.c common/channel/evidence.c
libtsecure_channel/guard.c libtsecure_channel/pool.c libtsecure_channel/roster.c
libtsecure_channel/service.c attestation/verify/policy.c attestation/verify/verify.c
attestation/verify/chain.c libtsecure_client/judge.c
""".split()
# The fast ones first: most mutants go no further.
UNITS = """
test_sc2 test_session test_schedule test_replay test_channel_limits test_channel_s16 test_channel_s01
test_channel_peer test_channel_answers test_channel_attacks test_channel_service test_channel_kept test_policy test_verify
test_verify_sim test_channel_foreign test_channel test_channel_mutual test_channel_scarce test_forgery
""".split()
LEAST_PERCENT = 95
MUTANT_TIMEOUT_S = 120
# What a branch must begin with to count as a refusal.
REFUSAL = re.compile(
    r"\{?\s*(\(void\))?\s*(return\s+(detail_fail|refused|refuse|REFUSE|malformed|tampered|over\(|false|NULL"
    r"|rc\b|CRYPT_BAD|BAD\b|CC_ERROR|CC_FAIL|not_|own_|derivation_|list_|-1|\(int\)(detail|CC_ERROR))"
    r"|goto out|rc = (CC_ERROR|detail_fail|refuse)|r->failed = true|r\.failed = true)")
EXPLAINED = "test/mutate.txt"
WAYS = ("left out", "negated")
# MUTANT: which one; positive leaves it out, negative negates it. MUTANT_SEEN: a file with two bytes for
# each condition: whether a test came to it, whether it held.
TAIL = """
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
static int mutant_now;
static char *mutant_seen;
int mutant(int number, int holds);
int mutant(int number, int holds)
{
    if (mutant_seen != NULL) {
        mutant_seen[2 * number] = 1;
        if (holds)
            mutant_seen[2 * number + 1] = 1;
    }
    return mutant_now == number ? 0 : (mutant_now == -number) != holds;
}
__attribute__((constructor)) static void mutant_read(void)
{
    const char *text = getenv("MUTANT"), *seen = getenv("MUTANT_SEEN");
    int fd = seen != NULL ? open(seen, O_RDWR | O_CLOEXEC) : -1;
    void *map = fd < 0 ? MAP_FAILED : mmap(NULL, 1 << 16, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    mutant_now = text != NULL ? atoi(text) : 0;
    mutant_seen = map == MAP_FAILED ? NULL : map;
    if (fd >= 0)
        close(fd);
}
"""


def condition_end(text, at):
    """The place behind the parenthesis that closes the one at `at`."""
    depth = 0
    for i in range(at, len(text)):
        depth += {"(": 1, ")": -1}.get(text[i], 0)
        if depth == 0:
            return i + 1
    raise ValueError("unbalanced")


def refusals(text):
    for found in re.finditer(r"\bif \(", text):
        start = found.end() - 1
        end = condition_end(text, start)
        if REFUSAL.match(text[end:].lstrip()):
            yield start, end


class Check:
    """One refusal: where it stands, and a name that outlives other changes of its file."""

    def __init__(self, path, text, start, end):
        self.path, self.line = path, text.count("\n", 0, start) + 1
        function = re.findall(r"^\w[^;={}\n]*?(\w+)\(", text[:start], re.MULTILINE)[-1]
        self.name = "%s: %s" % (function, " ".join(text[start + 1:end - 1].split()))


def mutate(path, checks):
    """Wraps the conditions of one file; checks grows by one for each."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    out, last = [], 0
    for start, end in list(refusals(text)):
        checks.append(Check(path, text, start, end))
        twins = sum(c.path == path and re.sub(r" #\d+$", "", c.name) == checks[-1].name for c in checks)
        if twins > 1:
            checks[-1].name += " #%d" % twins
        out.append(text[last:start])
        out.append("(mutant(%d, !!%s))" % (len(checks), text[start:end]))
        last = end
    out.append(text[last:])
    changed = "".join(out).replace("#include", "int mutant(int number, int holds);\n#include", 1)
    with open(path, "w", encoding="utf-8") as file:
        file.write(changed)


def explained_read(files):
    """Of mutate.txt: (file, way, name) -> why, for the files that are changed."""
    found = {}
    with open(EXPLAINED, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if line.startswith("#") or not line.strip():
                continue
            parts = [part.strip() for part in line.split(" | ")]
            if len(parts) != 4 or parts[1] not in WAYS or parts[0] not in FILES:
                sys.exit("%s:%d: FILE | WAY | FUNCTION: CONDITION | WHY expected" % (EXPLAINED, number))
            if parts[0] in files:
                found[tuple(parts[:3])] = parts[3]
    return found


def tree_copy(out, copy):
    shutil.rmtree(copy, ignore_errors=True)
    os.makedirs(copy)
    tar = subprocess.Popen(["tar", "-cf", "-", "--exclude=./.git", "--exclude=./out*", "."],
                           stdout=subprocess.PIPE)
    subprocess.run(["tar", "-xf", "-", "-C", copy], stdin=tar.stdout, check=True)
    tar.wait()
    os.makedirs(copy + "/out")
    for name in os.listdir(out):
        if not re.match(r"stage|samples|integration|roundtrip|undo|bench|mutate", name):
            subprocess.run(["cp", "-a", out + "/" + name, copy + "/out/"], check=True)


def seen(unit):
    """What this test comes to; ends the run when it fails without any mutant."""
    path = os.path.abspath("seen." + unit)
    with open(path, "wb") as file:
        file.write(bytes(1 << 16))
    os.chmod(path, 0o666)  # tests that drop to another user write there, too
    run = subprocess.run(["out/unit/" + unit], env=dict(os.environ, MUTANT_SEEN=path),
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    if run.returncode != 0:
        sys.exit("mutate: %s fails without any mutant" % unit)
    with open(path, "rb") as file:
        return file.read()


def noticed(number, units):
    """The unit that fails with this mutant, or None."""
    env = dict(os.environ, MUTANT=str(number))
    for unit in units:
        # A session of its own: libcheck passes signals on to its group.
        run = subprocess.Popen(["out/unit/" + unit], env=env, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            if run.wait(timeout=MUTANT_TIMEOUT_S) != 0:
                return unit
        except subprocess.TimeoutExpired:
            run.terminate()  # libcheck ends its tests then, which are processes of their own
            run.wait()
            return unit
    return None


def tree_build(make, files):
    """Changes the copy that is the current folder, and builds it; the conditions, by number - 1."""
    checks = []
    for path in files:
        mutate(path, checks)
    with open("common/base/detail.c", "a", encoding="utf-8") as file:
        file.write(TAIL)
    # A condition that may be skipped is one more way to an empty variable, for the compiler.
    subprocess.run(make.split() + ["--no-print-directory", "-s", "-j2", "O=out",
                                   "CFLAGS=-O1 -g -w"]
                   + ["out/unit/" + unit for unit in UNITS], check=True, stdout=subprocess.DEVNULL)
    return checks


def unnoticed(checks, pool):
    """The mutants that no test notices, in order: (check, way)."""
    reach = dict(zip(UNITS, pool.map(seen, UNITS)))
    numbers = [sign * n for n in range(1, len(checks) + 1) for sign in (1, -1)]
    able = [[unit for unit in UNITS if reach[unit][2 * abs(n) + (n > 0)]] for n in numbers]
    for number, unit in zip(numbers, pool.map(noticed, numbers, able)):
        if unit is None:
            yield checks[abs(number) - 1], WAYS[number < 0]


def main():
    lists = {"--files": FILES, "--units": UNITS}
    if sys.argv[1] in lists:
        print(*lists[sys.argv[1]])
        return
    make, out, copy = sys.argv[1:4]
    files = sys.argv[4:] or FILES
    explained = explained_read(files)
    tree_copy(out, copy)
    os.chdir(copy)
    checks = tree_build(make, files)
    missed, unexplained, used = 0, 0, set()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for check, way in unnoticed(checks, pool):
            key = (check.path, way, check.name)
            missed += 1
            used.add(key)
            unexplained += key not in explained
            print("%s:%d: %s (%s): not noticed: %s" % (check.path, check.line, way, check.name,
                                                       explained.get(key, "NOT EXPLAINED")), flush=True)
    for key in explained.keys() - used:
        print("%s: no longer true: %s" % (EXPLAINED, " | ".join(key)))
    mutants = 2 * len(checks)
    percent = 100 * (mutants - missed) / max(1, mutants)
    print("mutate: %d checks, %d mutants, %.1f %% noticed, %d of the others not explained"
          % (len(checks), mutants, percent, unexplained))
    sys.exit(percent < LEAST_PERCENT or unexplained > 0 or explained.keys() != used)


if __name__ == "__main__":
    main()
