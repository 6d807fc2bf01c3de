//! What is compared with Stock.Indicators, field by field.

/// File, field, and the call that gives the same numbers from the same row on.
pub const SAME: &[(&str, &str, &str)] = &[
    ("adl", "adl", "ad(high, low, close, volume) OVER w"),
    ("alligator", "jaw", "alligator(high, low, 13, 8, 8, 5, 5, 3) OVER w['jaw']"),
    ("alligator", "lips", "alligator(high, low, 13, 8, 8, 5, 5, 3) OVER w['lips']"),
    ("alligator", "teeth", "alligator(high, low, 13, 8, 8, 5, 5, 3) OVER w['teeth']"),
    ("alma", "alma", "alma(close, 9, 0.85, 6) OVER w"),
    ("atr", "atr", "atr(high, low, close, 14) OVER w"),
    ("atr", "atrp", "natr(high, low, close, 14) OVER w"),
    ("atr", "tr", "trange(high, low, close) OVER w"),
    ("atr-stop", "atrStop", "atr_stop(high, low, close, 21, 3) OVER w['stop']"),
    ("awesome", "oscillator", "ao(high, low, 5, 34) OVER w"),
    ("barpart", "value", "close"),
    ("bb", "lowerBand", "bbands(close, 20, 2, 2) OVER w['lower']"),
    ("bb", "sma", "bbands(close, 20, 2, 2) OVER w['middle']"),
    ("bb", "upperBand", "bbands(close, 20, 2, 2) OVER w['upper']"),
    ("beta", "beta", "beta(close, market, 50) OVER w"),
    ("cci", "cci", "cci(high, low, close, 20) OVER w"),
    ("chaikin-osc", "adl", "ad(high, low, close, volume) OVER w"),
    ("chexit", "chandelierExit", "chandelier(high, low, close, 22, 3) OVER w['long']"),
    ("chop", "chop", "choppiness(high, low, close, 14) OVER w"),
    ("cmf", "cmf", "cmf(high, low, close, volume, 20) OVER w"),
    ("cmo", "cmo", "cmou(close, 14) OVER w"),
    ("corr", "correlation", "correl(close, market, 20) OVER w"),
    ("corr", "varianceA", "ta_var(market, 20) OVER w"),
    ("corr", "varianceB", "ta_var(close, 20) OVER w"),
    ("crsi", "connorsRsi", "connors_rsi(close, 3, 2, 100) OVER w"),
    ("dynamic", "dynamic", "mcginley(close, 14) OVER w"),
    ("elder-ray", "bearPower", "eri(high, low, close, 13) OVER w['bear']"),
    ("elder-ray", "bullPower", "eri(high, low, close, 13) OVER w['bull']"),
    ("elder-ray", "ema", "ema(close, 13) OVER w"),
    ("ema", "ema", "ema(close, 20) OVER w"),
    ("epma", "epma", "linearreg(close, 10) OVER w"),
    ("force", "forceIndex", "efi(close, volume, 2) OVER w"),
    ("gator", "lower", "gator(high, low, 13, 8, 8, 5, 5, 3) OVER w['lower']"),
    ("gator", "upper", "gator(high, low, 13, 8, 8, 5, 5, 3) OVER w['upper']"),
    ("heikinashi", "close", "ha(open, high, low, close) OVER w['close']"),
    ("heikinashi", "high", "ha(open, high, low, close) OVER w['high']"),
    ("heikinashi", "low", "ha(open, high, low, close) OVER w['low']"),
    ("heikinashi", "open", "ha(open, high, low, close) OVER w['open']"),
    ("hma", "hma", "hma(close, 14) OVER w"),
    ("hurst", "hurstExponent", "hurst(close, 100) OVER w"),
    ("ichimoku", "kijunSen", "ichimoku(high, low, 9, 26, 52) OVER w['kijun']"),
    ("ichimoku", "senkouSpanA", "ichimoku(high, low, 9, 26, 52) OVER w['senkou_a']"),
    ("ichimoku", "senkouSpanB", "ichimoku(high, low, 9, 26, 52) OVER w['senkou_b']"),
    ("ichimoku", "tenkanSen", "ichimoku(high, low, 9, 26, 52) OVER w['tenkan']"),
    ("kama", "er", "er(close, 10) OVER w"),
    ("kvo", "oscillator", "kvo(high, low, close, volume, 34, 55, 13) OVER w['value']"),
    ("kvo", "signal", "kvo(high, low, close, volume, 34, 55, 13) OVER w['signal']"),
    ("ma-env", "centerline", "envelope(close, 20, 2.5) OVER w['middle']"),
    ("ma-env", "lowerEnvelope", "envelope(close, 20, 2.5) OVER w['lower']"),
    ("ma-env", "upperEnvelope", "envelope(close, 20, 2.5) OVER w['upper']"),
    ("macd", "fastEma", "ema(close, 12) OVER w"),
    ("macd", "macd", "apo(close, 12, 26) OVER w"),
    ("macd", "slowEma", "ema(close, 26) OVER w"),
    ("mfi", "mfi", "mfi(high, low, close, volume, 14) OVER w"),
    ("pmo", "pmo", "pmo(close, 35, 20, 10) OVER w['value']"),
    ("pmo", "signal", "pmo(close, 35, 20, 10) OVER w['signal']"),
    ("prs", "prs", "prs(market, close, 20) OVER w['ratio']"),
    ("prs", "prsPercent", "prs(market, close, 20) OVER w['change']"),
    ("pvo", "pvo", "pvo(volume, 12, 26) OVER w"),
    ("roc", "momentum", "mom(close, 14) OVER w"),
    ("roc", "roc", "roc(close, 14) OVER w"),
    ("roc-wb", "lowerBand", "roc_bands(close, 20, 5, 5) OVER w['lower']"),
    ("roc-wb", "roc", "roc_bands(close, 20, 5, 5) OVER w['value']"),
    ("roc-wb", "rocEma", "roc_bands(close, 20, 5, 5) OVER w['average']"),
    ("roc-wb", "upperBand", "roc_bands(close, 20, 5, 5) OVER w['upper']"),
    ("rolling-pivots", "pp", "rolling_pivots(high, low, close, 20) OVER w['pivot']"),
    ("rolling-pivots", "r1", "rolling_pivots(high, low, close, 20) OVER w['r1']"),
    ("rolling-pivots", "r2", "rolling_pivots(high, low, close, 20) OVER w['r2']"),
    ("rolling-pivots", "r3", "rolling_pivots(high, low, close, 20) OVER w['r3']"),
    ("rolling-pivots", "s1", "rolling_pivots(high, low, close, 20) OVER w['s1']"),
    ("rolling-pivots", "s2", "rolling_pivots(high, low, close, 20) OVER w['s2']"),
    ("rolling-pivots", "s3", "rolling_pivots(high, low, close, 20) OVER w['s3']"),
    ("rsi", "rsi", "rsi(close, 14) OVER w"),
    ("slope", "rSquared", "power(cti(close, 14) OVER w, 2)"),
    ("slope", "slope", "linearreg_slope(close, 14) OVER w"),
    ("slope", "stdDev", "ta_stddev(close, 14) OVER w"),
    ("sma", "sma", "sma(close, 20) OVER w"),
    ("sma-analysis", "mad", "avgdev(close, 20) OVER w"),
    ("sma-analysis", "mape", "mape(close, 20) OVER w"),
    ("sma-analysis", "mse", "ta_var(close, 20) OVER w"),
    ("sma-analysis", "sma", "sma(close, 20) OVER w"),
    ("smma", "smma", "rma(close, 20) OVER w"),
    ("starc", "centerline", "starc(high, low, close, 5, 2, 10) OVER w['middle']"),
    ("starc", "lowerBand", "starc(high, low, close, 5, 2, 10) OVER w['lower']"),
    ("starc", "upperBand", "starc(high, low, close, 5, 2, 10) OVER w['upper']"),
    ("stc", "stc", "stc(close, 10, 23, 50) OVER w"),
    ("stdev", "mean", "sma(close, 14) OVER w"),
    ("stdev", "stdDev", "ta_stddev(close, 14) OVER w"),
    ("stdev", "zScore", "zscore(close, 14) OVER w"),
    ("stoch", "d", "stoch(high, low, close, 14, 3, 'sma', 3) OVER w['d']"),
    ("stoch", "signal", "stoch(high, low, close, 14, 3, 'sma', 3) OVER w['d']"),
    ("stoch-rsi", "signal", "stochrsi(close, 14, 14, 3) OVER w['d']"),
    ("stoch-rsi", "stochRsi", "stochrsi(close, 14, 14, 1) OVER w['k']"),
    ("supertrend", "superTrend", "supertrend(high, low, close, 10, 3) OVER w['stop']"),
    ("tr", "tr", "trange(high, low, close) OVER w"),
    ("tsi", "tsi", "tsi(close, 25, 13) OVER w"),
    ("ulcer", "ui", "ulcer(close, 14) OVER w"),
    ("ulcer", "ulcerIndex", "ulcer(close, 14) OVER w"),
    ("uo", "ultimate", "ultosc(high, low, close, 7, 14, 28) OVER w"),
    ("vortex", "nvi", "vortex(high, low, close, 14) OVER w['minus']"),
    ("vortex", "pvi", "vortex(high, low, close, 14) OVER w['plus']"),
    ("vwap", "vwap", "ta_vwap(high, low, close, volume) OVER w"),
    ("vwma", "vwma", "vwma(close, volume, 14) OVER w"),
    ("willr", "williamsR", "willr(high, low, close, 14) OVER w"),
    ("wma", "wma", "wma(close, 14) OVER w"),
];

