//! Orders that wait for a price or want all at once, through the whole program.

use super::place::{JOB, Place};

/// The job's order style.
fn with(order: &str) -> String {
    let own = "order = \"market\"\n";
    assert_eq!(JOB.matches(own).count(), 1);
    JOB.replace(own, &format!("order = {order}\n"))
}

#[test]
fn each_kind_of_order_is_told_and_gives_the_same_bytes_however_it_is_run() {
    let stop = "CASE WHEN fast > slow THEN mid + 5 * tick ELSE mid - 5 * tick END";
    for (order, kind, in_force, shown) in [
        (format!("{{ stop = \"{stop}\" }}"), "stop", "gtc", "stop CASE"),
        (
            "{ touch = \"mid\", limit = \"mid\", timeout = \"3s\" }".to_owned(),
            "touch_limit",
            "gtd",
            "touch mid, limit mid, 3s",
        ),
        (
            "{ trail = \"10 * tick\", timeout = \"5s\", then = \"market\" }".to_owned(),
            "trailing",
            "gtd",
            "trail 10 * tick, 5s, then market",
        ),
        ("{ limit = \"mid\", in_force = \"ioc\" }".to_owned(), "limit", "ioc", "limit mid, ioc"),
        ("{ limit = \"ask\", in_force = \"fok\" }".to_owned(), "limit", "fok", "limit ask, fok"),
    ] {
        let place = Place::new();
        place.write("job.toml", &with(&order));
        place.ok(&["run", "job.toml"]);
        let of = format!("WHERE kind = '{kind}' AND time_in_force = '{in_force}'");
        let told = place.value(&format!("SELECT count(*) > 10 FROM orders {of}"));
        assert_eq!(told, "true", "{order}");
        let plan = place.ok(&["plan", "job.toml"]);
        assert!(plan.contains(shown), "{shown}: {plan}");
        place.ok(&["verify", "job.toml", "--workers", "1,2", "--cuts", "2"]);
        let ends = "SELECT count(*) FROM (SELECT order_id FROM orders GROUP BY order_id HAVING \
                    sum(CASE WHEN event IN ('filled', 'cancelled', 'rejected', 'refused') THEN 1 \
                    ELSE 0 END) > 1)";
        assert_eq!(place.value(ends), "0", "{order}: an order ends once");
    }
}

#[test]
fn what_only_reduces_closes_what_another_strategy_has_opened_and_never_more() {
    let place = Place::new();
    // It wants nine times as much, the other way round.
    let second = "order = \"market\"\n\n[[strategy]]\nname = \"ease\"\naccount = \"paper\"\n\
        on = \"bar_1s\"\nfor = [\"demo:*\"]\nlong = \"crosses_below(fast, slow)\"\n\
        short = \"crosses_above(fast, slow)\"\nsize = { fraction = 0.9 }\n\
        order = { limit = \"mid\", reduce_only = true, timeout = \"4s\" }\n";
    place.write("job.toml", &JOB.replace("order = \"market\"\n", second));
    let plan = place.ok(&["plan", "job.toml"]);
    assert!(plan.contains("limit mid, 4s, reduce only"), "{plan}");
    place.ok(&["run", "job.toml"]);
    let cut = "SELECT count(*) > 0 FROM orders WHERE strategy = 'ease' AND event = 'arrived' AND \
               reason LIKE 'reduce_only: %'";
    assert_eq!(place.value(cut), "true");
    place.ok(&["verify", "job.toml", "--workers", "1,2", "--cuts", "2"]);
}
