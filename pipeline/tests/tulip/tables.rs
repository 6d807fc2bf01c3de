//! Which of our indicators is which of Tulip's functions.

/// Tulip's name, ours, our parameter for each of its options (two names where it is both), the
/// columns that it reads (`real` is a series), and the places of our outputs in the order of
/// Tulip's.
pub type Function =
    (&'static str, &'static str, &'static [&'static str], &'static str, &'static [usize]);

const P: &[&str] = &["period"];
const FAST_SLOW: &[&str] = &["fast", "slow"];
const OHLC: &str = "open high low close";
const HLC: &str = "high low close";
const HLCV: &str = "high low close volume";

/// All that are compared; one that gives two of ours stands here twice.
pub const FUNCTIONS: &[Function] = &[
    ("abands", "accbands", P, HLC, &[2, 0, 1]),
    ("abs", "abs", &[], "real", &[0]),
    ("acos", "acos", &[], "real", &[0]),
    ("ad", "ad", &[], HLCV, &[0]),
    ("add", "add", &[], "real1 real2", &[0]),
    ("adosc", "adosc", FAST_SLOW, HLCV, &[0]),
    ("adx", "adx", P, "high low", &[0]),
    ("adxr", "adxr", P, "high low", &[0]),
    ("alma", "alma", &["period", "offset", "sigma"], "real", &[0]),
    ("ao", "ao", &[], "high low", &[0]),
    ("apo", "apo", FAST_SLOW, "real", &[0]),
    ("aroon", "aroon", P, "high low", &[0, 1]),
    ("aroonosc", "aroonosc", P, "high low", &[0]),
    ("asin", "asin", &[], "real", &[0]),
    ("atan", "atan", &[], "real", &[0]),
    ("atr", "atr", P, HLC, &[0]),
    ("avgprice", "avgprice", &[], OHLC, &[0]),
    ("bbands", "bbands", &["period", "up down"], "real", &[2, 1, 0]),
    ("bop", "bop", &[], OHLC, &[0]),
    ("cci", "cci", P, HLC, &[0]),
    ("ce", "chandelier", &["period", "multiplier"], HLC, &[0, 1]),
    ("ceil", "ceil", &[], "real", &[0]),
    ("cmf", "cmf", P, HLCV, &[0]),
    ("cmo", "cmou", P, "real", &[0]),
    ("cos", "cos", &[], "real", &[0]),
    ("cosh", "cosh", &[], "real", &[0]),
    ("crossany", "crossany", &[], "real1 real2", &[0]),
    ("crossover", "crossover", &[], "real1 real2", &[0]),
    ("cvi", "cvi", &["period roc"], "high low", &[0]),
    ("decay", "decay", P, "real", &[0]),
    ("dema", "dema", P, "real", &[0]),
    ("di", "plus_di minus_di", P, HLC, &[0, 0]),
    ("div", "div", &[], "real1 real2", &[0]),
    ("dm", "plus_dm minus_dm", P, "high low", &[0, 0]),
    ("dpo", "dpo", P, "real", &[0]),
    ("dx", "dx", P, "high low", &[0]),
    ("edecay", "edecay", P, "real", &[0]),
    ("ema", "ema", P, "real", &[0]),
    ("emv", "emv", &[], "high low volume", &[0]),
    ("exp", "exp", &[], "real", &[0]),
    ("fisher", "fisher", P, "high low", &[0, 1]),
    ("floor", "floor", &[], "real", &[0]),
    ("fosc", "fosc", P, "real", &[0]),
    ("hma", "hma", P, "real", &[0]),
    ("ikhts", "midprice", P, "high low", &[0]),
    ("kama", "kama", P, "real", &[0]),
    ("lag", "lag", P, "real", &[0]),
    ("linreg", "linearreg", P, "real", &[0]),
    ("linregintercept", "linearreg_intercept", P, "real", &[0]),
    ("linregslope", "linearreg_slope", P, "real", &[0]),
    ("ln", "ln", &[], "real", &[0]),
    ("log10", "log10", &[], "real", &[0]),
    ("macd", "macd", &["fast", "slow", "signal"], "real", &[0, 1, 2]),
    ("marketfi", "marketfi", &[], "high low volume", &[0]),
    ("max", "max", P, "real", &[0]),
    ("md", "avgdev", P, "real", &[0]),
    ("medprice", "medprice", &[], "high low", &[0]),
    ("mfi", "mfi", P, HLCV, &[0]),
    ("min", "min", P, "real", &[0]),
    ("mom", "mom", P, "real", &[0]),
    ("msw", "msw", P, "real", &[0, 1]),
    ("mul", "mult", &[], "real1 real2", &[0]),
    ("natr", "natr", P, HLC, &[0]),
    ("nvi", "nvi", &[], "close volume", &[0]),
    ("obv", "obv", &[], "close volume", &[0]),
    ("ppo", "ppo", FAST_SLOW, "real", &[0]),
    ("psar", "sar", &["acceleration", "maximum"], "high low", &[0]),
    ("pvi", "pvi", &[], "close volume", &[0]),
    ("qstick", "qstick", P, "open close", &[0]),
    ("rmta", "rmta", &["period", "beta"], "real", &[0]),
    ("roc", "rocp", P, "real", &[0]),
    ("rocr", "rocr", P, "real", &[0]),
    ("round", "round", &[], "real", &[0]),
    ("rsi", "rsi", P, "real", &[0]),
    ("sin", "sin", &[], "real", &[0]),
    ("sinh", "sinh", &[], "real", &[0]),
    ("sma", "sma", P, "real", &[0]),
    ("sqrt", "sqrt", &[], "real", &[0]),
    ("stddev", "stddev", P, "real", &[0]),
    ("stderr", "stderr", P, "real", &[0]),
    ("stoch", "stoch", &["fastk", "slowk", "slowd"], HLC, &[0, 1]),
    ("stochrsi", "stochrsi", &["period fastk"], "real", &[0]),
    ("sub", "sub", &[], "real1 real2", &[0]),
    ("sum", "sum", P, "real", &[0]),
    ("tan", "tan", &[], "real", &[0]),
    ("tanh", "tanh", &[], "real", &[0]),
    ("todeg", "todeg", &[], "real", &[0]),
    ("torad", "torad", &[], "real", &[0]),
    ("tr", "trange", &[], HLC, &[0]),
    ("trima", "trima", P, "real", &[0]),
    ("trunc", "trunc", &[], "real", &[0]),
    ("tsf", "tsf", P, "real", &[0]),
    ("typprice", "typprice", &[], HLC, &[0]),
    ("ultosc", "ultosc", &["period1", "period2", "period3"], HLC, &[0]),
    ("var", "var", P, "real", &[0]),
    ("vhf", "vhf", P, "real", &[0]),
    ("vidya", "vidya", &["short", "long", "alpha"], "real", &[0]),
    ("volatility", "volatility", P, "real", &[0]),
    ("vosc", "pvo", FAST_SLOW, "volume", &[0]),
    ("vwma", "vwma", P, "close volume", &[0]),
    ("wad", "wad", &[], HLC, &[0]),
    ("wcprice", "wclprice", &[], HLC, &[0]),
    ("wilders", "rma", P, "real", &[0]),
    ("willr", "willr", P, HLC, &[0]),
    ("wma", "wma", P, "real", &[0]),
    ("zlema", "zlema", P, "real", &[0]),
];

