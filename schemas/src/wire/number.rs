//! Numbers as text, written without detours: encoding is most of what a producer does.

use crate::decimal::power_of_ten;

/// Appends a whole number.
pub(super) fn push_integer(out: &mut String, value: i64) {
    if value < 0 {
        out.push('-');
    }
    push_digits(out, value.unsigned_abs(), 1);
}

/// Appends an unsigned whole number.
pub(super) fn push_unsigned(out: &mut String, value: u64) {
    push_digits(out, value, 1);
}

/// Appends `raw / 10^scale` exactly, with at least `places` decimal places and no more than it
/// takes beyond them.
pub(super) fn push_decimal(out: &mut String, raw: i64, scale: u8, places: u8) {
    if raw < 0 {
        out.push('-');
    }
    let unit = power_of_ten(scale).unsigned_abs();
    let (whole, mut part) = (raw.unsigned_abs() / unit, raw.unsigned_abs() % unit);
    push_digits(out, whole, 1);
    let mut shown = scale;
    while shown > places && part.is_multiple_of(10) {
        part /= 10;
        shown -= 1;
    }
    if shown > 0 {
        out.push('.');
        push_digits(out, part, shown.into());
    }
}

/// Decimal places that multiples of a step can have.
pub(super) fn places_of(step: i64, scale: u8) -> u8 {
    let (mut step, mut places) = (step, scale);
    while places > 0 && step % 10 == 0 && step != 0 {
        step /= 10;
        places -= 1;
    }
    if step == 0 { 0 } else { places }
}

/// Appends a number with at least `width` digits.
fn push_digits(out: &mut String, mut value: u64, width: usize) {
    let mut digits = [b'0'; 20];
    let mut start = digits.len();
    while value > 0 {
        start -= 1;
        digits[start] += (value % 10) as u8;
        value /= 10;
    }
    let start = start.min(digits.len() - width);
    out.extend(digits[start..].iter().map(|digit| char::from(*digit)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decimal::parse_scaled;
    use proptest::prelude::*;

    fn decimal(raw: i64, scale: u8, places: u8) -> String {
        let mut out = String::new();
        push_decimal(&mut out, raw, scale, places);
        out
    }

    #[test]
    fn decimals_have_the_places_of_their_step() {
        let places = places_of(10_000, 8);
        assert_eq!(places, 4);
        assert_eq!(decimal(50_000_000, 8, places), "0.5000");
        assert_eq!(decimal(50_001_200, 8, places), "0.500012");
        assert_eq!(decimal(-5, 1, 0), "-0.5");
        assert_eq!(decimal(700, 2, places_of(500, 2)), "7");
        assert_eq!((places_of(1, 8), places_of(0, 8), places_of(10, 0)), (8, 0, 0));
    }

    proptest! {
        #[test]
        fn decimals_are_exact(raw: i64, scale in 0u8..=18, places in 0u8..=18) {
            let text = decimal(raw, scale, places.min(scale));
            prop_assert_eq!(parse_scaled(&text, scale), Ok(raw), "{}", text);
        }

        #[test]
        fn integers_are_those_of_the_library(value: i64) {
            let mut out = String::new();
            push_integer(&mut out, value);
            push_unsigned(&mut out, value as u64);
            prop_assert_eq!(out, format!("{}{}", value, value as u64));
        }
    }
}
