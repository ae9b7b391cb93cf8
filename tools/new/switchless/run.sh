#!/bin/sh
# Runs what was built.   run.sh FOLDER [ARGUMENT OF THE HOST...]
set -eu
built=$1
shift
[ $# -gt 0 ] || set -- 1000
exec "$built/@NAME@_host" "$built/@NAME@.signed.so" "$@"
