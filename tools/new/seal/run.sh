#!/bin/sh
# Seals a text, then opens it in another enclave of the same image.   run.sh FOLDER [TEXT]
set -eu
built=$1
"$built/@NAME@_host" "$built/@NAME@.signed.so" "$built/@NAME@.sealed" "${2:-for later}"
exec "$built/@NAME@_host" "$built/@NAME@.signed.so" "$built/@NAME@.sealed"
