#!/usr/bin/env python3
"""Measures the indicators beside TA-Lib, and writes the table into benches/README.md.

usage: talib_speed.py INDICATOR SPEED BARS README

INDICATOR and SPEED are the binaries of operators/examples/indicator.rs and indicator_speed.rs.
TA-Lib's figure is that of the Python package on the same 4,096 bars, in the same minute. Every
function has its default parameters. Needs the packages numpy and ta-lib.
"""

import json
import math
import re
import statistics
import subprocess
import sys
import time

import numpy as np
import talib
from talib import abstract

import talib_check
from talib_cases import AVERAGES, CANDLES, CASES

ROWS = 4096
# The best sample counts: the machine has other things to do too.
SAMPLES = 25
CALLS = 25
# And the best of these rounds over all functions, so that no moment spoils a function.
ROUNDS = 3
# One operation a row, or a few: what they cost is the call. No part of the medians.
PLAIN = ["Math Operators", "Math Transform", "Price Transform"]
BEGIN, END = "<!-- indicators: begin -->", "<!-- indicators: end -->"
# Why a function is slower than TA-Lib.
AFRESH = "no drift: means of the candles before are added up afresh, TA-Lib's are running sums"
BLOCKS = "no drift: two additions a sum, TA-Lib takes away what leaves"
EXACT = "no drift: what rounding loses of an endless sum is kept and added, six operations for one"
REASONS = {
    "ac": BLOCKS,
    "ad": EXACT,
    "cmf": BLOCKS,
    "fractal": "every row has its value when it comes: its window is looked at from the middle",
    "hma": BLOCKS,
    "massi": BLOCKS,
    "minmaxindex": "O(1) for any data: TA-Lib looks through the window where an extreme leaves it",
    "obv": EXACT,
    "percentile": "O(log n) for any period, and a row moves half a window at the most",
    "percentrank": "O(log n): TA-Lib compares all, which is faster up to a few hundred rows",
    "pvt": EXACT,
    "rvi": BLOCKS,
    "stochf": BLOCKS,
    "stochrsi": "O(1) for any data, and no drift",
    "trima": BLOCKS,
    "ultosc": BLOCKS,
    "vwap": "no drift: compensated sums of exact products",
    "wad": EXACT,
    "wma": BLOCKS,
    **{kind: AFRESH for kind in CANDLES},
}
# Functions above this many times TA-Lib's time are told with their reasons.
TOLD = 1.8


def defaults(kind):
    """Our parameters with TA-Lib's defaults, and TA-Lib's arguments."""
    given = list(abstract.Function(kind.upper()).parameters.values())
    names = [name for name in CASES[kind][1] if name != "unstable"]
    # Averages are told by their name: TA-Lib has them as numbers.
    ours = [AVERAGES[v] if n == "ma" or n.endswith("_ma") else v for n, v in zip(names, given)]
    ours = [float(v) if isinstance(CASES[kind][2][0][i], float) else v for i, v in enumerate(ours)]
    return dict(zip(names, ours)), given


def talib_nanos(function, inputs, arguments):
    function(*inputs, *arguments)
    samples = []
    for _ in range(SAMPLES):
        start = time.perf_counter_ns()
        for _ in range(CALLS):
            function(*inputs, *arguments)
        samples.append((time.perf_counter_ns() - start) / (CALLS * ROWS))
    return min(samples)


def error_of(binary, kind, parameters, arguments, bars, text):
    columns = CASES[kind][0]
    found = talib_check.check(binary, kind, parameters, columns, arguments, 0, bars, text)
    _, _, share, problems = found
    if problems:
        raise SystemExit(f"{kind}: {problems[0]}")
    return share


def measure(binary, speed, bars, text):
    """(group, kind, largest share of the tolerance, our batch, TA-Lib, our single bar), by group and kind."""
    groups = talib.get_function_groups().items()
    group_of = {name.lower(): group for group, names in groups for name in names}
    kinds = sorted(CASES, key=lambda kind: (group_of[kind], kind))
    best = {kind: (math.inf,) * 3 for kind in kinds}
    for kind in kinds * ROUNDS:
        parameters, arguments = defaults(kind)
        inputs = [bars["close" if name == "small" else name] for name in CASES[kind][0]]
        spec = json.dumps({kind: parameters})
        done = subprocess.run([speed, spec], input=text, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(done.stderr.strip())
        theirs = talib_nanos(getattr(talib, kind.upper()), inputs, arguments)
        batch, one = map(float, done.stdout.strip().split(",")[1:])
        best[kind] = tuple(map(min, best[kind], (batch, theirs, one)))
    errors = {kind: error_of(binary, kind, *defaults(kind), bars, text) for kind in kinds}
    return [(group_of[kind], kind, errors[kind], *best[kind]) for kind in kinds]


def reasons(rows, above, most):
    """The functions whose ratio lies between, with what is known about them."""
    kinds = [row[1] for row in rows if above < row[3] / row[4] <= most]
    known = [f"`{kind}` ({REASONS[kind]})" for kind in kinds if kind in REASONS]
    return ", ".join(known + [f"`{kind}`" for kind in kinds if kind not in REASONS]) or "none"


def table(rows):
    lines = ["| Group | Functions | Batch, median ns | TA-Lib, median ns | Median ratio | "
             "One bar a call, median ns |", "|---|---|---|---|---|---|"]
    counted = [row for row in rows if row[0] not in PLAIN]
    groups = [(g, [r for r in rows if r[0] == g]) for g in sorted({row[0] for row in rows})]
    for name, members in [*groups, ("All but plain maths and transforms", counted)]:
        batch, theirs, one = (statistics.median(r[i] for r in members) for i in (3, 4, 5))
        ratio = statistics.median(r[3] / r[4] for r in members)
        lines.append(f"| {name} | {len(members)} | {batch:.1f} | {theirs:.1f} | {ratio:.2f} | "
                     f"{one:.0f} |")
    lines += ["", "| Function | Group | Largest share of the tolerance | ns a bar in batches | "
              "TA-Lib, ns a bar | Ratio | ns a bar, one a call |", "|---|---|---|---|---|---|---|"]
    for group, kind, error, batch, theirs, one in rows:
        lines.append(f"| `{kind}` | {group} | {error:.0e} | {batch:.1f} | {theirs:.1f} | "
                     f"{batch / theirs:.2f} | {one:.0f} |")
    lines += ["", "More than three times TA-Lib's time: " + reasons(rows, 3.0, math.inf) + "."]
    lines += ["", f"{TOLD} to three times: " + reasons(rows, TOLD, 3.0) + "."]
    return "\n".join(lines)


def main():
    if len(sys.argv) != 5:
        raise SystemExit(__doc__)
    binary, speed, path, readme = sys.argv[1:]
    bars, text = talib_check.read_bars(path)
    bars = {name: column[:ROWS] for name, column in bars.items()}
    text = "".join(text.splitlines(keepends=True)[: ROWS + 1])
    found = table(measure(binary, speed, bars, text))
    print(found)
    with open(readme) as file:
        page = file.read()
    section = f"{BEGIN}\n{found}\n{END}"
    page = re.sub(f"{BEGIN}.*{END}", lambda _: section, page, flags=re.DOTALL)
    with open(readme, "w") as file:
        file.write(page)


if __name__ == "__main__":
    main()