/// File, field, a call, and what becomes of its value `x`: their definition, said with ours.
pub const COMPOSED: &[(&str, &str, &str, &str)] = &[
    ("awesome", "normalized", "ao(high, low, 5, 34) OVER w", "100 * x / ((high + low) / 2)"),
    (
        "bb",
        "percentB",
        "bbands(close, 20, 2, 2) OVER w",
        "(close - x['lower']) / (x['upper'] - x['lower'])",
    ),
    ("bb", "width", "bbands(close, 20, 2, 2) OVER w", "(x['upper'] - x['lower']) / x['middle']"),
    ("bb", "zScore", "zscore(close, 20) OVER w", "x"),
    // Theirs is smoothed.
    ("bop", "bop", "bop(open, high, low, close) OVER w", "sma(x, 14) OVER w"),
    // Their averages start from a mean, those of TA-Lib's `adosc` from the first value.
    ("chaikin-osc", "fastEma", "ad(high, low, close, volume) OVER w", "ema(x, 3) OVER w"),
    (
        "chaikin-osc",
        "oscillator",
        "ad(high, low, close, volume) OVER w",
        "ema(x, 3) OVER w - ema(x, 10) OVER w",
    ),
    ("chaikin-osc", "slowEma", "ad(high, low, close, volume) OVER w", "ema(x, 10) OVER w"),
    (
        "corr",
        "covariance",
        "correl(close, market, 20) OVER w",
        "x * sqrt(ta_var(close, 20) OVER w * ta_var(market, 20) OVER w)",
    ),
    ("corr", "rSquared", "correl(close, market, 20) OVER w", "x * x"),
    // A share of the price, not of usual bars.
    ("doji", "match", "abs(close / open - 1)", "CASE WHEN x <= 0.001 THEN 1 ELSE 0 END"),
    ("doji", "price", "abs(close / open - 1)", "CASE WHEN x <= 0.001 THEN close END"),
    // Their channel leaves out the present bar.
    ("donchian", "centerline", "donchian(high, low, 20) OVER w", "lag(x['middle']) OVER w"),
    ("donchian", "lowerBand", "donchian(high, low, 20) OVER w", "lag(x['lower']) OVER w"),
    ("donchian", "upperBand", "donchian(high, low, 20) OVER w", "lag(x['upper']) OVER w"),
    (
        "donchian",
        "width",
        "donchian(high, low, 20) OVER w",
        "lag((x['upper'] - x['lower']) / x['middle']) OVER w",
    ),
    // Theirs stands where the mean is centred, which is known 8 rows later; so do fractals.
    ("dpo", "dpo", "dpo(close, 14) OVER w", "lead(x, 8) OVER w"),
    ("dpo", "sma", "sma(close, 14) OVER w", "lead(x, 8) OVER w"),
    (
        "fractal",
        "fractalBear",
        "fractal(high, low, 2, 2) OVER w['swing_high']",
        "CASE WHEN lead(x, 2) OVER w = 100 THEN high END",
    ),
    (
        "fractal",
        "fractalBull",
        "fractal(high, low, 2, 2) OVER w['swing_low']",
        "CASE WHEN lead(x, 2) OVER w = 100 THEN low END",
    ),
    // An average of closes, where TA-Lib's `kc` has one of typical prices.
    ("keltner", "centerline", "ema(close, 20) OVER w", "x"),
    ("keltner", "lowerBand", "ema(close, 20) OVER w", "x - 2 * (atr(high, low, close, 10) OVER w)"),
    ("keltner", "upperBand", "ema(close, 20) OVER w", "x + 2 * (atr(high, low, close, 10) OVER w)"),
    ("keltner", "width", "ema(close, 20) OVER w", "4 * (atr(high, low, close, 10) OVER w) / x"),
    // Both averages start from their own first rows, where TA-Lib's `macd` starts them together.
    ("macd", "histogram", "apo(close, 12, 26) OVER w", "x - (ema(x, 9) OVER w)"),
    ("macd", "signal", "apo(close, 12, 26) OVER w", "ema(x, 9) OVER w"),
    // A share of the bar, not of usual bars.
    (
        "marubozu",
        "match",
        "(close - open) / (high - low)",
        "CASE WHEN x >= 0.95 THEN 100 WHEN x <= -0.95 THEN -100 ELSE 0 END",
    ),
    (
        "marubozu",
        "price",
        "(close - open) / (high - low)",
        "CASE WHEN abs(x) >= 0.95 THEN close END",
    ),
    // Theirs starts from nothing, not from the first volume.
    ("obv", "obv", "obv(close, volume) OVER w", "x - first_value(volume) OVER w"),
    ("pvo", "histogram", "pvo(volume, 12, 26) OVER w", "x - (ema(x, 9) OVER w)"),
    ("pvo", "signal", "pvo(volume, 12, 26) OVER w", "ema(x, 9) OVER w"),
    // Their lines begin at the first of all rows, ours at the first of the window.
    (
        "slope",
        "intercept",
        "linearreg(close, 14) OVER w",
        "x - (linearreg_slope(close, 14) OVER w) * (row_number() OVER w)",
    ),
    ("stoch", "j", "kdj(high, low, close, 14, 3, 'sma', 3, 'sma') OVER w['j']", "x"),
    ("stoch", "percentJ", "kdj(high, low, close, 14, 3, 'sma', 3, 'sma') OVER w['j']", "x"),
    ("tsi", "signal", "tsi(close, 25, 13) OVER w", "ema(x, 7) OVER w"),
];

