"""One maker in hftbacktest and in tapeflow on one real feed, by two clocks: the same orders, fills
and equity.

The feed is Binance's USD-M BTCUSDT with the clock of a receiver that is 1.27 s behind; both engines
match by the exchange's time, corrected by a constant. The strategy is written once for each: an
order a side a tick from the middle, leaning against the position, moved when it is 3 ticks away,
decided every 100 ms from the first exchange time. Orders and answers travel for 1 ms; a resting
order advances by power_prob_queue_model3(3), or as four others say, and is filled whole.

Where the engines say things differently, and what is done about it:
- A decision of tapeflow knows what came before its moment, one of hftbacktest what came until then.
  So hftbacktest's clock stands a nanosecond earlier, and its requests travel one longer: both know
  the same, and requests arrive at the same nanosecond, often one at which the exchange has records
  (its times are whole milliseconds, and so are the decisions): ties matter.
- hftbacktest's own converter applies changes of the book that came before its snapshot. Here they
  are left out or wait for it by the exchange's rule, as tapeflow does by itself.
- The best bid and offer (bookTicker) is no part of hftbacktest's book: neither engine gets it.
- tapeflow counts a fill into equity when it happens, hftbacktest when the strategy learns of it, a
  millisecond later. Equity is compared each second, with the fills on their way counted.
- tapeflow ends as long before the input as records travel at most: until then it is compared.
- Where more leaves a level than stood in front of an order, their formula goes below zero, and what
  leaves next may then put the order last again; tapeflow leaves it first. The models here come to
  the same all the same; with power_prob_queue_model2 it moves one fill of 457 by 0.7 s, and the
  orders that follow from it.
- Partial fills are not compared: theirs abort on this feed (its issue 316).

The same maker in hftbacktest's Rust crate (hftbacktest-rust beside this, built here with cargo)
must make exactly what it makes from Python, on a book in hash maps and on one in a vector: so that
its loop, without Python and numba, may be timed beside the others.

usage: hftbacktest_check.py PROGRAM FEED FOLDER [times]
"""

import csv
import gzip
import io
import json
import os
import subprocess
import sys
import time

import numpy as np
from hftbacktest import (BUY_EVENT, DEPTH_CLEAR_EVENT, DEPTH_EVENT, DEPTH_SNAPSHOT_EVENT, GTX,
                         LIMIT, SELL_EVENT, TRADE_EVENT, BacktestAsset,
                         HashMapMarketDepthBacktest)
from hftbacktest.data import correct_event_order, validate_event_order
from hftbacktest.types import event_dtype
from numba import njit

OFFSET = 1_273_156_851
MS = 1_000_000
STEP = 100 * MS
LATENCY = MS
SECOND = 1_000_000_000
TICK, LOT = 0.1, 0.001
MAKER, TAKER = 0.0002, 0.0005
CASH = 1_000_000
# From the fair price to an order and its lean a lot of position, in twentieths of a tick; the ticks
# at which an order moves, and the largest position in lots.
HALF, LEAN, REQUOTE, MOST = 20, 1, 3, 20
MAX_LATENCY = 150 * MS
JOB = """
[job]
name = "{run}"
[constants]
half = {half}
lean = {lean}
[[source]]
lake = {{ url = "lake", tables = ["trades", "book_deltas"] }}
[[account]]
name = "paper"
cash = {{ USDT = "{cash}" }}
[[strategy]]
name = "maker"
on = {{ every = "100ms", offset = "{origin}ns" }}
for = ["binance_usdm:BTCUSDT"]
fair = "mid - lean * position"
[strategy.quote]
bid = "fair - half"
ask = "fair + half"
quantity = "0.001"
requote_ticks = {requote}
max_position = "{most}"
[execution.binance_usdm]
latency = {{ entry = "1ms", response = "1ms" }}
fees = {{ maker = "{maker}", taker = "{taker}" }}
fill = {{ model = "displayed_depth", partial = false, queue = {queue} }}
{clock}
[lake]
url = "lake"
readings = "none"
write = ["orders", "fills", "portfolio"]
"""
CLOCK = f"""match_on = "exchange"
clock_offset = "{OFFSET}ns"
max_latency = "150ms\""""
QUEUES = {
    "{ power_prob3 = 3 }": lambda asset: asset.power_prob_queue_model3(3),
    "{ power_prob = 2 }": lambda asset: asset.power_prob_queue_model(2),
    '"log_prob"': lambda asset: asset.log_prob_queue_model(),
    '"log_prob2"': lambda asset: asset.log_prob_queue_model2(),
    '"risk_averse"': lambda asset: asset.risk_adverse_queue_model(),
}

