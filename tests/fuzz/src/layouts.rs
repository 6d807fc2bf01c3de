//! Layouts of files of columns, the built-in ones and some that a mapping would write.

use pipeline::sources::columns::Layout;
use std::sync::LazyLock;

const MAPPINGS: [&str; 4] = [
    r#"record = "trade"
names = ["when", "sym", "px", "qty", "who"]
delimiter = ";"
time = { column = "when", unit = "ns" }
symbol = "sym"
columns = { price = "px", quantity = "qty" }
side = { column = "who", buy = ["B"], sell = ["S"] }"#,
    r#"record = "trade"
names = ["when", "px", "qty", "seen"]
time = { column = "when" }
received = { column = "seen", unit = "us" }
columns = { price = "px", quantity = "qty" }"#,
    r#"record = "candle"
names = ["when", "o", "h", "l", "c", "v"]
delimiter = "\t"
time = { column = "when", unit = "s" }
span = "1m"
columns = { open = "o", high = "h", low = "l", close = "c", volume = "v" }"#,
    r#"record = "quote"
names = ["when", "b", "bq", "a", "aq"]
delimiter = "|"
time = { column = "when", unit = "ms" }
columns = { bid = "b", bid_quantity = "bq", ask = "a", ask_quantity = "aq" }"#,
];

/// All of them.
pub static LAYOUTS: LazyLock<Vec<Layout>> = LazyLock::new(|| {
    let built_in = Layout::BUILT_IN.iter().map(|name| Layout::built_in(name).expect("named so"));
    let written = MAPPINGS.iter().map(|text| toml::from_str(text).expect("written here"));
    let mut all: Vec<Layout> = built_in.chain(written).collect();
    // No other file stands beside an input.
    all.iter_mut().for_each(|layout| layout.marks = None);
    all
});
