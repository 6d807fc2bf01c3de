//! Worlds that are none.

use super::case;

/// The good job with worlds.
#[track_caller]
fn worlds_case(name: &str, worlds: &str, token: &str) {
    case(name, "[risk]\n", &format!("[worlds]\n{worlds}\n[risk]\n"), token);
}

#[test]
fn worlds() {
    worlds_case("worlds_of_sources", "grid = { \"source.0.synthetic.seed\" = [1] }", "\"source");
    worlds_case("worlds_without_a_list", "grid = { \"constants.half\" = 0.4 }", "0.4 }");
    worlds_case("worlds_of_nothing", "grid = { \"constants.half\" = [] }", "[] }");
    let thousands = "grid = { \"constants.half\" = [X], \"constants.b\" = [X] }"
        .replace('X', &"1, ".repeat(101));
    worlds_case("worlds_too_many", &thousands, "grid");
    worlds_case("world_with_a_number", "named = { 7 = { \"constants.half\" = 1 } }", "7 =");
    worlds_case("world_with_a_wrong_name", "named = { \"a b\" = {} }", "\"a b\"");
    worlds_case("world_that_is_no_job", "grid = { \"risk.max_position\" = [3] }", "3] }");
    let column = "named = { odd = { \"strategy.0.long\" = \"quick > slow\" } }";
    worlds_case("world_with_an_absent_column", column, "quick");
}
