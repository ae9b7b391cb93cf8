#!/bin/sh
# Random signatures to programs: generated, compiled by codegen and by the compiler as a user would
# do it, signed.     build.sh GENERATE SEED WORK STAGE INTEGRATION KEY
# CC, SANFLG and JOBS come from the environment. A batch becomes INTEGRATION/test_roundtrip_NN.
set -eu
generate=$1 seed=$2 work=$3 stage=$4 to=$5 key=$6
here=$(cd "$(dirname "$0")" && pwd)
rm -rf "$work" "$to"/test_roundtrip_* "$to"/images/test_roundtrip_*
mkdir -p "$work" "$to/images"
"$generate" "$seed" "$work" >"$work/distribution.txt" || { cat "$work/distribution.txt"; exit 1; }
cp "$here/types.edl" "$here/roundtrip_types.h" "$work"
export LD_LIBRARY_PATH="$stage/lib" PKG_CONFIG_PATH="$stage/lib/pkgconfig"
flags="-std=gnu11 -O1 -g -Wall -Wextra -Werror -I$here -I$work"
host="$(pkg-config --cflags libsecgear_urts) ${SANFLG:-}"
enclave=$(pkg-config --cflags libsecgear_trts)
"$stage/bin/codegen" --secgear --header-only "$work/types.edl" --untrusted-dir "$work" \
    --trusted-dir "$work" >"$work/types.log" 2>&1 || { cat "$work/types.log"; exit 1; }
# shellcheck disable=SC2086
{
    ${CC:-cc} $flags $host -fPIE -c -o "$work/values_u.o" "$here/values.c"
    ${CC:-cc} $flags $enclave -fPIC -fvisibility=hidden -c -o "$work/values_t.o" "$here/values.c"
}

cat >"$work/batch.sh" <<BATCH
set -eu
cd "$work/\$1"
"$stage/bin/codegen" --secgear rt.edl --search-path .. >codegen.log 2>&1 || { cat codegen.log; exit 1; }
${CC:-cc} $flags $enclave -I. -fPIC -shared -fvisibility=hidden -o image.so "$here/enclave.c" enclave.c rt_t.c \
    ../values_t.o $(pkg-config --libs libsecgear_trts)
${CC:-cc} $flags $host -I. -fPIE -pie -o "$to/test_roundtrip_\$1" "$here/main.c" host.c rt_u.c ../values_u.o \
    $(pkg-config --libs libsecgear_urts) -Wl,-rpath,$stage/lib
"$stage/bin/secgear" sign -k "$key" -i image.so -c "$here/config.xml" \
    -o "$to/images/test_roundtrip_\$1.signed.so" >/dev/null
BATCH
find "$work" -mindepth 1 -maxdepth 1 -type d | sed 's|.*/||' | sort |
    xargs -P "${JOBS:-2}" -I N sh "$work/batch.sh" N
