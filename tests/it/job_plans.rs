//! What good job files resolve to.

use operators::{
    market::{Driver, MARKET_COLUMNS, TriggerOn},
    strategy::ACCOUNT_COLUMNS,
};
use pipeline::plan::Plan;
use schemas::Span;
use std::path::Path;
use tapeflow::spec::{self, Files};

const HEAD: &str = r#"
[job]
name = "test"
[[source]]
synthetic = { venue = "demo", instruments = 3, minutes = 10, seed = 7 }
[bars]
bar_1m = { time = { every = "1m", clock = "receive" } }
"#;

const TERMS: &str = r#"
[execution.demo]
latency = { entry = "0s", response = "1ms" }
fees = { maker = 0, taker = 0.0005 }
fill = { model = "displayed_depth", partial = false }
"#;

#[track_caller]
fn plan(parts: &[&str]) -> Plan {
    let text = parts.concat();
    spec::plan(Path::new("job.toml"), &text, &[], Files::MustExist)
        .unwrap_or_else(|error| panic!("{:?}\n{text}", miette::Report::new(error)))
}

#[track_caller]
fn keep(name: &str, shown: &str) {
    insta::with_settings!({
        snapshot_path => "../golden",
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!(name, shown);
    });
}

fn slot(plan: &Plan, name: &str) -> u32 {
    plan.columns.iter().position(|column| column.name == name).unwrap() as u32
}

#[test]
fn dependencies_come_first_then_names() {
    let plan = plan(&[
        HEAD,
        "[indicators]\n\
         a = { ema = { period = 3, on = \"z\" } }\n\
         b = { sma = { period = 2, on = \"trade.price\" } }\n\
         z = { sma = { period = 5, on = \"bar_1m.close\" } }\n\
         [features]\n\
         flow = { trade_imbalance = { trades = 9 } }\n",
    ]);
    let nodes = &plan.market.indicators;
    let found: Vec<(&str, u16)> = nodes.iter().map(|n| (&*n.node.name, n.node.ordinal)).collect();
    assert_eq!(found, [("b", 3), ("z", 4), ("a", 5)]);
    assert_eq!(nodes[2].driver, Driver::Bar(0));
    assert_eq!(nodes[2].inputs, [slot(&plan, "z")]);
    assert_eq!(nodes[0].driver, Driver::Trade);
    let warm_up = |name| plan.columns[slot(&plan, name) as usize].warm_up;
    assert_eq!([warm_up("z"), warm_up("a"), warm_up("flow")], [4, 6, 8]);
    assert_eq!(plan.market.features[0].node.ordinal, 2);
    let readings = plan.market.readings.as_ref().unwrap();
    assert_eq!((readings.ordinal, readings.slots.len(), readings.at_bars), (6, 4, false));
    let names: Vec<&str> = plan.readings_columns().iter().map(|c| &*c.name).collect();
    assert_eq!(names, ["b", "z", "a", "flow"]);
}

#[test]
fn two_columns_are_read_at_the_same_moments() {
    let job = |on: &str| {
        let lines = format!(
            "[indicators]\nz = {{ sma = {{ period = 5, on = \"bar_1m\" }} }}\n\
             c = {{ correl = {{ period = 3, on = {on} }} }}\n"
        );
        spec::plan(Path::new("job.toml"), &[HEAD, &lines].concat(), &[], Files::MustExist)
    };
    let plan = job("[\"bar_1m.high\", \"z\"]").unwrap();
    let node = &plan.market.indicators[1];
    assert_eq!((&*node.node.name, node.driver), ("c", Driver::Bar(0)));
    assert_eq!(node.inputs, [slot(&plan, "bar_1m.high"), slot(&plan, "z")]);
    let column = &plan.columns[slot(&plan, "c") as usize];
    assert_eq!((column.warm_up, &*column.operator), (6, "correl period=3 on bar_1m.high and z"));
    for (on, told) in [
        ("\"z\"", "`correl` reads two columns"),
        ("[\"z\", \"z\", \"z\"]", "`correl` reads two columns"),
        ("[\"z\", 1]", "`on` is the name of a column"),
        ("[\"z\", \"trade.price\"]", "`correl` cannot read `trade.price` beside `z`"),
        ("[\"z\", \"c\"]", "indicators depend on each other: c → c"),
    ] {
        assert_eq!(job(on).unwrap_err().to_string(), told, "{on}");
    }
}

