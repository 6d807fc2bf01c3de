#!/usr/bin/env python3
"""Kills a live run whose strategies follow a model and news, at random moments and at the steps of
its protocol, and compares what is left with a run over the same offsets that nobody disturbed,
and with the oracle: the windows of the model, its bytes and the fading of the news must come back.

    tests/live/model.py PROGRAM BROKERS [--kills N] [--seed S] [--folder DIR]

Prices are on one topic and headlines on another. Needs Python alone."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

import compare
import kill
import points
from job import SYMBOLS, symbol
from live import FOUR, ONE, THREE, TWO, Place, Run, Tally

MODEL = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                     "../../config/models/demo/trend/1.0.0/model.onnx")
# So many times as fast as the tape.
SPEED = "4"
SAID = ["beats estimates and raises its outlook", "misses estimates and cuts its outlook",
        "outage halts trading", "wins a large contract", "regulator opens probe"]
INDICATORS = """rsi = { rsi = { period = 14, on = "bar.close" } }
roc = { roc = { period = 10, on = "bar.close" } }
"""
MODELS = f"""
[models]
trend = {{ onnx = {{ path = {json.dumps(os.path.normpath(MODEL))}, on = "bar", \
inputs = ["rsi", "roc", "flow"], fallback = "0.5" }} }}
[[account]]
name = "trend"
"""


class ModelRun(Run):
    """A run whose job reads a model and a topic of news beside the market."""

    def __init__(self, place, name, topic, mode, tally, seed=0):
        super().__init__(place, name, topic, mode, tally, seed)
        with open(place.path(f"{name}.toml")) as file:
            text = file.read()
        for old, new in [
                (f'["{topic}"]', f'["{topic}", "{topic}-news"]'),
                ("[indicators]\n", f"[indicators]\n{INDICATORS}"),
                ('[[account]]\nname = "trend"\n', MODELS),
                ('"crosses_above(fast, slow)"', '"trend > 0.55 AND mood > -0.5"'),
                ('"crosses_below(fast, slow)"', '"trend < 0.45 OR mood < -0.9"'),
                ('url = "./lake"\n', 'url = "./lake"\nreadings = "bars"\n')]:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        place.write(f"{name}.toml", text)


def headlines(place, topic, count):
    """Publishes an article a second, each about another instrument, no two alike."""
    lines = []
    for i in range(count):
        of = symbol(i % SYMBOLS + 1)
        seen = f"2024-01-{1 + i // 86400:02}T{i // 3600 % 24:02}:{i // 60 % 60:02}:{i % 60:02}Z"
        lines.append(json.dumps({
            "first_seen": seen, "source": "wire", "symbols": [of],
            "headline": f"{of} {SAID[i * 7 // 3 % len(SAID)]}, note {i}"}))
    place.write("news.jsonl", "\n".join(lines) + "\n")
    symbols = [f'{symbol(i)} = "demo:{symbol(i)}"' for i in range(1, SYMBOLS + 1)]
    place.write("symbols.toml", "\n".join(["[symbols]", *symbols, ""]))
    command = [place.program, "publish", "--topic", topic, "--file", "news.jsonl", "--format",
               "news", "--map", "symbols.toml", "--speed", SPEED, "--quiet", "--json"]
    publisher = subprocess.Popen(command, cwd=place.folder, env=place.env, text=True,
                                 stdout=subprocess.PIPE, stderr=place.log)
    place.begun.append(publisher)
    return publisher


def close(place, topics):
    """Every partition of all topics comes to the same time, a second after all of them."""
    times = []
    for topic in topics:
        for line in place.tap(topic):
            value = json.loads(json.loads(line)["value"])
            times.append(int(value["ts"]))
    beat = '{"type":"heartbeat","version":1,"ts":"%d"}' % (max(times) + 1_000_000_000)
    for topic in topics:
        place.produce(topic, [f"demo:{symbol(i)}\t{beat}" for i in (5, 6, 7, 8)])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("brokers")
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder")
    args = parser.parse_args()
    folder = args.folder or tempfile.mkdtemp(prefix="tapeflow-model-")
    os.makedirs(os.path.join(folder, "hits"), exist_ok=True)
    place, tally = Place(args.program, args.brokers, folder), Tally()
    name = f"model-{os.getpid()}"
    topic, whole = f"{name}-market", f"{name}-whole"
    topics = [topic, f"{topic}-news"]
    place.market(topic)
    place.tapeflow("topics", "create", "--topic", f"{topics[1]}:1")
    run = ModelRun(place, f"{name}-killed", topic, "replay_dedup", tally, args.seed)
    ModelRun(place, whole, topic, "replay_dedup", tally)
    prices = place.publish(topic, "--minutes", "600", "--speed", SPEED)
    words = headlines(place, topics[1], 40_000)
    begun = time.monotonic()
    kill.random_kills(run, args.kills // 2)
    for (what, faults), shape in zip(points.STEPS[run.mode], [ONE, FOUR, THREE, TWO] * 99):
        run.strike(what, faults, shape)
    kill.random_kills(run, args.kills - args.kills // 2)
    killed = time.monotonic() - begun
    place.end(words)
    place.end(prices)
    close(place, topics)
    ranges = ",".join(place.ranges(topic) for topic in topics)
    place.tapeflow("run", f"{whole}.toml", "--offsets", ranges, "--quiet", "--workers", "2")
    kill.finish(run, place.run_info(whole)["tables"])
    bad = run.bad
    rows = compare.compare_oracle(place, whole, ranges, bad)
    tables = compare.compare_tables(place, run.name, whole, bad)
    records, _ = compare.compare_topics(place, run.name, whole, run.mode, bad)
    # What is compared must be there: values of the model, moods, and orders.
    query = ("SELECT count(*) FILTER (WHERE trend_source = 'model') AS model, "
             "count(*) FILTER (WHERE mood <> 0) AS mood, "
             "(SELECT count(*) FROM signals) AS signals FROM readings")
    said, = json.loads(place.tapeflow("sql", "--run", run.name, "--format", "json", query))
    bad += [f"no {what} in what is compared" for what, count in said.items() if int(count) == 0]
    print(f"{run.name}: {run.starts} starts, {run.kills} kills in {killed:.0f} s, {run.epochs()} "
          f"epochs; {tables} tables and {records} records compared; the oracle has {rows} rows; "
          f"{said['model']} rows with the model's value, {said['mood']} with a mood, "
          f"{said['signals']} signals")
    for what in bad:
        print("FAILED:", what)
    print("1 passed, 0 failed" if not bad else "0 passed, 1 failed")
    if bad:
        print(f"logs, jobs and lake: {folder}", file=sys.stderr)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
