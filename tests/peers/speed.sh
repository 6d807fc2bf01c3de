#!/usr/bin/env bash
# Measures the indicators beside TA-Lib and writes the table into benches/README.md.
# usage: tests/peers/speed.sh PYTHON, with TAPEFLOW_SHARED and CARGO_TARGET_DIR set.
set -euo pipefail
cd "$(dirname "$0")/../.."
cargo build --release -p tapeflow-operators --examples
examples="$CARGO_TARGET_DIR/release/examples"
"$1" tests/peers/talib_speed.py "$examples/indicator" "$examples/indicator_speed" \
    "$TAPEFLOW_SHARED/data/nautilus_trader__test_data/btc-perp-20211231-20220201_1m.csv.gz" \
    benches/README.md
