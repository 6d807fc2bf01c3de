"""Money of a run, recomputed in DuckDB in exact decimals: cash is the sum of the ledger, equity is
cash and what is open, and both follow from the fills alone.

usage: money_check.py LAKE RUN
"""

import sys

import duckdb

LAKE, RUN = sys.argv[1:3]
db = duckdb.connect()
for table in ["fills", "ledger", "positions", "portfolio"]:
    path = f"{LAKE}/{table}/run={RUN}/**/*.parquet"
    db.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet('{path}')")
KEY = "ts, received, source_rank, source_partition, source_offset, operator, seq"
BASE = "ts, received, source_rank, source_partition, source_offset"
failed = False


def check(what, query):
    global failed
    bad, total = db.execute(query).fetchone()
    failed |= bad != 0 or total == 0
    print(f"{'ok' if bad == 0 and total else 'WRONG'} {what}: {total} rows, {bad} differ")


check(
    "cash = sum of the ledger, at every portfolio row",
    f"""
    WITH l AS (
        SELECT *, sum(amount_exact) OVER (PARTITION BY account, currency ORDER BY {KEY}) AS cash
        FROM ledger
    ), p AS (
        SELECT p.cash_exact,
               (SELECT arg_max(l.cash, ({KEY})) FROM l
                WHERE l.account = p.account AND l.currency = p.currency
                  AND (l.ts, l.received, l.source_rank, l.source_partition, l.source_offset)
                   <= (p.ts, p.received, p.source_rank, p.source_partition, p.source_offset)
               ) AS cash
        FROM (SELECT * FROM portfolio
              QUALIFY row_number() OVER (PARTITION BY account, currency, {BASE}
                                         ORDER BY seq DESC) = 1) p
    )
    SELECT count(*) FILTER (cash_exact <> cash), count(*) FROM p
    """,
)
check(
    "equity = cash + unrealised",
    """SELECT count(*) FILTER (equity_exact <> cash_exact + unrealised_exact), count(*)
       FROM portfolio""",
)
check(
    "unrealised = sum over the last positions",
    """
    WITH last_position AS (
        SELECT account, currency, arg_max(unrealised_pnl_exact,
            (ts, received, source_rank, source_partition, source_offset, seq)) AS unrealised
        FROM positions GROUP BY account, currency, instrument
    ), held AS (
        SELECT account, currency, sum(unrealised) AS unrealised FROM last_position GROUP BY ALL
    ), last_state AS (
        SELECT account, currency, arg_max(unrealised_exact,
            (ts, received, source_rank, source_partition, source_offset, seq)) AS unrealised
        FROM portfolio GROUP BY ALL
    )
    SELECT count(*) FILTER (h.unrealised <> s.unrealised), count(*)
    FROM held h JOIN last_state s USING (account, currency)
    """,
)
check(
    "profit from fills alone: value at the mark - paid - fees = equity - deposits",
    """
    WITH signed AS (
        SELECT *, CASE side WHEN 'buy' THEN 1 ELSE -1 END AS sign FROM fills
    ), flows AS (
        SELECT account, instrument,
               sum(sign * quantity_raw::HUGEINT) AS held,
               sum(sign * (price_raw::DECIMAL(38, 0) * quantity_raw)) AS paid_raw,
               any_value(price_scale + quantity_scale) AS scale,
               sum(fee_exact) AS fees
        FROM signed GROUP BY ALL
    ), marks AS (
        SELECT account, instrument,
               arg_max((mark_raw, mark_scale),
                   (ts, received, source_rank, source_partition, source_offset, seq)) AS mark
        FROM positions GROUP BY ALL
    ), value AS (
        SELECT account,
               sum(held * mark[1]::DECIMAL(38, 0) / 10::DOUBLE ** (mark[2] + 8)
                   - paid_raw / 10::DOUBLE ** scale - fees) AS profit
        FROM flows JOIN marks USING (account, instrument) GROUP BY ALL
    ), told AS (
        SELECT p.account,
               arg_max(p.equity_exact,
                   (ts, received, source_rank, source_partition, source_offset, seq))
               - (SELECT sum(amount_exact) FROM ledger l
                  WHERE l.kind = 'deposit' AND l.account = p.account) AS profit
        FROM portfolio p GROUP BY p.account
    )
    SELECT count(*) FILTER (abs(value.profit - told.profit) > 1e-6), count(*)
    FROM value JOIN told USING (account)
    """,
)
sys.exit(failed)
