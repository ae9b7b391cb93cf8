#!/bin/sh
# Does what a tutorial says, against the staged tree: writes its files and runs its commands in their
# order, and looks for what it says is answered, line by line in that order.
#     tutorial.sh STAGE DOCUMENT...
set -u
stage=$1
shift
passed=0 failed=0
work=$(mktemp -d /tmp/secgear-tutorial-XXXXXX) || exit 1
trap 'rm -rf "$work"' EXIT
export PKG_CONFIG_PATH="$stage/lib/pkgconfig" LD_LIBRARY_PATH="$stage/lib" PATH="$stage/bin:$PATH" SECGEAR_DEVICE=embedded
unset MAKEFLAGS MFLAGS MAKELEVEL
for document; do
    folder=$work/$(basename "$document" .md)
    mkdir "$folder"
    awk -v folder="$folder" '
        BEGIN { run = folder "/run.sh"; print "host=; trap \"kill \\$host 2>/dev/null || :\" EXIT" >run }
        /^File `[^`]*`:$/ { split($0, part, "`"); file = part[2]; next }
        /^```/ && fence { if (fence == "file") print "SECGEAR_END_OF_FILE" >>run; fence = ""; next }
        /^```sh$/ { fence = "sh"; next }
        /^```text$/ { fence = "text"; next }
        /^```./ && file != "" { fence = "file"; print "cat >" file " <<'\''SECGEAR_END_OF_FILE'\''" >>run; file = ""; next }
        /^```/ { fence = "other"; next }
        fence == "sh" || fence == "file" { print >>run }
        fence == "text" { print >>(folder "/answers") }
    ' "$document"
    if ! (cd "$folder" && XDG_STATE_HOME="$folder/state" sh -eu run.sh) >"$folder/log" 2>&1; then
        echo "$document: a command failed:"
        tail -n 40 "$folder/log"
        failed=$((failed + 1))
    elif ! awk 'NR == FNR { want[++n] = $0; next } $0 == want[at + 1] { at++ }
            END { if (at < n) { print "not answered: " want[at + 1]; exit 1 } }' "$folder/answers" "$folder/log"; then
        echo "$document: it says otherwise; what was answered:"
        tail -n 40 "$folder/log"
        failed=$((failed + 1))
    else
        passed=$((passed + 1))
        echo "tutorial: $document, $(wc -l <"$folder/run.sh") lines of commands and files"
    fi
done
echo "RESULT $passed passed $failed failed 0 skipped"
exit $((failed > 0))
