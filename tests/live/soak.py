#!/usr/bin/env python3
"""Runs the quickstart's graph live for a long time, and sees that nothing grows that must not:
memory, checkpoints, files, lag.

    tests/live/soak.py PROGRAM BROKERS [--minutes 30] [--rate 20000] [--lag-ms 1000] [--out DIR]

Writes soak.csv (a line a second) and soak.svg (memory and lag over time) to --out, prints a JSON
object, and ends with 1 if something grew. Needs Python alone."""

import argparse
import csv
import json
import os
import statistics
import sys
import time

from bench import Bench

SYMBOLS = 8
COMMIT_SECONDS = 2
# What a live run keeps: 16 checkpoints, and manifests back to the last but one that lists all files,
# of which there is one every 32. A few commits more may be under way.
EPOCHS_MAX = 2 * 32 + 4
STATES_MAX = 16 + 4
# Files of a table and day: those of the manifests that are kept, and of each size fewer than the 16
# that are merged, from each worker.
WORKERS = 2
FILES_MAX = WORKERS * (2 * 32 + 3 * 16)
# Memory of the last third of the time may be this much above that of the second.
MEMORY_FACTOR, MEMORY_MIB = 1.05, 24
COLUMNS = ["seconds", "memory_mib", "lag_ms", "lag_records", "records_per_second", "epoch",
           "epoch_files", "state_epochs", "table_files_most", "lake_mib"]


def files_of(lake, name):
    """Manifests, checkpoints with state, most files of a table and day, bytes of all."""
    manifests, states, tables, size = 0, set(), {}, 0
    for folder, _, files in os.walk(lake):
        for file in files:
            try:
                size += os.path.getsize(os.path.join(folder, file))
            except FileNotFoundError:
                continue  # merged or deleted meanwhile
            if folder.endswith(f"{name}/epochs"):
                manifests += 1
            elif f"{name}/state" in folder:
                states.add(file.split("-")[0])
            elif file.endswith(".parquet"):
                tables[folder] = tables.get(folder, 0) + 1
    return manifests, len(states), max(tables.values(), default=0), size


def watch(bench, name, run, publisher, seconds):
    """A row for each second."""
    rows, begun = [], time.monotonic()
    while (passed := time.monotonic() - begun) < seconds:
        if run.poll() is not None or publisher.poll() is not None:
            raise SystemExit(f"the run or the publisher has ended: see {bench.folder}")
        time.sleep(max(0, begun + len(rows) + 1 - time.monotonic()))
        statuses = bench.statuses(name)
        if not statuses or statuses[-1]["lag_ms"] is None:
            rows.append(None)
            continue
        last = statuses[-1]
        manifests, states, tables, size = files_of(bench.path("lake"), name)
        rows.append({
            "seconds": round(passed, 1), "memory_mib": round(last["memory_bytes"] / 2**20, 1),
            "lag_ms": round(last["lag_ms"], 1), "lag_records": last["lag_records"],
            "records_per_second": round(last["records_per_second"]), "epoch": last["epoch"],
            "epoch_files": manifests, "state_epochs": states, "table_files_most": tables,
            "lake_mib": round(size / 2**20, 2),
        })
        # A long run's log of statuses is not read anew each second.
        os.truncate(bench.path(f"{name}.status"), 0)
    return [row for row in rows if row]


