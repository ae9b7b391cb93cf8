# What the checks by spin have in common (sourced). verdict and expect are those of switchless calls: a
# model is built anew for each run, with its bounds and with the defence that is taken away, if any; spin
# must find an error then.
#     MODEL.sh FOLDER               SECGEAR_STRESS=1 for the larger bounds
# shellcheck shell=sh
set -u
here=$(dirname "$(realpath "$0")")
model=$(basename "$0" .sh)
cc=${CC:-cc}
if ! command -v spin >/dev/null 2>&1 || ! command -v "$cc" >/dev/null 2>&1; then
    echo "model: $model: skipped: no spin, or no C compiler"
    echo "RESULT 0 passed 0 failed 1 skipped"
    exit 0
fi
mkdir -p "$1" && cd "$1" || exit 1
passed=0 failed=0

# WEAK BOUNDS...: "holds", "fails", or why it can't be said. Errors are found soon: then the time goes
# into the compiler. A model that lets a hostile side stop says so by QUIET.
verdict() {
    weak=$1 level=-O1
    shift
    [ "$weak" = 0 ] || level=-O0
    rm -f pan* ./*.trail model.pml
    cp "$here/$model.pml" model.pml
    # shellcheck disable=SC2086
    if ! spin -a -DWEAK=$weak "$@" model.pml >log 2>&1 ||
        ! "$cc" $level -w -DSAFETY -DCOLLAPSE -DVECTORSZ=2048 -DMEMLIM=3000 -o pan pan.c >>log 2>&1; then
        echo "spin can't read the model"
        return
    fi
    # shellcheck disable=SC2086
    ./pan -m2000000 ${QUIET:-} >log 2>&1
    if grep -q 'errors: 0' log && ! grep -qE 'max search depth too small|Search not completed|out of memory' log; then
        echo holds
    elif grep -qE 'errors: [1-9]' log; then echo fails; else echo 'not completed'; fi
}

expect() { # WHAT WEAK BOUNDS...
    what=$1 weak=$2
    shift 2
    found=$(verdict "$weak" "$@")
    if [ "$found" = "$what" ]; then passed=$((passed + 1)); else
        failed=$((failed + 1))
        echo "model: $model: weakening $weak ($*): $found, expected: $what"
        tail -n 5 log
    fi
}

ended() {
    echo "RESULT $passed passed $failed failed 0 skipped"
    [ "$failed" -eq 0 ]
}
