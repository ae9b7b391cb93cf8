#!/bin/sh
# Does what docs/tutorial-channel.md says, against the staged tree: writes its files, runs its
# commands in their order, and compares what it says is answered.
#     tutorial.sh STAGE
set -u
stage=$1
here=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d /tmp/secgear-tutorial-XXXXXX) || exit 1
trap 'rm -rf "$work"' EXIT
awk -v folder="$work" '
    /^File `[^`]*`:$/ { split($0, part, "`"); file = part[2]; next }
    /^```/ && fence { fence = 0; if (out != "") close(out); out = ""; next }
    /^```sh$/ { fence = 1; out = folder "/commands.sh"; append = 1; next }
    /^```text$/ { fence = 1; out = folder "/answers"; append = 0; next }
    /^```./ && file != "" { fence = 1; out = folder "/" file; file = ""; append = 0; next }
    /^```/ { fence = 1; out = ""; next }
    fence && out != "" { if (append) print >>out; else print >out }
' "$here/docs/tutorial-channel.md"
# The files belong into the folder that the first command makes.
{
    # shellcheck disable=SC2016
    echo 'host=; trap "kill \$host 2>/dev/null || :" EXIT'
    sed '1s|$| \&\& cp ../*.edl ../*.c ../*.xml .|' "$work/commands.sh"
} >"$work/run.sh"
export PKG_CONFIG_PATH="$stage/lib/pkgconfig" LD_LIBRARY_PATH="$stage/lib" SECGEAR_DEVICE=embedded XDG_STATE_HOME="$work/state"
failed=0
if ! (cd "$work" && sh -eu run.sh) >"$work/log" 2>&1; then
    echo "docs/tutorial-channel.md: a command failed:"
    cat "$work/log"
    failed=1
elif ! grep '^note [0-9]' "$work/log" | diff - "$work/answers"; then
    echo "docs/tutorial-channel.md: > is what it says is answered"
    failed=1
fi
echo "tutorial: $(grep -c . "$work/commands.sh") lines of commands"
echo "RESULT $((1 - failed)) passed $failed failed 0 skipped"
exit $failed
