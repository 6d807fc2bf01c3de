//! Indicators: numbers computed row by row from one series, or from the bars of one instrument.
//!
//! The parameters struct of an indicator is what a job file writes; [`Indicator::start`] makes its
//! running state, which takes a batch of columns at a time and can be saved and restored.
//!
//! Rules that hold for all of them, each a law in `laws.rs`:
//! - A null in (NaN, infinity, or beyond [`MAGNITUDE_MAX`]) gives nulls out and leaves the state as
//!   it was; of a bar only the columns that the indicator uses count.
//! - Nulls out are NaN; infinity never comes out.
//! - Rows without a value at the start: exactly [`Output::warm_up`] of the rows that had input.
//! - The values depend on the rows only, not on how they are cut into batches.
//!
//! To add one: write its file with an `impl Definition`, then add its `mod` line and its entry in
//! `catalogue!` below.
//!
//! ```
//! use operators::indicators::{Indicator, IndicatorSpec, Period, sma::Sma};
//!
//! let spec = IndicatorSpec::Sma(Sma { period: Period::of(2) });
//! let mut state = spec.indicator().start();
//! let mut means = [0.0; 3];
//! state.run(&[&[1.0, 3.0, 4.0]], &mut [&mut means]);
//! assert!(means[0].is_nan());
//! assert_eq!(means[1..], [2.0, 3.5]);
//! ```

#[macro_use]
mod catalogue;
mod extreme;
mod parameter;
mod row;
mod smooth;
mod state;
mod window;

pub mod adx;
pub mod atr;
pub mod bbands;
pub mod cci;
pub mod dema;
pub mod ema;
pub mod macd;
pub mod max;
pub mod min;
pub mod mom;
pub mod obv;
pub mod roc;
pub mod rolling_vwap;
pub mod rsi;
pub mod sma;
pub mod stddev;
pub mod stoch;
pub mod stochf;
pub mod tema;
pub mod trange;
pub mod vwap;
pub mod willr;
pub mod wma;

#[cfg(test)]
mod brute;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod testing;

pub use catalogue::{About, Definition, Entry, Kind, Parameter, Parameters};
pub use parameter::{Deviations, Period};
pub use row::{
    BAR_COLUMNS, CloseVolume, HighLowClose, HighLowCloseVolume, Input, MAGNITUDE_MAX, Row,
};
pub use state::{Indicator, IndicatorState, Output, SnapshotError};

catalogue! {
    adx::Adx,
    atr::Atr,
    bbands::Bbands,
    cci::Cci,
    dema::Dema,
    ema::Ema,
    macd::Macd,
    max::Max,
    min::Min,
    mom::Mom,
    obv::Obv,
    roc::Roc,
    rolling_vwap::RollingVwap,
    rsi::Rsi,
    sma::Sma,
    stddev::Stddev,
    stoch::Stoch,
    stochf::Stochf,
    tema::Tema,
    trange::Trange,
    vwap::Vwap,
    willr::Willr,
    wma::Wma,
}
