#!/usr/bin/env python3
"""Records topics into a lake while the recorder is killed, then reads on from the recording.

    tests/live/handover.py PROGRAM BROKERS [--kills N] [--folder DIR]

A job that reads the recording and then the topics must end with the tables and the records of one
that read all of it from the topics, although it is killed in both parts; a replay of the recording
alone, with those of the topics up to where it ends. Recording the same again changes nothing.
Needs Python alone."""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time

from compare import records
from job import STREAMS, job
from live import Place

RECORDING = "md"
MINUTES, MESSAGES = 20, 113_000


class Handover(Place):
    """The jobs of the test: `record`, `onward` (recording, then topics), `whole` (topics alone)
    and `replay` (recording alone)."""

    def __init__(self, program, brokers, folder, name, rng):
        super().__init__(program, brokers, folder)
        self.name, self.rng = name, rng
        self.market(f"{name}-market")

    def kill(self, run):
        try:
            os.killpg(run.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        run.wait()

    def tables(self, run):
        return self.run_info(run)["tables"]

    def job(self, run, change):
        text = change(job(run, self.brokers, f"{self.name}-market", "replay_dedup"))
        with open(self.path(f"{run}.toml"), "w") as file:
            file.write(text)
        if "[[kafka_sink]]" in text:
            self.tapeflow("topics", "create", f"{run}.toml")

    def begin(self, run, workers):
        processes = self.rng.choice(["1", "1", "2"])
        return self.spawn(f"{run}.toml", "--workers", str(workers), "--processes", processes)

    def spawn(self, *arguments):
        return subprocess.Popen([self.program, "run", *arguments, "--quiet"], cwd=self.folder,
                                env=self.env, stdout=self.log, stderr=self.log,
                                start_new_session=True)

    def stop(self, run):
        run.send_signal(signal.SIGTERM)
        if run.wait(timeout=60) != 0:
            raise SystemExit(f"FAILED: a run did not stop as asked: see {self.log.name}")

    def recording(self):
        recordings = json.loads(self.tapeflow("runs", "--json"))["recordings"]
        return next((r for r in recordings if r["name"] == RECORDING), None)

    def until(self, what, done):
        deadline = time.monotonic() + 90
        while not done():
            if time.monotonic() > deadline:
                raise SystemExit(f"FAILED: {what} did not come: see {self.log.name}")
            time.sleep(0.5)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("brokers")
    parser.add_argument("--kills", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder")
    args = parser.parse_args()
    rng = random.Random(args.seed)
    folder = args.folder or tempfile.mkdtemp(prefix="tapeflow-handover-")
    os.makedirs(folder, exist_ok=True)
    name = f"handover-{os.getpid()}"
    live = Handover(args.program, args.brokers, folder, name, rng)
    record, onward, whole, replay = (f"{name}-{part}" for part in
                                     ["record", "onward", "topics", "replay"])
    live.job(record, lambda text: text.replace('[lake]\n', f'[lake]\nrecord = "{RECORDING}"\n'))
    live.job(whole, lambda text: text)
    # The tape lasts longer than the recorder: time stands still when it is over.
    rate = MESSAGES / (15 + 6 * args.kills)
    publisher = live.publish(f"{name}-market", "--minutes", str(MINUTES), "--rate",
                             str(int(rate)), "--keep-ts")

    # The recorder, killed at any time, stops somewhere in the middle of the tape.
    for _ in range(args.kills):
        run = live.begin(record, rng.choice([1, 2, 3]))
        time.sleep(rng.uniform(1.5, 3.5))
        live.kill(run)
    run = live.begin(record, 2)
    live.until("an epoch of the recording", lambda: live.recording()["epoch"])
    time.sleep(2)
    live.stop(run)
    published = json.loads(publisher.communicate()[0])
    ranges = ",".join(f"{name}-market:{p['partition']}:{p['from']}-{p['to']}"
                      for p in published["partitions"])
    recorded = live.recording()
    live.tapeflow("run", f"{whole}.toml", "--offsets", ranges, "--quiet", "--json")
    expected = live.tables(whole)
    bad = []

    # The recording, then the topics: killed in the recording, and behind it.
    history = f'history = {{ lake = "./lake", recording = "{RECORDING}" }}, start = '
    live.job(onward, lambda text: text.replace("start = ", history))
    lives = [0.4, 0.8] + [rng.uniform(0.5, 2.5) for _ in range(args.kills)]
    for seconds in lives:
        run = live.begin(onward, rng.choice([1, 2, 3]))
        time.sleep(seconds)
        live.kill(run)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        run = live.begin(onward, 2)
        time.sleep(4)
        live.stop(run)
        found = live.tables(onward)
        if found == expected:
            break
    compare(bad, "recording and topics", expected, found)
    for topic in STREAMS:
        if records(live, whole, topic) != records(live, onward, topic):
            bad.append(f"topic {topic}: other records than from the topics alone")

    # The recording alone, beside the topics up to where it ends.
    lake = (f'lake = {{ url = "./lake", recording = "{RECORDING}", '
            'tables = ["trades", "quotes", "book_deltas", "news"] }')
    live.job(replay, lambda text: "\n".join(
        lake if line.startswith("kafka = ") else line for line in text.splitlines()
    ).split("[[kafka_sink]]")[0])
    live.tapeflow("run", f"{replay}.toml", "--quiet", "--json")
    seconds, ns = divmod(int(recorded["boundary"]), 10**9)
    until = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{ns:09}Z"
    live.tapeflow("run", f"{whole}.toml", "--run", f"{name}-until", "--offsets", ranges, "--to", until,
                  "--quiet", "--json")
    compare(bad, "recording alone", live.tables(f"{name}-until"), live.tables(replay))

    # Recording the same again, from the beginning.
    run = live.spawn(f"{record}.toml", "--replace")
    time.sleep(7)
    live.stop(run)
    again = live.recording()
    parts = "trades quotes book_deltas news".split()
    rows = json.loads(live.tapeflow("sql", "--format", "json", "SELECT " + ", ".join(
        f"(SELECT count(*) FROM {t}) AS {t}, (SELECT count(DISTINCT (source_partition, "
        f"source_offset, seq)) FROM {t}) AS {t}_once" for t in parts)))[0]
    if again["boundary"] <= recorded["boundary"]:
        bad.append("recording again did not go on behind the end of the recording")
    for table in parts:
        if rows[table] != rows[f"{table}_once"] or rows[table] != again["tables"][table]["rows"]:
            bad.append(f"{table}: {rows[table]} rows of {rows[f'{table}_once']} records, and the "
                       f"manifest says {again['tables'][table]['rows']}")
    print(f"recorded until {until}: "
          + ", ".join(f"{t['rows']} {n}" for n, t in recorded["tables"].items()))
    print(f"the same again, and on: "
          + ", ".join(f"{t['rows']} {n}" for n, t in again["tables"].items()))
    print(f"{sum(t['rows'] for t in expected.values())} rows of results, "
          f"{args.kills} kills of the recorder, {len(lives)} of the job that reads on")
    for what in bad:
        print("FAILED:", what)
    print("1 passed, 0 failed" if not bad else "0 passed, 1 failed")
    if bad:
        print(f"logs, jobs and lake: {folder}", file=sys.stderr)
    return 1 if bad else 0


def compare(bad, what, expected, found):
    for table in sorted(set(expected) | set(found)):
        if expected.get(table) != found.get(table):
            bad.append(f"{what}: table {table}: {found.get(table)} instead of "
                       f"{expected.get(table)}")


if __name__ == "__main__":
    sys.exit(main())