#[test]
fn a_bar_stands_for_its_close_and_the_same_is_computed_once() {
    let plan = plan(&[
        HEAD,
        "[indicators]\n\
         one = { macd = { fast = 3, slow = 5, signal = 2, on = \"bar_1m\" } }\n\
         two = { macd = { fast = 3, slow = 5, signal = 2, on = \"bar_1m.close\" } }\n\
         raw = { macd = { fast = 3, slow = 5, signal = 2, on = \"trade.price\" } }\n",
        "[[strategy]]\nname = \"s\"\non = \"bar_1m\"\nfor = \"*\"\nlong = \"two_signal > 0\"\n\
         size = { quantity = 1 }\n",
        TERMS,
    ]);
    let names: Vec<&str> = plan.market.indicators.iter().map(|n| &*n.node.name).collect();
    assert_eq!(names, ["one", "raw"]);
    let shared = slot(&plan, "one_signal");
    assert_eq!(plan.columns[shared as usize].shared_with, ["two_signal"]);
    assert_eq!(plan.market.triggers[0].slots, [shared]);
}

#[test]
fn a_row_has_what_the_rules_use_and_then_the_account() {
    let plan = plan(&[
        HEAD,
        "[indicators]\natr = { atr = { period = 3, on = \"bar_1m\" } }\n\
         [[strategy]]\nname = \"s\"\non = { every = \"100ms\" }\nfor = [\"demo:*\"]\n\
         long = \"position = 0 AND bar_1m.close > mid\"\nflat = \"bars_held > 5\"\n\
         size = { risk = 0.01, distance = \"2 * atr\" }\n\
         order = { limit = \"bid - tick\" }\n",
        TERMS,
    ]);
    let strategy = &plan.accounts[0].strategies[0];
    let slots: Vec<u32> =
        ["bid", "mid", "tick", "bar_1m.close", "atr"].map(|name| slot(&plan, name)).into();
    assert_eq!(plan.market.triggers[0].slots, slots);
    assert_eq!(strategy.columns, 5);
    assert_eq!(plan.market.triggers[0].on, TriggerOn::every(Span(100_000_000)));
    let columns = |rule: &Option<operators::rules::Rule>| -> Vec<u32> {
        rule.as_ref().unwrap().columns().into_iter().collect()
    };
    // mid, bar_1m.close, position.
    assert_eq!(columns(&strategy.long), [1, 3, 5]);
    let held = ACCOUNT_COLUMNS.iter().position(|(name, _)| *name == "bars_held").unwrap();
    assert_eq!(columns(&strategy.flat), [5 + held as u32]);
    assert_eq!(plan.market.triggers[0].instruments, [0, 1, 2]);
}

