"""Funding payments of runs that hold a perpetual swap, against rate times mark times amount from
freqtrade's files, read by pyarrow: each settlement, to the last of twelve places.

usage: funding_check.py PROGRAM FREQTRADE_DATA FOLDER
"""

import json
import subprocess
import sys
from decimal import Decimal, ROUND_HALF_EVEN

import pyarrow.feather

PROGRAM, DATA, FOLDER = sys.argv[1:4]
AMOUNT = Decimal("1234.5")
JOB = """
[job]
name = "{side}"
[[source]]
file = {{ format = "freqtrade_candles", venue = "test", paths = ["{data}/XRP_USDT_USDT-1h-futures.feather"] }}
[[source]]
file = {{ format = "freqtrade_funding", venue = "test", paths = ["{data}/XRP_USDT_USDT-8h-funding_rate.feather"] }}
[instruments."test:XRP_USDT_USDT"]
tick = "0.0001"
lot = "0.1"
base = "XRP"
quote = "USDT"
settle = "USDT"
kind = "perpetual"
price_scale = 8
quantity_scale = 8
[bars]
bar_1h = {{ time = {{ every = "1h", clock = "exchange", on = "candles" }} }}
[[account]]
name = "paper"
cash = {{ USDT = "10000" }}
[[strategy]]
name = "hold"
on = "bar_1h"
for = ["test:XRP_USDT_USDT"]
{side} = "bar_1h.close > 0"
size = {{ quantity = "{amount}" }}
[risk]
max_position = {{ fraction = "1" }}
drawdown = {{ stop = "1" }}
[execution.test]
latency = {{ entry = "0s", response = "0s" }}
fees = {{ maker = "0", taker = "0" }}
fill = {{ model = "next_open", half_spread = "0" }}
"""


def tapeflow(*arguments):
    done = subprocess.run([PROGRAM, *arguments], cwd=FOLDER, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)
    if done.returncode:
        sys.exit(f"tapeflow {' '.join(arguments)}: {done.stderr}")
    return done.stdout


def column(name, column):
    table = pyarrow.feather.read_table(f"{DATA}/XRP_USDT_USDT-8h-{name}.feather")
    times = [at.value for at in table["date"].to_pandas()]
    return {at // 10**9: Decimal(repr(value)) for at, value in
            zip(times, table[column].to_pylist())}


rates, marks = column("funding_rate", "open"), column("mark", "open")
failed = False
for side, sign in (("long", -1), ("short", 1)):
    with open(f"{FOLDER}/{side}.toml", "w") as file:
        file.write(JOB.format(side=side, data=DATA, amount=AMOUNT))
    result = json.loads(tapeflow("run", f"{side}.toml", "--json"))
    rows = json.loads(tapeflow(
        "sql", "--run", side, "--format", "json",
        "SELECT ts, amount_exact::TEXT AS amount FROM ledger WHERE kind = 'funding' ORDER BY ts"))
    place = Decimal(1).scaleb(-12)
    # The mark price is rounded to eight places; the file has 0.9467000000000001.
    expected = [(sign * rate * round(marks[at], 8) * AMOUNT).quantize(place, ROUND_HALF_EVEN)
                for at, rate in sorted(rates.items())]
    found = [Decimal(row["amount"]) for row in rows]
    # The result holds doubles.
    told = abs(result["pnl_split"]["funding"] - float(sum(expected))) < 1e-9
    ok = found == expected and len(found) == 91 and told
    failed |= not ok
    print(f"{'ok' if ok else 'WRONG'} {side}: {len(found)} settlements of {len(expected)}, "
          f"{sum(found)} USDT")
    if not ok:
        print(found[:3], expected[:3])
sys.exit(failed)
