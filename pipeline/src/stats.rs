//! What a run says about itself, gathered while rows are written.

use crate::{lake::TableTotal, plan::world_of};
use operators::{
    account::{BarStatistics, StrategyReport},
    outputs::Outputs,
};
use schemas::{
    Money, Table,
    records::{Fill, Liquidity, Markout, OrderStage, Portfolio, PostingKind},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One currency of an account at the end of a run.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct PurseStats {
    /// Deposited.
    pub initial: Money,
    /// Equity at the end.
    pub equity: Money,
    /// Cash at the end.
    pub cash: Money,
    /// Realised, fees not included.
    pub realised: Money,
    /// Unrealised at the end.
    pub unrealised: Money,
    /// Fees paid.
    pub fees: Money,
    /// Funding received less paid.
    #[serde(default)]
    pub funding: Money,
    /// Interest, as the ledger has it: negative when paid.
    #[serde(default)]
    pub borrow: Money,
    /// What liquidations took besides fees, less what venues bore, as the ledger has it.
    #[serde(default)]
    pub liquidation: Money,
    /// Largest loss from a highest equity, as a fraction of it.
    pub max_drawdown: f64,
    /// Last equity of each UTC day.
    pub daily: BTreeMap<String, Money>,
}

/// Markouts at one horizon.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct MarkoutStats {
    /// How long after each, in nanoseconds.
    pub horizon_ns: u64,
    /// Of orders that rested.
    pub maker: MarkoutSum,
    /// Of orders that took.
    pub taker: MarkoutSum,
}

/// Markouts added up.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct MarkoutSum {
    /// Executions whose horizon is over.
    pub fills: u64,
    /// Of them those of which nobody knows what they were worth then.
    pub unknown: u64,
    /// Of them those that are toxic; none where that is told at another horizon.
    pub toxic: Option<u64>,
    /// What the others were worth then, by currency.
    pub worth: BTreeMap<String, Money>,
    /// Of that what the mid has moved since the execution.
    pub drift: BTreeMap<String, Money>,
}

impl MarkoutSum {
    fn add(&mut self, row: &Markout) {
        self.fills += 1;
        if let Some(toxic) = row.toxic {
            *self.toxic.get_or_insert(0) += u64::from(toxic);
        }
        match row.worth {
            None => self.unknown += 1,
            Some(worth) => *self.worth.entry(row.currency.to_string()).or_default() += worth,
        }
        if let Some(drift) = row.drift {
            *self.drift.entry(row.currency.to_string()).or_default() += drift;
        }
    }

    /// Adds another sum.
    pub fn absorb(&mut self, other: &MarkoutSum) {
        self.fills += other.fills;
        self.unknown += other.unknown;
        if let Some(toxic) = other.toxic {
            *self.toxic.get_or_insert(0) += toxic;
        }
        for (currency, worth) in &other.worth {
            *self.worth.entry(currency.clone()).or_default() += *worth;
        }
        for (currency, drift) in &other.drift {
            *self.drift.entry(currency.clone()).or_default() += *drift;
        }
    }
}

impl MarkoutStats {
    /// Of both.
    pub fn all(&self) -> MarkoutSum {
        let mut all = self.maker.clone();
        all.absorb(&self.taker);
        all
    }
}

/// Counts and results of a run.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Stats {
    /// By table that is written.
    pub tables: BTreeMap<Table, TableTotal>,
    /// By account and currency.
    pub purses: BTreeMap<String, BTreeMap<String, PurseStats>>,
    /// Changes of targets.
    pub signals: u64,
    /// Orders that were decided (refused ones included).
    pub orders: u64,
    /// Executions.
    pub fills: u64,
    /// Orders that risk refused.
    pub refused: u64,
    /// Rejected records.
    pub rejected: u64,
    /// Fill price against the mid at the fill, over all fills: what crossing the spread cost.
    pub spread_cost: f64,
    /// What the market did after executions, by horizon, the shortest first.
    #[serde(default)]
    pub markouts: Vec<MarkoutStats>,
    /// Quality rows by kind.
    pub quality: BTreeMap<String, u64>,
    /// What the rules did.
    pub strategies: Vec<StrategyReport>,
    /// What came of accounts bar by bar, of those whose orders candles fill.
    #[serde(default)]
    pub bars: BTreeMap<String, BarStatistics>,
    /// The same of each world besides the job as it is written, by its name; accounts are called
    /// there as in the job.
    #[serde(default)]
    pub in_worlds: BTreeMap<String, Stats>,
}

impl Stats {
    /// Adds rows, in order.
    pub(crate) fn add(&mut self, rows: &Outputs) {
        for signal in &rows.signals {
            self.of(&signal.strategy).0.signals += 1;
        }
        self.rejected += rows.rejects.len() as u64;
        for order in &rows.orders {
            let refused = order.event == OrderStage::Refused;
            if refused || order.event == OrderStage::Decided {
                let stats = self.of(&order.account).0;
                stats.orders += 1;
                stats.refused += u64::from(refused);
            }
        }
        for row in &rows.quality {
            *self.quality.entry(row.kind.to_string()).or_default() += row.count;
        }
        for posting in &rows.ledger {
            let sum: fn(&mut PurseStats) -> &mut Money = match posting.kind {
                PostingKind::Deposit => |purse| &mut purse.initial,
                PostingKind::Borrow => |purse| &mut purse.borrow,
                PostingKind::Liquidation | PostingKind::Insurance => |purse| &mut purse.liquidation,
                // States of the account have sums of their own of these.
                PostingKind::Trade | PostingKind::Fee | PostingKind::Funding => continue,
            };
            *sum(self.purse(&posting.account, &posting.currency)) += posting.amount;
        }
        rows.fills.iter().for_each(|fill| self.add_fill(fill));
        rows.portfolio.iter().for_each(|row| self.add_portfolio(row));
        for row in &rows.markouts {
            let stats = self.of(&row.account).0.markouts_at(row.horizon_ns);
            match row.liquidity {
                Liquidity::Maker => stats.maker.add(row),
                Liquidity::Taker => stats.taker.add(row),
            }
        }
    }

