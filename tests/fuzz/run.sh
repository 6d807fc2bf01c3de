#!/usr/bin/env bash
# Runs fuzz targets, each for some seconds or some inputs: see README.md beside this.
#   run.sh 8             every target for 8 s
#   run.sh 8 job rule    these for 8 s
#   RUNS=10000000 run.sh 0 rule    10 million inputs, however long it takes
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds="${1:?seconds a target}"
shift
version=0.13.2

# The longest inputs: what says all that matters, and not more, since short ones are quick.
declare -A length=(
    [numbers]=48 [wire]=600 [cryptofeed]=1600 [databento]=900 [hftbacktest]=900 [jsonl]=1200
    [kafka]=1200 [lobster]=900 [news]=500
    [columns_csv]=400 [columns_json]=400 [columns_cells]=240 [columns_bytes]=1600
    [packed]=600 [mapping]=500 [model]=2300 [manifest]=1000 [state]=240 [rule]=160 [job]=1800
)
names=("$@")
[ ${#names[@]} -gt 0 ] || names=($(ls tests/fuzz/corpus))

[ "$(cargo fuzz --version 2>/dev/null)" = "cargo-fuzz $version" ] ||
    cargo install -q cargo-fuzz --version "$version" --locked

# Beside the product's build, whose dependencies have other flags.
target="${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/tapeflow/target}/fuzz"
host="$(rustc -vV | sed -n 's/^host: //p')"
# The product has no unsafe code of its own, so that no sanitizer is needed, nor nightly Rust.
cargo fuzz build --fuzz-dir tests/fuzz --sanitizer none --target-dir "$target"

# Targets write each input to a file: in memory.
memory=/dev/shm
[ -w "$memory" ] || memory=/tmp
TMPDIR="$(mktemp -d "$memory/tapeflow-fuzz.XXXXXX")"
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT
for name in "${names[@]}"; do
    found="$target/corpus/$name" wrong="$target/artifacts/$name/" log="$target/$name.log"
    mkdir -p "$found" "$wrong"
    limits=(-max_total_time="$seconds")
    [ -z "${RUNS:-}" ] || limits=(-runs="$RUNS")
    if "$target/$host/release/$name" "${limits[@]}" -max_len="${length[$name]}" -timeout=10 \
        -rss_limit_mb=2048 -malloc_limit_mb=1024 -artifact_prefix="$wrong" -print_final_stats=1 \
        -verbosity=1 "$found" "tests/fuzz/corpus/$name" >"$log" 2>&1; then
        echo "$name: $(sed -n 's/^Done \(.*\)/\1/p' "$log")"
    else
        tail -n 40 "$log"
        echo "$name: found something; the input is in $wrong"
        exit 1
    fi
done
