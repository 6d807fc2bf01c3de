//! Statistics of accounts whose orders candles fill, bar by bar.

use super::{
    numbers::grouped,
    text::{Line, write_lines},
};
use operators::account::BarStatistics;
use std::{collections::BTreeMap, fmt::Write};

/// A section for each account.
pub(super) fn text(accounts: &BTreeMap<String, BarStatistics>, text: &mut String) {
    for (account, statistics) in accounts {
        let _ = writeln!(
            text,
            "\nBar by bar ({account}), as backtesting.py defines it; what is open at the end is \
             closed at the last open"
        );
        write_lines(&lines(statistics), text);
    }
}

fn lines(of: &BarStatistics) -> Vec<Line> {
    let show = |value: Option<f64>, unit: f64, name: &str| match value {
        Some(value) => format!("{:.2}{name}", value * unit),
        None => "-".to_owned(),
    };
    let percent = |value: Option<f64>| show(value, 100.0, " %");
    let plain = |value: Option<f64>| show(value, 1.0, "");
    let days = |value: Option<f64>| show(value, 1.0, " d");
    let line = |label, value: String, note: &str| (label, value, note.to_owned());
    vec![
        line("bars", grouped(of.bars), ""),
        line("exposure", percent(Some(of.exposure)), "of bars with a position or a trade"),
        line("equity at end", plain(Some(of.equity_final)), ""),
        line("equity peak", plain(Some(of.equity_peak)), "at the end of a bar"),
        line("return", percent(of.total_return), ""),
        line("buy and hold", percent(of.buy_and_hold_return), "from the first warm bar's close"),
        line("annual return", percent(of.annual_return), "daily, compounded; 252 or 365 days"),
        line("annual volatility", percent(of.annual_volatility), "of compounded daily returns"),
        line("CAGR", percent(of.cagr), "by years of 365.25 days"),
        line("Sharpe", plain(of.sharpe), "annual return over annual volatility"),
        line("Sortino", plain(of.sortino), "annual return over annual downside deviation"),
        line("Calmar", plain(of.calmar), "annual return over max drawdown"),
        line("alpha", percent(of.alpha), "return less beta times buy and hold"),
        line("beta", plain(of.beta), "of log returns by bars"),
        line("max drawdown", percent(Some(of.max_drawdown)), "at the end of a bar"),
        line("mean drawdown", percent(of.avg_drawdown), "between two highest equities"),
        line("longest drawdown", days(of.max_drawdown_days), ""),
        line("mean drawdown", days(of.avg_drawdown_days), ""),
        line("trades", grouped(of.trades), "round trips"),
        line("win rate", percent(of.win_rate), ""),
        line("best trade", percent(of.best_trade), ""),
        line("worst trade", percent(of.worst_trade), ""),
        line("mean trade", percent(of.avg_trade), "geometric"),
        line("longest trade", days(of.max_trade_days), ""),
        line("mean trade", days(of.avg_trade_days), ""),
        line("profit factor", plain(of.profit_factor), "returns won over returns lost"),
        line("expectancy", percent(of.expectancy), "mean return of a trade"),
        line("SQN", plain(of.sqn), "sqrt(trades) * mean profit / its standard deviation"),
        line("Kelly criterion", plain(of.kelly), ""),
    ]
}
