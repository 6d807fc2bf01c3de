#!/usr/bin/env python3
"""Compares the indicators with TA-Lib: same first value, same numbers.

usage: talib_check.py INDICATOR BARS

INDICATOR is the binary of `operators/examples/indicator.rs`, BARS a CSV, maybe gzipped, with the
columns open, high, low, close and volume. Two numbers a and b agree if
|a - b| <= 1e-9 * max(|a|, |b|) + 1e-12 * (largest input). Exits with 1 if any indicator differs.
Needs the packages numpy and ta-lib.
"""

import csv
import gzip
import json
import math
import subprocess
import sys

import numpy as np
import talib
from talib import abstract

from talib_cases import CANDLES, cases

COLUMNS = ["open", "high", "low", "close", "volume", "periods", "small"]

# Functions of two series.
PAIRS = {"add", "beta", "correl", "div", "mavp", "mult", "sub"}
# Differences in per cent of the value itself: rounding of the value is felt a hundredfold.
PERCENT_OF_VALUE = {"fosc", "ppo", "pvo"}
# Slopes in degrees: their rounding too.
DEGREES = {"linearreg_angle"}


def read_bars(path):
    """The bars as arrays, and the same as the text of a CSV."""
    opened = gzip.open if path.endswith(".gz") else open
    with opened(path, "rt", newline="") as file:
        rows = list(csv.DictReader(file))
    rows = [{name.lower(): cell for name, cell in row.items()} for row in rows]
    for number, row in enumerate(rows):
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


def compare(ours, theirs, scale):
    """(values compared, largest relative error, largest share of the tolerance, what differs)"""
    if len(ours) != len(theirs):
        return 0, 0.0, 0.0, f"{len(ours)} rows, TA-Lib {len(theirs)}"
    nulls = np.flatnonzero(np.isnan(ours) != np.isnan(theirs))
    if nulls.size:
        row = nulls[0]
        return 0, 0.0, 0.0, f"row {row}: {ours[row]!r}, TA-Lib {theirs[row]!r}"
    warm = ~np.isnan(ours)
    error = np.where(warm, np.abs(ours - theirs), 0.0)
    size = np.where(warm, np.maximum(np.abs(ours), np.abs(theirs)), 1.0)
    relative = float(np.max(error / np.where(size > 0.0, size, 1.0), initial=0.0))
    tolerance = 1e-9 * size + 1e-12 * scale
    share = np.divide(error, tolerance, out=np.zeros_like(error), where=error > 0.0)
    wrong = np.flatnonzero(~(share <= 1.0))
    problem = None
    if wrong.size:
        row = wrong[0]
        problem = f"{wrong.size} rows, first {row}: {ours[row]!r}, TA-Lib {theirs[row]!r}"
    return int(warm.sum()), relative, float(np.max(share, initial=0.0)), problem


# Functions whose value may be all rounding where TA-Lib's sums have drifted: where two sides of a
# pattern are equal, or a price has almost not moved.
DRIFTING = {*CANDLES, "beta"}


def afresh(kind, ours, theirs, inputs, arguments):
    """TA-Lib's values; where ours differ, those of a series that begins with the first row needed,
    in which its sums have not drifted yet."""
    name = kind.upper()
    lookback = int(np.count_nonzero(np.isnan(theirs)))
    theirs = theirs.copy()
    for row in np.flatnonzero(~np.isclose(ours, theirs, rtol=1e-9, atol=0.0, equal_nan=True)):
        if row < lookback:
            continue
        window = [np.ascontiguousarray(column[row - lookback : row + 1]) for column in inputs]
        theirs[row] = getattr(talib, name)(*window, *arguments)[-1]
    return theirs


def main():
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    binary, path = sys.argv[1:]
    bars, text = read_bars(path)
    failed = count = 0
    worst = 0.0
    for kind, parameters, columns, arguments, held in cases():
        count += 1
        inputs = [bars[column] for column in columns]
        theirs = run_talib(kind, inputs, arguments, held)
        ours = run(binary, {kind: parameters}, named(kind, columns), text)
        if kind in DRIFTING:
            theirs = [afresh(kind, ours["value"], theirs[0], inputs, arguments)]
        name = f"{kind}({', '.join(str(value) for value in parameters.values())})"
        scale = max(np.abs(column).max() for column in inputs)
        if kind in PERCENT_OF_VALUE:
            scale = max(scale, 100.0)
        if kind in DEGREES:
            scale *= math.degrees(1.0)
        found = [compare(ours[key], other, scale) for key, other in zip(ours, theirs)]
        problems = [f"{key}: {one[3]}" for key, one in zip(ours, found) if one[3]]
        if len(ours) != len(theirs):
            problems.append(f"{len(ours)} outputs, TA-Lib {len(theirs)}")
        failed += bool(problems)
        if problems:
            print(f"DIFFERS {name}: {'; '.join(problems)}")
        else:
            values = sum(one[0] for one in found)
            relative, share = (max(one[place] for one in found) for place in (1, 2))
            errors = f"max rel err {relative:.1e}, {share:.1e} of the tolerance"
            worst = max(worst, share)
            print(f"ok {name}: {values} values, {errors}")
    print(f"{count} settings, at most {worst:.1e} of the tolerance")
    if failed:
        raise SystemExit(f"{failed} indicators differ from TA-Lib {talib.__version__}")


if __name__ == "__main__":
    main()