/// File, field, a call, what becomes of its value `x`, and the rows from one to another in which
/// the two differ, in the first and in the last of each for certain.
type Differ = (&'static str, &'static str, &'static str, &'static str, &'static [[usize; 2]]);

/// Where the conventions differ, and with them the values of some rows, each group with the reason.
pub const DIFFER: &[(&str, &[Differ])] = &[
    (
        "Of equal extremes TA-Lib counts the last one, they the first",
        &[
            ("aroon", "aroonDown", "aroon(high, low, 25) OVER w['down']", "x", &[[232, 232]]),
            ("aroon", "aroonUp", "aroon(high, low, 25) OVER w['up']", "x", &[[193, 193]]),
            (
                "aroon",
                "oscillator",
                "aroonosc(high, low, 25) OVER w",
                "x",
                &[[193, 193], [232, 232]],
            ),
        ],
    ),
    (
        "Wilder's sums start from n movements with them, with TA-Lib from n - 1 and one smoothing: \
         the difference shrinks by 1/n a row",
        &[
            ("adx", "adx", "adx(high, low, close, 14) OVER w", "x", &[[27, 294]]),
            (
                "adx",
                "adxr",
                "adx(high, low, close, 14) OVER w",
                // Theirs is the middle of two values n rows apart, TA-Lib's of n - 1.
                "(x + lag(x, 14) OVER w) / 2",
                &[[41, 304]],
            ),
            ("adx", "dx", "dx(high, low, close, 14) OVER w", "x", &[[14, 253]]),
            ("adx", "mdi", "minus_di(high, low, close, 14) OVER w", "x", &[[14, 230]]),
            ("adx", "pdi", "plus_di(high, low, close, 14) OVER w", "x", &[[14, 244]]),
        ],
    ),
    (
        "Averages of averages start from one and the same first value with them, with TA-Lib each \
         from the mean of its own first n: the difference shrinks by 1 - 2 / (n + 1) a row",
        &[
            ("dema", "dema", "dema(close, 14) OVER w", "x", &[[13, 116]]),
            (
                "smi",
                "signal",
                "smi(high, low, close, 13, 2, 25, 3) OVER w['signal']",
                "x",
                &[[12, 309]],
            ),
            ("smi", "smi", "smi(high, low, close, 13, 2, 25, 3) OVER w['smi']", "x", &[[12, 286]]),
            ("t3", "t3", "t3(close, 5, 0.7) OVER w", "x", &[[0, 51]]),
            ("tema", "tema", "tema(close, 20) OVER w", "x", &[[19, 212]]),
            ("trix", "trix", "trix(close, 14) OVER w", "x", &[[14, 170]]),
        ],
    ),
    (
        "Tulip, whose transform ours is, waits for a full window; they take what there is",
        &[
            ("fisher", "fisher", "fisher(high, low, 10) OVER w['fisher']", "x", &[[0, 54]]),
            ("fisher", "trigger", "fisher(high, low, 10) OVER w['signal']", "x", &[[1, 55]]),
        ],
    ),
    (
        "Ehlers' filters run from the first row with them, with TA-Lib after its own warm-up; they \
         read middles of bars, and give the cycle in whole rows",
        &[
            (
                "htl",
                "dcPeriods",
                "ht_dcperiod((high + low) / 2) OVER w",
                "floor(x + 0.5)",
                &[[7, 109]],
            ),
            ("htl", "smoothPrice", "wma((high + low) / 2, 4) OVER w", "x", &[[3, 5]]),
            ("htl", "trendline", "ht_trendline((high + low) / 2) OVER w", "x", &[[0, 218]]),
            ("mama", "fama", "mama((high + low) / 2, 0.5, 0.05) OVER w['fama']", "x", &[[5, 273]]),
            ("mama", "mama", "mama((high + low) / 2, 0.5, 0.05) OVER w['mama']", "x", &[[5, 250]]),
        ],
    ),
    (
        "They show the first value too, from which the average starts",
        &[("kama", "kama", "kama(close, 10) OVER w", "x", &[[9, 9]])],
    ),
    (
        "They are silent up to the first turn and begin anew there; and where a turn's own bar \
         goes beyond the stop, TA-Lib's makes way for it",
        &[(
            "psar",
            "sar",
            "sar(high, low, 0.02, 0.2) OVER w",
            "x",
            &[[1, 13], [16, 39], [250, 250]],
        )],
    ),
    (
        "TA-Lib gives both outputs from the first row that has both",
        &[
            (
                "stoch",
                "k",
                "stoch(high, low, close, 14, 3, 'sma', 3) OVER w['k']",
                "x",
                &[[15, 16]],
            ),
            (
                "stoch",
                "oscillator",
                "stoch(high, low, close, 14, 3, 'sma', 3) OVER w['k']",
                "x",
                &[[15, 16]],
            ),
        ],
    ),
    (
        "The first row has no change, which they call 0",
        &[
            ("beta", "returnsEval", "rocp(market, 1) OVER w", "x", &[[0, 0]]),
            ("beta", "returnsMrkt", "rocp(close, 1) OVER w", "x", &[[0, 0]]),
        ],
    ),
    (
        "Before the first fractal, and before the first turn, ours say the price and the side they \
         begin with, theirs nothing",
        &[
            ("fcb", "lowerBand", "fcb(high, low, 2) OVER w['lower']", "x", &[[4, 8]]),
            ("fcb", "upperBand", "fcb(high, low, 2) OVER w['upper']", "x", &[[4, 4]]),
            (
                "vol-stop",
                "sar",
                "volatility_stop(high, low, close, 7, 3) OVER w['stop']",
                "x",
                &[[8, 53]],
            ),
        ],
    ),
];

/// What is compared in a test of its own.
pub const OF_THEIR_OWN: &[(&str, &[&str])] = &[
    ("pivot-points", &["pp", "r1", "r2", "r3", "s1", "s2", "s3"]),
    ("pivots", &["highPoint", "highLine", "lowLine", "lowPoint"]),
    ("renko", &["open", "close", "isUp"]),
    ("renko-atr", &["open", "close", "isUp"]),
    ("stdev-channels", &["breakPoint", "centerline", "lowerChannel", "upperChannel"]),
    ("zigzag", &["pointType", "zigZag"]),
    ("zigzag-close", &["pointType", "zigZag"]),
];

/// Names of files, each with some of its fields.
type Fields = &'static [(&'static str, &'static [&'static str])];

