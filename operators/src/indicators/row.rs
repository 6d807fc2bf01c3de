//! Reading rows out of columns.

/// What an indicator reads from one row of its input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// One series: the close of a bar, the price of a trade, another indicator.
    Value,
    /// The columns of a bar, in the order of [`BAR_COLUMNS`].
    Bar,
}

impl Input {
    /// How many slices [`super::IndicatorState::run`] takes.
    pub const fn columns(self) -> usize {
        match self {
            Input::Value => 1,
            Input::Bar => BAR_COLUMNS.len(),
        }
    }
}

/// The columns of [`Input::Bar`], in their fixed order.
pub const BAR_COLUMNS: [&str; 5] = ["open", "high", "low", "close", "volume"];

const HIGH: usize = 1;
const LOW: usize = 2;
const CLOSE: usize = 3;
const VOLUME: usize = 4;

/// The largest magnitude an input may have; beyond it a value counts as null. Squares and products
/// of such values, summed over any window, stay finite, so no state can be spoilt for good.
pub const MAGNITUDE_MAX: f64 = 1e140;

/// The part of a row that an indicator uses.
pub trait Row: Sized {
    /// Where it comes from.
    const INPUT: Input;

    /// Calls `visit` with every row in order; `None` where a used column is null.
    fn each(columns: &[&[f64]], visit: impl FnMut(usize, Option<Self>));
}

impl Row for f64 {
    const INPUT: Input = Input::Value;

    fn each(columns: &[&[f64]], mut visit: impl FnMut(usize, Option<Self>)) {
        for (row, &value) in columns[0].iter().enumerate() {
            visit(row, is_value(value).then_some(value));
        }
    }
}

/// A bar without its open and volume.
#[derive(Debug, Clone, Copy)]
pub struct HighLowClose {
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Last price.
    pub close: f64,
}

impl HighLowClose {
    /// The mean of high, low and close.
    pub fn typical(&self) -> f64 {
        (self.high + self.low + self.close) / 3.0
    }

    fn is_complete(&self) -> bool {
        is_value(self.high) & is_value(self.low) & is_value(self.close)
    }
}

impl Row for HighLowClose {
    const INPUT: Input = Input::Bar;

    fn each(columns: &[&[f64]], mut visit: impl FnMut(usize, Option<Self>)) {
        let [highs, lows, closes] = used(columns, [HIGH, LOW, CLOSE]);
        for row in 0..closes.len() {
            let bar = Self { high: highs[row], low: lows[row], close: closes[row] };
            visit(row, bar.is_complete().then_some(bar));
        }
    }
}

/// The close and volume of a bar.
#[derive(Debug, Clone, Copy)]
pub struct CloseVolume {
    /// Last price.
    pub close: f64,
    /// Quantity traded.
    pub volume: f64,
}

impl Row for CloseVolume {
    const INPUT: Input = Input::Bar;

    fn each(columns: &[&[f64]], mut visit: impl FnMut(usize, Option<Self>)) {
        let [closes, volumes] = used(columns, [CLOSE, VOLUME]);
        for row in 0..closes.len() {
            let bar = Self { close: closes[row], volume: volumes[row] };
            let complete = is_value(bar.close) & is_value(bar.volume);
            visit(row, complete.then_some(bar));
        }
    }
}

/// A bar without its open.
#[derive(Debug, Clone, Copy)]
pub struct HighLowCloseVolume {
    /// The prices.
    pub prices: HighLowClose,
    /// Quantity traded.
    pub volume: f64,
}

impl Row for HighLowCloseVolume {
    const INPUT: Input = Input::Bar;

    fn each(columns: &[&[f64]], mut visit: impl FnMut(usize, Option<Self>)) {
        let [highs, lows, closes, volumes] = used(columns, [HIGH, LOW, CLOSE, VOLUME]);
        for row in 0..closes.len() {
            let prices = HighLowClose { high: highs[row], low: lows[row], close: closes[row] };
            let bar = Self { prices, volume: volumes[row] };
            let complete = prices.is_complete() & is_value(bar.volume);
            visit(row, complete.then_some(bar));
        }
    }
}

/// The columns that are used, all of one length. The loops over them name each column and combine
/// with `&`: passing rows on as arrays made them three times slower.
fn used<'a, const N: usize>(columns: &[&'a [f64]], used: [usize; N]) -> [&'a [f64]; N] {
    let rows = columns[0].len();
    used.map(|column| &columns[column][..rows])
}

fn is_value(value: f64) -> bool {
    value.abs() <= MAGNITUDE_MAX
}
