//! Strategies over several instruments at once, where something about them is wrong.

use super::{GOOD, case, case_of, refused, told};
use std::path::Path;
use tapeflow::spec::{self, Files};

/// The good job with two legs.
fn paired() -> String {
    let strategy = &GOOD[GOOD.find("for = ").unwrap()..GOOD.find("\n[risk]").unwrap()];
    let legs = "legs = { near = \"demo:SYN0001\", far = { instrument = \"demo:SYN0002\", \
        order = { limit = \"bid - half\", timeout = \"2s\", then = \"market\" } } }\n\
        target = { near = \"CASE WHEN near.fast > far.fast THEN 1 ELSE 0 END\", far = \"-near\" }\n\
        size = { notional = \"100\" }\n\
        order = \"market\"\n\
        unhedged = { after = \"5s\", do = \"flatten\" }\n";
    GOOD.replace(strategy, legs).replace("on = \"bar_1m\"\nlegs", "on = \"near.bar_1m\"\nlegs")
}

/// The same with one thing changed.
#[track_caller]
fn leg_case(name: &str, from: &str, to: &str, token: &str) {
    case_of(&paired(), name, from, to, token);
}

#[test]
fn good_legs_are_good() {
    let plan = spec::plan(Path::new("job.toml"), &paired(), &[], Files::MustExist);
    let plan = plan.unwrap_or_else(|error| panic!("{}", told(&error)));
    let legs = plan.accounts[0].strategies[0].legs.as_ref().unwrap();
    let names: Vec<&str> = legs.legs.iter().map(|leg| &*leg.name).collect();
    assert_eq!(names, ["near", "far"], "in the order of the file");
    assert_eq!(plan.market.triggers[0].instruments, [0]);
    assert_eq!(plan.market.clusters(2), [0, 0]);
}

#[test]
fn legs() {
    let unhedged = "unhedged = {";
    let with = |line: &str| format!("{line}\n{unhedged}");
    let for_all = with("for = [\"demo:*\"]");
    leg_case("legs_and_for", unhedged, &for_all, "for =");
    leg_case("legs_and_long", unhedged, &with("long = \"near.mid > 0\""), "long =");
    leg_case("legs_and_exit", unhedged, &with("exit = { after = \"3 bars\" }"), "exit =");
    let all = paired();
    let far = &all[all.find(", far = {").unwrap()..all.find("\ntarget").unwrap()];
    leg_case("one_leg", far, " }", "{ near = \"demo:SYN0001\" }");
    leg_case("legs_of_one_instrument", "demo:SYN0002", "demo:SYN0001", "\"demo:SYN0001\", order");
    leg_case("leg_of_no_source", "demo:SYN0002", "demo:SYN0009", "\"demo:SYN0009\"");
    leg_case("leg_called_like_a_column", "{ near = \"demo", "{ mid = \"demo", "mid = \"demo");
    leg_case("leg_without_instrument", "instrument = \"demo:SYN0002\", ", "", "{ order");
    leg_case("target_of_no_leg", "far = \"-near\"", "fra = \"-near\"", "fra =");
    leg_case("leg_without_target", ", far = \"-near\"", "", "target");
    leg_case("target_without_leg_name", "WHEN near.fast", "WHEN fast", "fast >");
    leg_case("target_of_a_later_leg", "THEN 1", "THEN far", "far ELSE");
    leg_case("target_is_a_condition", "\"-near\"", "\"near > 0\"", "near > 0");
    leg_case("column_of_no_leg", "far.fast", "far.fats", "far.fats");
    leg_case("legs_without_size", "size = { notional = \"100\" }\n", "", "\"cross\"");
    leg_case("trigger_of_which_leg", "\"near.bar_1m\"", "\"bar_1m\"", "\"bar_1m\"\nlegs");
    leg_case("trigger_of_no_bar", "\"near.bar_1m\"", "\"near.bar_2m\"", "\"near.bar_2m\"");
    leg_case("unhedged_at_once", "after = \"5s\"", "after = \"0s\"", "\"0s\"");
    leg_case("unhedged_does_what", "do = \"flatten\"", "do = \"close\"", "\"close\"");
    leg_case("limit_of_a_leg", "bid - half", "bed - half", "bed - half");
    let short = "short = \"crosses";
    case("target_without_legs", short, &format!("target = {{ a = 1 }}\n{short}"), "target =");
    case("no_instrument", "for = [\"demo:SYN0001\", \"demo:*\"]\n", "", "[[strategy]]");
}

#[test]
fn candles_find_the_sizes_of_legs_when_they_fill() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("config/bars.toml")).unwrap();
    let text = text.replace("\"config/", &format!("\"{}/config/", root.display()));
    // The same again as another instrument.
    let end = text.find("# A candle counts").unwrap();
    let again = text[text.find("[[source]]").unwrap()..end].replace("MADE\"", "OTHER\"");
    let rules = &text[text.find("on      =").unwrap()..text.find("\n# Nothing is left").unwrap()];
    let legs = "on = \"a.day\"\nlegs = { a = \"demo:MADE\", b = \"demo:OTHER\" }\n\
        target = { a = 1, b = -1 }\nsize = { fraction = 0.1 }\n";
    let good = text.replacen(rules, legs, 1);
    let good = format!("{}{again}{}", &good[..end], &good[end..]);
    let plan = spec::plan(Path::new("job.toml"), &good, &[], Files::MustExist);
    plan.unwrap_or_else(|error| panic!("{}", told(&error)));
    let bad = good.replace("\ntarget", "\nunhedged = { after = \"5s\", do = \"hedge\" }\ntarget");
    let error = refused(&bad, &[]);
    assert!(told(&error).contains("no ratio to watch"), "{}", told(&error));
}
