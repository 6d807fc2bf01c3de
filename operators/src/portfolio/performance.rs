//! What came of an account bar by bar, by the definitions of backtesting.py (`_stats.py`, version
//! 0.6): gathered as it goes, in a state that does not grow with the tape.

use super::{
    Holding,
    moments::{Moments, Pair},
};
use schemas::{EventTime, Money, Span, chunk::Candle};
use serde::{Deserialize, Serialize};

#[cfg(test)]
mod tests;

const DAY: Span = Span(86_400 * Span::SECOND.0);

/// What came of an account. Ratios are fractions, not percent; none where they are not defined.
/// Positions that are open at the end count as closed at the open of the last bar.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BarStatistics {
    /// Bars: moments at which candles ended.
    pub bars: u64,
    /// Start of the first bar, as text.
    pub from: String,
    /// Start of the last bar, as text.
    pub to: String,
    /// Share of bars with a position or a trade.
    pub exposure: f64,
    /// Equity at the end.
    pub equity_final: f64,
    /// Highest equity at the end of a bar.
    pub equity_peak: f64,
    /// Last equity over the first, less 1.
    pub total_return: Option<f64>,
    /// Last close over that of the first bar with all columns of the strategies, less 1.
    pub buy_and_hold_return: Option<f64>,
    /// `(1 + g)^A - 1`: g is the geometric mean of daily returns, A 252 or, if the market trades at
    /// weekends, 365; of longer bars those of a year.
    pub annual_return: Option<f64>,
    /// `sqrt((v + (1 + g)^2)^A - (1 + g)^(2 A))`, v being the variance of daily returns.
    pub annual_volatility: Option<f64>,
    /// Last equity over the first, by years of 365.25 days.
    pub cagr: Option<f64>,
    /// Annual return over annual volatility.
    pub sharpe: Option<f64>,
    /// Annual return over the root mean square of daily losses times sqrt(A).
    pub sortino: Option<f64>,
    /// Annual return over the largest drawdown.
    pub calmar: Option<f64>,
    /// Return less beta times that of buying and holding.
    pub alpha: Option<f64>,
    /// Slope of the log returns of equity over those of the closes, by bars; of one instrument.
    pub beta: Option<f64>,
    /// Largest loss from a highest equity, as a fraction of it.
    pub max_drawdown: f64,
    /// Mean of the largest losses between two highest equities.
    pub avg_drawdown: Option<f64>,
    /// Longest time between them, days.
    pub max_drawdown_days: Option<f64>,
    /// Mean time between them, days; backtesting.py rounds it up to whole bars.
    pub avg_drawdown_days: Option<f64>,
    /// Round trips: from flat, or from the other side, to flat or to the other side.
    pub trades: u64,
    /// Share of trades with a profit.
    pub win_rate: Option<f64>,
    /// Best profit over what was invested.
    pub best_trade: Option<f64>,
    /// Worst profit over what was invested.
    pub worst_trade: Option<f64>,
    /// Geometric mean of the trades' returns.
    pub avg_trade: Option<f64>,
    /// Longest trade, days.
    pub max_trade_days: Option<f64>,
    /// Mean length of trades, days; backtesting.py rounds it up to whole bars.
    pub avg_trade_days: Option<f64>,
    /// Sum of the returns of winning trades over that of losing ones.
    pub profit_factor: Option<f64>,
    /// Mean return of trades.
    pub expectancy: Option<f64>,
    /// System quality number: `sqrt(n) * mean / standard deviation` of the trades' profits.
    pub sqn: Option<f64>,
    /// Kelly criterion: `w - (1 - w) / (mean win / mean loss)`, w being the win rate.
    pub kelly: Option<f64>,
}

/// The running state.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Performance {
    curve: Curve,
    /// The newest bar: its equity is another one if it is the last.
    newest: Option<Bar>,
    trades: Trades,
    /// By instrument.
    open: Vec<Option<Open>>,
    /// Have all columns of a strategy had values?
    warm: bool,
    warm_close: Option<f64>,
    /// Of the bar that is not closed yet.
    at: EventTime,
    close: f64,
    traded: bool,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Bar {
    at: EventTime,
    close: f64,
    equity: f64,
    exposed: bool,
}

/// A round trip that has not come to its end.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Open {
    since: EventTime,
    invested: Money,
    profit: Money,
}

impl Performance {
    /// Before the first bar of an account of so many instruments.
    pub fn new(instruments: usize) -> Performance {
        Performance {
            curve: Curve::default(),
            newest: None,
            trades: Trades::default(),
            open: vec![None; instruments],
            warm: false,
            warm_close: None,
            at: EventTime::MIN,
            close: f64::NAN,
            traded: false,
        }
    }

    /// All columns of a strategy had values.
    pub fn warm(&mut self) {
        self.warm = true;
    }