BOOKS = {"hash": "hash maps", "roi": "a vector"}


# The feed as hftbacktest wants it

def messages(path):
    """(kind, exchange time, receive time, sides of levels or a trade, last update id) in order."""
    with gzip.open(path, "rt") as lines:
        for line in lines:
            received, text = line.split(" ", 1)
            received, message = int(received), json.loads(text)
            data = message.get("data")
            if data is None:
                at, levels = message["T"] * MS - OFFSET, (message["bids"], message["asks"])
                yield "snapshot", at, received, levels, message["lastUpdateId"]
            elif data["e"] == "trade":
                yield "trade", data["T"] * MS - OFFSET, received, data, 0
            elif data["e"] == "depthUpdate":
                yield "depth", data["T"] * MS - OFFSET, received, (data["b"], data["a"]), data["u"]


def prepare(path):
    """Rows of hftbacktest by both clocks."""
    feed = list(messages(path))
    snapshot = next(i for i, message in enumerate(feed) if message[0] == "snapshot")
    _, _, synced, _, last = feed[snapshot]
    waiting = [m for m in feed[:snapshot] if m[0] == "depth" and m[4] >= last]
    trades = [m for m in feed[:snapshot] if m[0] == "trade"]
    waiting = [(kind, at, synced, data, ids) for kind, at, _, data, ids in waiting]
    after = [m for m in feed[snapshot + 1:] if m[0] != "depth" or m[4] >= last]
    rows = []
    for kind, at, received, data, _ in trades + [feed[snapshot]] + waiting + after:
        if kind == "trade":
            side = SELL_EVENT if data["m"] else BUY_EVENT
            price, quantity = float(data["p"]), float(data["q"])
            rows.append((TRADE_EVENT | side, at, received, price, quantity, 0, 0, 0))
            continue
        for side, levels in zip((BUY_EVENT, SELL_EVENT), data):
            what = DEPTH_SNAPSHOT_EVENT if kind == "snapshot" else DEPTH_EVENT
            if kind == "snapshot":
                upto = float(levels[-1][0])
                rows.append((DEPTH_CLEAR_EVENT | side, at, received, upto, 0, 0, 0, 0))
            rows += [(what | side, at, received, float(p), float(q), 0, 0, 0) for p, q in levels]
    rows = np.array(rows, event_dtype)
    assert (rows["local_ts"] >= rows["exch_ts"]).all()
    by_both = correct_event_order(rows, np.argsort(rows["exch_ts"], kind="mergesort"),
                                  np.argsort(rows["local_ts"], kind="mergesort"))
    validate_event_order(by_both)
    return by_both, min(message[1] for message in feed), feed[-1][2]


# The strategy in hftbacktest

NEW, EXPIRED, FILLED, CANCELED = 1, 2, 3, 4
SENT, ENDED = 0, 1


