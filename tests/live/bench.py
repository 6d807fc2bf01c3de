#!/usr/bin/env python3
"""Measures live runs on a real Kafka: how fast the quickstart's graph consumes beside a bare
consumer, how late its signals are seen, and how soon it goes on after a kill.

    tests/live/bench.py PROGRAM BROKERS [throughput] [latency] [resume] [--short] [--folder DIR]

Prints a JSON object a line for each workload, then a table. Needs Python alone. Everything is on
one machine, so brokers, publisher, run and consumer share its cores. --short only shows that each
workload runs: its figures mean little."""

import argparse
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime

HERE = os.path.dirname(os.path.abspath(__file__))
PARTITIONS = 4
MODES = ["replay_dedup", "outbox", "at_least_once"]
RATES = [10_000, 50_000]

# Besides the quickstart's strategies, which decide once a bar: one that decides on every trade, so
# that there are signals enough for percentiles.
FLIP = """
[features.tape]
trade_imbalance = {{ trades = {trades} }}

[[account]]
name = "flip"
cash = {{ USDT = "1000000000" }}

[[strategy]]
name    = "flip"
account = "flip"
on      = "trade"
for     = ["demo:*"]
long    = "tape > 0.4"
short   = "tape < -0.4"
size    = {{ quantity = "0.01" }}
order   = "market"
"""


class Bench:
    """A folder with a lake, and the program at work in it."""

    def __init__(self, program, brokers, folder):
        self.program, self.brokers = os.path.abspath(program), brokers
        self.folder = folder or tempfile.mkdtemp(prefix="tapeflow-bench-")
        os.makedirs(self.folder, exist_ok=True)
        self.env = dict(os.environ, TAPEFLOW_KAFKA=brokers)
        self.log = open(self.path("bench.log"), "a")
        self.running = []

    def path(self, name):
        return os.path.join(self.folder, name)

    def job(self, name, symbols, bar, commit, sink=None, flip=None):
        """The quickstart's graph with a topic as its source."""
        with open(os.path.join(HERE, "../../config/quickstart.toml")) as file:
            graph = file.read()
        graph = graph[graph.index("[bars]"):].replace('every = "1m"', f'every = "{bar}"')
        # Orders of many instruments at once are no mistake here.
        graph = re.sub(r"(?s)\[risk\].*?\n\n", "", graph)
        graph = graph.replace("[lake]", f'[lake]\ncommit_every = "{commit}"')
        ids = [f"demo:SYN{i:04}" for i in range(1, symbols + 1)]
        facts = "".join(f'[instruments."{i}"]\nbase = "{i[5:]}"\nquote = "USDT"\n'
                        f'kind = "perpetual"\ntick = "0.1"\nlot = "0.001"\n' for i in ids)
        text = (f'[job]\nname = "{name}"\n[[source]]\nkafka = {{ brokers = "{self.brokers}", '
                f'topics = ["{name}-market"], instruments = {json.dumps(ids)}, '
                f'start = "earliest" }}\n{facts}\n{graph}\n')
        if flip:
            text += FLIP.format(trades=flip)
        if sink:
            text += (f'\n[[kafka_sink]]\nbrokers = "{self.brokers}"\nmode = "{sink}"\n'
                     'streams = ["signals", "orders", "fills"]\n')
        with open(self.path(f"{name}.toml"), "w") as file:
            file.write(text)
        self.call("topics", "create", f"{name}.toml", "--partitions", str(PARTITIONS))

    def call(self, *arguments):
        return subprocess.run([self.program, *arguments], cwd=self.folder, env=self.env, text=True,
                              check=True, stdout=subprocess.PIPE, stderr=self.log).stdout

    def start(self, *arguments, out=None, err=None):
        """Starts the program; `out` and `err` name files."""
        out = open(self.path(out), "w") if out else subprocess.PIPE
        err = open(self.path(err), "a") if err else self.log
        process = subprocess.Popen([self.program, *arguments], cwd=self.folder, env=self.env,
                                   text=True, stdout=out, stderr=err)
        self.running.append(process)
        return process

    def publish(self, name, symbols, rate):
        """Publishes as if the market came now, until it is stopped."""
        return self.start("publish", "--topic", f"{name}-market", "--synthetic", "--symbols",
                          str(symbols), "--minutes", "100000", "--rate", str(rate), "--quiet",
                          "--json", out=f"{name}.published")

    def run(self, name, *more, every="100ms", workers=2):
        return self.start(*more, "run", f"{name}.toml", "--status", every, "--workers",
                          str(workers), out=f"{name}.out", err=f"{name}.status")

    def statuses(self, name):
        with open(self.path(f"{name}.status")) as file:
            return [json.loads(line) for line in file if line.startswith("{")
                    and line.endswith("}\n")]

    def stop(self, *processes):
        for process in processes:
            process.send_signal(signal.SIGTERM)
            if process.wait(timeout=60) != 0:
                raise SystemExit(f"{' '.join(process.args[1:])} failed: see {self.folder}")

    def end(self):
        for process in self.running:
            if process.poll() is None:
                process.kill()
                process.wait()


