"""Markouts of a run, recomputed in DuckDB from its fills and the recorded quotes alone, each by an
ASOF join at the fill's time and the horizon.

usage: markouts_check.py LAKE RUN VENUE HORIZON_NS...
"""

import sys

import duckdb

LAKE, RUN, VENUE = sys.argv[1:4]
HORIZONS = [int(horizon) for horizon in sys.argv[4:]]
db = duckdb.connect()
for table in ["fills", "markouts"]:
    path = f"{LAKE}/{table}/run={RUN}/**/*.parquet"
    db.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet('{path}')")
for table in ["trades", "quotes", "book_deltas"]:
    path = f"{LAKE}/{table}/venue={VENUE}/**/*.parquet"
    db.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet('{path}')")
# Times as whole nanoseconds: DuckDB's intervals know microseconds only.
db.execute(
    f"""
    CREATE TABLE mids AS
    SELECT instrument, epoch_ns(ts) AS ns, bid_price_raw::HUGEINT + ask_price_raw AS both,
           bid_price_scale AS scale,
           bid_quantity > 0 AND ask_quantity > 0 AND bid_price_raw < ask_price_raw AS sound
    FROM quotes
    QUALIFY row_number() OVER (PARTITION BY instrument, ts
        ORDER BY source_rank DESC, source_partition DESC, source_offset DESC, seq DESC) = 1;
    CREATE TABLE due AS
    SELECT f.fill_id, f.instrument, horizon_ns, epoch_ns(f.ts) + horizon_ns AS ns,
           CASE f.side WHEN 'buy' THEN 1 ELSE -1 END AS sign,
           f.price_raw, f.quantity_raw, f.quantity_scale
    FROM fills f, unnest({HORIZONS}) AS h(horizon_ns);
    CREATE TABLE expected AS
    SELECT d.fill_id, d.horizon_ns, d.ns, d.sign, m.sound, m.scale, d.quantity_scale,
           m.both, d.sign * (m.both - 2 * d.price_raw) AS moved, d.quantity_raw
    FROM due d ASOF LEFT JOIN mids m ON d.instrument = m.instrument AND d.ns > m.ns
    """
)
failed = False


def check(what, query):
    global failed
    bad, total = db.execute(query).fetchone()
    failed |= bad != 0 or total == 0
    print(f"{'ok' if bad == 0 and total else 'WRONG'} {what}: {total} rows, {bad} differ")


check(
    "a row for each fill and horizon that the input reaches, when it is over",
    """
    WITH reached AS (
        SELECT * FROM expected
        WHERE ns <= (SELECT max(epoch_ns(ts)) FROM (
            SELECT ts FROM trades UNION ALL SELECT ts FROM quotes UNION ALL SELECT ts FROM book_deltas))
    )
    SELECT count(*) FILTER (e.fill_id IS NULL OR m.fill_id IS NULL OR epoch_ns(m.ts) <> e.ns),
           count(*)
    FROM reached e FULL JOIN markouts m USING (fill_id, horizon_ns)
    """,
)
check(
    "mid as of then",
    """
    SELECT count(*) FILTER (m.mid IS DISTINCT FROM
               CASE WHEN e.sound THEN (e.both * 5)::DOUBLE / 10::DOUBLE ** (e.scale + 1) END),
           count(m.mid)
    FROM markouts m JOIN expected e USING (fill_id, horizon_ns)
    """,
)
check(
    "move",
    """
    SELECT count(*) FILTER (m.move IS DISTINCT FROM
               CASE WHEN e.sound THEN (e.moved * 5)::DOUBLE / 10::DOUBLE ** (e.scale + 1) END),
           count(m.move)
    FROM markouts m JOIN expected e USING (fill_id, horizon_ns)
    """,
)
check(
    "worth, to the last place",
    """
    SELECT count(*) FILTER (replace(m.worth_exact::VARCHAR, '.', '')::HUGEINT * 2
                   * pow(10, e.scale + e.quantity_scale)::HUGEINT
               IS DISTINCT FROM CASE WHEN e.sound
                   THEN e.moved * e.quantity_raw * 1000000000000::HUGEINT END),
           count(m.worth_exact)
    FROM markouts m JOIN expected e USING (fill_id, horizon_ns)
    """,
)
check(
    "drift and what the price was away from the mid are the worth",
    """
    SELECT count(*) FILTER (m.drift IS NULL AND m.worth IS NOT NULL OR abs(m.worth - m.drift
               - (f.fill_mid - f.price) * f.quantity * CASE f.side WHEN 'buy' THEN 1 ELSE -1 END)
               > 1e-9), count(m.drift)
    FROM markouts m JOIN fills f USING (fill_id)
    """,
)
check(
    "toxic where the job says",
    """
    SELECT count(*) FILTER (m.toxic IS DISTINCT FROM
               CASE WHEN m.horizon_ns = 1000000000 AND f.fill_spread IS NOT NULL
                    THEN m.move < -0.5 * f.fill_spread END),
           count(m.toxic)
    FROM markouts m JOIN fills f USING (fill_id)
    """,
)
sys.exit(failed)
