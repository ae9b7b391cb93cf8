#!/bin/sh
# Runs the integration tests as an ordinary user: root copies stage and tests into a temporary folder
# and drops to a spare uid of its own: two runs at once must not see each other's processes. State
# and temporary files are in that folder and vanish with it.
#     as_user.sh STAGE INTEGRATION_FOLDER SAMPLES
set -eu
stage=$1 tests=$2 samples=$3
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d /tmp/secgear-check-XXXXXX)
mine=
trap 'rm -rf "$work" ${mine:+"$mine"}' EXIT
mkdir "$work/tests" "$work/tmp"
cp -a "$stage" "$work/stage"
sed -i "s|$stage|$work/stage|" "$work"/stage/lib/pkgconfig/*.pc # which is moved by that
cp -a "$tests"/images "$work/tests/"
[ ! -d "$tests/python" ] || cp -a "$tests/python" "$work/tests/"
find "$tests" -maxdepth 1 -name 'test_*' -type f -perm -u+x -exec cp {} "$work/tests/" \;
cp -a "$samples/secure_channel/out" "$work/tests/server"
for sample in "$samples"/*/out; do
    name=$(basename "$(dirname "$sample")")
    mkdir -p "$work/tests/samples/$name"
    cp -a "$sample" "$work/tests/samples/$name/"
done
printf '#!/bin/sh\nexec "%s/stage/bin/secgear" "$@"\n' "$work" >"$work/tests/server/secgear"
chmod 755 "$work/tests/server/secgear"
cp "$here/run.sh" "$work/"
as=
if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null 2>&1; then
    uid=61700
    until mkdir "/tmp/secgear-check-uid-$uid" 2>/dev/null; do
        uid=$((uid + 1))
        [ $uid -lt 61800 ] || { echo "as_user.sh: remove what is left of /tmp/secgear-check-uid-*" >&2; exit 1; }
    done
    mine=/tmp/secgear-check-uid-$uid
    chown -R $uid:$uid "$work"
    as="setpriv --reuid $uid --regid $uid --clear-groups"
fi
chmod 755 "$work"
cd "$work"
# shellcheck disable=SC2086
$as env -u XDG_STATE_HOME SECGEAR_DEVICE=embedded HOME="$work/tmp" TMPDIR="$work/tmp" LD_LIBRARY_PATH="$work/stage/lib" \
    TSAN_OPTIONS="die_after_fork=0 atexit_sleep_ms=0 ${TSAN_OPTIONS:-}" sh ./run.sh tests
