#!/usr/bin/env python3
"""Kills live runs on a real Kafka at random moments and at every step of their protocol, and
compares what is left with a run over the same offsets that nobody disturbed, and with the oracle.

    tests/live/kill.py PROGRAM BROKERS [--kills N] [--seed S] [--folder DIR] [--broker-folder DIR]

    infra/kafka.sh start --port 19392 --dir /tmp/broker
    tests/live/kill.py target/release/tapeflow 127.0.0.1:19392 --broker-folder /tmp/broker
    tests/live/kill.py … --kills 1000               # about half an hour

Five runs at once read one topic while it is written: one in each output mode, one that zombies are
made of, and one whose clock jumps and which has a topic of its own. Every start has another number
of workers and processes. Tables and topics only grow, so what any death did wrong is still there in
the end, when they are compared: every table by its digest, every partition of every topic record by
record. A fault point that ended no process proves nothing, and fails. Needs Python alone;
--broker-folder is that of infra/kafka.sh, whose broker is then restarted too."""

import argparse
import os
import sys
import tempfile
import threading
import time

import compare
import points
import scenes
from live import FOUR, ONE, THREE, TWO, Place, Run, Tally

# Messages a second: about four times as fast as the tape was, and a commit every half second.
RATE = 400


def random_kills(run, count):
    """Kills whole groups and single processes, early, late, and just after a commit."""
    done, rng = 0, run.rng
    while done < count:
        started = run.start(None, rng.choice(["", None]))
        if rng.random() < 0.5:
            time.sleep(rng.uniform(0.05, 1.6))
        else:
            run.until_epoch(1, 5)
            time.sleep(rng.uniform(0, 0.2))
        if started.ended_early():
            run.fail(f"it ended by itself: {started.said()[-500:]}")
        if started.shape.processes > 1:
            started.kill_one()
            done += 1
            # Those that supervise themselves start again; that is killed as well.
            time.sleep(0 if started.shape.hosts else rng.uniform(0.2, 1.5))
        if not started.shape.hosts or started.codes() is None:
            started.kill()
            done += 1
        started.kill()
    run.kills += done


def steps(run):
    for (what, faults), shape in zip(points.STEPS[run.mode], [ONE, FOUR, THREE, ONE, TWO] * 99):
        run.strike(what, faults, shape)


