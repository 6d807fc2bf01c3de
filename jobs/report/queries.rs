//! Queries worth a try after a run, over tables that it has filled.

use pipeline::stats::Stats;
use schemas::Table;

/// The best first.
const QUERIES: [(Table, &str); 9] = [
    (
        Table::Fills,
        "SELECT instrument, side, count(*) AS fills, sum(quantity) AS quantity, sum(fee) AS fees \
         FROM fills GROUP BY instrument, side ORDER BY instrument, side",
    ),
    (
        Table::Portfolio,
        "SELECT ts, account, equity, drawdown FROM portfolio ORDER BY drawdown DESC LIMIT 5",
    ),
    (
        Table::Markouts,
        "SELECT horizon, liquidity, count(*) AS fills, sum(worth_exact) AS worth FROM markouts \
         GROUP BY horizon, horizon_ns, liquidity ORDER BY horizon_ns, liquidity",
    ),
    (
        Table::Ledger,
        "SELECT account, currency, kind, sum(amount_exact) AS amount FROM ledger \
         GROUP BY account, currency, kind",
    ),
    (
        Table::Bars,
        "SELECT instrument, name, count(*) AS bars, min(low) AS low, max(high) AS high FROM bars \
         GROUP BY instrument, name ORDER BY instrument, name",
    ),
    (Table::Readings, "SELECT * FROM readings ORDER BY ts DESC LIMIT 5"),
    (Table::Signals, "SELECT ts, instrument, strategy, side, target FROM signals LIMIT 5"),
    (Table::Quality, "SELECT instrument, kind, sum(count) AS n FROM quality GROUP BY ALL"),
    (Table::Rejects, "SELECT origin, reason FROM rejects LIMIT 5"),
];

/// Three commands, or as many as there are tables with rows.
pub fn commands(stats: &Stats, run: &str, lake: &str, program: &str) -> Vec<String> {
    let filled = |table: &Table| stats.tables.get(table).is_some_and(|total| total.rows > 0);
    let program = quoted(program);
    let lake = match lake {
        "./lake" | "lake" => String::new(),
        other => format!(" --lake {}", quoted(other)),
    };
    QUERIES
        .iter()
        .filter(|(table, _)| filled(table))
        .take(3)
        .map(|(_, query)| format!("{program} sql{lake} --run {run} \"{query}\""))
        .collect()
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "_-./:=".contains(c);
    match word.chars().all(plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pipeline::lake::TableTotal;
    use schemas::Digest;

    #[test]
    fn only_tables_with_rows_are_asked() {
        let mut stats = Stats::default();
        assert!(commands(&stats, "r", "./lake", "tapeflow").is_empty());
        for (table, rows) in [(Table::Fills, 0), (Table::Ledger, 1), (Table::Bars, 2)] {
            stats.tables.insert(table, TableTotal { rows, digest: Digest(0) });
        }
        let commands = commands(&stats, "r", "my lake", "tapeflow");
        assert_eq!(commands.len(), 2);
        assert!(commands[0].starts_with("tapeflow sql --lake 'my lake' --run r \"SELECT account"));
        assert!(commands[1].contains("FROM bars"));
    }

    #[test]
    fn every_query_is_one_over_its_table() {
        for (table, query) in QUERIES {
            assert!(query.contains(&format!(" FROM {table} ")), "{query}");
            assert!(!query.contains('"'), "{query} stands in quotes");
        }
    }
}
