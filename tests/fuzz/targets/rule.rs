//! Rules: an error points into the text; what is read means the same when its parts are read
//! again, when it is stored, and never gives an infinity.

#![no_main]

use libfuzzer_sys::fuzz_target;
use operators::rules::{Context, Kind, Rule};
use query::rules::{Names, parse_rule};

const COLUMNS: [&str; 6] = ["price", "rsi", "fast", "slow", "book.bid", "tainted"];

struct Row;

impl Names for Row {
    fn column(&self, name: &str) -> Option<u32> {
        COLUMNS.iter().position(|column| *column == name).map(|place| place as u32)
    }

    fn constant(&self, name: &str) -> Option<f64> {
        (name == "limit").then_some(0.25)
    }

    fn all(&self) -> Vec<String> {
        COLUMNS.iter().map(|name| (*name).to_owned()).collect()
    }

    fn is_truth(&self, name: &str) -> bool {
        name == "tainted"
    }
}

const NUMBERS: [f64; 8] = [0.0, 1.0, -1.5, 30.0, 1e300, -1e-300, f64::NAN, 100.0];

/// Values of some evaluations in a row.
fn values(rule: &Rule) -> Vec<u64> {
    let mut state = rule.start();
    let value = |i: usize| {
        let row: [f64; COLUMNS.len()] =
            std::array::from_fn(|column| NUMBERS[(i * 3 + column * 5) % NUMBERS.len()]);
        let cx = Context { row: &row, ts: 1_704_067_200_000_000_000 + (i as i64) * 3_600_000_000 };
        let value = rule.number(&cx, &mut state);
        assert!(!value.is_infinite(), "{rule:?}");
        value.to_bits()
    };
    (0..6).map(value).collect()
}

fuzz_target!(|data: &[u8]| {
    let Some((mode, text)) = data.split_first() else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let kind = if mode % 2 == 0 { Kind::Truth } else { Kind::Number };
    let rule = match parse_rule(text, &Row, kind) {
        Ok(rule) => rule,
        Err(error) => {
            assert!(text.get(error.start..error.end).is_some(), "{error:?} of {text:?}");
            return;
        }
    };
    let first = values(&rule);
    assert_eq!(first, values(&rule));
    let stored = postcard::to_stdvec(&rule).expect("a rule is plain data");
    let read: Rule = postcard::from_bytes(&stored).expect("it was stored");
    assert_eq!(values(&read), first);
    for part in rule.parts() {
        let again = parse_rule(&part.text, &Row, kind);
        let again = again.unwrap_or_else(|e| panic!("{:?} of {text:?}: {e:?}", part.text));
        let alone = postcard::to_stdvec(&Rule::new(vec![part.clone()]));
        assert_eq!(postcard::to_stdvec(&again), alone, "{:?} of {text:?}", part.text);
    }
});
