//! Markouts that cannot be.

use super::{case, case_of};
use std::path::Path;

#[track_caller]
fn markouts_case(name: &str, section: &str, token: &str) {
    case(name, "[risk]", &format!("[markouts]\n{section}\n\n[risk]"), token);
}

#[test]
fn markouts() {
    markouts_case("horizon_of_nothing", "horizons = [\"1s\", \"0s\"]", "\"0s\"");
    markouts_case("horizon_twice", "horizons = [\"1m\", \"1s\", \"60000ms\"]", "\"60000ms\"");
    let many: Vec<String> = (1..=33).map(|ms| format!("\"{ms}ms\"")).collect();
    let many = format!("horizons = [{}]", many.join(", "));
    markouts_case("many_horizons", &many, "[\"1ms\"");
    let toxic = |toxic: &str| format!("horizons = [\"2s\", \"3s\"]\ntoxic = {toxic}");
    let other = toxic("{ horizon = \"7s\", spreads = 0.5 }");
    markouts_case("toxic_at_no_horizon", &other, "\"7s\"");
    let both = toxic("{ horizon = \"2s\", spreads = 0.5, ticks = 3 }");
    markouts_case("toxic_twice", &both, "{ horizon");
    let negative = toxic("{ horizon = \"2s\", ticks = -3 }");
    markouts_case("toxic_when_good", &negative, "-3");
    let half_life = toxic("{ horizon = \"2s\", ticks = 3, half_life = \"0s\" }");
    markouts_case("toxic_for_no_time", &half_life, "\"0s\"");
    markouts_case("unknown_markouts", "horizon = [\"1s\"]", "horizon =");
}

#[test]
fn candles_have_no_markouts() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("config/bars.toml")).unwrap();
    let text = text.replace("\"config/", &format!("\"{}/config/", root.display()));
    let section = "[markouts]\nhorizons = [\"2h\"]\n\n[lake]";
    case_of(&text, "markouts_in_candles", "[lake]", section, "markouts]");
}
