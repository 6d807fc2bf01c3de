//! Numbers and tables as people read them.

use comfy_table::{Cell, ContentArrangement, Table};
use schemas::{Money, decimal::divide_half_even};

/// A rule below the header and no other lines.
const PLAIN: &str = "     ──            ";

/// A table without frames; what does not fit the terminal is not folded, so that pipes get the
/// same as people.
pub fn table<const N: usize>(header: [&str; N]) -> Table {
    let mut table = Table::new();
    table.load_preset(PLAIN).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(header.map(Cell::new));
    table.column_iter_mut().for_each(|column| {
        column.set_padding((0, 2));
    });
    table
}

/// `1234567` as `1,234,567`.
pub fn grouped(number: u64) -> String {
    group(&number.to_string())
}

fn group(digits: &str) -> String {
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// An amount rounded to some places, half to even, with its thousands apart.
pub fn money(amount: Money, places: u32) -> String {
    let unit = 10i128.pow(u32::from(Money::SCALE) - places);
    let rounded = divide_half_even(amount.0, unit);
    let one = 10u128.pow(places);
    let (whole, part) = (rounded.unsigned_abs() / one, rounded.unsigned_abs() % one);
    let sign = if rounded < 0 { "-" } else { "" };
    let whole = group(&whole.to_string());
    match places {
        0 => format!("{sign}{whole}"),
        _ => format!("{sign}{whole}.{part:0width$}", width = places as usize),
    }
}

/// An amount as the shortest number that is exactly it: `12.5`.
pub fn exact(amount: Money) -> String {
    let text = amount.to_string();
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// Bytes in the unit that fits.
pub fn bytes(bytes: u64) -> String {
    format!("{:.0} MiB", bytes as f64 / f64::from(1 << 20))
}

/// A span of nanoseconds in the unit that fits.
pub fn nanoseconds(span: i64) -> String {
    let size = span.unsigned_abs() as f64;
    let sign = if span < 0 { "-" } else { "" };
    match size {
        0.0..1e3 => format!("{sign}{size} ns"),
        1e3..1e6 => format!("{sign}{:.1} us", size / 1e3),
        1e6..1e9 => format!("{sign}{:.1} ms", size / 1e6),
        _ => format!("{sign}{:.1} s", size / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        let shown = [0, 12, 999, 1000, 1_234_567].map(grouped);
        assert_eq!(shown, ["0", "12", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn amounts_are_rounded_half_to_even_and_signed() {
        let money = |text, places| money(Money::parse(text).unwrap(), places);
        assert_eq!(money("10000", 2), "10,000.00");
        assert_eq!(money("-1234567.885", 2), "-1,234,567.88");
        assert_eq!(money("-0.001", 2), "0.00");
        assert_eq!(money("0.00000001", 8), "0.00000001");
        assert_eq!(money("1499.5", 0), "1,500");
    }

    #[test]
    fn exact_amounts_lose_nothing_but_zeros() {
        let exact = |text| exact(Money::parse(text).unwrap());
        assert_eq!(exact("10000"), "10000");
        assert_eq!(exact("-0.500000000001"), "-0.500000000001");
        assert_eq!(exact("0"), "0");
    }

    #[test]
    fn units_fit() {
        assert_eq!(nanoseconds(-1_500_000), "-1.5 ms");
        assert_eq!(nanoseconds(7), "7 ns");
        assert_eq!(bytes(3 << 20), "3 MiB");
    }
}