def lane(run, kills):
    """The life of one run: half of the random kills, every step, the other half."""
    begun = time.monotonic()
    random_kills(run, kills // 2)
    steps(run)
    scenes.lost_client(run)
    scenes.savepoints(run)
    random_kills(run, kills - kills // 2)
    if run.mode == "replay_dedup":
        # There is garbage of all kinds once two manifests that list all files lie behind.
        deadline = time.monotonic() + 120
        while run.epochs() < 70 and time.monotonic() < deadline:
            started = run.start(TWO)
            run.until_epoch(20, 30)
            started.kill()
        for (what, faults), shape in zip(points.GARBAGE, [THREE, ONE, TWO]):
            run.strike(what, faults, shape, 60)
    print(f"{run.name}: {run.kills} kills, {run.epochs()} epochs, "
          f"{time.monotonic() - begun:.0f} s", flush=True)


def finish(run, expected):
    """Reads to the end of the topic, and stops when everything is computed."""
    for attempt in range(8):
        started = run.start(TWO)
        time.sleep(2 + attempt)
        started.signal(15)
        codes = started.wait(60)
        started.kill()
        if codes != [0]:
            return run.fail(f"it does not come to its end: {codes}, {started.said()[-500:]}")
        if expected in (None, run.place.run_info(run.name)["tables"]):
            return None
    return None


def clock_lane(place, name, tally, seed, seconds):
    """A run with a topic of its own, whose writer sends no heartbeats: the run fences by its
    clock what is silent, and writes that down as input."""
    topic = f"{name}-market"
    place.market(topic)
    run = Run(place, name, topic, "replay_dedup", tally, seed, ', fence_after = "200ms"')
    publisher = place.publish(topic, "--minutes", "600", "--speed", "4", "--heartbeat", "1h")
    scenes.clock_jumps(run, seconds)
    place.end(publisher)
    # As long as it runs its clock goes on, and with it what counts: it stops first.
    finish(run, None)
    boundary = str(place.run_info(name)["boundary"])
    # Fences belong to the job, so the run beside it is of the same one.
    place.tapeflow("run", f"{name}.toml", "--run", f"{name}-whole", "--offsets",
                   place.ranges(topic), "--to", boundary, "--quiet")
    return run


def together(work):
    """Runs all of it at once; the first error ends the test."""
    errors, threads = [], []
    for call, *arguments in work:
        def guarded(call=call, arguments=arguments):
            try:
                call(*arguments)
            except BaseException as error:
                errors.append(error)
        threads.append(threading.Thread(target=guarded))
        threads[-1].start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def show(tally, bad, skipped):
    print(f"{'fault point':28} {'met':>7} {'struck':>7} {'suppressed after':>17}")
    for point in points.all_points():
        met, struck, suppressed = tally.rows.get(point, (0, 0, 0))
        print(f"{point:28} {met:7} {struck:7} {suppressed:17}")
        if struck == 0 and point not in skipped:
            bad.append(f"fault point {point} struck nothing")
        if suppressed == 0 and point in points.SUPPRESSED:
            bad.append(f"nothing was suppressed after {point}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("brokers")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder")
    parser.add_argument("--broker-folder")
    args = parser.parse_args()
    folder = args.folder or tempfile.mkdtemp(prefix="tapeflow-live-")
    os.makedirs(os.path.join(folder, "hits"), exist_ok=True)
    place, tally = Place(args.program, args.brokers, folder), Tally()
    name = f"kill-{os.getpid()}"
    topic, whole = f"{name}-market", f"{name}-whole"
    place.market(topic)

    def make(suffix, mode):
        return Run(place, f"{name}-{suffix}", topic, mode, tally, args.seed)
    replay, outbox = make("replay", "replay_dedup"), make("outbox", "outbox")
    least, woken = make("least", "at_least_once"), make("zombie", "replay_dedup")
    make("whole", "replay_dedup")
    begun = time.monotonic()
    publisher = place.publish(topic, "--minutes", "6000", "--rate", str(RATE), "--keep-ts")
    strange = []
    each = [args.kills * share // 100 for share in (40, 30, 30)]
    together([
        (lane, replay, each[0]),
        (lane, outbox, each[1]),
        (lane, least, each[2]),
        (scenes.zombies, woken, 3 if args.kills < 1000 else 12),
        (lambda: strange.append(scenes.disturb(place, topic)),),
    ])
    if args.broker_folder:
        lived = scenes.broker_restart([replay, outbox, least], args.broker_folder)
        print(f"{lived} of 3 runs outlived the broker's restart", flush=True)
    clock = clock_lane(place, f"{name}-clock", tally, args.seed, 30)
    runs = [replay, outbox, least, woken, clock]
    killed = time.monotonic() - begun
    place.end(publisher)
    place.close(topic)
    ranges = place.ranges(topic)
    place.tapeflow("run", f"{whole}.toml", "--offsets", ranges, "--quiet", "--workers", "2")
    expected = place.run_info(whole)["tables"]
    together([(finish, run, expected) for run in runs if run is not clock])
    bad = [what for run in runs for what in run.bad]
    rows = compare.compare_oracle(place, whole, ranges, bad)
    compare.compare_with_tables(place, whole, bad)
    for run in runs:
        beside = f"{run.name}-whole" if run is clock else whole
        tables = compare.compare_tables(place, run.name, beside, bad)
        records = again = 0
        if run is not clock:
            records, again = compare.compare_topics(place, run.name, beside, run.mode, bad)
        print(f"{run.name}: {run.mode}, {run.starts} starts, {run.kills} kills, {run.epochs()} "
              f"epochs; {tables} tables and {records} records compared, {again} came again")
    kills = sum(run.kills for run in runs)
    print(f"{kills} kills in {killed:.0f} s, {time.monotonic() - begun:.0f} s in all; "
          f"the oracle has {rows} rows; {strange[0]} strange records among the input")
    if kills < args.kills:
        bad.append(f"{kills} kills instead of {args.kills}")
    skipped = [] if args.broker_folder else ["broker restart"]
    if skipped:
        print("skipped: broker restart, without --broker-folder")
    show(tally, bad, skipped)
    for what in bad:
        print("FAILED:", what)
    print("1 passed, 0 failed" if not bad else "0 passed, 1 failed")
    if bad:
        print(f"logs, jobs and lake: {folder}", file=sys.stderr)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
