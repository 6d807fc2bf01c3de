#!/usr/bin/env python3
"""A partition that is silent holds the others back, and nothing else: a run waits for it with what
it has read, goes on as soon as it speaks, and ends when it is told to.

    tests/live/silence.py PROGRAM BROKERS

Needs Python alone."""

import argparse
import os
import sys
import time

from bench import Bench

# More rows than a run reads ahead of a partition that is behind.
EVENTS = 600_000
PATIENCE = 60


def until(what, done):
    begun = time.monotonic()
    while not done():
        if time.monotonic() - begun > PATIENCE:
            raise SystemExit(f"FAILED: {what} did not come within {PATIENCE} s")
        time.sleep(0.1)
    return time.monotonic() - begun


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("brokers")
    args = parser.parse_args()
    bench, name = Bench(args.program, args.brokers, None), f"silence-{os.getpid()}"
    publish = lambda topic, *more: bench.call(
        "publish", "--topic", topic, "--synthetic", "--symbols", "1", "--quiet", "--json",
        "--speed", "flat", *more)
    last = lambda: (bench.statuses(name) or [{"records": 0}])[-1]
    try:
        bench.job(name, 1, "1s", "1s")
        path = bench.path(f"{name}.toml")
        with open(path) as file:
            text = file.read()
        quiet = f"{name}-quiet"
        with open(path, "w") as file:
            file.write(text.replace(f'topics = ["{name}-market"]',
                                    f'topics = ["{name}-market", "{quiet}"]'))
        publish(quiet, "--events", "1", "--end-after", "1ms", "--partitions", "1")
        publish(f"{name}-market", "--events", str(EVENTS))
        # One worker reads both.
        run = bench.run(name, workers=1)
        until("what can be read ahead", lambda: last()["records"] > 1)
        time.sleep(5)
        held = last()
        if held["records"] >= EVENTS:
            raise SystemExit(f"FAILED: {held['records']} records were read past a silent partition")
        publish(quiet, "--events", "1")
        waited = until("the rest", lambda: last()["records"] >= EVENTS)
        print(f"held back after {held['records']} records, the rest {waited:.1f} s after it spoke")
        # And silent again: what has come since the last epoch is under way when it is stopped.
        publish(f"{name}-market", "--events", str(EVENTS))
        time.sleep(3)
        bench.stop(run)
        print("1 passed, 0 failed")
    finally:
        bench.end()
    return 0


if __name__ == "__main__":
    sys.exit(main())
