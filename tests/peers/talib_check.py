#!/usr/bin/env python3
"""Compares the indicators with TA-Lib: same first value, same numbers.

usage: talib_check.py INDICATOR BARS

INDICATOR is the binary of `operators/examples/indicator.rs`, BARS a CSV, maybe gzipped, a Feather
file, or a zip of Lean's, with open, high, low, close and perhaps volume. Two numbers a and b agree
if |a - b| <= 1e-9 * max(|a|, |b|) + 1e-12 * (largest input). A row that does not is excused if
TA-Lib does not agree with itself there: if its own answers are as far apart when inputs are moved
by one last bit, or if it agrees with us where it is given no more rows than it needs, so that its
running sums have not drifted yet. What is in per cent of a ratio near 1 may differ by 1e-10, last
bits of that ratio. How many rows are excused, and why, is said. Exits with 1 if any other row
differs. Needs the packages numpy and ta-lib, for Feather files pandas and pyarrow.
"""

import csv
import gzip
import json
import math
import subprocess
import sys
import zipfile

import numpy as np
import talib
from talib import abstract

from talib_cases import cases

COLUMNS = ["open", "high", "low", "close", "volume", "periods", "small"]

# Functions of two series.
PAIRS = {"add", "beta", "correl", "div", "mavp", "mult", "sub"}


