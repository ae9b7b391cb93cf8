#!/bin/sh
# sign_tool.sh - signs an enclave with the options of secGear's script of that name; the work is done
# by secgear(1). Also started as `bash sign_tool.sh`.
umask 0077

usage() {
    cat <<'TEXT'
usage: sign_tool.sh -d COMMAND -x TYPE -i FILE -o FILE [option...]
  -d COMMAND  sign, digest or dump
  -x TYPE     sgx or trustzone
  -i FILE     unsigned enclave (dump: signed enclave)
  -o FILE     sgx: signed enclave, signing data or dump; trustzone: only its folder is used, the
              signed enclave is UUID.sec in it (digest: the file itself)
  -c FILE     Enclave.config.xml (sgx, optional) or manifest.txt (trustzone, required)
  -m FILE     config_cloud.ini (trustzone, required); its secSignKey names the private key
  -k FILE     private key in PEM, to sign in one step
  -p FILE     public key in PEM, with -s
  -s FILE     signature of the signing data, made elsewhere:
              openssl dgst -sha256 -sign KEY.pem -keyform PEM -out SIGNATURE SIGNING_DATA
  -h          this text
TEXT
}

fail() {
    echo "Error: $1" >&2
    exit 1
}

# $1 option, $2 value: a value that begins with '-' is the next option.
value_check() {
    case $2 in
    -* | '') fail "parameter for -$1 is missing or incorrect" ;;
    esac
}

lower() {
    printf '%s' "$1" | tr '[:upper:]' '[:lower:]'
}

# A key of config_cloud.ini, "key = value" in any section.
ini_value() {
    sed -n "s/^[[:space:]]*$2[[:space:]]*=[[:space:]]*//p" "$1" | sed 's/[[:space:]]*$//' | head -n 1
}

[ $# -gt 0 ] || {
    usage
    exit 0
}

command='' type='' in='' out='' config='' cloud='' key='' public='' signature=''
while getopts ':d:x:i:o:c:m:k:p:s:h' option; do
    case $option in
    [dxiocmkps]) value_check "$option" "$OPTARG" ;;
    esac
    case $option in
    h)
        usage
        exit 0
        ;;
    d) command=$(lower "$OPTARG") ;;
    x) type=$(lower "$OPTARG") ;;
    i) in=$OPTARG ;;
    o) out=$OPTARG ;;
    c) config=$OPTARG ;;
    m) cloud=$OPTARG ;;
    k) key=$OPTARG ;;
    p) public=$OPTARG ;;
    s) signature=$OPTARG ;;
    :) fail "parameter for -$OPTARG is missing or incorrect" ;;
    *) fail "unknown option -$OPTARG" ;;
    esac
done
shift $((OPTIND - 1))
[ $# -eq 0 ] || fail "unexpected argument $1"

[ -n "$command" ] || fail "missing command"
[ -n "$type" ] || fail "missing enclave type"
[ -n "$out" ] || fail "missing out file"
case $type in
sgx) ;;
trustzone)
    [ -n "$config" ] || fail "missing manifest file"
    [ -n "$cloud" ] || fail "missing config cloud file"
    [ -f "$cloud" ] || fail "config cloud file $cloud does not exist"
    ;;
*) fail "illegal enclave type" ;;
esac
case $command in
sign | digest | dump) ;;
*) fail "illegal command" ;;
esac
[ -n "$in" ] || fail "missing enclave file"

# secgear beside this script, else the one in PATH.
here=$(dirname "$0")
if [ -x "$here/secgear" ]; then secgear=$here/secgear; else secgear=secgear; fi

# The key of a trustzone signature in one step: -k, else what config_cloud.ini names.
if [ "$type" = trustzone ] && [ -z "$key$signature" ] && [ "$command" = sign ]; then
    key=$(ini_value "$cloud" secSignKey)
    case $key in
    '') fail "secSignKey is missing in $cloud" ;;
    /*) ;;
    *) key=$(dirname "$cloud")/$key ;;
    esac
fi

signed=$out
if [ "$type" = trustzone ] && [ "$command" = sign ]; then
    signed=$(mktemp "$(dirname "$out")/.sign_tool.XXXXXX") || fail "can't write to the folder of $out"
    trap 'rm -f "$signed"' EXIT
fi

if [ -n "$config" ]; then set -- -c "$config"; else set --; fi
case $command in
digest) exec "$secgear" sign --digest -i "$in" -o "$out" "$@" ;;
dump)
    text=$("$secgear" inspect "$in") || exit 1
    printf '%s\n' "$text" >"$out" || fail "can't write $out"
    exit 0
    ;;
esac
if [ -n "$signature" ]; then
    [ -n "$public" ] || fail "missing server public key"
    "$secgear" sign --attach "$signature" -p "$public" -i "$in" -o "$signed" "$@" || exit 1
else
    [ -n "$key" ] || fail "missing private key, or signature and public key"
    "$secgear" sign -k "$key" -i "$in" -o "$signed" "$@" || exit 1
fi

if [ "$type" = trustzone ]; then
    uuid=$("$secgear" inspect --json "$signed" | sed -n 's/^ *"uuid": "\([0-9a-f-]*\)".*/\1/p')
    [ -n "$uuid" ] || fail "the signed enclave has no UUID"
    mv "$signed" "$(dirname "$out")/$uuid.sec" || fail "can't write $uuid.sec"
    trap - EXIT
fi
