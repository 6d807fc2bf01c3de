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
//! To add one: write its file with an `impl Definition`, then add its `mod` line below and its
//! entry in `list.rs`.
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
mod average;
mod candles;
mod exact;
mod extreme;
mod hilbert;
mod levels;
mod line;
mod list;
mod moments;
mod movement;
mod parameter;
mod plain;
mod returns;
mod row;
mod smooth;
mod sorted;
mod state;
mod talib;
mod used;
mod window;

pub mod ac;
pub mod accbands;
pub mod ad;
pub mod adosc;
pub mod adr;
pub mod adx;
pub mod adxr;
pub mod alligator;
pub mod alma;
pub mod amihud;
pub mod ao;
pub mod apo;
pub mod aroon;
pub mod aroonosc;
pub mod atr;
pub mod atr_stop;
pub mod avgdev;
pub mod bbands;
pub mod beta;
pub mod bias;
pub mod bipower_variation;
pub mod bop;
pub mod cci;
pub mod chande_kroll;
pub mod chandelier;
pub mod choppiness;
pub mod cmf;
pub mod cmo;
pub mod cmou;
pub mod cog;
pub mod cointegration;
pub mod connors_rsi;
pub mod coppock;
pub mod correl;
pub mod crossany;
pub mod crossover;
pub mod cti;
pub mod cumsum;
pub mod cvi;
pub mod decay;
pub mod dema;
pub mod donchian;
pub mod dpo;
pub mod dx;
pub mod edecay;
pub mod efi;
pub mod ema;
pub mod emv;
pub mod envelope;
pub mod er;
pub mod eri;
pub mod fcb;
pub mod fisher;
pub mod fosc;
pub mod fractal;
pub mod garman_klass;
pub mod gator;
pub mod ha;
pub mod hma;
pub mod ht_dcperiod;
pub mod ht_dcphase;
pub mod ht_phasor;
pub mod ht_sine;
pub mod ht_trendline;
pub mod ht_trendmode;
pub mod hurst;
pub mod ichimoku;
pub mod imi;
pub mod kama;
pub mod kc;
pub mod kdj;
pub mod kst;
pub mod kvo;
pub mod lag;
pub mod ma;
pub mod macd;
pub mod macdext;
pub mod macdfix;
pub mod mama;
pub mod mape;
pub mod marketfi;
pub mod massi;
pub mod mavp;
pub mod max;
pub mod maxindex;
pub mod mcginley;
pub mod mfi;
pub mod midpoint;
pub mod midprice;
pub mod min;
pub mod minindex;
pub mod minmax;
pub mod minmaxindex;
pub mod minus_di;
pub mod minus_dm;
pub mod mom;
pub mod msw;
pub mod natr;
pub mod nvi;
pub mod obv;
pub mod pair_spread;
pub mod parkinson;
pub mod percentile;
pub mod percentrank;
pub mod pgo;
pub mod pivots;
pub mod pivots_camarilla;
pub mod pivots_demark;
pub mod pivots_fibonacci;
pub mod pivots_woodie;
pub mod plus_di;
pub mod plus_dm;
pub mod pmo;
pub mod ppo;
pub mod prs;
pub mod psl;
pub mod pvi;
pub mod pvo;
pub mod pvt;
pub mod qstick;
pub mod realized_volatility;
pub mod regression_channel;
pub mod rma;
pub mod rmta;
pub mod roc;
pub mod roc_bands;
pub mod rocp;
pub mod rocr;
pub mod rocr100;
pub mod rogers_satchell;
pub mod rolling_pivots;
pub mod rolling_vwap;
pub mod rsi;
pub mod rvgi;
pub mod rvi;
pub mod rvol;
pub mod sar;
pub mod sarext;
pub mod sma;
pub mod smi;
pub mod squeeze;
pub mod starc;
pub mod stc;
pub mod stddev;
pub mod stderr;
pub mod stoch;
pub mod stochf;
pub mod stochrsi;
pub mod sum;
pub mod super_smoother;
pub mod supertrend;
pub mod t3;
pub mod tema;
pub mod trange;
pub mod trima;
pub mod trix;
pub mod tsi;
pub mod ulcer;
pub mod ultosc;
pub mod var;
pub mod vhf;
pub mod vidya;
pub mod volatility;
pub mod volatility_stop;
pub mod vortex;
pub mod vwap;
pub mod vwma;
pub mod wad;
pub mod willr;
pub mod wma;
pub mod yang_zhang;
pub mod zigzag;
pub mod zlema;
pub mod zscore;

#[cfg(test)]
mod brute;
#[cfg(test)]
mod drift;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod scales;
#[cfg(test)]
mod testing;

pub(crate) use catalogue::{left_out, parameters};

pub use average::MaType;
pub use candles::*;
pub use catalogue::{About, Definition, Entry, Kind, Parameter, Parameters};
pub use line::*;
pub use list::IndicatorSpec;
pub use parameter::{
    Deviations, Factor, Level, Limit, Penetration, Percent, Period, Portion, Smoother, Unstable,
    Width,
};
pub use plain::*;
pub use row::{
    BAR_COLUMNS, CloseVolume, HighLow, HighLowClose, HighLowCloseVolume, HighLowVolume, Input,
    MAGNITUDE_MAX, OpenClose, OpenHighLowClose, Pair, Row, Values, Volume,
};
pub use state::{Indicator, IndicatorState, Output, SnapshotError, Unit};
