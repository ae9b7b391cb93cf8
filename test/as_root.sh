#!/bin/sh
# Runs the integration tests that need root: devices that root starts or installs, and users who come
# to them. Each test has file systems of its own over /run and /var/lib; nothing of the machine's
# changes.
#     as_root.sh STAGE INTEGRATION_FOLDER
set -eu
stage=$1 tests=$2
here=$(cd "$(dirname "$0")" && pwd)
if [ "$(id -u)" -ne 0 ]; then
    echo "  system: skipped: devices of the system and installed ones take root to start"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
fi
# They take whole processes into other namespaces, limit their memory and trace them, which the thread
# sanitizer's own thread and maps do not survive; their threads' code is in the other suites.
if [ -n "${SECGEAR_THREADS_ONLY:-}" ]; then
    echo "  system: skipped: not under the thread sanitizer"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
fi
work=$(mktemp -d /tmp/secgear-system-XXXXXX)
trap 'rm -rf "$work"' EXIT
mkdir "$work/tests" "$work/tmp"
cp -a "$stage" "$work/stage"
cp "$here/../service/level2.sh" "$work/"
cp -a "$tests"/images "$work/tests/"
find "$tests/system" -maxdepth 1 -name 'test_*' -type f -perm -u+x -exec cp {} "$work/tests/" \;
chown -R 0:0 "$work"
chmod -R go-w "$work"
chmod 755 "$work"
chmod 1777 "$work/tmp"
cd "$work"
env -u XDG_STATE_HOME -u SECGEAR_DEVICE HOME="$work/tmp" TMPDIR="$work/tmp" LD_LIBRARY_PATH="$work/stage/lib" \
    TSAN_OPTIONS="die_after_fork=0 atexit_sleep_ms=0 ${TSAN_OPTIONS:-}" sh "$here/run.sh" tests
