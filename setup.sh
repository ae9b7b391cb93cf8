#!/bin/sh
# From a fresh machine to a result in one command:
#   sh setup.sh demo     install what is missing, build, run the demonstration
#   sh setup.sh check    install what is missing, build, run the tests
#   sh setup.sh deps     only install
# WITH_IPSEC_MB=1 in front of it: builds with intel-ipsec-mb (docs/dependencies.md), and installs that, too.
# Installs the distribution's packages and nothing else (apt, or dnf on openEuler and Fedora).
set -eu
cd "$(dirname "$0")"

need() { # package that gives it, then a command that succeeds when it is there
    package=$1
    shift
    "$@" >/dev/null 2>&1 || missing="$missing $package"
}

missing_apt() {
    need gcc gcc --version
    need g++ g++ --version
    need make make --version
    need libc6-dev test -e /usr/include/stdio.h
    need pkg-config pkg-config --version
    need libssl-dev pkg-config --exists libcrypto
    need openssl openssl version
    need check pkg-config --exists check
    need libjansson-dev pkg-config --exists jansson
    need libseccomp-dev pkg-config --exists libseccomp
    need libcurl4-openssl-dev pkg-config --exists libcurl
    need spin spin -V
    need libtss2-dev pkg-config --exists tss2-esys
    need swtpm swtpm --version
    need gdb gdb --version
    need cmake cmake --version
    need python3 python3 -V
    need python3-cryptography /usr/bin/python3 -c 'import cryptography'
    [ "${WITH_IPSEC_MB:-}" != 1 ] || need libipsec-mb-dev test -e /usr/include/intel-ipsec-mb.h
}

missing_dnf() {
    need gcc gcc --version
    need gcc-c++ g++ --version
    need libstdc++-static test -e "$(g++ -print-file-name=libstdc++.a)"
    need make make --version
    need pkgconf-pkg-config pkg-config --version
    need openssl-devel pkg-config --exists libcrypto
    need openssl openssl version
    need check-devel pkg-config --exists check
    need jansson-devel pkg-config --exists jansson
    need libseccomp-devel pkg-config --exists libseccomp
    need libcurl-devel pkg-config --exists libcurl
    need tpm2-tss-devel pkg-config --exists tss2-esys
    need gdb gdb --version
    need cmake cmake --version
    [ "${WITH_IPSEC_MB:-}" != 1 ] || need intel-ipsec-mb-devel test -e /usr/include/intel-ipsec-mb.h
}

install_missing() {
    missing=
    if command -v apt-get >/dev/null 2>&1; then
        missing_apt
        install="apt-get install -y --no-install-recommends"
        refresh="apt-get update"
    elif command -v dnf >/dev/null 2>&1; then
        missing_dnf
        install="dnf install -y"
        refresh=true
    else
        echo "setup.sh: neither apt-get nor dnf is here; install gcc, make, pkg-config and the" \
            "development files of openssl 3, check, jansson and libseccomp" >&2
        exit 1
    fi
    [ -n "$missing" ] || return 0
    as_root=
    if [ "$(id -u)" -ne 0 ]; then
        if command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
            as_root=sudo
        else
            echo "setup.sh: packages are missing; as root, run:" >&2
            echo "    $install$missing" >&2
            exit 1
        fi
    fi
    # shellcheck disable=SC2086
    { $as_root $refresh && DEBIAN_FRONTEND=noninteractive $as_root $install $missing; } >setup.log 2>&1 ||
        { cat setup.log >&2; exit 1; }
    rm -f setup.log
}

jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
case ${1:-} in
deps) install_missing ;;
demo | check)
    install_missing
    make -s -j"$jobs"
    exec make --no-print-directory -s -j"$jobs" "$1"
    ;;
*)
    sed -n '2,7s/^# *//p' "$0"
    exit 2
    ;;
esac
