#!/usr/bin/env python3
# SPDX-License-Identifier: MulanPSL-2.0
"""Runs variants of the ProVerif model sc2.pv.in and compares with what is expected of each.

usage: [PROVERIF=/path/to/proverif] run.py [-t SECONDS] [-o FOLDER] [NAME | NAME=SWITCH,SWITCH ...]
       run.py --expand FOLDER         only writes the expanded models (needs cpp, not ProVerif)
Without names: all. A query that was not answered within the time is UNFINISHED, never a result.
"""
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))

# name: (switches, what is expected: "proved", or the queries that must be found false)
VARIANTS = {
    "auth": (["QR", "QA"], "proved"),
    "secrecy": (["QR", "QS"], "proved"),
    "misbinding": (["QU"], "proved"),
    "forward": (["FS"], "proved"),
    "downgrade": (["WEAK", "QD"], "proved"),
    "records": (["REC", "QT"], "proved"),
    "exporter": (["QX"], "proved"),
    "epoch": (["EPOCH"], "proved"),
    "cookie": (["COOKIE", "QR", "QA"], "proved"),
    "client_key": (["MUTUAL", "CLEAK", "QR"], "proved"),
    "client_evidence": (["MUTEE", "QR"], "proved"),
    "leaked_ephemerals_auth": (["EPHLEAK", "QA"], "proved"),
    "leaked_ephemerals_secrecy": (["EPHLEAK", "QS"], "proved"),
    "split_whole": (["SPLIT", "SPLIT_CHECK", "QU"], "proved"),
    "uuid_enclave_alone": (["NO_UUIDCMP", "UUIDQ"], "proved"),
    "no_nonce_only": (["NO_BINDER", "NO_TH1_UD", "QA", "QS"], "A1 S1"),
    "no_origin": (["NO_ORIGIN", "QA", "QS"], "A1"),
    "no_purpose": (["NO_PURPOSE", "QA", "QS"], "A1"),
    "no_uuid": (["NO_UUIDCMP", "NO_E_UUIDCHK", "UUIDQ"], "V1"),
    "no_measurement": (["NO_MEAS", "QA"], "A1"),
    "no_debug": (["NO_DEBUGCHK", "QA"], "A1"),
    "no_user_data": (["NO_UDCHK", "QA"], "A1"),
    "no_chain": (["NO_CHAIN", "QA"], "A1"),
    "no_suites": (["WEAK", "NO_SUITE_TH0", "QD"], "D1"),
    "no_retried": (["WEAK", "NO_RETRIED", "QD"], "D1"),
    "no_session_id": (["NO_SID_TH1", "QA"], "A1"),
    "no_evidence_th2": (["NO_EV_TH2", "QA", "QU"], "U1"),
    "no_split": (["SPLIT", "QU"], "U1"),
    "no_fin_s": (["NO_FINS", "QA"], "A2"),
    "no_fin_c": (["NO_FINC", "QA"], "A4"),
    "no_fresh_key": (["STATIC", "FS"], "F1"),
    "no_destroy": (["REC", "NO_DESTROYAUTH", "QT"], "T1"),
    "no_pin": (["NO_PIN", "QA"], "A5"),
}


def expand(name, switches, folder):
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, name + ".pv")
    text = subprocess.run(
        ["cpp", "-P", "-undef", "-w", *("-D" + s for s in switches), os.path.join(HERE, "sc2.pv.in")],
        capture_output=True, text=True, check=True).stdout
    with open(path, "w", encoding="ascii") as out:
        out.write(text)
    return path, [q.split()[0] for q in re.findall(r"\(\*Q: (.*?) \*\)", text)]


def run(name, switches, folder, limit):
    """The answers by query: proved, false, unknown; what is missing is UNFINISHED."""
    path, queries = expand(name, switches, folder)
    try:
        text = subprocess.run([os.environ.get("PROVERIF", "proverif"), path], capture_output=True,
                              text=True, timeout=limit).stdout
    except subprocess.TimeoutExpired as end:
        text = (end.stdout or b"").decode(errors="replace")
    with open(path[:-2] + "log", "w", encoding="utf-8") as out:
        out.write(text)
    results = [r for r in re.findall(r"^RESULT (.*)$", text, re.M) if not r.startswith("(")]
    answers = ["proved" if r.endswith("is true.") else "false" if "is false." in r else "unknown"
               for r in results]
    return dict(zip(queries, answers + ["UNFINISHED"] * (len(queries) - len(answers))))


def as_expected(answers, expected):
    """Reachability queries R* are proved reachable when ProVerif calls their negation false."""
    reached = all(a == "false" for q, a in answers.items() if q.startswith("R"))
    if expected == "proved":
        return reached and all(a == "proved" for q, a in answers.items() if not q.startswith("R"))
    return reached and all(answers.get(q) == "false" for q in expected.split())


def main():
    words, limit, folder, chosen, only_expand = sys.argv[1:], 300, "out-formal", [], False
    while words:
        word = words.pop(0)
        if word == "-t":
            limit = int(words.pop(0))
        elif word == "-o":
            folder = words.pop(0)
        elif word == "--expand":
            only_expand, folder = True, words.pop(0)
        elif "=" in word:
            name, switches = word.split("=", 1)
            chosen.append((name, (switches.split(","), "proved")))
        else:
            chosen.append((word, VARIANTS[word]))
    bad = 0
    for name, (switches, expected) in chosen or VARIANTS.items():
        if only_expand:
            expand(name, switches, folder)
            continue
        answers = run(name, switches, folder, limit)
        good = as_expected(answers, expected)
        bad += not good
        print("%-26s %-12s expected %-8s %s" % (name, "ok" if good else "NOT AS EXPECTED", expected,
                                               " ".join("%s=%s" % a for a in answers.items())), flush=True)
    return bad > 0


if __name__ == "__main__":
    sys.exit(main())
