#!/bin/sh
# Whether the tests notice when a defence is missing: applies each patch of this folder to a copy of
# the tree, builds what its test needs, and runs that test, which must fail.
#     run.sh MAKE OUT COPY [NAME]       the tree, built in OUT, is copied to COPY
# A patch begins with what it takes away and with its test:
#     Test: unit PROGRAM CASE           a test case of OUT/unit/PROGRAM
#     Test: script sdk_8_3 NAME         a test of test/integration/codegen/sdk_8_3.sh
#     Needs: PATH                       what else that test runs, of OUT
# Ends 1 when a test still passes, could not be run, or a patch no longer applies.
set -u
make=$1 out=$2 copy=$3 only=${4:-}
rm -rf "$copy" && mkdir -p "$copy" || exit 1
tar -cf - --exclude=./.git --exclude='./out*' . | tar -xf - -C "$copy" || exit 1
mkdir -p "$copy/out"
for folder in "$out"/*; do
    case ${folder##*/} in
    stage* | samples* | integration | roundtrip | undo | bench) ;;
    *) cp -a "$folder" "$copy/out/" ;;
    esac
done
cd "$copy" || exit 1
failed=0

field() { sed -n "s/^$1: //p" "$2" | head -n 1; }

# shellcheck disable=SC2086
build() { $make --no-print-directory -s -j2 O=out $1 >undo.log 2>&1; }

# One line with RESULT, or nothing when the test did not run.
test_run() {
    case $1 in
    unit) env CK_RUN_CASE="$3" "out/unit/$2" 2>&1 ;;
    script) mkdir -p out/sdk_8_3 && sh test/integration/codegen/sdk_8_3.sh out/bin/codegen out/sdk_8_3 "$3" 2>&1 ;;
    esac
}

verdict() { # PATCH KIND PROGRAM CASE
    if ! patch -p1 -s --no-backup-if-mismatch <"$1" >undo.log 2>&1; then
        echo 'NO LONGER APPLIES'
        return
    fi
    case $2 in unit) target=out/unit/$3 ;; *) target=out/bin/codegen ;; esac
    needs=$(field Needs "$1")
    if ! build "$target ${needs:+out/$needs}"; then
        echo 'DOES NOT COMPILE'
    else
        result=$(test_run "$2" "$3" "$4" | sed -n 's/^RESULT //p' | tail -n 1)
        case $result in
        *' 0 failed '*) echo 'STILL PASSES' ;;
        *' failed '*) echo 'fails, as it should' ;;
        *) echo 'DID NOT RUN' ;;
        esac
    fi
    patch -p1 -s -R --no-backup-if-mismatch <"$1"
}

printf '%-24s %-28s %-20s %s\n' patch test verdict 'what is undone'
for patch in test/undo/"$only"*.patch; do
    # shellcheck disable=SC2046
    set -- $(field Test "$patch")
    kind=$1 program=$2
    shift 2
    found=$(verdict "$patch" "$kind" "$program" "$*")
    case $found in fails*) ;; *) failed=$((failed + 1)) ;; esac
    name=${patch##*/}
    printf '%-24s %-28s %-20s %s\n' "${name%.patch}" "$*" "$found" "$(field Undone "$patch")"
done
echo "undo: $failed not noticed"
[ "$failed" -eq 0 ]
