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
import subprocess
import sys

import numpy as np
import talib

COLUMNS = ["open", "high", "low", "close", "volume"]
BARS = ["high", "low", "close"]


def cases():
    """(kind, parameters, columns read, the arguments of TA-Lib's function of that name)"""
    close = ["close"]
    for period in (1, 2, 20, 200):
        for kind in ("sma", "ema", "wma"):
            yield kind, {"period": period}, close, [period]
    for period in (1, 2, 10, 100):
        for kind in ("dema", "tema", "mom", "roc"):
            yield kind, {"period": period}, close, [period]
    for period in (2, 14, 100):
        yield "rsi", {"period": period}, close, [period]
        yield "min", {"period": period}, close, [period]
        yield "max", {"period": period}, close, [period]
        yield "willr", {"period": period}, BARS, [period]
        yield "cci", {"period": period}, BARS, [period]
        yield "adx", {"period": period}, BARS, [period]
    for period in (1, 2, 14, 100):
        yield "atr", {"period": period}, BARS, [period]
    for fast, slow, signal in ((12, 26, 9), (2, 3, 1), (5, 5, 5), (35, 19, 4)):
        parameters = {"fast": fast, "slow": slow, "signal": signal}
        yield "macd", parameters, close, [fast, slow, signal]
    for period, up, down in ((2, 1.0, 1.0), (20, 2.0, 2.0), (200, 1.5, 2.5)):
        parameters = {"period": period, "up": up, "down": down}
        yield "bbands", parameters, close, [period, up, down, 0]
    for period, deviations in ((2, 1.0), (20, 1.0), (200, 2.5)):
        parameters = {"period": period, "deviations": deviations}
        yield "stddev", parameters, close, [period, deviations]
    for k, slow, d in ((5, 3, 3), (1, 1, 1), (14, 3, 5), (60, 20, 10)):
        parameters = {"fastk": k, "slowk": slow, "slowd": d}
        yield "stoch", parameters, BARS, [k, slow, 0, d, 0]
    for k, d in ((5, 3), (1, 1), (14, 3)):
        yield "stochf", {"fastk": k, "fastd": d}, BARS, [k, d, 0]
    yield "trange", {}, BARS, []
    yield "obv", {}, ["close", "volume"], []


def read_bars(path):
    """The bars as arrays, and the same as the text of a CSV."""
    opened = gzip.open if path.endswith(".gz") else open
    with opened(path, "rt", newline="") as file:
        rows = list(csv.DictReader(file))
    rows = [{name.lower(): cell for name, cell in row.items()} for row in rows]
    bars = {name: np.array([float(row[name]) for row in rows]) for name in COLUMNS}
    lines = [",".join(row[name] for name in COLUMNS) for row in rows]
    return bars, "\n".join([",".join(COLUMNS), *lines]) + "\n"


def run(binary, spec, text):
    """The outputs of our indicator, a dict of arrays with NaN for null."""
    done = subprocess.run([binary, json.dumps(spec)], input=text, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(done.stderr.strip())
    header, *rows = [line.split(",") for line in done.stdout.splitlines()]
    cells = [[float(cell) if cell else np.nan for cell in row] for row in rows]
    return dict(zip(header, np.array(cells).T))


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


def main():
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    binary, path = sys.argv[1:]
    bars, text = read_bars(path)
    failed = 0
    for kind, parameters, columns, arguments in cases():
        inputs = [bars[column] for column in columns]
        theirs = getattr(talib, kind.upper())(*inputs, *arguments)
        theirs = theirs if isinstance(theirs, tuple) else (theirs,)
        ours = run(binary, {kind: parameters}, text)
        name = f"{kind}({', '.join(str(value) for value in parameters.values())})"
        scale = max(np.abs(column).max() for column in inputs)
        found = [compare(ours[key], other, scale) for key, other in zip(ours, theirs)]
        problems = [f"{key}: {one[3]}" for key, one in zip(ours, found) if one[3]]
        if len(ours) != len(theirs):
            problems.append(f"{len(ours)} outputs, TA-Lib {len(theirs)}")
        failed += bool(problems)
        if problems:
            print(f"DIFFERS {name}: {'; '.join(problems)}")
        else:
            count = sum(one[0] for one in found)
            relative, share = (max(one[place] for one in found) for place in (1, 2))
            errors = f"max rel err {relative:.1e}, {share:.1e} of the tolerance"
            print(f"ok {name}: {count} values, {errors}")
    if failed:
        raise SystemExit(f"{failed} indicators differ from TA-Lib {talib.__version__}")


if __name__ == "__main__":
    main()
