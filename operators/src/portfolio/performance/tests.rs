//! Statistics of a few bars, by the definitions as they are written.

use super::*;

const ONE: i128 = 1_000_000_000_000;

/// Bars of a day with equity and closes, the first of them on this day since 1970.
fn of(first: i64, bars: &[(f64, i64)]) -> Performance {
    let mut performance = Performance::new(1);
    for (n, (equity, close)) in bars.iter().enumerate() {
        let open_ts = EventTime((first + n as i64) * DAY.0);
        let prices = [*close; 4];
        let close_ts = open_ts.plus(DAY);
        let (volume, buy_volume, trades) = (0, None, None);
        performance.candle(&Candle { open_ts, close_ts, prices, volume, buy_volume, trades });
        if n == 1 {
            performance.warm();
        }
        performance.close_bar(*equity, false);
    }
    performance
}

fn near(found: Option<f64>, expected: f64) {
    let found = found.unwrap();
    let most = 1e-12 * expected.abs().max(1.0);
    assert!((found - expected).abs() < most, "{found} is not {expected}");
}

#[test]
fn equity_and_closes_give_returns_and_drawdowns() {
    let bars = [(100.0, 10), (90.0, 20), (95.0, 15), (101.0, 30), (80.0, 25), (999.0, 50)];
    // A Monday; the last bar's equity is that at its open.
    let found = of(4, &bars).statistics(Money(85 * ONE), &[Money::ZERO]).unwrap();
    assert_eq!((found.bars, found.trades, found.exposure), (6, 0, 0.0));
    assert_eq!((&found.from[..10], &found.to[..10]), ("1970-01-05", "1970-01-10"));
    assert_eq!((found.equity_final, found.equity_peak), (85.0, 101.0));
    near(found.total_return, -0.15);
    near(found.buy_and_hold_return, 1.5);
    near(Some(found.max_drawdown), 21.0 / 101.0);
    near(found.avg_drawdown, (0.1 + 21.0 / 101.0) / 2.0);
    near(found.max_drawdown_days, 3.0);
    near(found.avg_drawdown_days, 2.5);
    let equity = [100.0, 90.0, 95.0, 101.0, 80.0, 85.0];
    let daily: Vec<f64> = equity.windows(2).map(|pair| pair[1] / pair[0] - 1.0).collect();
    // One of six bars is of a Saturday: fewer than a market without rest has.
    let (n, year) = (5.0, 252.0);
    let mean = (85.0f64 / 100.0).powf(1.0 / n);
    let average = daily.iter().sum::<f64>() / n;
    let variance = daily.iter().map(|r| (r - average).powi(2)).sum::<f64>() / (n - 1.0);
    let annual = mean.powf(year) - 1.0;
    let spread = ((variance + mean * mean).powf(year) - mean.powf(2.0 * year)).sqrt();
    near(found.annual_return, annual);
    let relative = found.annual_volatility.unwrap() / spread;
    assert!((relative - 1.0).abs() < 1e-9, "{relative}");
    near(found.calmar, annual / found.max_drawdown);
    let losses = daily.iter().map(|r| r.min(0.0).powi(2)).sum::<f64>() / n;
    near(found.sortino, annual / (losses.sqrt() * year.sqrt()));
    near(found.cagr, 0.85f64.powf(365.25 / 5.0) - 1.0);
    let logs = |values: &[f64]| -> Vec<f64> {
        values.windows(2).map(|pair| (pair[1] / pair[0]).ln()).collect()
    };
    let (y, x) = (logs(&equity), logs(&bars.map(|(_, close)| close as f64)));
    let (my, mx) = (y.iter().sum::<f64>() / n, x.iter().sum::<f64>() / n);
    let products: f64 = x.iter().zip(&y).map(|(x, y)| (x - mx) * (y - my)).sum();
    let beta = products / x.iter().map(|x| (x - mx).powi(2)).sum::<f64>();
    near(found.beta, beta);
    near(found.alpha, -0.15 - beta * 1.5);
    assert_eq!((found.win_rate, found.sqn, found.kelly), (None, None, None));
}

#[test]
fn a_year_has_as_many_bars_as_the_market_makes() {
    let rise = [(100.0, 10), (101.0, 10), (103.0, 10), (104.0, 10)];
    // Thursday to Sunday: half of them at a weekend.
    let daily = of(0, &rise).statistics(Money(104 * ONE), &[Money::ZERO]).unwrap();
    near(daily.annual_return, 1.04f64.powf(365.0 / 3.0) - 1.0);
    assert_eq!((daily.sortino, daily.calmar, daily.avg_drawdown), (None, None, None));
}

#[test]
fn round_trips_bear_their_fees_and_end_when_they_turn() {
    let at = |day: i64| EventTime(day * DAY.0);
    let held = |quantity: i64, cost: i128| Holding {
        quantity,
        cost: Money(cost * ONE),
        ..Holding::default()
    };
    let money = |amount: i128| Money(amount * ONE);
    let mut performance = of(0, &[(100.0, 10), (100.0, 10)]);
    // Ten for 100, ten more for 140, half of them sold with 40 of profit, and over to short.
    let steps = [
        (held(0, 0), held(10, 100), money(0), money(1)),
        (held(10, 100), held(20, 240), money(0), money(1)),
        (held(20, 240), held(10, 120), money(40), money(1)),
        (held(10, 120), held(-5, -80), money(20), money(2)),
        (held(-5, -80), held(0, 0), money(-10), money(1)),
    ];
    for (day, (before, after, realised, fee)) in steps.into_iter().enumerate() {
        performance.fill(0, at(day as i64), (before, after), (realised, fee));
    }
    let found = performance.statistics(money(100), &[Money::ZERO]).unwrap();
    assert_eq!(found.trades, 2);
    near(found.best_trade, 55.0 / 240.0);
    near(found.worst_trade, -11.0 / 80.0);
    near(found.win_rate, 0.5);
    near(found.profit_factor, (55.0 / 240.0) / (11.0 / 80.0));
    near(found.expectancy, (55.0 / 240.0 - 11.0 / 80.0) / 2.0);
    near(found.max_trade_days, 3.0);
    near(found.avg_trade_days, 2.0);
    near(found.kelly, 0.5 - 0.5 / (55.0 / 11.0));
    let deviation = (33.0f64 * 33.0 * 2.0).sqrt();
    near(found.sqn, 2f64.sqrt() * 22.0 / deviation);
}
