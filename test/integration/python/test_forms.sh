#!/bin/sh
# samples/secure_channel_forms: each server with each client, started as its user starts it.
here=$(cd "$(dirname "$0")" && pwd)
export OUT=. SECGEAR="$here/server/secgear" SECGEAR_PYTHON="$here/../stage/share/secgear/python"
export PYTHONDONTWRITEBYTECODE=1
passed=0 failed=0 skipped=0
python=yes
if ! "${PYTHON:-python3}" -c pass 2>/dev/null; then python=; echo "skipped: forms in Python, no python3"; fi
if grep -qE '__(asan|tsan)_init' "$here/../stage/lib/libcsecure_channel.so.1"; then
    python=
    echo "skipped: forms in Python, under a sanitizer"
fi
for form in c.sync c.thread c.python python.sync python.thread python.python; do
    case $form in *python*) [ -n "$python" ] || { skipped=$((skipped + 1)); continue; } ;; esac
    said=$(sh "$here/samples/secure_channel_forms/out/run.sh" "${form%.*}" "${form#*.}" "said by $form" 2>&1)
    wanted="the enclave says: $(echo "said by $form" | tr '[:lower:]' '[:upper:]')"
    if echo "$said" | grep -qxF "$wanted"; then passed=$((passed + 1)); else
        failed=$((failed + 1))
        echo "server.client $form: no \"$wanted\" in:"
        echo "$said"
    fi
done
echo "RESULT $passed passed $failed failed $skipped skipped"
[ "$failed" -eq 0 ]
