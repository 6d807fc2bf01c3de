#!/usr/bin/env bash
# Checks against programs that are not ours: TA-Lib, DuckDB, pandas, Polars, hftbacktest (from Python
# and as a Rust crate, which is built here).
# usage: tests/peers/run.sh PYTHON, with TAPEFLOW_SHARED and CARGO_TARGET_DIR set.
set -euo pipefail
cd "$(dirname "$0")/../.."
python="$1"
feeds="$TAPEFLOW_SHARED/data/hftbacktest__feeds"
tapeflow="$CARGO_TARGET_DIR/release/tapeflow"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

cargo build --release -p tapeflow-operators --example indicator
indicator="$CARGO_TARGET_DIR/release/examples/indicator"
btc="$TAPEFLOW_SHARED/data/nautilus_trader__test_data/btc-perp-20211231-20220201_1m.csv.gz"
# Markets of every kind: bitcoin, a share, a coin priced in another (whose price often stands still),
# a perpetual future, an index of 62 years, a share of a few cents, a currency by the second.
for bars in "$btc" \
    "$TAPEFLOW_SHARED/data/backtesting.py__goog/GOOG.csv" \
    "$TAPEFLOW_SHARED/data/freqtrade__testdata/XRP_ETH-1m.feather" \
    "$TAPEFLOW_SHARED/data/freqtrade__testdata/XRP_USDT_USDT-5m-futures.feather" \
    "$TAPEFLOW_SHARED/data/Stock.Indicators__refs/quotes/longest.csv" \
    "$TAPEFLOW_SHARED/data/Stock.Indicators__refs/quotes/penny.csv"; do
    echo "-- $bars"
    "$python" tests/peers/talib_check.py "$indicator" "$bars"
done

mkdir "$work/funding"
"$python" tests/peers/funding_check.py "$tapeflow" "$TAPEFLOW_SHARED/data/freqtrade__testdata" \
    "$work/funding"

mkdir "$work/maker"
"$python" tests/peers/hftbacktest_check.py "$tapeflow" "$feeds/usdm_btcusdt_20240808.gz" \
    "$work/maker" times

light="$work/light"
"$tapeflow" bench light --trades 5000000 --rounds 1 --workers 2 --folder "$light"
(cd "$light" && "$tapeflow" run light.toml --quiet --lake out \
    --set 'lake.write=["orders", "fills", "portfolio"]')
"$python" tests/peers/light_check.py "$light"

for market in binance:spot binance_usdm:usdm; do
    venue="${market%%:*}" file="$feeds/${market##*:}_btcusdt_20240808.gz" lake="$work/$venue"
    "$tapeflow" ingest --format hftbacktest --venue "$venue" --symbol BTCUSDT --lake "$lake" "$file"
    sed "s/binance_usdm/$venue/g" config/feed.toml > "$work/feed.toml"
    "$tapeflow" verify "$work/feed.toml" --processes 2 --set "source.0.file.paths=[\"$file\"]"
    "$tapeflow" run "$work/feed.toml" --quiet --run feed --lake "$lake" \
        --set "source.0.file.paths=[\"$file\"]" --set 'markouts.horizons=["1ms", "1s", "10s"]' \
        --set 'markouts.toxic={ horizon = "1s", spreads = 0.5 }'
    "$python" tests/peers/lake_check.py "$lake"
    "$python" tests/peers/bars_check.py "$lake" feed "$venue"
    "$python" tests/peers/money_check.py "$lake" feed
    "$python" tests/peers/markouts_check.py "$lake" feed "$venue" 1000000 1000000000 10000000000
    "$tapeflow" sql --lake "$lake" --run feed --format csv \
        "SELECT open, high, low, close, volume FROM bars WHERE name = 'bar_1s' ORDER BY ts" \
        > "$work/bars.csv"
    "$python" tests/peers/talib_check.py "$indicator" "$work/bars.csv"
done
