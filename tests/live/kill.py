#!/usr/bin/env python3
"""Kills a live run on a real Kafka at random moments and at every step of its protocol, and
compares what is left with a run over the same offsets that nobody disturbed.

    tests/live/kill.py PROGRAM BROKERS [--kills N] [--seed S] [--folder DIR]

The run is started again and again with another number of workers and processes. In the end every
table must have the digest, and every partition of every topic the records, of the undisturbed run.
A fault point that was never met proves nothing and fails the test. Needs Python alone."""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time

STREAMS = ["signals", "orders", "fills", "positions"]
INPUT_PARTITIONS, OUTPUT_PARTITIONS, SHARDS = 4, 2, 3
SYMBOLS, MINUTES, MESSAGES = 8, 20, 113_000
POINTS = [
    "run.claimed", "run.recovered", "sink.before_init", "sink.after_init", "sink.after_begin",
    "sink.before_progress", "sink.before_commit", "sink.after_commit", "sink.suppressed_first",
    "sink.suppressed_half", "checkpoint.before_files", "checkpoint.after_state",
    "commit.before_manifest", "commit.after_manifest",
]


def job(name, brokers, topic, mode):
    facts = "".join(
        f'[instruments."demo:SYN{i:04}"]\nbase = "SYN{i:04}"\nquote = "USDT"\nkind = "perpetual"\n'
        f'tick = "0.1"\nlot = "0.001"\n' for i in range(1, SYMBOLS + 1))
    names = ", ".join(f'"demo:SYN{i:04}"' for i in range(1, SYMBOLS + 1))
    return f"""
[job]
name = "{name}"
[[source]]
kafka = {{ brokers = "{brokers}", topics = ["{topic}"], instruments = [{names}], start = "earliest" }}
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


class Live:
    def __init__(self, program, brokers, folder, name, mode, rng):
        self.program, self.brokers, self.folder, self.name = program, brokers, folder, name
        self.rng = rng
        self.env = dict(os.environ, TAPEFLOW_KAFKA=brokers)
        self.log = open(os.path.join(folder, f"{name}.log"), "w")
        self.hits = os.path.join(folder, f"{name}.hits")
        for run in (name, f"{name}-whole"):
            with open(self.path(f"{run}.toml"), "w") as file:
                file.write(job(run, brokers, f"{name}-market", mode))
            self.tapeflow("topics", "create", f"{run}.toml")
        self.tapeflow("topics", "create", "--topic", f"{name}-market:{INPUT_PARTITIONS}")

    def path(self, name):
        return os.path.join(self.folder, name)

    def tapeflow(self, *arguments):
        return subprocess.run([self.program, *arguments], cwd=self.folder, env=self.env, text=True,
                              check=True, stdout=subprocess.PIPE, stderr=self.log).stdout

    def publish(self, rate):
        arguments = ["publish", "--topic", f"{self.name}-market", "--synthetic", "--symbols",
                     str(SYMBOLS), "--minutes", str(MINUTES), "--rate", str(rate), "--keep-ts",
                     "--quiet", "--json"]
        return subprocess.Popen([self.program, *arguments], cwd=self.folder, env=self.env,
                                text=True, stdout=subprocess.PIPE, stderr=self.log)

    def start(self, workers, processes, faults=None):
        env = dict(self.env)
        if faults:
            env.update(TAPEFLOW_FAULTS=faults, TAPEFLOW_FAULT_LOG=self.hits)
        command = [self.program, "run", f"{self.name}.toml", "--workers", str(workers), "--quiet"]
        if processes > 1:
            command += ["--processes", str(processes)]
        self.log.write(f"--- {workers} workers, {processes} processes, {faults}\n")
        self.log.flush()
        return subprocess.Popen(command, cwd=self.folder, env=env, stdout=self.log,
                                stderr=self.log, start_new_session=True)

    def kill(self, run):
        try:
            os.killpg(run.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        run.wait()

    def shape(self):
        return self.rng.choice([1, 2, 3, 4]), self.rng.choice([1, 1, 1, 2])

    def records(self, run, topic):
        """Records by partition, without the run's name and the marks."""
        out = {}
        text = self.tapeflow("tap", f"{run}.{topic}", "--from", "beginning", "--until-end", "--json")
        for line in text.splitlines():
            if '"type":"complete"' not in line:
                record = json.loads(line)
                key = record.get("instrument") or record.get("symbol") or record.get("account")
                out.setdefault(key, []).append(line.replace(f'"{run}"', '"RUN"'))
        return out

    def tables(self, run):
        runs = json.loads(self.tapeflow("runs", "--json"))["runs"]
        found = next(r for r in runs if r["name"] == run)
        return found["tables"], found["epoch"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("brokers")
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--life", type=float, default=4.0, help="seconds that a run lives at most")
    parser.add_argument("--folder")
    parser.add_argument("--mode", default="replay_dedup")
    args = parser.parse_args()
    rng = random.Random(args.seed)
    folder = args.folder or tempfile.mkdtemp(prefix="tapeflow-live-")
    os.makedirs(folder, exist_ok=True)
    name = f"kill-{os.getpid()}"
    live = Live(os.path.abspath(args.program), args.brokers, folder, name, args.mode, rng)
    # The tape lasts until the last kill: without new records nothing is committed.
    seconds = args.kills * (args.life / 2 + 0.5) + 5 * len(POINTS)
    publisher = live.publish(int(MESSAGES / seconds))
    for point in POINTS:
        run = live.start(rng.choice([1, 2, 3]), 1, f"{point}:1:kill")
        try:
            run.wait(timeout=20)
        except subprocess.TimeoutExpired:
            pass
        live.kill(run)
    begun = time.monotonic()
    by_itself = 0
    for number in range(args.kills):
        run = live.start(*live.shape())
        time.sleep(rng.uniform(0.3, args.life))
        by_itself += run.poll() is not None
        live.kill(run)
    killed = time.monotonic() - begun
    published = json.loads(publisher.communicate()[0])
    ranges = ",".join(f"{name}-market:{p['partition']}:{p['from']}-{p['to']}"
                      for p in published["partitions"])
    live.tapeflow("run", f"{name}-whole.toml", "--offsets", ranges, "--quiet", "--json")
    whole, _ = live.tables(f"{name}-whole")
    # The last start reads to the end, and is stopped when it has computed all bars.
    run = live.start(2, 1)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        time.sleep(3)
        run.send_signal(signal.SIGTERM)
        if run.wait(timeout=60) != 0:
            break
        tables, epoch = live.tables(name)
        if tables == whole:
            break
        run = live.start(2, 1)
    live.kill(run)
    tables, epoch = live.tables(name)
    met = {}
    with open(live.hits) as file:
        for line in file:
            point, _, suppressed = line.split()
            count, most = met.get(point, (0, 0))
            met[point] = (count + 1, max(most, int(suppressed)))
    bad = []
    print(f"{args.kills} kills in {killed:.0f} s ({by_itself} ended before), newest epoch {epoch}")
    print(f"{'fault point':26} {'met':>6} {'suppressed':>11}")
    for point in POINTS:
        count, suppressed = met.get(point, (0, 0))
        print(f"{point:26} {count:6} {suppressed:11}")
        if count == 0:
            bad.append(f"fault point {point} was never met")
    if epoch is None or epoch < 3:
        bad.append("hardly anything was committed on the way: nothing was resumed")
    for table in sorted(set(whole) | set(tables)):
        if whole.get(table) != tables.get(table):
            bad.append(f"table {table}: {tables.get(table)} instead of {whole.get(table)}")
    for topic in STREAMS:
        expected, found = live.records(f"{name}-whole", topic), live.records(name, topic)
        count = sum(map(len, expected.values()))
        print(f"{name}.{topic}: {count} records")
        if expected != found:
            for key in sorted(set(expected) | set(found)):
                a, b = expected.get(key, []), found.get(key, [])
                if a != b:
                    bad.append(f"topic {topic}, key {key}: {len(b)} records instead of {len(a)}")
    for what in bad:
        print("FAILED:", what)
    print(f"1 passed, 0 failed" if not bad else "0 passed, 1 failed")
    if bad:
        print(f"logs, job and lake: {folder}", file=sys.stderr)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
