//! Legs through the whole program: the graph at several numbers of workers equals the oracle, also
//! cut and restarted, and what one leg is left with is dealt with.

use pipeline::verify::{VerifyOptions, verify};
use schemas::{Span, Table};
use std::{path::Path, sync::Arc};
use tapeflow::spec::{self, Files};

/// The example, without what it writes.
fn pairs() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("config/pairs.toml")).unwrap();
    let (text, _) = text.split_once("[lake]").unwrap();
    text.replace("minutes = 240", "minutes = 60").replace("period = 30", "period = 5")
}

#[test]
fn legs_give_the_same_bytes_however_it_is_run() {
    for (remedy, size) in [("hedge", "1000"), ("flatten", "1000"), ("report", "2400")] {
        let text = pairs().replace("do = \"hedge\"", &format!("do = \"{remedy}\""));
        let text = text.replace("notional = \"1000\"", &format!("notional = \"{size}\""));
        let plan = spec::plan(Path::new("job.toml"), &text, &[], Files::MustExist)
            .unwrap_or_else(|error| panic!("{:?}", miette::Report::new(error)));
        assert_eq!(plan.market.clusters(2), [0, 0]);
        let plan = Arc::new(plan);
        let (summary, _) = pipeline::oracle(&plan, None).unwrap();
        let rows = |table| summary.stats.tables.get(&table).map_or(0, |total| total.rows);
        let unhedged = summary.stats.strategies[0].unhedged;
        assert!(rows(Table::Fills) > 4, "{remedy}: {summary:?}");
        assert!(unhedged > Some(0), "{remedy}: {summary:?}");
        let options = VerifyOptions {
            workers: vec![2, 3],
            quantum: Span(100_000_000),
            other_quantum: Span(1_700_000_000),
            cuts: 2,
            seed: 3,
        };
        let verdict = verify(&plan, &options, &mut |_| {}).unwrap();
        assert!(verdict.ok, "{remedy}: {:#?}", verdict.first_difference);
    }
}

/// What the README says of a carry, with its venues.
#[test]
fn the_carry_of_the_readme_is_a_job() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(readme).unwrap();
    let block = readme.split("```toml\n").find(|block| block.contains("name     = \"carry\""));
    let (block, _) = block.unwrap().split_once("```").unwrap();
    let mut text = "[job]\nname = \"carry\"\n".to_owned();
    for venue in ["binance", "binance_usdm"] {
        text += &format!(
            "[[source]]\nfile = {{ format = \"hftbacktest\", venue = \"{venue}\", \
             symbol = \"BTCUSDT\", paths = [\"{venue}.gz\"] }}\n[execution.{venue}]\n\
             latency = {{ entry = \"1ms\", response = \"1ms\" }}\n\
             fees = {{ maker = \"0\", taker = \"0.0005\" }}\n\
             fill = {{ model = \"displayed_depth\", partial = true }}\n"
        );
    }
    text += block;
    let plan = spec::plan(Path::new("job.toml"), &text, &[], Files::MayBeAbsent)
        .unwrap_or_else(|error| panic!("{:?}", miette::Report::new(error)));
    let strategy = &plan.accounts[0].strategies[0];
    let slot = plan.market.triggers[0].slots[0];
    let rate = plan.market.foreign.iter().find(|node| node.slot == slot).unwrap();
    assert_eq!(rate.column as usize, operators::market::slot::FUNDING_RATE);
    let perp = &plan.instruments[rate.instrument as usize].id;
    assert_eq!(perp.venue(), "binance_usdm");
    // One value of the trigger, the account's columns of each leg, the target of the first.
    let legs = strategy.legs.as_ref().unwrap();
    assert_eq!(
        legs.legs[1].target.columns().into_iter().collect::<Vec<_>>(),
        [1 + 2 * operators::strategy::ACCOUNT_COLUMNS.len() as u32]
    );
    let told = |what: &str| plan.assumptions.iter().any(|line| line.contains(what));
    assert!(told("out of ratio for 5s") && told("all of them are closed at market"));
}
