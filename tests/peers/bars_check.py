"""Time bars of a run against a recomputation in DuckDB from the recorded trades: every column
equal, no bar too many, none missing but the last, which was not over.

usage: bars_check.py LAKE RUN VENUE
"""

import sys
from fractions import Fraction

import duckdb

LAKE, RUN, VENUE = sys.argv[1:4]
SPANS = {"bar_1s": 10**9, "bar_1m": 60 * 10**9}



def nearest(notional, volume, found_notional, found_vwap):
    """Are both the doubles nearest to the exact quotients?"""
    return found_notional == float(Fraction(notional, 10**16)) and found_vwap == float(
        Fraction(notional, volume * 10**8)
    )


db = duckdb.connect()
trades = f"read_parquet('{LAKE}/trades/venue={VENUE}/**/*.parquet')"
bars = f"read_parquet('{LAKE}/bars/run={RUN}/**/*.parquet')"
failed = False
for name, span in SPANS.items():
    query = f"""
        WITH t AS (
            SELECT *, epoch_ns(ts) // {span} * {span} AS open_ns FROM {trades}
        ), expected AS (
            SELECT instrument, open_ns,
                   first(price_raw ORDER BY ts, source_offset) AS open,
                   max(price_raw) AS high, min(price_raw) AS low,
                   last(price_raw ORDER BY ts, source_offset) AS close,
                   sum(quantity_raw)::BIGINT AS volume,
                   (sum(quantity_raw) FILTER (side = 'buy'))::BIGINT AS buy_volume,
                   sum(price_raw::HUGEINT * quantity_raw) AS notional,
                   count(*) AS trades
            FROM t GROUP BY ALL
        ), found AS (
            SELECT *, epoch_ns(open_ts) AS open_ns FROM {bars} WHERE name = '{name}'
        )
        SELECT e.open_ns,
               f.open_ns IS NOT NULL AS there,
               e.notional, e.volume, f.notional, f.vwap,
               coalesce(f.open_raw = e.open AND f.high_raw = e.high AND f.low_raw = e.low
                   AND f.close_raw = e.close AND f.volume_raw = e.volume
                   AND f.buy_volume_raw = coalesce(e.buy_volume, 0)
                   AND f.trades = e.trades
                   AND epoch_ns(f.close_ts) = e.open_ns + {span}
                   AND epoch_ns(f.ts) = e.open_ns + {span}, false) AS equal
        FROM expected e FULL JOIN found f USING (instrument, open_ns) ORDER BY 1
    """
    rows = db.execute(query).fetchall()
    # The last span need not have been over when the tape ended.
    if not rows[-1][1]:
        rows.pop()
    wrong = [r for r in rows if not r[-1] or not nearest(*r[2:6])]
    ok = rows and not wrong
    failed |= not ok
    print(f"{'ok' if ok else 'WRONG'} {name}: {len(rows)} bars equal DuckDB's, {len(wrong)} not")
    for row in wrong[:5]:
        print("   ", row)
sys.exit(failed)