/// Fields that are not compared, by the reason.
pub const NOT_COMPARED: &[(&str, Fields)] = &[
    (
        "a step on the way, not a result",
        &[
            ("adl", &["moneyFlowMultiplier", "moneyFlowVolume"]),
            ("atr-stop", &["atr"]),
            ("chaikin-osc", &["moneyFlowMultiplier", "moneyFlowVolume"]),
            ("cmf", &["moneyFlowMultiplier", "moneyFlowVolume"]),
            ("crsi", &["percentRank", "rsi", "rsiStreak", "streak"]),
            ("trix", &["ema3"]),
        ],
    ),
    (
        "null in all rows",
        &[
            ("beta", &["betaDown", "betaUp", "convexity", "ratio"]),
            ("pivot-points", &["r4", "s4"]),
            ("rolling-pivots", &["r4", "s4"]),
        ],
    ),
    (
        "the input, or another field once more",
        &[("doji", &["candle"]), ("heikinashi", &["volume"]), ("marubozu", &["candle"])],
    ),
    (
        "which side the compared value is of",
        &[
            ("atr-stop", &["buyStop", "sellStop"]),
            ("gator", &["lowerIsExpanding", "upperIsExpanding"]),
            ("psar", &["isReversal"]),
            ("supertrend", &["lowerBand", "upperBand"]),
            ("vol-stop", &["isStop", "lowerBand", "upperBand"]),
        ],
    ),
    (
        "written from what comes later, which no stream has",
        &[
            ("ichimoku", &["chikouSpan"]),
            ("pivots", &["highTrend", "lowTrend"]),
            ("slope", &["line"]),
            ("zigzag", &["retraceHigh", "retraceLow"]),
            ("zigzag-close", &["retraceHigh", "retraceLow"]),
        ],
    ),
    ("a correction for short windows that ours has not", &[("hurst", &["hurstExponentAL"])]),
    (
        "theirs carries the extremes and the volume of all bars since the last brick",
        &[("renko", &["high", "low", "volume"]), ("renko-atr", &["high", "low", "volume"])],
    ),
];