def judge(rows, lag_most):
    """What grew that must not."""
    third = len(rows) // 3
    middle, last = ([row["memory_mib"] for row in part]
                    for part in (rows[third:2 * third], rows[2 * third:]))
    before, after = statistics.median(middle), statistics.median(last)
    lags = sorted(row["lag_ms"] for row in rows[min(10, third):])
    lag = lags[len(lags) * 99 // 100]
    most = {column: max(row[column] for row in rows) for column in COLUMNS[6:9]}
    bad = []
    if after > before * MEMORY_FACTOR + MEMORY_MIB:
        bad.append(f"memory grew from {before} to {after} MiB")
    if lag > lag_most:
        bad.append(f"lag was {lag} ms at the 99th percentile")
    for column, limit in zip(COLUMNS[6:9], [EPOCHS_MAX, STATES_MAX, FILES_MAX]):
        if most[column] > limit:
            bad.append(f"{column} came to {most[column]}, more than {limit}")
    return bad, {
        "memory_mib": {"second_third": before, "last_third": after,
                       "most": max(row["memory_mib"] for row in rows)},
        "lag_ms": {"p50": lags[len(lags) // 2], "p99": lag, "max": lags[-1]},
        "most_files": most,
    }


def plot(rows, path):
    """Memory and lag over time, one above the other."""
    width, height, left, gap = 900, 180, 70, 50
    span = max(rows[-1]["seconds"], 1)
    parts = []
    for place, (column, title, colour) in enumerate([
            ("memory_mib", "memory, MiB", "#1f77b4"), ("lag_ms", "lag, ms", "#d62728")]):
        top = 30 + place * (height + gap)
        most = max(max(row[column] for row in rows), 1) * 1.1
        at = lambda row: (f"{left + row['seconds'] / span * width:.1f},"
                          f"{top + height - max(row[column], 0) / most * height:.1f}")
        parts.append(f'<text x="{left}" y="{top - 8}">{title}</text>')
        for part in range(5):
            y = top + height - part * height / 4
            parts.append(f'<line x1="{left}" y1="{y}" x2="{left + width}" y2="{y}" stroke="#ddd"/>'
                         f'<text x="{left - 6}" y="{y + 4}" text-anchor="end">'
                         f'{most * part / 4:.0f}</text>')
        parts.append(f'<polyline fill="none" stroke="{colour}" stroke-width="1.2" '
                     f'points="{" ".join(map(at, rows))}"/>')
    bottom = 30 + 2 * height + gap
    for part in range(7):
        x = left + part * width / 6
        parts.append(f'<text x="{x}" y="{bottom + 20}" text-anchor="middle">'
                     f'{span * part / 6 / 60:.1f} min</text>')
    with open(path, "w") as file:
        file.write(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + width + 30} '
                   f'{bottom + 40}" font-family="sans-serif" font-size="12">'
                   f'<rect width="100%" height="100%" fill="white"/>{"".join(parts)}</svg>\n')


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("brokers")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--rate", type=int, default=20_000)
    parser.add_argument("--lag-ms", type=float, default=1000,
                        help="lag at the 99th percentile, at most")
    parser.add_argument("--out", default=".")
    parser.add_argument("--folder")
    args = parser.parse_args()
    bench, name = Bench(args.program, args.brokers, args.folder), f"soak-{os.getpid()}"
    os.makedirs(args.out, exist_ok=True)
    try:
        bench.job(name, SYMBOLS, "1s", f"{COMMIT_SECONDS}s", sink="replay_dedup", flip=50)
        run = bench.run(name, every="1s", workers=WORKERS)
        publisher = bench.publish(name, SYMBOLS, args.rate)
        rows = watch(bench, name, run, publisher, args.minutes * 60)
        bench.stop(publisher, run)
    finally:
        bench.end()
    with open(os.path.join(args.out, "soak.csv"), "w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    plot(rows, os.path.join(args.out, "soak.svg"))
    bad, found = judge(rows, args.lag_ms)
    rates = [row["records_per_second"] for row in rows[min(10, len(rows) // 3):]]
    print(json.dumps({"workload": "soak", "minutes": args.minutes,
                      "records_per_second": round(statistics.mean(rates)),
                      "epochs": rows[-1]["epoch"], **found, "bad": bad}))
    for what in bad:
        print("FAILED:", what)
    print("1 passed, 0 failed" if not bad else "0 passed, 1 failed")
    if bad:
        print(f"logs, job and lake: {bench.folder}", file=sys.stderr)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
