#!/bin/sh
# The second implementation of the channel and the Python modules (test/python), by the first python3 that has the
# package cryptography. Libraries with a sanitizer can't be opened by an interpreter without: then without modules.
here=$(cd "$(dirname "$0")" && pwd)
tests=
if grep -qE '__(asan|tsan)_init' "$here/../stage/lib/libcsecure_channel.so.1"; then
    echo "skipped: the Python modules, under a sanitizer"
    tests="test_protocol test_server.CServer test_server.Flood"
fi
export PYTHONDONTWRITEBYTECODE=1
for python in "${PYTHON:-python3}" /usr/bin/python3; do
    # shellcheck disable=SC2086
    "$python" -c 'import cryptography.hazmat.primitives.kdf.hkdf' 2>/dev/null && exec "$python" "$here/python" $tests
done
echo "skipped: no python3 with the package cryptography"
echo "RESULT 0 passed 0 failed 1 skipped"
