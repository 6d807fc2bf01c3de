//! Bars from trades, from best bids and offers, from the venue's candles, and from lower bars. One
//! file a kind; the list is [`BarKind`].
//!
//! A bar closes at once with the event that completes it, or when its span of time is over; in the
//! first case the event belongs to it. Bars that time does not cut have an event each, so there are
//! no empty ones; what becomes of empty spans of time is said by [`Empty`].

mod build;
mod cut;
mod parameter;
mod state;
mod time;

pub mod dollar;
pub mod imbalance;
pub mod range;
pub mod renko;
pub mod renko_atr;
pub mod run;
pub mod tick;
pub mod volume;

#[cfg(test)]
mod tests;

pub use build::Builder;
pub use cut::{Cut, Rule};
pub use parameter::{BarOn, BrickStart, Feed, Measure};
pub use state::{BarEvent, BarState, BarTrade, Made};
pub use time::{Empty, TimeBar};

use crate::indicators::{Parameter, Parameters};
use schemas::records::Clock;
use serde::{Deserialize, Serialize};

/// A bar's definition as it stands in the job file:
/// `{ time = { every = "1m", clock = "receive" } }`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum BarKind {
    /// Bars over equal spans of time.
    Time(TimeBar),
    /// Bars of equal numbers of records.
    Tick(tick::TickBar),
    /// Bars of equal volume.
    Volume(volume::VolumeBar),
    /// Bars of equal money traded.
    Dollar(dollar::DollarBar),
    /// Bars that close when bought and sold differ by more than usual.
    Imbalance(imbalance::ImbalanceBar),
    /// Bars that close when one side took more than usual.
    Run(run::RunBar),
    /// Bars of equal range.
    Range(range::RangeBar),
    /// Renko bricks.
    Renko(renko::RenkoBar),
    /// Renko bricks as high as prices range.
    RenkoAtr(renko_atr::RenkoAtrBar),
}

/// A kind of bar that time does not cut, for `tapeflow catalogue`.
#[derive(Debug, Clone, Copy)]
pub struct BarEntry {
    /// Name in the job file.
    pub kind: &'static str,
    /// How it is cut.
    pub doc: &'static str,
    /// Its parameters.
    pub parameters: &'static [Parameter],
    /// An example of them in TOML.
    pub example: &'static str,
    /// When it closes.
    pub formula: &'static str,
    /// Which choices it makes.
    pub convention: &'static str,
    /// Where the definition stands.
    pub source: &'static str,
}

