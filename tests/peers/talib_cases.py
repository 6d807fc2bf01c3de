"""Indicators that have a function of the same name in TA-Lib: what they read, their parameters in
TA-Lib's order, and several settings of each. Kinds of averages are written as in a job file."""

import talib

CLOSE = ["close"]
OC = ["open", "close"]
OHLC = ["open", "high", "low", "close"]
PAIR = ["high", "low"]
HL = ["high", "low"]
HLC = ["high", "low", "close"]
HLCV = ["high", "low", "close", "volume"]
CV = ["close", "volume"]
VOLUME = ["volume"]

# The kinds of moving averages by their number in TA-Lib; 11 is not a kind.
AVERAGES = [
    *["sma", "ema", "wma", "dema", "tema", "trima", "kama", "mama", "t3", "hma", "none", None],
    *["zlema", "rma"],
]
KINDS = [kind for kind in AVERAGES if kind]


def periods(*rows):
    return ["period"], [(number,) for number in rows]


def unstable(*rows):
    """Periods, the second and the last with some rows held back."""
    held = {1: 7, len(rows) - 1: 30}
    return ["period", "unstable"], [(n, held.get(i, 0)) for i, n in enumerate(rows)]


STOCH = ["fastk", "slowk", "slowk_ma", "slowd", "slowd_ma"]
STOCHS = [(5, 3, "sma", 3, "sma"), (1, 1, "sma", 1, "sma"), (14, 3, "wma", 5, "ema")]
STOCHS += [(60, 20, "rma", 10, "t3"), (9, 3, "rma", 3, "rma")]
OSCILLATOR = ["fast", "slow", "ma"]
OSCILLATORS = [(12, 26, "ema"), (3, 2, "sma"), (5, 5, "wma")]
# Not `trima`: TA-Lib's sums drift, which the difference of two of them shows on a long series.
OSCILLATORS += [(7, 30, kind) for kind in KINDS if kind != "trima"]
MACD = ["fast", "slow", "signal"]
HELD = (["unstable"], [(0,), (50,)])
FAST_SLOW = ["fast", "slow"]
SAREXT = ["start_value", "offset_on_reverse"]
for side in ("long", "short"):
    SAREXT += [f"acceleration_init_{side}", f"acceleration_{side}", f"acceleration_max_{side}"]