def throughput(bench, short):
    """Bare consumer and graph in turn over the same topic; the medians are compared."""
    name, symbols = f"throughput-{os.getpid()}", 8
    bench.job(name, symbols, "1m", "10s")
    events = 200_000 if short else 5_000_000
    published = json.loads(bench.call(
        "publish", "--topic", f"{name}-market", "--synthetic", "--symbols", str(symbols),
        "--events", str(events), "--speed", "flat", "--keep-ts", "--quiet", "--json"))
    total = sum(p["to"] - p["from"] for p in published["partitions"])
    bare, graph, whole, memory = [], [], [], 0
    for turn in range(1 if short else 3):
        bare.append(json.loads(bench.call("bench", "read", f"{name}-market")))
        open(bench.path(f"{name}.status"), "w").close()
        begun = time.monotonic()
        run = bench.run(name, every="100ms")
        while not (seen := bench.statuses(name)) or seen[-1]["records"] < total:
            if run.poll() is not None or time.monotonic() - begun > 120:
                raise SystemExit(f"the run did not read all records: see {bench.folder}")
            time.sleep(0.05)
        bench.stop(run)
        whole.append(total / (time.monotonic() - begun))
        # Between a tenth and nine tenths of the records: without the start and the end.
        low = next(s for s in seen if s["records"] >= total / 10)
        high = next(s for s in seen if s["records"] >= total * 9 / 10)
        passed = max(high["seconds"] - low["seconds"], 1e-3)
        graph.append((high["records"] - low["records"]) / passed)
        memory = max(memory, *(s["memory_bytes"] or 0 for s in seen))
        bench.call("runs", "delete", name)
    bare_rate = statistics.median(read["messages_per_second"] for read in bare)
    rate, whole_rate = statistics.median(graph), statistics.median(whole)
    return [{
        "workload": "throughput", "records": total, "bytes": bare[0]["bytes"],
        "bare_per_second": round(bare_rate), "graph_per_second": round(rate),
        "ratio": round(rate / bare_rate, 3),
        "whole_process_per_second": round(whole_rate),
        "ratio_of_whole_process": round(whole_rate / bare_rate, 3),
        "memory_mib": memory >> 20,
    }]