    /// Those of the world that an account or strategy is in, and its name there.
    fn of<'n>(&mut self, name: &'n str) -> (&mut Stats, &'n str) {
        match world_of(name) {
            Some((name, world)) if !self.in_worlds.contains_key(world) => {
                (self.in_worlds.entry(world.to_owned()).or_default(), name)
            }
            Some((name, world)) => (self.in_worlds.get_mut(world).expect("it is there"), name),
            None => (self, name),
        }
    }

    /// What rules did, and what came of accounts bar by bar.
    pub(crate) fn tell(
        &mut self,
        strategies: impl IntoIterator<Item = StrategyReport>,
        bars: impl IntoIterator<Item = (String, BarStatistics)>,
    ) {
        for mut report in strategies {
            let full = report.strategy.clone();
            let (stats, name) = self.of(&full);
            report.strategy = name.to_owned();
            stats.strategies.push(report);
        }
        for (account, bars) in bars {
            let (stats, name) = self.of(&account);
            stats.bars.insert(name.to_owned(), bars);
        }
    }

    fn add_fill(&mut self, fill: &Fill) {
        let stats = self.of(&fill.account).0;
        stats.fills += 1;
        let worse = (fill.price.to_f64() - fill.fill_mid) * fill.side.sign() as f64;
        let cost = worse * fill.quantity.to_f64();
        if cost.is_finite() {
            stats.spread_cost += cost;
        }
    }

    fn add_portfolio(&mut self, row: &Portfolio) {
        let day = row.key.ts.date();
        let purse = self.purse(&row.account, &row.currency);
        purse.equity = row.equity;
        purse.cash = row.cash;
        purse.realised = row.realised;
        purse.unrealised = row.unrealised;
        purse.fees = row.fees;
        purse.funding = row.funding;
        purse.max_drawdown = purse.max_drawdown.max(row.drawdown);
        purse.daily.insert(day, row.equity);
    }

    fn purse(&mut self, account: &str, currency: &str) -> &mut PurseStats {
        let (stats, account) = self.of(account);
        let account = stats.purses.entry(account.to_owned()).or_default();
        account.entry(currency.to_owned()).or_default()
    }

    fn markouts_at(&mut self, horizon_ns: u64) -> &mut MarkoutStats {
        let at = self.markouts.binary_search_by_key(&horizon_ns, |stats| stats.horizon_ns);
        let at = at.unwrap_or_else(|at| {
            self.markouts.insert(at, MarkoutStats { horizon_ns, ..MarkoutStats::default() });
            at
        });
        &mut self.markouts[at]
    }

    /// Adds what was gathered later, or by another worker: counts are added up, and what an
    /// account has now replaces what it had before.
    pub fn absorb(&mut self, later: Stats) {
        for (table, total) in later.tables {
            self.tables.entry(table).or_default().add(total.rows, total.digest);
        }
        for (account, purses) in later.purses {
            for (currency, purse) in purses {
                self.purse(&account, &currency).absorb(purse);
            }
        }
        self.signals += later.signals;
        self.orders += later.orders;
        self.fills += later.fills;
        self.refused += later.refused;
        self.rejected += later.rejected;
        self.spread_cost += later.spread_cost;
        for stats in later.markouts {
            let own = self.markouts_at(stats.horizon_ns);
            own.maker.absorb(&stats.maker);
            own.taker.absorb(&stats.taker);
        }
        for (kind, count) in later.quality {
            *self.quality.entry(kind).or_default() += count;
        }
        for report in later.strategies {
            match self.strategies.iter_mut().find(|known| known.strategy == report.strategy) {
                Some(known) => *known = report,
                None => self.strategies.push(report),
            }
        }
        self.bars.extend(later.bars);
        for (world, stats) in later.in_worlds {
            self.in_worlds.entry(world).or_default().absorb(stats);
        }
        // Workers come in any order.
        self.strategies.sort_by(|a, b| a.strategy.cmp(&b.strategy));
    }
}

impl PurseStats {
    fn absorb(&mut self, later: PurseStats) {
        self.initial += later.initial;
        self.borrow += later.borrow;
        self.liquidation += later.liquidation;
        // Every state of the account has its day.
        if !later.daily.is_empty() {
            self.equity = later.equity;
            self.cash = later.cash;
            self.realised = later.realised;
            self.unrealised = later.unrealised;
            self.fees = later.fees;
            self.funding = later.funding;
        }
        self.max_drawdown = self.max_drawdown.max(later.max_drawdown);
        self.daily.extend(later.daily);
    }
}