# Kind: columns, names of parameters, settings.
CASES = {
    "ac": (HL, MACD, [(5, 34, 5), (2, 3, 2), (9, 4, 20)]),
    "accbands": (HLC, *periods(2, 20, 100)),
    "ad": (HLCV, [], [()]),
    "add": (PAIR, [], [()]),
    "adosc": (HLCV, FAST_SLOW, [(3, 10), (2, 2), (20, 5)]),
    "adr": (HL, *periods(1, 2, 14, 100)),
    "adx": (HLC, *unstable(2, 14, 50, 100)),
    "adxr": (HLC, *periods(2, 14, 100)),
    "ao": (HL, FAST_SLOW, [(5, 34), (2, 3), (9, 4)]),
    "apo": (CLOSE, OSCILLATOR, OSCILLATORS),
    "aroon": (HL, *periods(2, 14, 100)),
    "aroonosc": (HL, *periods(2, 14, 100)),
    "atr": (HLC, *unstable(1, 2, 14, 100)),
    "avgdev": (CLOSE, *periods(2, 14, 100)),
    "avgprice": (OHLC, [], [()]),
    "bbands": (
        CLOSE,
        ["period", "up", "down", "ma"],
        [(2, 1.0, 1.0, "sma"), (20, 2.0, 2.0, "sma"), (200, 1.5, -2.5, "sma")]
        + [(25, 2.0, 1.0, kind) for kind in KINDS] + [(60, 2.0, 1.0, "mama")],
    ),
    # Not 2: where two changes are nearly the same, the rounding of TA-Lib's sums decides.
    "beta": (PAIR, *periods(1, 3, 5, 30, 100)),
    "bop": (OHLC, [], [()]),
    "cci": (HLC, *periods(2, 14, 100)),
    "cmf": (HLCV, *periods(2, 20, 100)),
    "cmo": (CLOSE, *unstable(2, 14, 50, 100)),
    "cmou": (CLOSE, *periods(2, 14, 100)),
    "coppock": (CLOSE, ["wma", "roc1", "roc2"], [(10, 11, 14), (1, 1, 1), (3, 20, 2)]),
    "correl": (PAIR, *periods(1, 2, 30, 100)),
    "cumsum": (CLOSE, [], [()]),
    "cvi": (HL, ["period", "roc"], [(10, 10), (2, 1), (5, 20)]),
    "dema": (CLOSE, *periods(1, 2, 10, 100)),
    "div": (PAIR, [], [()]),
    "donchian": (HL, *periods(2, 20, 100)),
    "dpo": (CLOSE, *periods(2, 3, 7, 20, 100)),
    "dx": (HLC, *unstable(2, 14, 50, 100)),
    "efi": (CV, *periods(1, 2, 13, 100)),
    "ema": (CLOSE, *unstable(1, 2, 20, 200)),
    "er": (CLOSE, *periods(2, 10, 100)),
    "eri": (HLC, *periods(1, 2, 13, 100)),
    "fosc": (CLOSE, *periods(2, 5, 14, 100)),
    "fractal": (HL, ["left", "right"], [(2, 2), (1, 1), (2, 7), (30, 3)]),
    "ha": (OHLC, ["unstable"], [(0,), (20,)]),
    "hma": (CLOSE, *periods(1, 2, 3, 16, 20, 100)),
    "ht_dcperiod": (CLOSE, *HELD),
    "ht_dcphase": (CLOSE, *HELD),
    "ht_phasor": (CLOSE, *HELD),
    "ht_sine": (CLOSE, *HELD),
    "ht_trendline": (CLOSE, *HELD),
    "ht_trendmode": (CLOSE, *HELD),
    "imi": (OC, *periods(2, 14, 100)),
    "kama": (CLOSE, *unstable(2, 10, 30, 100)),
    "kc": (
        HLC, ["period", "atr_period", "deviations"], [(20, 10, 2.0), (2, 1, 1.0), (5, 30, 0.5)]
    ),
    "kdj": (HLC, STOCH, STOCHS),
    "linearreg": (CLOSE, *periods(2, 14, 100)),
    "linearreg_angle": (CLOSE, *periods(2, 14, 100)),
    "linearreg_intercept": (CLOSE, *periods(2, 14, 100)),
    "linearreg_slope": (CLOSE, *periods(2, 14, 100)),
    "ma": (CLOSE, ["period", "ma"], [(n, kind) for kind in KINDS for n in (1, 2, 5, 30, 101)]),
    "macd": (CLOSE, MACD, [(12, 26, 9), (2, 3, 1), (5, 5, 5), (35, 19, 4)]),
    "macdext": (
        CLOSE,
        ["fast", "fast_ma", "slow", "slow_ma", "signal", "signal_ma"],
        [(12, "sma", 26, "sma", 9, "sma"), (2, "ema", 3, "wma", 1, "sma")]
        # Not "mama": where prices stand still, its phase is all rounding. `ma` and `bbands` have it.
        + [(9, "tema", 5, "t3", 5, "kama"), (10, "rma", 20, "hma", 5, "zlema")]
        + [(30, "ema", 10, "t3", 5, "ema"), (12, "dema", 26, "ema", 9, "trima")],
    ),
    "macdfix": (CLOSE, ["signal"], [(9,), (1,), (30,)]),
    "mama": (
        CLOSE,
        ["fast", "slow", "unstable"],
        [(0.5, 0.05, 0), (0.99, 0.01, 20), (0.1, 0.1, 0)],
    ),
    "marketfi": (["high", "low", "volume"], [], [()]),
    "massi": (HL, FAST_SLOW, [(9, 25), (2, 2), (5, 20)]),
    "mavp": (
        ["close", "periods"],
        ["min", "max", "ma"],
        [(2, 30, "sma"), (1, 9, "ema"), *[(3, 12, kind) for kind in KINDS]],
    ),
    "max": (CLOSE, *periods(2, 14, 100)),
    "maxindex": (CLOSE, *periods(2, 14, 100)),
    "medprice": (HL, [], [()]),
    "mfi": (HLCV, *periods(2, 14, 100)),
    "midpoint": (CLOSE, *periods(2, 14, 100)),
    "midprice": (HL, *periods(2, 14, 100)),
    "min": (CLOSE, *periods(2, 14, 100)),
    "minindex": (CLOSE, *periods(2, 14, 100)),
    "minmax": (CLOSE, *periods(2, 14, 100)),
    "minmaxindex": (CLOSE, *periods(2, 14, 100)),
    "minus_di": (HLC, *unstable(1, 2, 14, 100)),
    "minus_dm": (HL, *unstable(1, 2, 14, 100)),
    "mom": (CLOSE, *periods(1, 2, 10, 100)),
    "mult": (PAIR, [], [()]),
    "natr": (HLC, *unstable(1, 2, 14, 100)),
    "nvi": (CV, [], [()]),
    "obv": (CV, [], [()]),
    "percentile": (
        CLOSE,
        ["period", "percentile"],
        [(30, 50.0), (2, 0.0), (7, 90.0), (100, 100.0), (250, 35.0)],
    ),
    "percentrank": (CLOSE, *periods(2, 14, 100)),
    "plus_di": (HLC, *unstable(1, 2, 14, 100)),
    "plus_dm": (HL, *unstable(1, 2, 14, 100)),
    "ppo": (CLOSE, OSCILLATOR, OSCILLATORS),
    "pvi": (CV, [], [()]),
    "pvo": (VOLUME, OSCILLATOR, OSCILLATORS),
    "pvt": (CV, [], [()]),
    "qstick": (OC, *periods(1, 2, 10, 100)),
    "rma": (CLOSE, *unstable(1, 2, 14, 100)),
    "roc": (CLOSE, *periods(1, 2, 10, 100)),
    "rocp": (CLOSE, *periods(1, 2, 10, 100)),
    "rocr": (CLOSE, *periods(1, 2, 10, 100)),
    "rocr100": (CLOSE, *periods(1, 2, 10, 100)),
    "rsi": (CLOSE, *unstable(2, 14, 50, 100)),
    "rvi": (CLOSE, ["period", "stddev", "unstable"], [(14, 10, 0), (1, 2, 5), (5, 20, 0)]),
    "rvol": (VOLUME, *periods(1, 2, 20, 100)),
    "sar": (HL, ["acceleration", "maximum"], [(0.02, 0.2), (0.5, 0.1), (0.0, 0.0), (0.1, 2.0)]),
    "sarext": (
        HL,
        SAREXT,
        [
            (0.0, 0.0, 0.02, 0.02, 0.2, 0.02, 0.02, 0.2),
            (40000.0, 0.01, 0.1, 0.05, 0.3, 0.02, 0.01, 0.1),
            (-40000.0, 0.0, 0.5, 0.6, 0.4, 0.0, 0.1, 2.0),
            (1.0, 0.001, 0.05, 0.02, 0.2, 0.3, 0.02, 0.2),
        ],
    ),
    "sma": (CLOSE, *periods(1, 2, 20, 200)),
    "smi": (
        HLC, ["period", *FAST_SLOW, "signal"], [(13, 2, 25, 9), (2, 3, 2, 2), (5, 20, 4, 7)]
    ),
    "stddev": (CLOSE, ["period", "deviations"], [(2, 1.0), (20, -1.0), (200, 2.5)]),
    "stoch": (HLC, STOCH, STOCHS),
    "stochf": (
        HLC,
        ["fastk", "fastd", "fastd_ma"],
        # Not `kama`: where k stays at 0 or 100, what is left of TA-Lib's running sum decides.
        [(5, 3, "sma"), (1, 1, "sma"), (14, 3, "ema"), (14, 5, "hma")],
    ),
    "stochrsi": (
        CLOSE,
        ["period", "fastk", "fastd", "fastd_ma"],
        [(14, 5, 3, "sma"), (2, 1, 1, "sma"), (7, 14, 5, "dema")],
    ),
    "sub": (PAIR, [], [()]),
    "sum": (CLOSE, *periods(2, 30, 100)),
    "supertrend": (HLC, ["period", "multiplier"], [(10, 3.0), (2, 0.0), (5, 1.5), (50, 0.5)]),
    "t3": (
        CLOSE,
        ["period", "vfactor", "unstable"],
        [(5, 0.7, 0), (1, 0.5, 3), (2, 0.0, 0), (20, 1.0, 7)],
    ),
    "tema": (CLOSE, *periods(1, 2, 10, 100)),
    "trange": (HLC, [], [()]),
    "trima": (CLOSE, *periods(1, 2, 3, 4, 5, 20, 101)),
    "trix": (CLOSE, *periods(1, 2, 9, 30)),
    "tsf": (CLOSE, *periods(2, 14, 100)),
    "tsi": (CLOSE, ["first", "second"], [(25, 13), (2, 2), (5, 20)]),
    "typprice": (HLC, [], [()]),
    "ultosc": (
        HLC, ["period1", "period2", "period3"], [(7, 14, 28), (1, 1, 1), (9, 3, 5), (30, 2, 10)]
    ),
    "var": (CLOSE, *periods(1, 2, 5, 100)),
    "vhf": (CLOSE, *periods(2, 28, 100)),
    "vortex": (HLC, *periods(1, 2, 14, 100)),
    "vwap": (HLCV, [], [()]),
    "vwma": (CV, *periods(1, 2, 20, 200)),
    "wad": (HLC, [], [()]),
    "wclprice": (HLC, [], [()]),
    "willr": (HLC, *periods(2, 14, 100)),
    "wma": (CLOSE, *periods(1, 2, 20, 200)),
    "zlema": (CLOSE, *periods(1, 2, 3, 20, 100)),
}

