# Judges evidence: pure functions over bytes, policy and time. No I/O, no clock, no globals.
ARCHIVES += verify
verify.dir  := attestation/verify
verify.srcs := $(notdir $(wildcard attestation/verify/*.c))
verify.pkgs := jansson libcrypto
