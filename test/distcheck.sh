#!/bin/sh
# What a packager does, on a clean copy of the last commit: build, unit tests, installation into a
# prefix with a library folder of its own, samples against it, into a DESTDIR, and away again.
#     distcheck.sh MAKE
set -eu
make=${1:-make}
work=$(mktemp -d /tmp/secgear-distcheck-XXXXXX)
trap 'rm -rf "$work"' EXIT
step() { echo "distcheck: $*"; }
unset MAKEFLAGS MFLAGS MAKELEVEL 2>/dev/null || true
jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)

step "unpack and build"
mkdir "$work/tree"
git archive HEAD | tar -x -C "$work/tree"
cd "$work/tree"
root=$work/root
where="PREFIX=$root LIBDIR=$root/lib/multi-arch"
# shellcheck disable=SC2086
$make -s -j"$jobs" $where >"$work/log" 2>&1 || { tail -n 30 "$work/log"; exit 1; }
$make --no-print-directory -s -j"$jobs" unit >"$work/log" 2>&1 || { tail -n 30 "$work/log"; exit 1; }
step "unit tests: $(tail -n 1 "$work/log")"

step "install into a prefix, ask pkg-config"
# shellcheck disable=SC2086
$make -s install $where >"$work/log" 2>&1 || { tail -n 30 "$work/log"; exit 1; }
export PKG_CONFIG_PATH="$root/lib/multi-arch/pkgconfig"
pkg-config --libs --cflags libsecgear_urts libsecgear_trts libcsecure_channel libusecure_channel libtsecure_channel libtsecure_client
"$root/bin/secgear" err 0 >/dev/null
XDG_STATE_HOME=$work/state "$root/bin/secgear" device status | head -n 1

step "samples from that prefix"
cp -R samples "$work/samples"
for sample in samples/*/Makefile; do
    sample=$(basename "$(dirname "$sample")")
    LD_LIBRARY_PATH="$root/lib/multi-arch" $make -s -C "$work/samples/$sample" >"$work/log" 2>&1 ||
        { tail -n 30 "$work/log"; exit 1; }
done
(cd "$work/samples/helloworld" && XDG_STATE_HOME=$work/state out/helloworld_host out/enclave.signed.so | grep 'enclave say')

step "install into a DESTDIR: the same files"
$make -s install DESTDIR="$work/dest" PREFIX=/usr LIBDIR=/usr/lib/multi-arch >"$work/log" 2>&1
(cd "$root" && find . ! -type d | sort) >"$work/in_root"
(cd "$work/dest/usr" && find . ! -type d | sort) >"$work/in_dest"
diff "$work/in_root" "$work/in_dest"
! grep -rl "$work/dest" "$work/dest" || { echo "the DESTDIR stands in an installed file"; exit 1; }

step "uninstall leaves nothing"
# shellcheck disable=SC2086
$make -s install-compat $where >/dev/null && $make -s uninstall $where
left=$(find "$root" ! -type d)
[ -z "$left" ] || { echo "$left"; exit 1; }
[ ! -e "$root/include/secGear" ] && [ ! -e "$root/libexec/secgear" ]
echo "distcheck: $(wc -l <"$work/in_root") files, all as they should be"
