#!/bin/sh
# One fuzz target for some seconds, from its committed corpus and from a folder of others, if there
# are some; new inputs stay beside the binary.
set -eu
name=$(basename "$1")
mkdir -p "$1.corpus"
seeds="test/fuzz/corpus/$name"
[ -d "$seeds" ] || seeds=
[ ! -d "$3/$name" ] || seeds="$seeds $3/$name"
echo "fuzz $name, $2 s"
# shellcheck disable=SC2086
"$1" -max_total_time="$2" -timeout=10 -rss_limit_mb=2048 -print_final_stats=0 -verbosity=0 \
    -artifact_prefix="$1." "$1.corpus" $seeds
