//! What venues ask of accounts, where it cannot be.

use super::case;

/// The good job's last line, with more terms of its venue.
#[track_caller]
fn term_case(name: &str, terms: &str, token: &str) {
    let fill = "fill = { model = \"displayed_depth\", partial = true }\n";
    case(name, fill, &format!("{fill}{terms}\n"), token);
}

#[test]
fn margins() {
    let flat = "margin = { initial = \"0.1\", maintenance = \"0.05\" }";
    term_case("margin_of_nothing", "margin = {}", "{}");
    let half = "margin = { initial = \"0.1\" }";
    term_case("margin_without_maintenance", half, "{ initial");
    let more = flat.replace("0.05", "0.15");
    term_case("maintenance_above_initial", &more, "\"0.15\"");
    let none = flat.replace("0.1\"", "0.0\"");
    term_case("margin_of_zero", &none, "\"0.0\"");
    let whole = flat.replace("0.1\"", "1.1\"");
    term_case("margin_above_one", &whole, "\"1.1\"");
    let fee = "liquidation = { fee = \"0.005\" }";
    term_case("liquidation_without_margin", fee, "liquidation");
    let much = format!("{flat}\nliquidation = {{ fee = \"1\" }}");
    term_case("large_liquidation_fee", &much, "\"1\" }");
}

#[test]
fn tiers_of_margins() {
    let tier = |from: &str, initial: &str, maintenance: &str| {
        format!("{{ from = \"{from}\", initial = \"{initial}\", maintenance = \"{maintenance}\" }}")
    };
    let tiers = |all: &[String]| format!("margin = {{ tiers = [{}] }}", all.join(", "));
    let (first, second) = (tier("0", "0.1", "0.05"), tier("900", "0.2", "0.1"));
    let late = tiers(&[tier("10", "0.1", "0.05")]);
    term_case("margin_from_above_zero", &late, "\"10\"");
    let again = tiers(&[first.clone(), second, tier("800", "0.3", "0.2")]);
    term_case("margins_in_disorder", &again, "\"800\"");
    let less = tiers(&[first.clone(), tier("900", "0.1", "0.04")]);
    term_case("margin_that_falls", &less, "\"0.04\"");
    let both = format!("margin = {{ initial = \"0.1\", tiers = [{first}] }}");
    term_case("tiers_and_margin", &both, "tiers");
    let wrong = tiers(&[tier("-1", "0.1", "0.05")]);
    term_case("margin_from_below_zero", &wrong, "\"-1\"");
}

#[test]
fn interest() {
    term_case("borrow_without_rate", "borrow = {}", "{}");
    term_case("large_interest", "borrow = { rate = \"10.5\" }", "\"10.5\"");
    let slip = "borrow = { rate = \"0.1\", rates = { USDC = \"0.2\" } }";
    term_case("interest_on_another_currency", slip, "USDC");
}
