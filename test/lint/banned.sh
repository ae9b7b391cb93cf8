#!/bin/sh
# Calls that product code does without, and comments that are for local debugging only.
status=0
product='common lib* tee_device tools codegen attestation include'
calls='strcpy|strcat|sprintf|vsprintf|gets|system|popen|alloca|strtok|tmpnam|mktemp|atoi|rand'
# shellcheck disable=SC2086
if grep -rnE --include='*.[ch]' "(^|[^a-z_A-Z0-9>.])($calls)\(" $product; then
    echo "banned calls: use snprintf, memcpy with a checked size, number_parse, random_fill"
    status=1
fi
# Not in texts and addresses: a comment stands after blank, brace or semicolon.
# shellcheck disable=SC2086
if grep -rnE --include='*.[ch]' '(^|[;{}) ])//' $product samples test bench | grep -v '"[^"]*//[^"]*"'; then
    echo "line comments: write /* */"
    status=1
fi
# Secrets are compared in constant time and wiped for good: only base/ may have the plain calls.
if grep -rnE --include='*.[ch]' '(memcmp|memset|bzero)\([^;]*(secret|key|seed|mac|tag)\b' \
    common/crypto common/channel lib* tee_device | grep -v 'memset(keys, 0'; then
    echo "secrets: equal_ct() and wipe()"
    status=1
fi
exit $status