def read_rows(path):
    """The bars as dicts of texts, the oldest first."""
    if path.endswith(".feather"):
        import pandas

        frame = pandas.read_feather(path)
        return [{name: str(cell) for name, cell in row.items()} for row in frame.to_dict("records")]
    if path.endswith(".zip"):
        # Milliseconds and four prices, without a heading or volume.
        archive = zipfile.ZipFile(path)
        lines = archive.read(archive.namelist()[0]).decode().split()
        names = ["time", *COLUMNS[:4]]
        return [dict(zip(names, line.split(","))) for line in lines]
    opened = gzip.open if path.endswith(".gz") else open
    with opened(path, "rt", newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    rows = [{name.lower(): cell for name, cell in row.items()} for row in rows]
    time = next(iter(rows[0]))
    return rows[::-1] if rows[0][time] > rows[-1][time] and len(rows[0][time]) == 10 else rows


def read_bars(path):
    """The bars as arrays, and the same as the text of a CSV."""
    rows = read_rows(path)
    for number, row in enumerate(rows):
        # Where a market does not say it, something that goes up and down.
        row["volume"] = row.get("volume") or str(100 + number * 7919 % 430)
        # Periods that go up and down, some out of bounds and some not whole.
        row["periods"] = str((number * 7919 % 430) / 10)
        # What is left of the price below 1, of either sign.
        row["small"] = repr(math.remainder(float(row["close"]) * 7.3, 2.0))
    bars = {name: np.array([float(row[name]) for row in rows]) for name in COLUMNS}
    lines = [",".join(row[name] for name in COLUMNS) for row in rows]
    return bars, "\n".join([",".join(COLUMNS), *lines]) + "\n"


def named(kind, columns):
    """What reads one or two series is told which; what reads bars finds its columns itself."""
    return columns if kind in PAIRS or columns in (["close"], ["small"]) else []


def run(binary, spec, columns, text):
    """The outputs of our indicator, a dict of arrays with NaN for null."""
    command = [binary, json.dumps(spec), *columns]
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(done.stderr.strip())
    header, *rows = [line.split(",") for line in done.stdout.splitlines()]
    cells = [[float(cell) if cell else np.nan for cell in row] for row in rows]
    return dict(zip(header, np.array(cells).T))


def run_talib(kind, inputs, arguments, held):
    """The outputs of TA-Lib's function, NaN for null also where they are whole numbers."""
    name = kind.upper()
    if held:
        talib.set_unstable_period(name, held)
    found = getattr(talib, name)(*inputs, *arguments)
    found = found if isinstance(found, tuple) else (found,)
    function = abstract.Function(name)
    function.parameters = dict(zip(function.parameters, arguments))
    lookback = function.lookback
    if held:
        talib.set_unstable_period(name, 0)
    found = [np.array(column, dtype=float) for column in found]
    for column in found:
        column[:lookback] = np.nan
        # We have no infinity: it is null.
        column[np.isinf(column)] = np.nan
    return found


# Differences in per cent of the value itself.
PERCENT_OF_VALUE = {"fosc", "ppo", "pvo", "trix"}
# How often inputs are moved by a last bit, up, down or not: in turn each row by itself, and all that
# are equal together, so that a price that stands still goes on to. Fewer if that will do, or if so
# many in turn have shown nothing new.
TRIALS, IDLE = 400, 60
BITS, DRIFT, PERCENT = REASONS = ("last bits", "drift", "per cent")


def errors(ours, theirs):
    """How far apart two columns are: infinitely where one is null."""
    error = np.abs(ours - theirs)
    error[np.isnan(ours) & np.isnan(theirs)] = 0.0
    error[np.isnan(ours) != np.isnan(theirs)] = np.inf
    return error


def tolerances(ours, theirs, scale):
    return 1e-9 * np.fmax(np.fmax(np.abs(ours), np.abs(theirs)), 0.0) + 1e-12 * scale


def moves(kind, inputs, arguments, held, theirs, far):
    """How far apart TA-Lib's answers are, row by row, where inputs are moved by one last bit; until
    they are `far` enough."""
    random = np.random.default_rng(7)
    least, most = ([column.copy() for column in theirs] for _ in range(2))
    span = [np.zeros_like(column) for column in theirs]
    missing, idle = sum(len(one) for one in far), 0
    for trial in range(TRIALS):
        moved = []
        for column in inputs:
            levels, level = np.unique(column, return_inverse=True)
            way = random.integers(-1, 2, len(column))
            way = way if trial % 2 == 0 else way[: len(levels)][level]
            other = np.nextafter(column, np.where(way > 0, np.inf, -np.inf))
            moved.append(np.where(way == 0, column, other))
        for place, one in enumerate(run_talib(kind, moved, arguments, held)):
            least[place] = np.fmin(least[place], one)
            most[place] = np.fmax(most[place], one)
            span[place] = np.fmax(span[place], most[place] - least[place])
            # A value where there was none is as far as can be.
            span[place][np.isnan(one) != np.isnan(theirs[place])] = np.inf
        before, missing = missing, sum(int((one > own).sum()) for one, own in zip(far, span))
        idle = idle + 1 if missing == before else 0
        if missing == 0 or idle == IDLE:
            break
    return span


def afresh(kind, inputs, arguments, lookback, row):
    """TA-Lib's answers for a row where the series begins with the first row that it needs."""
    window = [np.ascontiguousarray(column[row - lookback : row + 1]) for column in inputs]
    return [column[-1:] for column in run_talib(kind, window, arguments, 0)]


def check(binary, kind, parameters, columns, arguments, held, bars, text):
    """(values compared, rows excused by reason, largest share of the tolerance in others, what
    differs)"""
    inputs = [bars[column] for column in columns]
    theirs = run_talib(kind, inputs, arguments, held)
    ours = run(binary, {kind: parameters}, named(kind, columns), text)
    names, ours = list(ours), list(ours.values())
    if [len(column) for column in ours] != [len(column) for column in theirs]:
        return 0, {}, 0.0, [f"{len(ours)} outputs, TA-Lib {len(theirs)}"]
    scale = max(np.abs(column).max() for column in inputs)
    pairs = list(zip(ours, theirs))
    shares = [errors(*pair) / tolerances(*pair, scale) for pair in pairs]
    off = [~(share <= 1.0) & (errors(*pair) > 0.0) for share, pair in zip(shares, pairs)]
    excused = dict.fromkeys(REASONS, 0)
    worst = max(float(np.max(share[~o], initial=0.0)) for share, o in zip(shares, off))
    values = sum(int((~np.isnan(column)).sum()) for column in ours)
    if not any(column.any() for column in off):
        return values, excused, worst, []
    # Beyond the tolerance: ours may be one that TA-Lib gives then.
    far = [
        np.where(o, errors(*pair) - tolerances(*pair, scale), 0.0) for o, pair in zip(off, pairs)
    ]
    span = moves(kind, inputs, arguments, held, theirs, far)
    lookback = min(int(np.flatnonzero(~np.isnan(column))[0]) for column in theirs)
    problems = []
    for place, (one, other) in enumerate(pairs):
        wrong = []
        for row in np.flatnonzero(off[place]):
            mine, at = one[row : row + 1], slice(row, row + 1)
            fresh = lambda: afresh(kind, inputs, arguments, lookback, row)[place]
            if far[place][row] <= span[place][row]:
                excused[BITS] += 1
            elif row >= lookback and (errors(mine, fresh()) <= tolerances(mine, fresh(), scale)):
                excused[DRIFT] += 1
            elif kind in PERCENT_OF_VALUE and errors(mine, other[at]) <= tolerances(
                mine, other[at], 100.0
            ):
                excused[PERCENT] += 1
            else:
                wrong.append(row)
        if wrong:
            first = f"{one[wrong[0]]!r}, TA-Lib {other[wrong[0]]!r}"
            problems.append(f"{names[place]}: {len(wrong)} rows, first {wrong[0]}: {first}")
    return values, excused, worst, problems


def main():
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    binary, path = sys.argv[1:]
    bars, text = read_bars(path)
    failed = count = values = 0
    worst, reasons = 0.0, dict.fromkeys(REASONS, 0)
    for kind, parameters, columns, arguments, held in cases():
        count += 1
        name = f"{kind}({', '.join(str(value) for value in parameters.values())})"
        found = check(binary, kind, parameters, columns, arguments, held, bars, text)
        compared, excused, share, problems = found
        failed += bool(problems)
        values, worst = values + compared, max(worst, share)
        for reason, rows in excused.items():
            reasons[reason] += rows
        said = "".join(f", {rows} excused by {why}" for why, rows in excused.items() if rows)
        if problems:
            print(f"DIFFERS {name}: {'; '.join(problems)}{said}")
        else:
            print(f"ok {name}: {compared} values, at most {share:.1e} of the tolerance{said}")
    print(f"{count} settings, {values} values, at most {worst:.1e} of the tolerance")
    print("excused: " + ", ".join(f"{rows} by {why}" for why, rows in reasons.items()))
    if failed:
        raise SystemExit(f"{failed} indicators differ from TA-Lib {talib.__version__}")


if __name__ == "__main__":
    main()
