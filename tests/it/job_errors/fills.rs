//! What decides executions, where it cannot.

use super::case;

const FILL: &str = "fill = { model = \"displayed_depth\", partial = true }";

#[track_caller]
fn fill_case(name: &str, more: &str, token: &str) {
    let fill = format!("fill = {{ model = \"displayed_depth\", partial = true, {more} }}");
    case(name, FILL, &fill, token);
}

#[test]
fn consumed() {
    fill_case("unknown_consumed", "consumed = \"never\"", "\"never\"");
    fill_case("consumed_for_no_time", "consumed = { half_life = \"0s\" }", "\"0s\"");
    let next = "fill = { model = \"next_trade\", half_spread = \"0.01\", consumed = \"ignored\" }";
    case("consumed_of_another_model", FILL, next, "consumed = ");
}

#[test]
fn orders_are_served_one_by_one_only_where_the_sources_name_them() {
    let fill = "fill = { model = \"displayed_depth\", partial = true }";
    let fifo = "fill = { model = \"displayed_depth\", partial = true, queue = \"fifo\" }";
    case("queue_fifo_without_orders", fill, fifo, "\"fifo\"");
}
