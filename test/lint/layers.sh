#!/bin/sh
# Who may include what stands in docs/ARCHITECTURE.md, in the table whose head is `folder | may
# include`; this script reads it. An include without a folder is a folder's own, or public.
status=0
say() {
    echo "$1"
    status=1
}
folder_check() { # folder, names it may include from
    [ -d "$1" ] || { say "docs/ARCHITECTURE.md: there is no folder $1"; return; }
    for file in "$1"/*.[ch]; do
        [ -e "$file" ] || continue
        for name in $(sed -n 's/^#include "\([^"]*\)".*/\1/p' "$file"); do
            case $name in
            */*) case " $2 " in *" ${name%%/*} "*) continue ;; esac ;;
            *) if [ -e "$1/$name" ] || [ -e "include/$name" ]; then continue; fi ;;
            esac
            say "$file: $1 may not include \"$name\" (docs/ARCHITECTURE.md)"
        done
        case " $2 " in *" <openssl> "*) continue ;; esac
        ! grep -nE '^#include <(openssl/|intel-ipsec-mb)' "$file" || say "$file: ciphers stand behind common/crypto"
    done
}
table=$(awk -F'|' '/^\| folder \| may include /{on=1; next} on && !/^\|/{exit}
    on && /`/ { gsub(/[` ]/, "", $2); gsub(/[`,]/, "", $3); print $2 " " $3 }' docs/ARCHITECTURE.md)
[ -n "$table" ] || say "docs/ARCHITECTURE.md: its table of includes is gone"
for folder in $(find common lib* tee_device tools codegen attestation -name '*.c' -exec dirname {} + | sort -u); do
    row=$(echo "$table" | sed -n "s|^$folder  *||p")
    [ -n "$row" ] || say "docs/ARCHITECTURE.md: says nothing about includes of $folder"
    folder_check "$folder" "$row"
done
! grep -rn --include='*.[ch]' '^#include "\.\./' common lib* tee_device tools codegen attestation \
    include samples test bench || say 'an include never begins with ../'
exit $status