# Functions of one number.
TRANSFORMS = ["acos", "asin", "atan", "ceil", "cos", "cosh", "exp", "floor", "ln", "log10", "sin"]
TRANSFORMS += ["sinh", "sqrt", "tan", "tanh"]
# Those that have no value for a price are given prices between 0 and 1.
SMALL = ["acos", "asin", "cosh", "exp", "sinh"]
CASES |= {kind: (["small"] if kind in SMALL else CLOSE, [], [()]) for kind in TRANSFORMS}

# Candlestick patterns, by TA-Lib's own list.
CANDLES = [name.lower() for name in talib.get_function_groups()["Pattern Recognition"]]
PENETRATION = ["abandonedbaby", "darkcloudcover", "eveningdojistar", "eveningstar", "mathold"]
PENETRATION = [f"cdl{name}" for name in [*PENETRATION, "morningdojistar", "morningstar"]]
CASES |= {kind: (OHLC, [], [()]) for kind in CANDLES}
CASES |= {kind: (OHLC, ["penetration"], [(0.3,), (0.5,), (0.0,), (0.8,)]) for kind in PENETRATION}


def cases():
    """(kind, parameters of ours, columns read, arguments of TA-Lib, rows held back)"""
    for kind, (columns, names, settings) in CASES.items():
        for values in settings:
            parameters = dict(zip(names, values))
            held = parameters.get("unstable", 0)
            given = [value for name, value in zip(names, values) if name != "unstable"]
            words = [AVERAGES.index(v) if isinstance(v, str) else v for v in given]
            yield kind, parameters, columns, words, held
        if names:
            # What is left out is what TA-Lib takes then.
            yield kind, {}, columns, [], 0
