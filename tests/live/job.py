"""The job that is killed: two strategies on two accounts, every stream to topics."""

import json

STREAMS = ["signals", "orders", "fills", "positions"]
INPUT_PARTITIONS, OUTPUT_PARTITIONS, SHARDS, SYMBOLS = 4, 4, 3, 8


def symbol(i):
    return f"SYN{i:04}"


def job(name, brokers, topic, mode, source=""):
    """The job file; `source` is added to what it says of its topic."""
    names = [f"demo:{symbol(i)}" for i in range(1, SYMBOLS + 1)]
    facts = "".join(
        f'[instruments."demo:{symbol(i)}"]\nbase = "{symbol(i)}"\nquote = "USDT"\n'
        f'kind = "perpetual"\ntick = "0.1"\nlot = "0.001"\n' for i in range(1, SYMBOLS + 1))
    return f"""
[job]
name = "{name}"
[[source]]
kafka = {{ brokers = "{brokers}", topics = ["{topic}"], instruments = {json.dumps(names)}, \
start = "earliest"{source} }}
{facts}
[bars]
bar = {{ time = {{ every = "1s", clock = "receive" }} }}
[indicators]
fast = {{ ema = {{ period = 3, on = "bar.close" }} }}
slow = {{ ema = {{ period = 8, on = "bar.close" }} }}
atr  = {{ atr = {{ period = 14, on = "bar" }} }}
band = {{ bbands = {{ period = 20, up = 2.0, down = 2.0, on = "bar.close" }} }}
[features]
flow = {{ trade_imbalance = {{ trades = 200 }} }}
mood = {{ sentiment = {{ half_life = "1m", embargo = "3s", duplicates = "5m" }} }}
[[account]]
name = "trend"
cash = {{ USDT = "10000" }}
[[account]]
name = "revert"
cash = {{ USDT = "10000" }}
[[strategy]]
name = "cross"
account = "trend"
on = "bar"
for = ["demo:*"]
long = "crosses_above(fast, slow)"
short = "crosses_below(fast, slow)"
size = {{ fraction = 0.1 }}
order = "market"
[[strategy]]
name = "bands"
account = "revert"
on = "bar"
for = ["demo:*"]
long = "bar.close < band_lower AND flow > -0.8"
short = "bar.close > band_upper AND flow < 0.8"
flat = "side * (bar.close - band_middle) > 0"
size = {{ risk = 0.0002, distance = "2 * atr" }}
order = {{ limit = "mid", post_only = false, timeout = "30s", then = "market" }}
[execution.demo]
latency = {{ entry = "1ms", response = "1ms" }}
fees = {{ maker = "0.0002", taker = "0.0005" }}
fill = {{ model = "displayed_depth", partial = true, half_spread = "0.1" }}
[lake]
url = "./lake"
commit_every = "2s"
[[kafka_sink]]
brokers = "{brokers}"
streams = {json.dumps(STREAMS)}
mode = "{mode}"
partitions = {OUTPUT_PARTITIONS}
shards = {SHARDS}
"""
