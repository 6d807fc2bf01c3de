//! How orders are placed, where it cannot be.

use super::case;

#[test]
fn orders() {
    let order = "{ limit = \"bid\", post_only = true, timeout = \"60s\", then = \"market\" }";
    case("no_price", order, "{ timeout = \"60s\" }", "{ timeout");
    case("two_waits", order, "{ stop = \"bid\", trail = \"2 * tick\" }", "trail");
    case("waits_and_posts", order, "{ stop = \"bid\", post_only = true }", "post_only");
    case("reduces_and_rests", order, "{ reduce_only = true, timeout = \"1s\" }", "timeout");
    case("trail_with_limit", order, "{ trail = \"2 * tick\", limit = \"bid\" }", "limit");
    case(
        "at_once_and_rests",
        order,
        "{ limit = \"bid\", in_force = \"fok\", timeout = \"1s\" }",
        "timeout",
    );
    case("unknown_order", order, "\"limit\"", "\"limit\"");
}