def latency(bench, short, modes=MODES, rates=RATES, seconds=None):
    """From a record's stamp at its publisher to its signal at a consumer of what is committed."""
    seconds = seconds or (4 if short else 30)
    skip = 1 if short else 5
    found = []
    for mode in modes:
        for rate in [rates[0]] if short else rates:
            name, symbols = f"latency-{mode.replace('_', '-')}-{rate}-{os.getpid()}", 8
            commit = "1s" if mode == "outbox" else "10s"
            bench.job(name, symbols, "1s", commit, sink=mode, flip=max(20, rate // 1000))
            run = bench.run(name, every="1s")
            time.sleep(2)
            publisher = bench.publish(name, symbols, rate)
            seen = json.loads(bench.call("bench", "delay", f"{name}.signals", "--seconds",
                                         str(seconds + skip), "--skip", str(skip)))
            cpu = processor_seconds(run.pid)
            bench.stop(publisher, run)
            last = bench.statuses(name)[-1]
            published = json.load(open(bench.path(f"{name}.published")))
            found.append({
                "workload": "latency", "mode": mode, "events_per_second": rate,
                "published_per_second": published["messages_per_second"],
                "commit_every": commit, "signals": seen["records"],
                "p50_ms": seen["p50_ms"], "p90_ms": seen["p90_ms"], "p99_ms": seen["p99_ms"],
                "max_ms": seen["max_ms"], "run_cores": round(cpu / last["seconds"], 2),
                "memory_mib": last["memory_bytes"] >> 20,
            })
    return found


def resume(bench, short):
    """From the start of the program to the first new output after a kill."""
    name, symbols = f"resume-{os.getpid()}", 50 if short else 1_000
    bench.job(name, symbols, "1s", "2s", sink="replay_dedup", flip=20)
    publisher = bench.publish(name, symbols, 5_000)
    life, turns = (5, 1) if short else (12, 5)
    run = bench.run(name, "--log", "pipeline=debug,tapeflow=info", every="1s")
    time.sleep(life + 3)
    starts = []
    for turn in range(turns):
        run.kill()
        run.wait()
        seen = bench.start("bench", "delay", f"{name}.signals", f"{name}.orders", "--each",
                           out=f"{name}.seen")
        time.sleep(1)
        begun = time.time_ns()
        log = os.path.getsize(bench.path(f"{name}.status"))
        run = bench.run(name, "--log", "pipeline=debug,tapeflow=info", every="1s")
        time.sleep(life)
        bench.stop(seen)
        with open(bench.path(f"{name}.seen")) as file:
            first = min(int(line.split()[0]) for line in file if not line.startswith("{"))
        with open(bench.path(f"{name}.status")) as file:
            file.seek(log)
            steps = parts(file.read(), begun)
        starts.append({"total": (first - begun) / 1e9, **steps})
    bench.stop(run, publisher)
    worst = max(starts, key=lambda start: start["total"])
    median = statistics.median(start["total"] for start in starts)
    # What brokers take to end the transactions of the killed one, and to answer, is theirs.
    own = [start["total"] - start["topics_open"] + start["claimed"] for start in starts]
    return [{
        "workload": "resume", "instruments": symbols, "kills": turns,
        "median_seconds": round(median, 3), "worst_seconds": round(worst["total"], 3),
        "own_median_seconds": round(statistics.median(own), 3),
        "own_worst_seconds": round(max(own), 3),
        "steps_of_worst": {step: round(at, 3) for step, at in worst.items()},
    }]


STEPS = {
    "run starts": "job_read", "the run is claimed": "claimed",
    "topics that are written are open": "topics_open", "sources are known": "sources_known",
    "sources are open": "sources_open",
}


def parts(log, begun):
    """When each step of a start was over, seconds after its beginning."""
    steps = {}
    for line in log.splitlines():
        said = next((step for words, step in STEPS.items() if words in line), None)
        if said and (stamp := re.match(r"(\S+)Z ", line)):
            moment = datetime.fromisoformat(stamp[1] + "+00:00").timestamp()
            steps[said] = moment - begun / 1e9
    return steps


def processor_seconds(pid):
    """What a process has used of processors."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def table(results):
    lines = []
    for result in results:
        match result["workload"]:
            case "throughput":
                lines.append("{graph_per_second:,} records/s through the graph, {bare_per_second:,} "
                             "through a bare consumer: {ratio:.2f}; with start and end "
                             "{whole_process_per_second:,}/s".format(**result))
            case "latency":
                lines.append("{mode:14} {events_per_second:>7,}/s   p50 {p50_ms:8.1f} ms   p99 "
                             "{p99_ms:8.1f} ms   {signals:,} signals   {run_cores} cores"
                             .format(**result))
            case "resume":
                lines.append("{instruments:,} instruments, {kills} kills: first new output after "
                             "{median_seconds} s (worst {worst_seconds} s), own part "
                             "{own_median_seconds} s (worst {own_worst_seconds} s)"
                             .format(**result))
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("brokers")
    parser.add_argument("what", nargs="*", help="throughput, latency, resume; all if none is named")
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--modes", nargs="*", default=MODES)
    parser.add_argument("--rates", nargs="*", type=int, default=RATES)
    parser.add_argument("--seconds", type=int, help="of each latency")
    parser.add_argument("--folder")
    args = parser.parse_args()
    unknown = set(args.what) - {"throughput", "latency", "resume"}
    if unknown:
        parser.error(f"there is no {', '.join(unknown)}")
    what = args.what or ["throughput", "latency", "resume"]
    bench, results = Bench(args.program, args.brokers, args.folder), []
    try:
        for workload in what:
            match workload:
                case "throughput":
                    found = throughput(bench, args.short)
                case "latency":
                    found = latency(bench, args.short, args.modes, args.rates, args.seconds)
                case "resume":
                    found = resume(bench, args.short)
            for result in found:
                print(json.dumps(result), flush=True)
            results += found
    finally:
        bench.end()
    print(table(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
