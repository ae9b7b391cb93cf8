#!/usr/bin/env python3
# SPDX-License-Identifier: MulanPSL-2.0
"""Whether unit tests notice a check that is turned round or left out.

    mutate.py MAKE OUT COPY [FILE...]
    mutate.py --files | --units         which ones

Copies the tree, built in OUT, to COPY; wraps the condition of each `if` whose branch is a refusal in
the channel's, the policy's and the evidence's files so that the environment chooses one of them; builds
once; then runs the unit tests of these folders with each condition negated, and with each left out. A
mutant is noticed when a test fails. Prints every one that is not; ends 1 when fewer than 95 % are.
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
libtsecure_channel/cookie.c libtsecure_channel/crypt.c libtsecure_channel/evidence.c
libtsecure_channel/guard.c libtsecure_channel/pool.c libtsecure_channel/roster.c
libtsecure_channel/service.c attestation/verify/policy.c attestation/verify/verify.c
attestation/verify/chain.c
""".split()
# The fast ones first: most mutants go no further.
UNITS = """
test_sc2 test_session test_schedule test_replay test_channel_limits test_channel_s16 test_channel_s01
test_channel_peer test_channel_answers test_channel_attacks test_channel_service test_channel_kept test_policy test_verify
test_channel test_forgery
""".split()
LEAST_PERCENT = 95
MUTANT_TIMEOUT_S = 120
# Mutants that no test can notice, and why: file, a part of the condition.
EXPLAINED = (
    ("common/channel/session.c", "!good", "a cipher that fails of itself: OpenSSL's own errors only"),
    ("libcsecure_channel/connect.c", "w.failed", "a HELLO of ours always fits its room"),
    ("libcsecure_channel/trust.c", "!sha256(", "a hash that fails of itself"),
    ("libtsecure_channel/accept.c", "!random_fill(", "a generator that fails of itself"),
    ("libtsecure_channel/service.c", "!random_fill(", "the same"),
    ("libtsecure_channel/service.c", "w.failed", "room for the longest message was asked for before"),
)
# What a branch must begin with to count as a refusal.
REFUSAL = re.compile(
    r"\{?\s*(\(void\))?\s*(return\s+(detail_fail|refused|refuse|REFUSE|malformed|tampered|over\(|false|NULL"
    r"|rc\b|CRYPT_BAD|BAD\b|CC_ERROR|CC_FAIL|not_|own_|derivation_|list_|-1|\(int\)(detail|CC_ERROR))"
    r"|goto out|rc = (CC_ERROR|detail_fail|refuse)|r->failed = true|r\.failed = true)")
TAIL = """
#include <stdlib.h>
int mutant_now;
__attribute__((constructor)) static void mutant_read(void)
{
    const char *text = getenv("MUTANT");

    mutant_now = text != NULL ? atoi(text) : 0;
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


def mutate(path, names, whys):
    """Wraps the conditions of one file; names and whys grow by one for each."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    out, last = [], 0
    for start, end in list(refusals(text)):
        names.append("%s:%d" % (path, text.count("\n", 0, start) + 1))
        whys.append(next((why for file, part, why in EXPLAINED
                          if file == path and part in text[start:end]), None))
        number = len(names)
        out.append(text[last:start])
        out.append("(mutant_now == %d ? 0 : (mutant_now == -%d) != !!%s)" % (number, number,
                                                                          text[start:end]))
        last = end
    out.append(text[last:])
    changed = "".join(out).replace("#include", "extern int mutant_now;\n#include", 1)
    with open(path, "w", encoding="utf-8") as file:
        file.write(changed)


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


def noticed(number):
    """The unit that fails with this mutant, or None."""
    env = dict(os.environ, MUTANT=str(number))
    for unit in UNITS:
        run = subprocess.Popen(["out/unit/" + unit], env=env, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
        try:
            if run.wait(timeout=MUTANT_TIMEOUT_S) != 0:
                return unit
        except subprocess.TimeoutExpired:
            run.terminate()  # libcheck ends its tests then, which are processes of their own
            run.wait()
            return unit
    return None


def main():
    lists = {"--files": FILES, "--units": UNITS}
    if sys.argv[1] in lists:
        print(*lists[sys.argv[1]])
        return
    make, out, copy = sys.argv[1:4]
    files = sys.argv[4:] or FILES
    names, whys = [], []
    tree_copy(out, copy)
    os.chdir(copy)
    for path in files:
        mutate(path, names, whys)
    with open("common/base/detail.c", "a", encoding="utf-8") as file:
        file.write(TAIL)
    # A condition that may be skipped is one more way to an empty variable, for the compiler.
    subprocess.run(make.split() + ["--no-print-directory", "-s", "-j2", "O=out",
                                   "CFLAGS=-O2 -g -w"]
                   + ["out/unit/" + unit for unit in UNITS], check=True, stdout=subprocess.DEVNULL)
    if noticed(0) is not None:
        sys.exit("mutate: %s fails without any mutant" % noticed(0))
    numbers = [sign * n for n in range(1, len(names) + 1) for sign in (1, -1)]
    missed = unexplained = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for number, unit in zip(numbers, pool.map(noticed, numbers)):
            if unit is None:
                why = whys[abs(number) - 1] if number > 0 else None
                missed += 1
                unexplained += why is None
                print("%-44s %s: not noticed%s" % (names[abs(number) - 1],
                                                   "negated" if number < 0 else "left out",
                                                   "" if why is None else ": " + why), flush=True)
    percent = 100 * (len(numbers) - missed) / max(1, len(numbers))
    print("mutate: %d checks, %d mutants, %.1f %% noticed, %d of the others not explained"
          % (len(names), len(numbers), percent, unexplained))
    sys.exit(percent < LEAST_PERCENT)


if __name__ == "__main__":
    main()