const fn entry<P: Parameters>(
    kind: &'static str,
    example: &'static str,
    (formula, convention, source): (&'static str, &'static str, &'static str),
) -> BarEntry {
    let (doc, parameters) = (P::DOC, P::PARAMETERS);
    BarEntry { kind, doc, parameters, example, formula, convention, source }
}

const WHOLE: &str = "records are not split: what completes a bar is in it whole, and it may hold \
                     more than was asked for";

const RENKO: &str = "bricks stand where `start` says; every record counts, and of bars and candles \
                     their closes";

const RENKO_ATR: &str = "Wilder's average, of the events before; each brick keeps the height that \
                         it began with";

const SIDES: &str = "up and down by the aggressor, else by the last change of price; means of \
                     sizes instead of signed ones, and the usual length within 1/8 to 8 times \
                     `expected`, so that bars neither vanish nor grow without end";

/// Where most of them come from.
const ADVANCES: &str = "M. Lopez de Prado, Advances in Financial Machine Learning (2018), 2.3";

impl BarKind {
    /// Every kind that time does not cut.
    pub const CATALOGUE: [BarEntry; 8] = [
        entry::<tick::TickBar>(
            "tick",
            "{ count = 100 }",
            ("events >= count", "each record counts once, whatever its size", ADVANCES),
        ),
        entry::<volume::VolumeBar>(
            "volume",
            "{ quantity = \"10\" }",
            ("sum(quantity) >= quantity", WHOLE, ADVANCES),
        ),
        entry::<dollar::DollarBar>(
            "dollar",
            "{ notional = \"1000000\" }",
            ("sum(price * quantity) >= notional", WHOLE, ADVANCES),
        ),
        entry::<imbalance::ImbalanceBar>(
            "imbalance",
            "{ of = \"volume\", expected = 100, bars = 20 }",
            ("|up - down| >= ema(events) * ema(|up - down| / events)", SIDES, ADVANCES),
        ),
        entry::<run::RunBar>(
            "run",
            "{ of = \"count\", expected = 100, bars = 20 }",
            ("max(up, down) >= ema(events) * ema(max(up, down) / events)", SIDES, ADVANCES),
        ),
        entry::<range::RangeBar>(
            "range",
            "{ range = \"5\" }",
            (
                "high - low >= range",
                "the record that reaches the range is in the bar, which may be higher by its jump",
                "Vicente Nicolellis, 1995",
            ),
        ),
        entry::<renko::RenkoBar>(
            "renko",
            "{ brick = \"5\" }",
            (
                "|price - close before| >= brick, twice that to turn",
                RENKO,
                "Steve Nison, Beyond Candlesticks (1994)",
            ),
        ),
        entry::<renko_atr::RenkoAtrBar>(
            "renko_atr",
            "{ period = 14 }",
            (
                "|price - close before| >= atr(period), twice that to turn",
                RENKO_ATR,
                "Steve Nison, Beyond Candlesticks (1994); J. Welles Wilder (1978)",
            ),
        ),
    ];

    /// What it is built from.
    pub fn on(&self) -> &BarOn {
        match self {
            BarKind::Time(bar) => &bar.on,
            BarKind::Tick(bar) => &bar.on,
            BarKind::Volume(bar) => &bar.on,
            BarKind::Dollar(bar) => &bar.on,
            BarKind::Imbalance(bar) => &bar.on,
            BarKind::Run(bar) => &bar.on,
            BarKind::Range(bar) => &bar.on,
            BarKind::Renko(bar) => &bar.on,
            BarKind::RenkoAtr(bar) => &bar.on,
        }
    }

    /// The clock that its times are of.
    pub fn clock(&self) -> Clock {
        match self {
            BarKind::Time(bar) => bar.clock,
            _ => Clock::Receive,
        }
    }

    /// The key in a job file.
    pub fn name(&self) -> &'static str {
        match self {
            BarKind::Time(_) => "time",
            BarKind::Tick(_) => "tick",
            BarKind::Volume(_) => "volume",
            BarKind::Dollar(_) => "dollar",
            BarKind::Imbalance(_) => "imbalance",
            BarKind::Run(_) => "run",
            BarKind::Range(_) => "range",
            BarKind::Renko(_) => "renko",
            BarKind::RenkoAtr(_) => "renko_atr",
        }
    }

    /// Does it need to know what each quantity cost, which candles do not say?
    pub fn needs_notional(&self) -> bool {
        match self {
            BarKind::Dollar(_) => true,
            BarKind::Imbalance(bar) => bar.of == Measure::Notional,
            BarKind::Run(bar) => bar.of == Measure::Notional,
            _ => false,
        }
    }

    /// Does it need volume, which best bids and offers have not?
    pub fn needs_volume(&self) -> bool {
        match self {
            BarKind::Volume(_) | BarKind::Dollar(_) => true,
            BarKind::Imbalance(bar) => bar.of != Measure::Count,
            BarKind::Run(bar) => bar.of != Measure::Count,
            _ => false,
        }
    }
}

/// The columns that a bar named `b` offers to rules and indicators as `b.open`, ….
/// Built from best bids and offers, `trades` counts these, and there is no volume. Built from
/// candles there is no `vwap`, and `buy_volume` and `trades` only where all candles say them.
pub const BAR_COLUMNS: [(&str, &str); 8] = [
    ("open", "first price"),
    ("high", "highest price"),
    ("low", "lowest price"),
    ("close", "last price"),
    ("volume", "sum of quantities"),
    ("vwap", "volume-weighted average price"),
    ("buy_volume", "volume of trades whose aggressor bought"),
    ("trades", "number of trades"),
];
