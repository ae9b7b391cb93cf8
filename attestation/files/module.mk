# What those who judge take from files: evidence, collateral, plugins. The verifiers themselves open none.
ARCHIVES += files
files.dir  := attestation/files
files.srcs := $(notdir $(wildcard attestation/files/*.c))
files.pkgs := jansson libcrypto