    /// An execution in the bar that begins `at` and is told by [`Performance::candle`] after it:
    /// the holding before and after, what it realised and its fee.
    pub fn fill(
        &mut self,
        market: usize,
        at: EventTime,
        (before, after): (Holding, Holding),
        (realised, fee): (Money, Money),
    ) {
        self.traded = true;
        let reverses = before.quantity.signum() * after.quantity.signum() < 0;
        let ends = before.quantity != 0 && (after.quantity == 0 || reverses);
        // What closes bears the fee, and what opens anew after it does not pay it again.
        if let Some(open) = &mut self.open[market] {
            open.profit += realised - fee;
        }
        if ends && let Some(open) = self.open[market].take() {
            self.trades.add(open, at);
        }
        let grown = Money((after.cost - before.cost).0.abs());
        match &mut self.open[market] {
            Some(open) if after.quantity.abs() > before.quantity.abs() => open.invested += grown,
            None if after.quantity != 0 => {
                let (invested, paid) = match reverses {
                    true => (Money(after.cost.0.abs()), Money::ZERO),
                    false => (grown, fee),
                };
                self.open[market] = Some(Open { since: at, invested, profit: -paid });
            }
            _ => {}
        }
    }

    /// A candle is over; its fills were told before it.
    pub fn candle(&mut self, candle: &Candle) {
        self.at = candle.open_ts;
        self.close = match self.open.len() {
            1 => candle.prices[3] as f64,
            _ => f64::NAN,
        };
    }

    /// All candles of a moment are over: what the account is worth, and whether it holds anything.
    pub fn close_bar(&mut self, equity: f64, held: bool) {
        let exposed = held || std::mem::take(&mut self.traded);
        if let Some(bar) = self.newest.take() {
            self.curve.add(bar);
        }
        if self.warm && self.warm_close.is_none() {
            self.warm_close = Some(self.close);
        }
        self.newest = Some(Bar { at: self.at, close: self.close, equity, exposed });
    }

    /// All of it, if the newest bar is the last: equity with what is open valued at its open, and
    /// by instrument what that is worth less its cost. None before the first bar.
    pub fn statistics(&self, equity: Money, unrealised: &[Money]) -> Option<BarStatistics> {
        let last = self.newest?;
        let (mut curve, mut trades) = (self.curve.clone(), self.trades.clone());
        curve.add(Bar { equity: equity.to_f64(), ..last });
        for (open, unrealised) in self.open.iter().zip(unrealised) {
            if let Some(open) = *open {
                trades.add(Open { profit: open.profit + *unrealised, ..open }, last.at);
            }
        }
        let hold = self.warm_close.map(|first| last.close / first - 1.0);
        Some(curve.statistics(trades, hold))
    }
}

/// Trades that have ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Trades {
    profit: Moments,
    returns: Moments,
    wins: u64,
    won: f64,
    losses: u64,
    lost: f64,
    gained: f64,
    given: f64,
    best: f64,
    worst: f64,
    longest: i64,
    lasted: i128,
}

impl Default for Trades {
    fn default() -> Trades {
        Trades {
            profit: Moments::default(),
            returns: Moments::default(),
            wins: 0,
            won: 0.0,
            losses: 0,
            lost: 0.0,
            gained: 0.0,
            given: 0.0,
            best: f64::NEG_INFINITY,
            worst: f64::INFINITY,
            longest: 0,
            lasted: 0,
        }
    }
}

impl Trades {
    fn add(&mut self, open: Open, at: EventTime) {
        let profit = open.profit.to_f64();
        let gain = profit / open.invested.to_f64();
        self.profit.add(profit);
        self.returns.add(gain);
        if profit > 0.0 {
            (self.wins, self.won) = (self.wins + 1, self.won + profit);
        } else if profit < 0.0 {
            (self.losses, self.lost) = (self.losses + 1, self.lost - profit);
        }
        self.gained += gain.max(0.0);
        self.given += (-gain).max(0.0);
        self.best = self.best.max(gain);
        self.worst = self.worst.min(gain);
        let length = at.0 - open.since.0;
        self.longest = self.longest.max(length);
        self.lasted += i128::from(length);
    }
}

/// Equity at the end of each bar.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Curve {
    bars: u64,
    exposed: u64,
    at_weekends: u64,
    first: Option<Bar>,
    last: Option<Bar>,
    peak: f64,
    /// Number and time of the newest bar with the highest equity.
    top: (u64, EventTime),
    /// Largest loss since then, and ever.
    deep: f64,
    deepest: f64,
    /// Times between highest equities: how many, their sum and longest, and the losses' sum.
    dips: u64,
    dipped: i128,
    longest: i64,
    depth: f64,
    /// Log returns of equity and of closes.
    beta: Pair,
    /// The newest day and its last equity; that of the day before.
    day: Option<(EventTime, f64)>,
    day_before: Option<f64>,
    daily: Moments,
    /// Sum of squares of daily losses.
    losses: f64,
}