#[test]
fn ordinals_ascend_from_bars_to_quality() {
    let strategy = |name: &str, account: &str| {
        format!(
            "[[strategy]]\nname = \"{name}\"\naccount = \"{account}\"\non = \"bar_1m\"\n\
             for = [\"demo:SYN0002\"]\nlong = \"bar_1m.close > 1\"\nsize = {{ fraction = 0.1 }}\n"
        )
    };
    let accounts = "[[account]]\nname = \"y\"\ncash = { USDT = 1 }\n\
                    [[account]]\nname = \"x\"\ncash = { USDT = 2.5, EUR = \"3\" }\n";
    let text = [strategy("b", "x"), strategy("a", "y"), strategy("c", "y")].concat();
    let plan = plan(&[HEAD, accounts, &text, TERMS]);
    let names = |i: usize| -> Vec<(&str, u16)> {
        plan.accounts[i].strategies.iter().map(|s| (&*s.name, s.ordinal)).collect()
    };
    assert_eq!([&*plan.accounts[0].name, &*plan.accounts[1].name], ["x", "y"]);
    assert_eq!(names(0), [("b", 4)]);
    assert_eq!(names(1), [("a", 3), ("c", 5)]);
    let places: Vec<u32> = plan.strategies.iter().map(|s| s.account).collect();
    assert_eq!(places, [1, 0, 1]);
    let numbers: Vec<u16> = plan.market.triggers.iter().map(|t| t.strategy).collect();
    assert_eq!(numbers, [0, 1, 2]);
    let o = plan.accounts[1].ordinals;
    let all = [o.orders, o.fills, o.ledger, o.positions, o.portfolio, o.markouts];
    assert_eq!(all, [6, 7, 8, 9, 10, 11]);
    assert_eq!(plan.market.quality_ordinal, 12);
    assert_eq!(plan.accounts[1].instruments[0].index, 1);
    let cash: Vec<String> =
        plan.accounts[0].cash.iter().map(|(c, cash)| format!("{c} {cash}")).collect();
    assert_eq!(cash, ["EUR 3.000000000000", "USDT 2.500000000000"]);
}

#[test]
fn what_has_a_default_is_among_the_assumptions() {
    let strategy = "[[strategy]]\nname = \"s\"\non = \"trade\"\nfor = [\"*\"]\n\
                    short = \"price > 1\"\nsize = { fraction = 0.5 }\n";
    let plan = plan(&[HEAD, strategy, TERMS]);
    keep("assumptions", &plan.assumptions.join("\n"));
    assert_eq!(spec::warnings(&plan).len(), 2);
}

#[test]
fn comments_order_and_names_of_runs_do_not_change_the_digest_and_periods_do() {
    let job = |period: u32, more: &str| {
        let indicators =
            format!("[indicators]\nfast = {{ ema = {{ on = \"bar_1m\", period = {period} }} }}\n");
        plan(&[HEAD, more, &indicators]).digest()
    };
    assert_eq!(job(12, ""), job(12, "# a remark\n[lake]\nurl = \"elsewhere\"\n"));
    assert_ne!(job(12, ""), job(13, ""));
}

#[test]
fn a_plan_is_shown_with_all_that_it_computes() {
    let plan = plan(&[
        HEAD,
        "[indicators]\nfast = { ema = { period = 3, on = \"bar_1m\" } }\n\
         same = { ema = { period = 3, on = \"bar_1m.close\" } }\n\
         [[strategy]]\nname = \"s\"\non = \"bar_1m\"\nfor = [\"demo:SYN0001\"]\n\
         long = \"same > 1 AND mid > 2\"\nsize = { notional = \"100 * mid\" }\n\
         order = { limit = \"bid\", post_only = true }\n",
        TERMS,
    ]);
    keep("plan", &spec::show::plan(&plan));
    let json = spec::show::plan_json(&plan);
    assert_eq!(json["digest"], plan.digest().to_string());
    assert_eq!(json["columns"].as_array().unwrap().len(), MARKET_COLUMNS.len() + 9);
}

#[test]
fn the_schema_knows_what_the_types_know() {
    let schema = spec::job_schema();
    let sections: Vec<&String> = schema["properties"].as_object().unwrap().keys().collect();
    assert_eq!(sections.len(), 18, "{sections:?}");
    assert_eq!(schema["additionalProperties"], false);
    let kinds = schema["properties"]["indicators"]["additionalProperties"]["oneOf"].clone();
    let kinds = kinds.as_array().unwrap();
    assert_eq!(kinds.len(), operators::indicators::IndicatorSpec::kinds().len());
    let ema = kinds.iter().find(|kind| kind["required"][0] == "ema").unwrap();
    let period = &ema["properties"]["ema"]["properties"]["period"];
    assert_eq!((&period["type"], &period["minimum"]), (&"integer".into(), &1.into()));
}
