#!/usr/bin/env python3
"""Kills the nodes of a Kafka of three, one after the other, under live runs, and the runs too.

    tests/live/failover.py PROGRAM [--port PORT] [--rounds N] [--folder DIR]

Starts the cluster itself with infra/kafka.sh: three replicas of every topic, two of which must be
in sync. Compares what is left as kill.py does. Needs Python alone, and 1 GB of memory."""

import argparse
import os
import subprocess
import sys
import tempfile
import time

import compare
import scenes
from kill import finish, together
from live import HOSTS, KAFKA, PROCESSES, TWO, Place, Run, Tally


def fail_over(runs, cluster, rounds):
    """Each node dies in turn while all runs go on; then the runs are killed, and the node is back.
    Says how many runs outlived the death of a node."""
    outlived = 0
    for number in range(rounds):
        node = str(number % 3 + 1)
        started = [run.start((TWO, PROCESSES, HOSTS)[number % 3], "") for run in runs]
        for run in runs:
            if not run.until_epoch(2, 60):
                run.fail("it commits nothing before a node dies")
        scenes.kafka("kill", node, "--dir", cluster)
        # The others take over in 6 to 10 seconds.
        for run, start in zip(runs, started):
            lives = run.until_epoch(3, 60) and not start.ended_early()
            outlived += lives
            if not lives:
                run.fail(f"it did not outlive node {node}: {start.said()[-500:]}")
            run.tally.add("broker failover", met=1, struck=1)
            start.kill()
            run.kills += 1
        # Started again while a node is missing.
        started = [run.start(TWO, "") for run in runs]
        for run, start in zip(runs, started):
            if not run.until_epoch(2, 60):
                run.fail(f"it does not start without node {node}: {start.said()[-500:]}")
        scenes.restart(node, cluster)
        for run, start in zip(runs, started):
            start.kill()
            run.kills += 1
    return outlived


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--port", type=int, default=29392)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder")
    args = parser.parse_args()
    folder = args.folder or tempfile.mkdtemp(prefix="tapeflow-failover-")
    os.makedirs(os.path.join(folder, "hits"), exist_ok=True)
    cluster = os.path.join(folder, "kafka")
    begun = time.monotonic()
    brokers = subprocess.run(
        ["bash", KAFKA, "start", "--nodes", "3", "--port", str(args.port), "--dir", cluster],
        check=True, text=True, stdout=subprocess.PIPE).stdout.strip()
    try:
        place, tally = Place(args.program, brokers, folder), Tally()
        name = f"failover-{os.getpid()}"
        topic, whole = f"{name}-market", f"{name}-whole"
        place.market(topic)
        runs = [Run(place, f"{name}-{mode}", topic, mode, tally)
                for mode in ("replay_dedup", "outbox", "at_least_once")]
        Run(place, whole, topic, "replay_dedup", tally)
        publisher = place.publish(topic, "--minutes", "6000", "--rate", "300", "--keep-ts")
        outlived = fail_over(runs, cluster, args.rounds)
        place.end(publisher)
        place.close(topic)
        ranges = place.ranges(topic)
        place.tapeflow("run", f"{whole}.toml", "--offsets", ranges, "--quiet", "--workers", "2")
        expected = place.run_info(whole)["tables"]
        together([(finish, run, expected) for run in runs])
        bad = [what for run in runs for what in run.bad]
        compare.compare_oracle(place, whole, ranges, bad)
        for run in runs:
            compare.compare_tables(place, run.name, whole, bad)
            records, again = compare.compare_topics(place, run.name, whole, run.mode, bad)
            print(f"{run.name}: {run.kills} kills, {run.epochs()} epochs; {records} records "
                  f"compared, {again} came again")
    finally:
        scenes.kafka("stop", "--wipe", "--dir", cluster)
    print(f"{args.rounds} nodes killed under 3 runs each, {outlived} of {3 * args.rounds} went on, "
          f"{time.monotonic() - begun:.0f} s")
    for what in bad:
        print("FAILED:", what)
    print("1 passed, 0 failed" if not bad else "0 passed, 1 failed")
    if bad:
        print(f"logs, jobs and lake: {folder}", file=sys.stderr)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