impl Curve {
    fn add(&mut self, bar: Bar) {
        self.bars += 1;
        self.exposed += u64::from(bar.exposed);
        // The first day of 1970 was a Thursday.
        let weekday = (bar.at.0.div_euclid(DAY.0) + 3).rem_euclid(7);
        self.at_weekends += u64::from(weekday >= 5);
        if let Some(last) = self.last {
            self.beta.add((bar.close / last.close).ln(), (bar.equity / last.equity).ln());
        }
        self.first.get_or_insert(bar);
        self.last = Some(bar);
        self.peak = if self.bars == 1 { bar.equity } else { self.peak.max(bar.equity) };
        if bar.equity >= self.peak {
            self.dip(bar.at);
            (self.top, self.deep) = ((self.bars, bar.at), 0.0);
        } else {
            self.deep = self.deep.max(1.0 - bar.equity / self.peak);
            self.deepest = self.deepest.max(self.deep);
        }
        let day = bar.at.floor(DAY);
        match &mut self.day {
            Some((same, equity)) if *same == day => *equity = bar.equity,
            _ => {
                self.end_day();
                self.day = Some((day, bar.equity));
            }
        }
    }

    /// Counts a time below the highest equity that ends now, unless it is none.
    fn dip(&mut self, now: EventTime) {
        let (number, since) = self.top;
        if self.bars > 1 && self.bars > number + 1 {
            let length = now.0 - since.0;
            self.dips += 1;
            self.dipped += i128::from(length);
            self.longest = self.longest.max(length);
            self.depth += self.deep;
        }
    }

    fn end_day(&mut self) {
        let Some((_, equity)) = self.day else { return };
        if let Some(before) = self.day_before {
            let gain = equity / before - 1.0;
            self.daily.add(gain);
            self.losses += gain.min(0.0).powi(2);
        }
        self.day_before = Some(equity);
    }

    /// Returns of days, or of longer bars, in a year.
    fn in_a_year(&self, first: EventTime, last: EventTime) -> f64 {
        let bar = in_days((last.0 - first.0).into()) / (self.bars.max(2) - 1) as f64;
        match bar {
            6.0..8.0 => 52.0,
            28.0..32.0 => 12.0,
            360.0..370.0 => 1.0,
            // Does the market rest at weekends?
            _ if self.at_weekends as f64 / self.bars as f64 > 2.0 / 7.0 * 0.6 => 365.0,
            _ => 252.0,
        }
    }

    fn statistics(mut self, trades: Trades, hold: Option<f64>) -> BarStatistics {
        let (first, last) = self.first.zip(self.last).expect("there is a bar");
        if last.equity < self.peak {
            self.dip(last.at);
        }
        self.end_day();
        let days = self.in_a_year(first.at, last.at);
        let total = last.equity / first.equity - 1.0;
        let years = in_days((last.at.0 - first.at.0).into()) / 365.25;
        let mean = 1.0 + self.daily.geometric_mean();
        let annual = mean.powf(days) - 1.0;
        let spread = (self.daily.variance() + mean.powi(2)).powf(days) - mean.powf(2.0 * days);
        let volatility = spread.sqrt();
        let downside = (self.losses / self.daily.count as f64).sqrt() * days.sqrt();
        let beta = self.beta.slope();
        let hold = hold.unwrap_or(f64::NAN);
        let count = trades.profit.count;
        let (n, dips) = (count as f64, self.dips as f64);
        let wins = trades.wins as f64 / n;
        let odds = (trades.won / trades.wins as f64) / (trades.lost / trades.losses as f64);
        BarStatistics {
            bars: self.bars,
            from: first.at.to_string(),
            to: last.at.to_string(),
            exposure: self.exposed as f64 / self.bars as f64,
            equity_final: last.equity,
            equity_peak: self.peak,
            total_return: known(total),
            buy_and_hold_return: known(hold),
            annual_return: known(annual),
            annual_volatility: known(volatility),
            cagr: known((1.0 + total).powf(1.0 / years) - 1.0),
            sharpe: known(annual / volatility),
            sortino: known(annual / downside),
            calmar: known(annual / self.deepest),
            alpha: known(total - beta * hold),
            beta: known(beta),
            max_drawdown: self.deepest,
            avg_drawdown: known(self.depth / dips),
            max_drawdown_days: (self.dips > 0).then(|| in_days(self.longest.into())),
            avg_drawdown_days: known(in_days(self.dipped) / dips),
            trades: count,
            win_rate: known(wins),
            best_trade: known(trades.best),
            worst_trade: known(trades.worst),
            avg_trade: known(trades.returns.geometric_mean()),
            max_trade_days: (count > 0).then(|| in_days(trades.longest.into())),
            avg_trade_days: known(in_days(trades.lasted) / n),
            profit_factor: known(trades.gained / trades.given),
            expectancy: known(trades.returns.mean()),
            sqn: known(n.sqrt() * trades.profit.mean() / trades.profit.variance().sqrt()),
            kelly: known(wins - (1.0 - wins) / odds),
        }
    }
}

fn in_days(ns: i128) -> f64 {
    ns as f64 / DAY.0 as f64
}

fn known(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}
