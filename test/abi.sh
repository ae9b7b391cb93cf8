#!/bin/sh
# What was built against what was promised: exports = version map = functions of the headers, NEEDED
# lists, SONAME, hardening.
#     abi.sh OUT "LIBRARIES" "PROGRAMS (paths)" SOVERSION
set -u
out=$1 libs=$2 programs=$3 version=$4
failed=0
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
bad() {
    echo "  $*"
    failed=$((failed + 1))
}
same() { # what, expected file, found file
    diff "$2" "$3" >"$work/diff" || { bad "$1: < expected, > found"; grep '^[<>]' "$work/diff"; }
}

# A build with it has it wherever AES-GCM is.
aead=${WITH_IPSEC_MB:+libIPSec_MB.so.1}

# The one list of what each library may need. The C library and its loader always.
needed() {
    case $1 in
    secgear_trts) echo libcrypto.so.3 $aead ;;
    tsecure_client) echo libcrypto.so.3 $aead libjansson.so.4 "libsecgear_trts.so.$version" ;;
    tsecure_channel) echo libcrypto.so.3 $aead "libsecgear_trts.so.$version" ;;
    attestation_agent) echo "libsecgear_urts.so.$version" "libsecgear_verify.so.$version" ;;
    csecure_channel) echo libcrypto.so.3 $aead libjansson.so.4 ;;
    secgear_verify) echo libcrypto.so.3 libjansson.so.4 ;;
    secgear_urts | usecure_channel) ;;
    *) echo "not-listed-in-abi.sh" ;;
    esac
}

map_symbols() { # map, expression that its node's name matches
    awk -v node="$2" '/^[A-Z][A-Z0-9_.]* *\{/ { on = $1 ~ node } /local:/ { on = 0 }
        /^}/ { on = 0 } on && /;$/ { gsub(/[ ;]/, ""); print }' "$1" | sort
}

header_functions() { # declarations that follow a docstring, and what the EDL files declare
    awk 'FNR == 1 { doc = 0; text = "" } /^\/\*\*$/ { doc = 1 } doc == 1 && /^ \*\/$/ { doc = 2; next }
        doc == 2 { text = text " " $0 }
        doc == 2 && /;/ { gsub(/__attribute__\(\([^;]*\)\)\)? /, "", text); sub(/\(.*/, "", text)
            sub(/.*[ *]/, "", text); print text; doc = 0; text = "" }' include/*.h
    sed -n 's/.*public .*[ *]\([a-z_0-9]*\)(.*/\1/p' include/*.edl
}

hardened() { # file, library or program
    readelf -lW "$1" >"$work/segments" && readelf -dW "$1" >"$work/dynamic" || bad "$1: not readable"
    nm -D --undefined-only "$1" | awk '{ sub(/@.*/, "", $2); print $2 }' >"$work/undefined"
    grep -q GNU_RELRO "$work/segments" || bad "$1: no RELRO"
    grep -qE 'FLAGS_1.*NOW|BIND_NOW' "$work/dynamic" || bad "$1: not bound at start"
    grep 'GNU_STACK' "$work/segments" | grep -q ' RW  ' || bad "$1: executable stack"
    ! grep -q ' RWE ' "$work/segments" || bad "$1: a writable and executable segment"
    ! grep -qE 'TEXTREL|RPATH|RUNPATH' "$work/dynamic" || bad "$1: TEXTREL, RPATH or RUNPATH"
    [ "$2" = library ] || grep -qE 'FLAGS_1.*PIE' "$work/dynamic" || bad "$1: not a PIE"
    grep -q '^__stack_chk_fail$' "$work/undefined" || bad "$1: no stack protector"
    # A call whose room the compiler does not see stays as it is, so one checked call is what we ask for.
    ! grep -qxE 'v?s?n?printf|memcpy' "$work/undefined" || grep -qE '^__[a-z]*_chk$' "$work/undefined" ||
        bad "$1: no FORTIFY"
}

# Startup files of some distributions lack the CET note and take it from the linked file: ask ours.
if [ "$(uname -m)" = x86_64 ]; then
    find "$out"/lib?* "$out/common" "$out/tee_device" "$out/tools" "$out/codegen" "$out/attestation" \
        -name '*.o' -exec sh -c 'readelf -nW "$1" | grep -q "IBT, SHSTK" || echo "$1"' _ {} \; >"$work/nocet"
    [ ! -s "$work/nocet" ] || bad "objects without the CET note: $(tr '\n' ' ' <"$work/nocet")"
fi

: >"$work/public"
for lib in $libs; do
    so=$out/lib/lib$lib.so.$version map=lib$lib/lib$lib.map
    map_symbols "$map" 'SECGEAR_[0-9]' >>"$work/public"
    map_symbols "$map" . >"$work/map"
    nm -D --defined-only "$so" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort >"$work/nm"
    same "lib$lib: map and exports" "$work/map" "$work/nm"
    { needed "$lib"; echo libc.so.6; } | tr ' ' '\n' | grep . | sort >"$work/want"
    readelf -dW "$so" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | grep -v '^ld-linux' | sort >"$work/have"
    same "lib$lib: NEEDED" "$work/want" "$work/have"
    readelf -dW "$so" | grep -q "(SONAME).*\[lib$lib.so.$version\]" || bad "lib$lib: SONAME"
    # Every undefined strong symbol comes, by its version, from a library of the NEEDED list.
    nm -D --undefined-only "$so" | awk '$1 == "U" { print $2 }' |
        grep -vE "@(GLIBC_|OPENSSL_|SECGEAR_|libjansson)${aead:+|mb_mgr|^imb_}" >"$work/loose" &&
        bad "lib$lib: nobody gives $(tr '\n' ' ' <"$work/loose")"
    hardened "$so" library
done
sort -u "$work/public" >"$work/exported" # two libraries have the client
header_functions | sort >"$work/declared"
same "functions of include/ and public exports" "$work/declared" "$work/exported"
for program in $programs; do hardened "$program" program; done
[ "$failed" -eq 0 ] || { echo "abi: $failed failed"; exit 1; }
echo "abi: $(echo "$libs" | wc -w) libraries, $(wc -l <"$work/exported") functions, $(echo "$programs" | wc -w) programs: as promised"
