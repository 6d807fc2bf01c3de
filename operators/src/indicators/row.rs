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
    /// The columns that it is made of.
    type Columns<'a>: Copy + AsRef<[&'a [f64]]>;

    /// The columns that are used, of those of [`Self::INPUT`], and of these the rows from one to
    /// before another. All slices that this makes have one length, which the compiler sees.
    fn columns<'a>(inputs: &[&'a [f64]], from: usize, to: usize) -> Self::Columns<'a>;

    /// One row of the columns.
    fn at(columns: &Self::Columns<'_>, row: usize) -> Self;
}

impl Row for f64 {
    const INPUT: Input = Input::Value;
    type Columns<'a> = [&'a [f64]; 1];

    #[inline(always)]
    fn columns<'a>(inputs: &[&'a [f64]], from: usize, to: usize) -> Self::Columns<'a> {
        used(inputs, [0], from, to)
    }

    #[inline(always)]
    fn at(columns: &Self::Columns<'_>, row: usize) -> Self {
        columns[0][row]
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
    type Columns<'a> = [&'a [f64]; 2];

    #[inline(always)]
    fn columns<'a>(inputs: &[&'a [f64]], from: usize, to: usize) -> Self::Columns<'a> {
        used(inputs, [0, 1], from, to)
    }

    #[inline(always)]
    fn at(columns: &Self::Columns<'_>, row: usize) -> Self {
        Self { first: columns[0][row], second: columns[1][row] }
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
}

impl Row for HighLowClose {
    const INPUT: Input = Input::Bar;
    type Columns<'a> = [&'a [f64]; 3];

    #[inline(always)]
    fn columns<'a>(inputs: &[&'a [f64]], from: usize, to: usize) -> Self::Columns<'a> {
        used(inputs, [HIGH, LOW, CLOSE], from, to)
    }

    #[inline(always)]
    fn at(columns: &Self::Columns<'_>, row: usize) -> Self {
        Self { high: columns[0][row], low: columns[1][row], close: columns[2][row] }
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
            type Columns<'a> = [&'a [f64]; [$($place),+].len()];

            #[inline(always)]
            fn columns<'a>(inputs: &[&'a [f64]], from: usize, to: usize) -> Self::Columns<'a> {
                used(inputs, [$($place),+], from, to)
            }

            #[inline(always)]
            fn at(columns: &Self::Columns<'_>, row: usize) -> Self {
                let [$($field),+] = columns;
                Self { $( $field: $field[row], )+ }
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
    type Columns<'a> = [&'a [f64]; 4];

    #[inline(always)]
    fn columns<'a>(inputs: &[&'a [f64]], from: usize, to: usize) -> Self::Columns<'a> {
        used(inputs, [HIGH, LOW, CLOSE, VOLUME], from, to)
    }

    #[inline(always)]
    fn at(columns: &Self::Columns<'_>, row: usize) -> Self {
        let prices =
            HighLowClose { high: columns[0][row], low: columns[1][row], close: columns[2][row] };
        Self { prices, volume: columns[3][row] }
    }
}

/// The columns that are used. Plain loops over places, here and below: the pairs, closures and maps
/// of the standard library are not always inlined, and a row takes less time than a call.
#[inline(always)]
fn used<'a, const N: usize>(
    inputs: &[&'a [f64]],
    places: [usize; N],
    from: usize,
    to: usize,
) -> [&'a [f64]; N] {
    let mut columns: [&[f64]; N] = [&[]; N];
    for (lane, column) in columns.iter_mut().enumerate() {
        *column = &inputs[places[lane]][from..to];
    }
    columns
}

/// How many rows at the start have a value in every column.
#[inline(always)]
pub(super) fn complete(columns: &[&[f64]]) -> usize {
    // Most have no null: then the sum of their magnitudes is none, and not too large.
    if is_value(sum_of_many::<true>(columns)) {
        return columns[0].len();
    }
    let mut rows = columns[0].len();
    for column in columns {
        rows = values_at_start(&column[..rows]);
    }
    rows
}

/// Sum of all values or of their magnitudes, in as many parts as the processor adds side by side:
/// NaN or infinite if one of them is. Called once for many rows, so `cold`: their loop need not
/// keep its numbers where a call leaves them alone.
#[cold]
#[inline(never)]
pub(super) fn sum_of_many<const MAGNITUDES: bool>(columns: &[&[f64]]) -> f64 {
    const PARTS: usize = 16;
    let part = |value: f64| if MAGNITUDES { value.abs() } else { value };
    let mut sums = [0.0; PARTS];
    for column in columns {
        let (many, rest) = column.as_chunks::<PARTS>();
        for values in many {
            for (sum, value) in sums.iter_mut().zip(values) {
                *sum += part(*value);
            }
        }
        for (sum, value) in sums.iter_mut().zip(rest) {
            *sum += part(*value);
        }
    }
    let mut parts = PARTS / 2;
    while parts > 0 {
        for lane in 0..parts {
            sums[lane] += sums[lane + parts];
        }
        parts /= 2;
    }
    sums[0]
}

/// Whether every column has a value in the first row.
#[inline(always)]
pub(super) fn first_complete(columns: &[&[f64]]) -> bool {
    let mut complete = true;
    for column in columns {
        complete &= is_value(column[0]);
    }
    complete
}

/// How many values there are before the first null: many at a time, because most have none.
fn values_at_start(column: &[f64]) -> usize {
    const MANY: usize = 64;
    let mut row = 0;
    for chunk in column.as_chunks::<MANY>().0 {
        // As bits, of which the processor compares several values at a time: negative if one is
        // larger.
        let mut larger = 0;
        for value in chunk {
            larger |= MAGNITUDE_MAX.to_bits().wrapping_sub(value.abs().to_bits());
        }
        if larger >> 63 == 1 {
            break;
        }
        row += MANY;
    }
    while row < column.len() && is_value(column[row]) {
        row += 1;
    }
    row
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
    /// The columns that they go to.
    type Columns<'a>;

    /// The columns, one an output, the rows from one to before another.
    fn columns<'a>(outputs: &'a mut [&mut [f64]], from: usize, to: usize) -> Self::Columns<'a>;

    /// Puts the numbers of one row into their places.
    fn write(self, columns: &mut Self::Columns<'_>, row: usize);
}

/// Writes [`Values`] for as many numbers as there are names.
macro_rules! values {
    ($($count:literal: $($column:ident)+;)+) => {$(
        impl Values for [f64; $count] {
            const COUNT: usize = $count;
            type Columns<'a> = [&'a mut [f64]; $count];

            #[inline(always)]
            fn columns<'a>(
                outputs: &'a mut [&mut [f64]],
                from: usize,
                to: usize,
            ) -> Self::Columns<'a> {
                let [$($column),+] = outputs else { unreachable!("one column a value") };
                [$(&mut $column[from..to]),+]
            }

            #[inline(always)]
            fn write(self, columns: &mut Self::Columns<'_>, row: usize) {
                for (lane, column) in columns.iter_mut().enumerate() {
                    column[row] = self[lane];
                }
            }
        }
    )+};
}

values! {
    1: a;
    2: a b;
    3: a b c;
    4: a b c d;
    5: a b c d e;
    7: a b c d e f g;
    9: a b c d e f g h i;
}
