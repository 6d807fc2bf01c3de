//! Exits that cannot be.

use super::{GOOD, case_of, refused};
use std::path::Path;

#[test]
fn exits() {
    let refused = |exit: &str, token: &str, told: &str| {
        let text = GOOD.replace("\n\n[risk]", &format!("\nexit = {exit}\n\n[risk]"));
        let error = refused(&text, &[]);
        let line = 1 + text.lines().position(|line| line.starts_with("exit = ")).unwrap();
        let column = 1 + "exit = ".len() + exit.find(token).unwrap();
        assert_eq!(error.position(), Some((line, column)), "{exit}: {error}");
        assert!(error.to_string().contains(told), "{exit}: {error}");
    };
    refused("{}", "{}", "an exit has at least one of stop, take, trail and after");
    refused("{ stop = \"entry - 2 * atrr\" }", "atrr", "no column or constant is named `atrr`");
    refused("{ trail = \"-1.5\" }", "\"-1.5\"", "a trail is a distance above 0");
    refused("{ after = \"30 days\" }", "\"30 days\"", "30 bars");
    refused("{ after = \"0 bars\" }", "\"0 bars\"", "a position lasts longer than nothing");
    refused("{ after = 31 }", "31", "30 bars");
    refused("{ stopp = 1 }", "stopp", "stopp");
    let place = "{ stop = \"1\", at = \"market\" }";
    refused(place, "\"market\"", "`market` is not known here");
    let trail = "{ stop = \"1\", trail = \"2\", at = \"venue\" }";
    refused(trail, "\"2\"", "a trail is kept by the strategy");
    refused("{ after = \"3 bars\", at = \"venue\" }", "\"venue\"", "neither stop nor take");
}

#[test]
fn nothing_rests_where_candles_are_the_market() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("config/bars.toml")).unwrap();
    let text = text.replace("\"config/", &format!("\"{}/config/", root.display()));
    let exit = "order   = \"market\"\nexit    = { stop = \"0.9 * entry\", at = \"venue\" }";
    case_of(&text, "exit_at_venue_of_candles", "order   = \"market\"", exit, "\"venue\"");
}
