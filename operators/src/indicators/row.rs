//! Reading rows out of columns.

/// What an indicator reads from one row of its input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// One series: the close of a bar, the price of a trade, another indicator.
    Value,
    /// Two series of the same rows.
    Pair,
    /// The columns of a bar, in the order of [`BAR_COLUMNS`].
    Bar,
}

impl Input {
    /// How many slices [`super::IndicatorState::run`] takes.
    pub const fn columns(self) -> usize {
        match self {
            Input::Value => 1,
            Input::Pair => 2,
            Input::Bar => BAR_COLUMNS.len(),
        }
    }
}

/// The columns of [`Input::Bar`], in their fixed order.
pub const BAR_COLUMNS: [&str; 5] = ["open", "high", "low", "close", "volume"];

const OPEN: usize = 0;
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

    /// Calls `visit` with every row in order; `None` where a used column is null. Always inlined:
    /// only in one function with the loop can a state stay in registers, which halves the time.
    fn each(columns: &[&[f64]], visit: impl FnMut(usize, Option<Self>));
}

impl Row for f64 {
    const INPUT: Input = Input::Value;

    #[inline(always)]
    fn each(columns: &[&[f64]], mut visit: impl FnMut(usize, Option<Self>)) {
        for (row, &value) in columns[0].iter().enumerate() {
            visit(row, is_value(value).then_some(value));
        }
    }
}

/// One row of two series.
#[derive(Debug, Clone, Copy)]
pub struct Pair {
    /// Of the first.
    pub first: f64,
    /// Of the second.
    pub second: f64,
}

impl Row for Pair {
    const INPUT: Input = Input::Pair;

    #[inline(always)]
    fn each(columns: &[&[f64]], mut visit: impl FnMut(usize, Option<Self>)) {
        let [firsts, seconds] = used(columns, [0, 1]);
        for row in 0..firsts.len() {
            let pair = Self { first: firsts[row], second: seconds[row] };
            let complete = is_value(pair.first) & is_value(pair.second);
            visit(row, complete.then_some(pair));
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
    #[inline(always)]
    pub fn typical(&self) -> f64 {
        (self.high + self.low + self.close) / 3.0
    }

    /// High and low alone.
    #[inline(always)]
    pub fn range(&self) -> HighLow {
        HighLow { high: self.high, low: self.low }
    }

    #[inline(always)]
    fn is_complete(&self) -> bool {
        is_value(self.high) & is_value(self.low) & is_value(self.close)
    }
}

impl Row for HighLowClose {
    const INPUT: Input = Input::Bar;

    #[inline(always)]
    fn each(columns: &[&[f64]], mut visit: impl FnMut(usize, Option<Self>)) {
        let [highs, lows, closes] = used(columns, [HIGH, LOW, CLOSE]);
        for row in 0..closes.len() {
            let bar = Self { high: highs[row], low: lows[row], close: closes[row] };
            visit(row, bar.is_complete().then_some(bar));
        }
    }
}

/// Writes the struct of some columns of a bar, with their places in it.
macro_rules! bar_part {
    (
        $(#[doc = $doc:literal])+
        $name:ident { $( $(#[doc = $field_doc:literal])+ $field:ident: $place:ident, )+ }
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy)]
        pub struct $name {
            $( $(#[doc = $field_doc])+ pub $field: f64, )+
        }

        impl Row for $name {
            const INPUT: Input = Input::Bar;

            #[inline(always)]
            fn each(columns: &[&[f64]], mut visit: impl FnMut(usize, Option<Self>)) {
                $( let $field = columns[$place]; )+
                let rows = columns[0].len();
                $( let $field = &$field[..rows]; )+
                for row in 0..rows {
                    let bar = Self { $( $field: $field[row], )+ };
                    let complete = $( is_value(bar.$field) )&+;
                    visit(row, complete.then_some(bar));
                }
            }
        }
    };
}

bar_part! {
    /// The close and volume of a bar.
    CloseVolume {
        /// Last price.
        close: CLOSE,
        /// Quantity traded.
        volume: VOLUME,
    }
}

bar_part! {
    /// The high and low of a bar.
    HighLow {
        /// Highest price.
        high: HIGH,
        /// Lowest price.
        low: LOW,
    }
}

bar_part! {
    /// The high, low and volume of a bar.
    HighLowVolume {
        /// Highest price.
        high: HIGH,
        /// Lowest price.
        low: LOW,
        /// Quantity traded.
        volume: VOLUME,
    }
}

bar_part! {
    /// The open and close of a bar.
    OpenClose {
        /// First price.
        open: OPEN,
        /// Last price.
        close: CLOSE,
    }
}

bar_part! {
    /// The prices of a bar.
    OpenHighLowClose {
        /// First price.
        open: OPEN,
        /// Highest price.
        high: HIGH,
        /// Lowest price.
        low: LOW,
        /// Last price.
        close: CLOSE,
    }
}

bar_part! {
    /// The volume of a bar.
    Volume {
        /// Quantity traded.
        volume: VOLUME,
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

    #[inline(always)]
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

/// A ratio as something that a sum or an average can hold: dividing by almost nothing gives more,
/// and infinity times 0 nothing at all.
#[inline(always)]
pub(super) fn bounded(ratio: f64) -> f64 {
    if ratio.is_nan() { 0.0 } else { ratio.clamp(-MAGNITUDE_MAX, MAGNITUDE_MAX) }
}

#[inline(always)]
fn is_value(value: f64) -> bool {
    value.abs() <= MAGNITUDE_MAX
}

/// What an indicator gives for a row: `[f64; N]`.
pub trait Values: Sized {
    /// How many numbers.
    const COUNT: usize;
    /// No value for any output.
    const NULL: Self;
    /// The columns that they go to.
    type Columns<'a>;

    /// The columns, one an output.
    fn columns<'a>(outputs: &'a mut [&mut [f64]]) -> Self::Columns<'a>;

    /// Puts the numbers of one row into their places; infinity as NaN.
    fn write(self, columns: &mut Self::Columns<'_>, row: usize);
}

impl<const N: usize> Values for [f64; N] {
    const COUNT: usize = N;
    const NULL: Self = [f64::NAN; N];
    type Columns<'a> = [&'a mut [f64]; N];

    fn columns<'a>(outputs: &'a mut [&mut [f64]]) -> Self::Columns<'a> {
        let mut outputs = outputs.iter_mut();
        std::array::from_fn(|_| &mut **outputs.next().expect("the number of outputs was checked"))
    }

    #[inline(always)]
    fn write(self, columns: &mut Self::Columns<'_>, row: usize) {
        for (column, value) in columns.iter_mut().zip(self) {
            column[row] = if value.is_finite() { value } else { f64::NAN };
        }
    }
}
