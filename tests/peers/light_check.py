"""The light job (EMA 10/20 cross on one-minute bars, market orders) recomputed from its recorded
trades, without any of the engine's code: the same orders, the same fills, the same final balance.

usage: light_check.py FOLDER, which has `tape` and, from a run named `light`, `out`
"""

import sys
from collections import defaultdict
from decimal import Decimal

import duckdb

FOLDER = sys.argv[1]
MINUTE, LATENCY = 60 * 10**9, 10**6
HALF_SPREAD, FEE, CASH = Decimal("0.01"), Decimal("0.0005"), Decimal(1_000_000)
db = duckdb.connect()
db.execute("SET TimeZone = 'UTC'")
trades = f"read_parquet('{FOLDER}/tape/trades/**/*.parquet', hive_partitioning = false)"
db.execute(
    f"""CREATE TABLE t AS SELECT instrument, epoch_ns(ts) AS ts, source_offset AS place,
        price_raw, price_scale FROM {trades}"""
)
end = db.execute("SELECT max(ts) FROM t").fetchone()[0]
closes = db.execute(
    f"""SELECT instrument, ts // {MINUTE} * {MINUTE} + {MINUTE},
        last(price_raw / 10 ** price_scale ORDER BY ts, place)
        FROM t GROUP BY 1, 2 HAVING max(ts) // {MINUTE} * {MINUTE} + {MINUTE} <= {end} ORDER BY 1, 2"""
).fetchall()


class Ema:
    """Seeded with the mean of the first rows."""

    def __init__(self, period):
        self.period, self.seed, self.value = period, [], None

    def step(self, price):
        if self.value is not None:
            self.value += 2 / (self.period + 1) * (price - self.value)
        else:
            self.seed.append(price)
            if len(self.seed) == self.period:
                self.value = sum(self.seed) / self.period
        return self.value


def crossings():
    """Target and moment of each change of target."""
    found = []
    state = defaultdict(lambda: [Ema(10), Ema(20), None, 0])
    for instrument, over, close in closes:
        now = state[instrument]
        fast, slow = now[0].step(close), now[1].step(close)
        if fast is None or slow is None:
            continue
        before, now[2] = now[2], (fast, slow)
        if before is None:
            continue
        target = now[3]
        if before[0] <= before[1] and fast > slow:
            target = 1
        elif before[0] >= before[1] and fast < slow:
            target = -1
        if target != now[3]:
            found.append((over, instrument, target - now[3]))
            now[3] = target
    return found


orders = crossings()
db.execute("CREATE TABLE o (decided BIGINT, instrument VARCHAR, change INT)")
db.executemany("INSERT INTO o VALUES (?, ?, ?)", orders)
# The next trade at or after the order's arrival, and of several at once the first.
fills = db.execute(
    f"""WITH next AS (
            SELECT o.*, t.ts FROM (SELECT *, decided + {LATENCY} AS arrived FROM o) o
            ASOF JOIN (SELECT DISTINCT instrument, ts FROM t) t
            ON o.instrument = t.instrument AND o.arrived <= t.ts
        )
        SELECT decided, instrument, change, ts, arg_min(price_raw, place), any_value(price_scale)
        FROM next JOIN t USING (instrument, ts) GROUP BY ALL ORDER BY 1, 2"""
).fetchall()
cash, held, filled = CASH, defaultdict(int), []
for decided, instrument, change, ts, raw, scale in fills:
    price = Decimal(raw).scaleb(-scale) + HALF_SPREAD * (1 if change > 0 else -1)
    cash -= price * change + price * abs(change) * FEE
    held[instrument] += change
    filled.append((decided, instrument, change, ts, price))
# Accounts are valued each second, the last time before the tape ends.
last = dict(
    (instrument, Decimal(raw).scaleb(-scale))
    for instrument, raw, scale in db.execute(
        f"""SELECT instrument, last(price_raw ORDER BY ts, place), any_value(price_scale)
            FROM t WHERE ts < {end // 10**9 * 10**9} GROUP BY 1"""
    ).fetchall()
)
equity = cash + sum(last[instrument] * quantity for instrument, quantity in held.items())

signed = "quantity::INT * CASE side WHEN 'buy' THEN 1 ELSE -1 END"


def table(name):
    return f"read_parquet('{FOLDER}/out/{name}/run=light/**/*.parquet', hive_partitioning = false)"


their_orders = db.execute(
    f"""SELECT epoch_ns(decided_ts), instrument, {signed} FROM {table('orders')}
        WHERE event = 'decided' ORDER BY 1, 2"""
).fetchall()
their_fills = db.execute(
    f"""SELECT epoch_ns(o.decided_ts), f.instrument, f.{signed.replace("side", "f.side")}, epoch_ns(f.ts), f.price_raw, f.price_scale
        FROM {table('fills')} f JOIN {table('orders')} o
        ON o.order_id = f.order_id AND o.event = 'decided' ORDER BY 1, 2"""
).fetchall()
their_fills = [(*rest, Decimal(raw).scaleb(-scale)) for *rest, raw, scale in their_fills]
their_equity = db.execute(
    f"""SELECT arg_max(equity_exact, (ts, received, source_offset, operator, seq))
        FROM {table('portfolio')}"""
).fetchone()[0]
failed = False
for what, ours, theirs in [
    ("orders", sorted(orders), their_orders),
    ("fills", filled, their_fills),
    ("final balance", [equity], [their_equity]),
]:
    same = ours == theirs and len(ours) > 0
    failed |= not same
    first = next((pair for pair in zip(ours, theirs) if pair[0] != pair[1]), None)
    note = "" if same else f", here {len(ours)}, first difference {first}"
    print(f"{'ok' if same else 'WRONG'} {what}: {len(theirs)}{note}")
sys.exit(failed)