@njit
def maker(hbt, origin, end, orders, seconds):
    """Fills `orders` with (id, decided, side, price tick, fate, when) and `seconds` with (moment,
    position, balance, fee, doubled mid), and gives how many there are of each."""
    # Those under way: id, side, price tick, is it being taken back?
    own = np.zeros((64, 4), np.int64)
    count, told, looked = 0, 0, 0
    decide, second = origin + STEP, origin - origin % SECOND + SECOND
    start = True
    while True:
        now = min(decide, second)
        if now >= end:
            break
        # The first call begins with the first record.
        wait = now - 1 - (origin if start else hbt.current_timestamp)
        if hbt.elapse(wait) != 0:
            break
        start = False
        depth = hbt.depth(0)
        mid = depth.best_bid_tick + depth.best_ask_tick
        if now == second:
            state = hbt.state_values(0)
            seconds[looked, 0], seconds[looked, 1] = now, state.position
            seconds[looked, 2], seconds[looked, 3] = state.balance, state.fee
            seconds[looked, 4] = mid
            looked += 1
            second += SECOND
        if now != decide:
            continue
        decide += STEP
        # What has become known since.
        book, kept = hbt.orders(0), 0
        for i in range(count):
            order = book.get(own[i, 0])
            if order is not None and order.status != NEW and order.status != 0:
                orders[own[i, 0], 4], orders[own[i, 0], 5] = order.status, order.exch_timestamp
            else:
                own[kept] = own[i]
                kept += 1
        count = kept
        hbt.clear_inactive_orders(0)
        if depth.best_bid_tick < 0 or depth.best_ask_tick > 1 << 60:
            continue
        held = int(np.round(hbt.position(0) / LOT))
        fair = 10 * mid - LEAN * held
        wanted = ((fair - HALF) // 20, -((-fair - HALF) // 20))
        missing = np.zeros(2, np.bool_)
        for s in range(2):
            side = 1 - 2 * s
            room, near = MOST - side * held, -1
            for i in range(count):
                if own[i, 1] != side or own[i, 3] != 0:
                    continue
                away = abs(own[i, 2] - wanted[s])
                if away < REQUOTE and (near < 0 or away < abs(own[near, 2] - wanted[s])):
                    near = i
            missing[s] = near < 0 and room > 0
            for i in range(count):
                if own[i, 1] == side and own[i, 3] == 0 and (i != near or room < 1):
                    own[i, 3] = 1
                    hbt.cancel(0, own[i, 0], False)
        for s in range(2):
            side = 1 - 2 * s
            if not missing[s]:
                continue
            room = MOST - side * held
            free = True
            for i in range(count):
                if own[i, 1] == side:
                    room -= 1
                    free &= own[i, 2] != wanted[s]
                elif own[i, 3] == 0:
                    free &= (own[i, 2] - wanted[s]) * side > 0
            if room < 1 or not free:
                continue
            price = wanted[s] * TICK
            if side > 0:
                hbt.submit_buy_order(0, told, price, LOT, GTX, LIMIT, False)
            else:
                hbt.submit_sell_order(0, told, price, LOT, GTX, LIMIT, False)
            orders[told, 0], orders[told, 1], orders[told, 2] = told, now, side
            orders[told, 3], orders[told, 4] = wanted[s], SENT
            own[count, 0], own[count, 1], own[count, 2], own[count, 3] = told, side, wanted[s], 0
            count += 1
            told += 1
    return told, looked


def theirs(rows, origin, end, queue):
    asset = (QUEUES[queue](BacktestAsset())
             .data([rows])
             .linear_asset(1.0)
             .constant_order_latency(LATENCY + 1, LATENCY)
             .no_partial_fill_exchange()
             .trading_value_fee_model(MAKER, TAKER)
             .tick_size(TICK)
             .lot_size(LOT))
    hbt = HashMapMarketDepthBacktest([asset])
    orders, seconds = np.zeros((1 << 16, 6), np.int64), np.zeros((1 << 12, 5), np.float64)
    start = time.perf_counter()
    told, looked = maker(hbt, origin, end, orders, seconds)
    took = time.perf_counter() - start
    hbt.close()
    return orders[:told], seconds[:looked], took


# The same in hftbacktest's Rust crate

def build_crate():
    """Its program, built where cargo builds everything else."""
    source = f"{os.path.dirname(os.path.abspath(__file__))}/hftbacktest-rust"
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    target = os.environ.get("CARGO_TARGET_DIR") or f"{cache}/tapeflow/target"
    target = f"{os.path.abspath(target)}/rust-peer"
    build = ["cargo", "build", "-q", "--release", "--locked", "--target-dir", target]
    if subprocess.run(build, cwd=source).returncode:
        sys.exit(f"cannot build {source}: cargo must be able to fetch the crates of its Cargo.lock")
    return f"{target}/release/tapeflow-peer-hftbacktest"


def theirs_in_rust(peer, folder, span, book, rounds=1):
    """As `theirs`, of a book in hash maps ("hash") or in a vector ("roi"); the fastest of some
    rounds."""
    told = subprocess.run([peer, f"{folder}/feed.npz", *map(str, span), str(rounds), book],
                          check=True, text=True, stdout=subprocess.PIPE).stdout
    told = json.loads(told)
    return (np.array(told["orders"], np.int64), np.array(told["seconds"], np.float64),
            min(told["loops"]))


# The same in tapeflow

def tapeflow(program, folder, *arguments):
    done = subprocess.run([program, *arguments], cwd=folder, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)
    if done.returncode:
        sys.exit(f"tapeflow {' '.join(arguments)}: {done.stderr}")
    return done.stdout


def table(program, folder, run, query):
    text = tapeflow(program, folder, "sql", "--lake", "lake", "--run", run, "--format", "csv",
                    query)
    return list(csv.DictReader(io.StringIO(text)))


def ours(program, folder, origin, queue, run, clock=CLOCK):
    job = JOB.format(half=HALF * TICK / 20, lean=LEAN * TICK / 20 / LOT, requote=REQUOTE,
                     most=f"{MOST * LOT:.3f}", origin=origin % STEP, cash=CASH, maker=MAKER,
                     taker=TAKER, queue=queue, run=run, clock=clock)
    with open(f"{folder}/{run}.toml", "w") as file:
        file.write(job)
    tapeflow(program, folder, "run", f"{run}.toml", "--quiet")
    nanoseconds = "CAST(arrow_cast(ts, 'Int64') AS BIGINT) AS at"
    orders = table(program, folder, run, f"""
        SELECT {nanoseconds}, order_id, event, side, quantity,
               CAST(round(limit_price / {TICK}) AS BIGINT) AS tick
        FROM orders ORDER BY ts, received, source_offset, seq""")
    fills = table(program, folder, run, f"""
        SELECT {nanoseconds}, order_id, CAST(round(price / {TICK}) AS BIGINT) AS tick, quantity
        FROM fills ORDER BY ts, received, source_offset, seq""")
    portfolio = table(program, folder, run, f"""
        SELECT {nanoseconds}, equity FROM portfolio ORDER BY ts, received, source_offset, seq""")
    fates = {"filled": FILLED, "cancelled": CANCELED, "rejected": EXPIRED}
    decided, ends, filled = [], {}, {row["order_id"]: row for row in fills}
    for row in orders:
        if row["event"] == "decided":
            side = 1 if row["side"] == "buy" else -1
            assert abs(float(row["quantity"]) - LOT) < 1e-12
            decided.append((row["order_id"], int(row["at"]), side, int(row["tick"])))
        elif row["event"] in fates:
            ends[row["order_id"]] = fates[row["event"]], int(row["at"])
    for order, (fate, at) in ends.items():
        if fate == FILLED:
            fill = filled[order]
            assert int(fill["at"]) == at and abs(float(fill["quantity"]) - LOT) < 1e-12
    assert len(filled) == len(fills)
    prices = {order: int(row["tick"]) for order, row in filled.items()}
    orders = [(at, side, tick, *ends.get(order, (SENT, 0)), prices.get(order, 0))
              for order, at, side, tick in decided]
    return orders, [(int(row["at"]), float(row["equity"])) for row in portfolio]


# Side by side

def differ(what, ours, theirs, show=5):
    """How many of two lists differ, said with the first ones."""
    bad = [(i, a, b) for i, (a, b) in enumerate(zip(ours, theirs)) if a != b]
    extra = abs(len(ours) - len(theirs))
    wrong = bool(bad or extra or not ours)
    print(f"{'WRONG' if wrong else 'ok'} {what}: {len(ours)} of tapeflow, {len(theirs)} of "
          f"hftbacktest, {len(bad) + extra} differ")
    for i, a, b in bad[:show]:
        print(f"   {i}: tapeflow {a}, hftbacktest {b}")
    return wrong


def equity_at(moment, portfolio, place):
    while place + 1 < len(portfolio) and portfolio[place + 1][0] <= moment:
        place += 1
    return place


def compare(mine, portfolio, yours, seconds, last):
    """Everything that both know before the last decision."""
    mine = [order for order in mine if order[0] <= last]
    known = lambda fate, at: fate if fate != SENT and at + LATENCY < last else SENT
    fates = [(at, side, tick, known(fate, end), end * (known(fate, end) != SENT))
             for at, side, tick, fate, end, _ in mine]
    wrong = differ("decided orders (time, side, price)", [f[:3] for f in fates],
                   [tuple(map(int, order[1:4])) for order in yours])
    told = [tuple(map(int, order[1:6])) for order in yours]
    told = [(at, side, tick, known(fate, end), end * (known(fate, end) != SENT))
            for at, side, tick, fate, end in told]
    wrong |= differ("what became of them (filled, taken back, rejected, and when)", fates, told)
    fills = sorted((end, side, price) for at, side, tick, fate, end, price in mine
                   if known(fate, end) == FILLED)
    wrong |= differ("fills (time, side, price), a lot each", fills,
                    sorted((end, side, tick) for _, side, tick, fate, end in told
                           if fate == FILLED))
    all_fills = sorted((o[4], o[1], o[5]) for o in mine if o[3] == FILLED)
    place, equal, under_way, worst = 0, 0, 0, 0.0
    for moment, position, balance, fee, doubled in seconds:
        mid, theirs = doubled * TICK / 2, CASH + balance - fee
        theirs += position * mid
        for at, side, tick in all_fills:
            if at < moment <= at + LATENCY:
                price = tick * TICK
                theirs += LOT * (side * (mid - price) - MAKER * price)
                under_way += 1
        place = equity_at(moment, portfolio, place)
        apart = abs(portfolio[place][1] - theirs)
        worst, equal = max(worst, apart), equal + (apart < 1e-6)
    wrong |= equal != len(seconds) or equal == 0
    word = "ok" if equal == len(seconds) and equal else "WRONG"
    print(f"{word} equity at {len(seconds)} seconds: {equal} within 0.000001 USDT, the furthest "
          f"{worst:.9f} apart; {under_way} fills were under way")
    counts = [sum(order[3] == fate for order in mine) for fate in (FILLED, CANCELED, EXPIRED)]
    print("   {} filled, {} taken back, {} rejected; at the end {:.6f} USDT".format(
        *counts, portfolio[-1][1] - CASH))
    return wrong


def compare_crate(peer, folder, span, orders, seconds):
    """What the Python package made, to the last bit, from the crate."""
    wrong = False
    for book in BOOKS:
        rust_orders, rust_seconds, _ = theirs_in_rust(peer, folder, span, book)
        same = (np.array_equal(orders, rust_orders) and np.array_equal(seconds, rust_seconds)
                and (orders[:, 4] == FILLED).any())
        filled, (_, position, balance, fee, doubled) = rust_orders[:, 4] == FILLED, rust_seconds[-1]
        print(f"{'ok' if same else 'WRONG'} hftbacktest's Rust crate, book in {BOOKS[book]}: "
              f"{len(rust_orders)} orders, {filled.sum()} filled, {len(rust_seconds)} seconds, at "
              f"the last {balance - fee + position * doubled * TICK / 2:.6f} USDT; the Python "
              f"package {len(orders)}, {(orders[:, 4] == FILLED).sum()}, {len(seconds)}")
        wrong |= not same
    return wrong


def steps(program, folder, job):
    """Seconds that the steps of a job take with its input in memory, the fastest of nine: on one
    thread, and on two."""
    told = tapeflow(program, folder, "bench", "steps", job, "--rounds", "9")
    return [json.loads(line)["seconds_inner"] for line in told.splitlines()]


def times(program, peer, folder, rows, origin, end, rounds=5):
    """The same runs again, in turns: loops over what is in memory, whole processes, and 100
    variants of the strategy at once."""
    queue = next(iter(QUEUES))
    with open(f"{folder}/maker0.toml") as file:
        job = file.read()
    halves = [f"{HALF * TICK / 20 + i * TICK / 10:.2f}" for i in range(1, 34)]
    with open(f"{folder}/hundred.toml", "w") as file:
        queues = ", ".join(list(QUEUES)[:3])
        file.write(f'{job}[worlds.grid]\n"constants.half" = [{", ".join(halves)}]\n'
                   f'"execution.binance_usdm.fill.queue" = [{queues}]\n')
    command = [sys.executable, __file__, program, "-", folder, "alone"]
    took = {}

    def least(what, seconds):
        took[what] = min(took.get(what, seconds), seconds)

    for _ in range(rounds):
        least("their loop", theirs(rows, origin, end, queue)[2])
        for book, name in BOOKS.items():
            seconds = theirs_in_rust(peer, folder, (origin, end), book, 9)[2]
            least(f"their loop in Rust, {name}", seconds)
        for job, of in (("maker0", ""), ("hundred", " of 100")):
            for threads, seconds in enumerate(steps(program, folder, f"{job}.toml"), 1):
                least(f"steps{of}, threads {threads}", seconds)
        start = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        least("their process", time.perf_counter() - start)
        for book, name in BOOKS.items():
            start = time.perf_counter()
            theirs_in_rust(peer, folder, (origin, end), book)
            least(f"their process in Rust, {name}", time.perf_counter() - start)
        for what, name in (("our process", "maker0"), ("process of 100", "hundred")):
            start = time.perf_counter()
            tapeflow(program, folder, "run", f"{name}.toml", "--run", name, "--replace", "--quiet")
            least(what, time.perf_counter() - start)
    for what, seconds in took.items():
        print(f"{what}: {seconds:.4f} s, {len(rows) / seconds / 1e6:.2f} M rows/s")
    for their in ("", *(f" in Rust, {name}" for name in BOOKS.values())):
        faster = {what: took[f"their loop{their}"] / took[what] for what in ("steps, threads 1",
                                                                             "steps, threads 2")}
        faster["whole process"] = took[f"their process{their}"] / took["our process"]
        print(f"how many times as fast as hftbacktest{their}: " +
              ", ".join(f"{what} {times:.2f}" for what, times in faster.items()))
    print("100 variants as multiples of one: steps "
          f"{took['steps of 100, threads 1'] / took['steps, threads 1']:.2f}, whole process "
          f"{took['process of 100'] / took['our process']:.2f}")


def main():
    program, feed, folder = sys.argv[1:4]
    saved = f"{folder}/feed.npz"
    if sys.argv[4:] == ["alone"]:
        saved = np.load(saved)
        theirs(saved["data"], int(saved["origin"]), int(saved["end"]), next(iter(QUEUES)))
        return
    rows, origin, received = prepare(feed)
    end = received + 1 - MAX_LATENCY
    last = origin + (end - 1 - origin) // STEP * STEP
    # Under the name that hftbacktest's own readers look for.
    np.savez(saved, data=rows, origin=origin, end=end)
    tapeflow(program, folder, "ingest", "--format", "hftbacktest", "--venue", "binance_usdm",
             "--symbol", "BTCUSDT", "--lake", "lake", os.path.abspath(feed))
    peer, wrong = build_crate(), False
    for number, queue in enumerate(QUEUES):
        print(f"queue = {queue}")
        mine, portfolio = ours(program, folder, origin, queue, f"maker{number}")
        yours, seconds, _ = theirs(rows, origin, end, queue)
        wrong |= compare(mine, portfolio, yours, seconds, last)
        if number == 0:
            # That this can fail: by receipt it is another market.
            received, _ = ours(program, folder, origin, queue, "received", "")
            same = len({order[:5] for order in received} & {order[:5] for order in mine})
            print(f"   by receipt {same} of {len(received)} orders are the same")
            wrong |= same == len(received)
            wrong |= compare_crate(peer, folder, (origin, end), yours, seconds)
    if sys.argv[4:] == ["times"]:
        times(program, peer, folder, rows, origin, end)
    sys.exit(int(wrong))


main()
