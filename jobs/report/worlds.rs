//! Worlds side by side: what came of the job under each set of terms, and the band of it.

use super::{
    metrics::{self, Total},
    numbers::{grouped, money, table},
};
use comfy_table::CellAlignment;
use pipeline::{RunSummary, plan::WorldPlan};
use schemas::Money;
use serde::Serialize;
use std::{cmp::Reverse, collections::BTreeMap, fmt::Write};

/// A world and what came of it.
pub struct World<'a> {
    /// Its name; none is the job as it is written.
    plan: Option<&'a WorldPlan>,
    /// As if it had been run alone.
    summary: RunSummary,
}

/// Profit over all worlds, the job as it is written among them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Band {
    /// Least profit.
    pub least: f64,
    /// A quarter of the worlds lies below it.
    pub lower_quartile: f64,
    /// Half of the worlds lie below it.
    pub median: f64,
    /// Three quarters of the worlds lie below it.
    pub upper_quartile: f64,
    /// Largest profit.
    pub largest: f64,
}

/// A world for programs.
#[derive(Debug, Serialize)]
pub struct WorldJson {
    name: Option<String>,
    settings: BTreeMap<String, String>,
    /// Of each currency; one alone stands for itself.
    pnl: BTreeMap<String, f64>,
    fees: BTreeMap<String, f64>,
    orders: u64,
    fills: u64,
    max_drawdown: f64,
    sharpe: Option<f64>,
}

/// The job as it is written, then its worlds; none where there are no worlds.
pub fn worlds(summary: &RunSummary) -> Vec<World<'_>> {
    if summary.worlds.is_empty() {
        return Vec::new();
    }
    let mut written = summary.clone();
    written.stats.in_worlds.clear();
    let others = summary.worlds.iter().map(|plan| {
        let stats = summary.stats.in_worlds.get(&plan.name).cloned().unwrap_or_default();
        World { plan: Some(plan), summary: RunSummary { stats, ..written.clone() } }
    });
    [World { plan: None, summary: written.clone() }].into_iter().chain(others).collect()
}

impl World<'_> {
    fn name(&self) -> &str {
        self.plan.map_or("as written", |plan| &plan.name)
    }

    /// What it sets, each path by its last step.
    fn settings(&self) -> String {
        let settings = self.plan.map_or(&[][..], |plan| &plan.settings);
        let short = |(path, value): &(String, String)| {
            let last = path.rsplit('.').next().unwrap_or(path);
            format!("{last} = {value}")
        };
        settings.iter().map(short).collect::<Vec<_>>().join(", ")
    }

    fn json(&self) -> WorldJson {
        let totals = metrics::totals(&self.summary);
        let each = |of: fn(Total) -> Money| {
            totals.iter().map(|(currency, total)| (currency.clone(), of(*total).to_f64())).collect()
        };
        let settings = self.plan.map_or(&[][..], |plan| &plan.settings);
        WorldJson {
            name: self.plan.map(|plan| plan.name.clone()),
            settings: settings.iter().cloned().collect(),
            pnl: each(Total::pnl),
            fees: each(|total| total.fees),
            orders: self.summary.stats.orders,
            fills: self.summary.stats.fills,
            max_drawdown: metrics::max_drawdown(&self.summary),
            sharpe: metrics::sharpe(&self.summary),
        }
    }
}

/// All worlds for programs.
pub fn json(worlds: &[World<'_>]) -> Vec<WorldJson> {
    worlds.iter().map(World::json).collect()
}

/// The band of profits in each currency. Quartiles lie between the worlds next to them, in
/// proportion.
pub fn bands(worlds: &[World<'_>]) -> BTreeMap<String, Band> {
    let mut profits: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for world in worlds {
        for (currency, total) in metrics::totals(&world.summary) {
            profits.entry(currency).or_default().push(total.pnl().to_f64());
        }
    }
    let band = |(currency, mut profits): (String, Vec<f64>)| {
        profits.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let place = share * (profits.len() - 1) as f64;
            let (low, high) = (profits[place.floor() as usize], profits[place.ceil() as usize]);
            low + (high - low) * place.fract()
        };
        let band = Band {
            least: at(0.0),
            lower_quartile: at(0.25),
            median: at(0.5),
            upper_quartile: at(0.75),
            largest: at(1.0),
        };
        (currency, band)
    };
    profits.into_iter().map(band).collect()
}

/// Worlds shown one by one; of more only the best and the worst.
const SHOWN: usize = 24;

/// The section for people.
pub fn text(summary: &RunSummary, text: &mut String) {
    let worlds = worlds(summary);
    if worlds.is_empty() {
        return;
    }
    for (currency, band) in bands(&worlds) {
        let Band { least, lower_quartile, median, upper_quartile, largest } = band;
        let _ = writeln!(
            text,
            "\nWorlds ({currency}): profit in {} of them\n  least {least:.2}, lower quartile \
             {lower_quartile:.2}, median {median:.2}, upper quartile {upper_quartile:.2}, largest \
             {largest:.2}",
            grouped(worlds.len() as u64),
        );
        let mut ranked: Vec<(Total, &World<'_>)> = worlds
            .iter()
            .filter_map(|world| Some((*metrics::totals(&world.summary).get(&currency)?, world)))
            .collect();
        let left_out = ranked.len().saturating_sub(SHOWN);
        if left_out > 0 {
            ranked.sort_by_key(|(total, _)| Reverse(total.pnl()));
            ranked.drain(SHOWN / 2..SHOWN / 2 + left_out);
        }
        let mut rows = table(["world", "profit", "fees", "fills", "drawdown", "with"]);
        for (total, world) in ranked {
            rows.add_row([
                world.name().to_owned(),
                money(total.pnl(), 2),
                money(total.fees, 2),
                grouped(world.summary.stats.fills),
                format!("{:.2} %", metrics::max_drawdown(&world.summary) * 100.0),
                world.settings(),
            ]);
        }
        for column in rows.column_iter_mut().skip(1).take(4) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        for line in rows.trim_fmt().lines() {
            let _ = writeln!(text, "  {}", line.trim_end());
        }
        if left_out > 0 {
            let _ = writeln!(text, "  {} more between them: --json tells all", left_out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::summary;

    #[test]
    fn the_band_is_of_the_job_and_its_worlds() {
        let mut all = summary("10000", "10010", "1");
        for (name, equity) in [("1", "9990"), ("2", "10030"), ("3", "10000")] {
            let stats = summary("10000", equity, "2").stats;
            all.stats.in_worlds.insert(name.to_owned(), stats);
            let settings = vec![("constants.half".to_owned(), name.to_owned())];
            all.worlds.push(WorldPlan { name: name.to_owned(), settings });
        }
        let worlds = worlds(&all);
        let band = bands(&worlds)["USDT"];
        assert_eq!((band.least, band.largest), (-10.0, 30.0));
        assert_eq!((band.lower_quartile, band.median, band.upper_quartile), (-2.5, 5.0, 15.0));
        let json = serde_json::to_value(json(&worlds)).unwrap();
        assert_eq!(json[0]["name"], serde_json::Value::Null);
        assert_eq!(json[2]["pnl"], serde_json::json!({ "USDT": 30.0 }));
        assert_eq!(json[2]["settings"], serde_json::json!({ "constants.half": "2" }));
        let mut shown = String::new();
        text(&all, &mut shown);
        assert!(shown.contains("half = 2") && shown.contains("as written"), "{shown}");
    }
}
