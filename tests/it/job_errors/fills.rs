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

#[test]
fn impact() {
    let impact_case = |name: &str, impact: &str, token: &str| {
        case(name, FILL, &format!("{FILL}\nimpact = {impact}"), token);
    };
    let root = "{ square_root = { coefficient = 0.5, volatility = 0.02, volume = \"1000\", \
                half_life = \"60s\" } }";
    impact_case("impact_without_form", "{}", "{}");
    impact_case("unknown_impact", "{ cubic = { coefficient = 1 } }", "cubic");
    let two = root.replace("} }", "}, ticks = { probability = 0.5, ticks = 1 } }");
    impact_case("impact_of_two_forms", &two, "{ square_root");
    impact_case("impact_in_percent", &root.replace("0.02", "20"), "20, volume");
    impact_case("impact_of_no_volume", &root.replace("\"1000\"", "\"0\""), "\"0\"");
    impact_case("impact_for_no_time", &root.replace("60s", "0s"), "\"0s\"");
    impact_case("impact_without_volume", &root.replace(", volume = \"1000\"", ""), "{ coeff");
    let linear = "{ linear = { coefficient = -0.1, volume = 10, half_life = \"1s\" } }";
    impact_case("impact_that_pays", linear, "-0.1");
    let ticks = "{ ticks = { probability = 1.5, ticks = 1 } }";
    impact_case("impact_more_than_always", ticks, "1.5");
    impact_case("impact_of_no_ticks", "{ ticks = { probability = 1, ticks = 0 } }", "0 } }");
}
