//! Two accounts on different workers, makers in both, two venues of which one takes its time, and
//! margin: the same however it is run, and conserved.

use super::place::Place;
use std::{fs, path::Path};

/// The shipped job, of so many minutes.
fn desk(place: &Place, minutes: u32) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/desk.toml");
    let text = fs::read_to_string(path).unwrap();
    place.write("desk.toml", &text.replace("minutes = 60", &format!("minutes = {minutes}")));
}

#[test]
fn a_desk_of_two_accounts_and_two_venues_gives_the_same_bytes_however_it_is_run() {
    let place = Place::new();
    desk(&place, 4);
    place.ok(&["verify", "desk.toml", "--workers", "1,2,3,4", "--cuts", "3"]);
}

#[test]
fn a_desk_trades_at_both_venues_and_its_money_is_conserved() {
    let place = Place::new();
    desk(&place, 12);
    let told = place.json(&["run", "desk.toml", "--json", "--workers", "2"]);
    assert!(told["fills"].as_u64().unwrap() > 50, "{told}");
    let makers = "SELECT count(DISTINCT account || strategy || split_part(instrument, ':', 1)) \
                  FROM fills WHERE liquidity = 'maker'";
    assert_eq!(place.value(makers), "3", "`both_sides` at both venues, `aside` at one");
    // Cash of the last state is the sum of the ledger, of each account.
    let apart = "WITH paid AS (SELECT account, sum(amount_exact) AS cash FROM ledger GROUP BY 1), \
                 last AS (SELECT account, cash_exact, equity_exact, unrealised_exact, row_number() \
                 OVER (PARTITION BY account ORDER BY ts DESC, received DESC, source_rank DESC, \
                 source_offset DESC, operator DESC, seq DESC) AS n FROM portfolio) SELECT count(*) \
                 FILTER (WHERE cash = cash_exact AND equity_exact = cash + unrealised_exact) FROM \
                 last JOIN paid USING (account) WHERE n = 1";
    assert_eq!(place.value(apart), "2");
    let margin = "SELECT max(margin) > 0 AND max(margin / equity) <= 1.5 FROM portfolio WHERE \
                  account = 'hedge' AND equity > 0";
    assert_eq!(place.value(margin), "true");
    let refused = "SELECT count(*) > 0 FROM orders WHERE event = 'refused' AND reason LIKE \
                   'margin: % would be needed, and equity is %'";
    assert_eq!(place.value(refused), "true");
    let out = place.ok(&["plan", "desk.toml"]);
    for what in [
        "margin at demo: 0.05 of the notional opens a position and 0.025 keeps it",
        "margin at other: by 2 tiers of the notional, 0.05 to 0.1 of it opens",
        "borrowing at demo: 0.1 a year of what is owed at each whole hour",
    ] {
        assert!(out.contains(what), "{what}: {out}");
    }
}
