#!/bin/sh
# Compiles the EDL of README.md and follows the links of all documents.
#     docs.sh CODEGEN FOLDER
set -eu
codegen=$1 folder=$2
mkdir -p "$folder"
sed -n '/^```edl$/,/^```$/p' README.md | sed '1d;$d' >"$folder/readme.edl"
[ -s "$folder/readme.edl" ] || { echo "README.md: its EDL is gone"; exit 1; }
"$codegen" --secgear --search-path include --untrusted-dir "$folder" --trusted-dir "$folder" "$folder/readme.edl" >/dev/null
status=0
for document in *.md docs/*.md docs/*/*.md; do
    for link in $(grep -oE '\]\([^)#]+' "$document" | cut -c3-); do
        case $link in http*) continue ;; esac
        [ -e "$(dirname "$document")/$link" ] || { echo "$document: $link is not there"; status=1; }
    done
done
exit $status