/// Parameters of ours that no option of Tulip's says.
pub const FIXED: &[(&str, &str, &str)] = &[
    ("ao", "fast", "5"),
    ("ao", "slow", "34"),
    ("stddev", "deviations", "1"),
    ("stochrsi", "fastd", "1"),
    ("volatility", "rows_per_year", "252"),
    ("vosc", "ma", "\"sma\""),
];

/// Options that we write otherwise, with the reason.
pub const OPTIONS: &[(&str, &str, &str, &str)] = &[
    ("alma 9 0.85 6", "offset", "0.75", "Tulip's curve is centred on a whole row: 6 of 8, not 6.8"),
    ("rmta 21 0.90909", "beta", "0.9090909090909091", "the values are those of all digits"),
];

/// Not compared, with the reason.
pub const NOT_COMPARED: &[(&str, &str)] = &[
    ("kvo", "ours is Stock.Indicators', of which Tulip has an older form without its trend's sum"),
    (
        "mass",
        "the second average starts from its own first value, and a ratio does not fade evenly",
    ),
    ("tema", "the third average starts from the first value of the second"),
    ("trix", "the third average starts from the first value of the second"),
];

/// Averages of Tulip start from the first value, ours from the mean of the first ones: ours are
/// given the first row so often before that this is one and the same.
pub const START_FROM_THE_FIRST: &[&str] = &["apo", "cvi", "dema", "ema", "macd", "ppo", "zlema"];

/// The first bar has a true range with Tulip: ours is given it twice.
pub const FIRST_HAS_A_RANGE: &[&str] = &["atr", "ce", "natr", "tr"];

/// Recursions that ours begin at another row or value even so. From one row to the next the
/// difference shrinks by the same factor, that of an average over as many rows as this option says:
/// Wilder's if so, else an exponential one. Outputs that begin with the same values are not listed.
pub const FADE: &[(&str, usize, bool, &[usize])] = &[
    ("adx", 0, true, &[0]),
    ("adxr", 0, true, &[0]),
    ("dema", 0, false, &[0]),
    ("macd", 2, false, &[1, 2]),
    ("zlema", 0, false, &[0]),
];

/// Where Tulip begins at another row than TA-Lib, whose rows ours are: what both have is compared.
pub const BEGIN_ELSEWHERE: &[&str] =
    &["adx", "adxr", "cci", "di", "dx", "kama", "macd", "msw", "wad"];

/// Values that differ, by example and place, with the reason.
pub const DIFFER: &[(&str, &[usize], &str)] = &[
    ("psar .02 .2", &[0, 1, 2, 3, 4, 5, 6], "the first side is guessed in another way"),
    ("round", &[1], "halves go up with Tulip, away from 0 with us: -0.5"),
];

/// Examples made by hand from rounded steps, and how far off they may be.
pub const BY_HAND: &[(&str, f64)] =
    &[("abands 20", 5.1e-4), ("cmo 10", 2e-4), ("kama 4", 3e-4), ("natr 4", 5e-4)];
