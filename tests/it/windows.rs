//! Every feature with running state and every kind of bar, through the whole program: the graph at
//! several numbers of workers equals the oracle, also cut and restarted.

use operators::{bars::BarKind, features::FeatureSpec};
use pipeline::verify::{VerifyOptions, verify};
use schemas::Span;
use std::{path::Path, sync::Arc};
use tapeflow::spec::{self, Files, catalogue};

/// A job with an example of each, and bars from quotes and from bars besides.
fn job() -> String {
    let mut text = String::from(
        "[job]\nname = \"windows\"\n[[source]]\n\
         synthetic = { venue = \"demo\", instruments = 3, minutes = 12, seed = 5 }\n[bars]\n\
         bar_5s = { time = { every = \"5s\", clock = \"receive\", empty = \"carry\" } }\n\
         bar_10s = { time = { every = \"10s\", clock = \"receive\", on = \"bar_5s\" } }\n\
         quotes_1s = { time = { every = \"1s\", clock = \"exchange\", on = \"quotes\" } }\n\
         quotes_4s = { time = { every = \"4s\", clock = \"exchange\", on = \"quotes_1s\" } }\n\
         bricks = { renko = { brick = \"0.5\", on = \"quotes\" } }\n\
         pairs = { tick = { count = 2, on = \"bricks\" } }\n",
    );
    let all = catalogue::catalogue();
    let examples = |group| all.iter().filter(move |entry| entry.group == group);
    for (i, entry) in examples(catalogue::Group::Bar).enumerate() {
        let example = entry.example.split_once(" = ").expect("name and value").1;
        text += &format!("bar_{i} = {example}\n");
    }
    text += "[features]\n";
    for entry in examples(catalogue::Group::Feature) {
        // Twelve minutes are too short for a window of five.
        text += &format!("{}\n", entry.example.replace("5m", "20s").replace("15m", "1m"));
    }
    text += "[indicators]\n\
             volatility = { yang_zhang = { period = 5, on = \"bar_5s\" } }\n\
             jumps = { bipower_variation = { period = 9, on = \"quotes_1s.close\" } }\n\
             illiquidity = { amihud = { period = 3, on = \"bricks\" } }\n\
             [lake]\nreadings = \"bars\"\n";
    text
}

#[test]
fn every_window_and_every_bar_gives_the_same_bytes_however_it_is_run() {
    let plan = spec::plan(Path::new("job.toml"), &job(), &[], Files::MustExist)
        .unwrap_or_else(|error| panic!("{:?}", miette::Report::new(error)));
    assert!(plan.market.features.len() > FeatureSpec::running_kinds().len());
    assert!(plan.market.bars.len() > BarKind::CATALOGUE.len());
    let plan = Arc::new(plan);
    let (summary, _) = pipeline::oracle(&plan, None).unwrap();
    let rows = &summary.stats.tables[&schemas::Table::Bars];
    assert!(rows.rows > 1_000, "{rows:?}");
    let options = VerifyOptions {
        workers: vec![1, 2, 3],
        quantum: Span(100_000_000),
        other_quantum: Span(7_000_000),
        cuts: 2,
        seed: 1,
    };
    let verdict = verify(&plan, &options, &mut |_| {}).unwrap();
    assert!(verdict.ok, "{:#?}", verdict.first_difference);
}
