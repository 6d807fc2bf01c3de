//! Exact numbers: scaled integers parsed from decimal text, never through floats.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, iter::Sum, ops};

/// Decimal text that does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// Not digits with at most one point.
    #[error("not a decimal number")]
    NotANumber,
    /// Digits beyond the scale that are not zero.
    #[error("finer than {0} decimal places")]
    TooFine(u8),
    /// More than 64 bits (128 for money) at this scale.
    #[error("too large for {0} decimal places")]
    TooLarge(u8),
}

/// `10^n` for n up to 18.
pub const fn power_of_ten(n: u8) -> i64 {
    10i64.pow(n as u32)
}

/// Reads decimal text (`-12.50`) as an integer at `scale` places; superfluous zeros are fine.
///
/// # Errors
/// When the text is no number, or does not fit the scale exactly: nothing is ever rounded.
pub fn parse_scaled(text: &str, scale: u8) -> Result<i64, DecimalError> {
    let wide = parse_wide(text, scale)?;
    i64::try_from(wide).map_err(|_| DecimalError::TooLarge(scale))
}

fn parse_wide(text: &str, scale: u8) -> Result<i128, DecimalError> {
    let (negative, digits) = match text.as_bytes() {
        [b'-', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let mut value: i128 = 0;
    let mut places: Option<u8> = None;
    let mut seen = false;
    for &byte in digits {
        match byte {
            b'0'..=b'9' => {
                seen = true;
                let digit = i128::from(byte - b'0');
                match &mut places {
                    Some(n) if *n == scale => {
                        if digit != 0 {
                            return Err(DecimalError::TooFine(scale));
                        }
                        continue;
                    }
                    Some(n) => *n += 1,
                    None => {}
                }
                value = value
                    .checked_mul(10)
                    .and_then(|v| v.checked_add(digit))
                    .ok_or(DecimalError::TooLarge(scale))?;
            }
            b'.' if places.is_none() => places = Some(0),
            _ => return Err(DecimalError::NotANumber),
        }
    }
    if !seen {
        return Err(DecimalError::NotANumber);
    }
    for _ in places.unwrap_or(0)..scale {
        value = value.checked_mul(10).ok_or(DecimalError::TooLarge(scale))?;
    }
    Ok(if negative { -value } else { value })
}

fn write_scaled(f: &mut fmt::Formatter<'_>, raw: i128, scale: u8) -> fmt::Result {
    let sign = if raw < 0 { "-" } else { "" };
    let unit = 10u128.pow(scale.into());
    let (whole, part) = (raw.unsigned_abs() / unit, raw.unsigned_abs() % unit);
    if scale == 0 {
        write!(f, "{sign}{whole}")
    } else {
        write!(f, "{sign}{whole}.{part:0width$}", width = usize::from(scale))
    }
}

macro_rules! scaled {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
        pub struct $name {
            /// The value times `10^scale`.
            pub raw: i64,
            /// Decimal places, 0 to 18.
            pub scale: u8,
        }

        impl $name {
            /// The value `raw / 10^scale`.
            pub fn new(raw: i64, scale: u8) -> Self {
                Self { raw, scale }
            }

            /// Reads decimal text at a scale.
            ///
            /// # Errors
            /// As [`parse_scaled`].
            pub fn parse(text: &str, scale: u8) -> Result<Self, DecimalError> {
                Ok(Self { raw: parse_scaled(text, scale)?, scale })
            }

            /// The nearest double.
            pub fn to_f64(self) -> f64 {
                self.raw as f64 / power_of_ten(self.scale) as f64
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_scaled(f, self.raw.into(), self.scale)
            }
        }
    };
}
scaled! {
    /// A price in quote currency for one unit (or contract) of the instrument.
    Price
}
scaled! {
    /// A quantity in units of the base currency, or in contracts.
    Quantity
}

/// An amount of one currency, exact to 12 decimal places. Every ledger posting is one of these,
/// rounded once, half to even; sums are exact.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Money(pub i128);

impl Money {
    /// Decimal places of every amount.
    pub const SCALE: u8 = 12;
    /// Nothing.
    pub const ZERO: Money = Money(0);

    /// Reads decimal text.
    ///
    /// # Errors
    /// When the text is no number or has more than 12 places.
    pub fn parse(text: &str) -> Result<Money, DecimalError> {
        parse_wide(text, Money::SCALE).map(Money)
    }

    /// `numerator / 10^places / denominator`, rounded once, half to even.
    ///
    /// # Panics
    /// When the denominator is zero or the product leaves 128 bits: amounts beyond 10^20 in a
    /// currency are a broken invariant, not data.
    pub fn from_ratio(numerator: i128, places: u8, denominator: i128) -> Money {
        let (up, down) = if places <= Money::SCALE {
            (i128::from(power_of_ten(Money::SCALE - places)), 1)
        } else {
            (1, 10i128.pow((places - Money::SCALE).into()))
        };
        let numerator = numerator.checked_mul(up).expect("amount fits 128 bits");
        let denominator = denominator.checked_mul(down).expect("amount fits 128 bits");
        Money(divide_half_even(numerator, denominator))
    }

    /// This amount times a fraction `part / whole`, rounded once, half to even.
    pub fn share(self, part: i128, whole: i128) -> Money {
        match self.0.checked_mul(part) {
            Some(product) => Money(divide_half_even(product, whole)),
            // Split off the whole multiples so that the product fits.
            None => {
                let (each, rest) = (self.0 / whole, self.0 % whole);
                Money(each * part + divide_half_even(rest * part, whole))
            }
        }
    }

    /// The nearest double.
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / 1e12
    }

    /// The nearest amount to a double; null and infinite become `None`.
    pub fn from_f64(value: f64) -> Option<Money> {
        let scaled = value * 1e12;
        (scaled.abs() < 1e37).then(|| Money(scaled.round_ties_even() as i128))
    }
}

/// Integer division rounded half to even.
pub fn divide_half_even(numerator: i128, denominator: i128) -> i128 {
    if denominator == 1 {
        return numerator;
    }
    // 128-bit division is a call of some 30 ns; most amounts fit 64 bits.
    let (quotient, remainder) = match (i64::try_from(numerator), i64::try_from(denominator)) {
        (Ok(n), Ok(d)) if d != -1 => (i128::from(n / d), i128::from(n % d)),
        _ => (numerator / denominator, numerator % denominator),
    };
    let away = if (numerator < 0) == (denominator < 0) { 1 } else { -1 };
    match (remainder.unsigned_abs() * 2).cmp(&denominator.unsigned_abs()) {
        std::cmp::Ordering::Greater => quotient + away,
        std::cmp::Ordering::Equal if quotient % 2 != 0 => quotient + away,
        _ => quotient,
    }
}

/// The double nearest to `numerator / denominator`, rounded once; NaN when that is no number.
///
/// Dividing the two as doubles would round three times as soon as one of them needs more than 53
/// bits, as sums of price times quantity do. Beyond denominators of 72 bits or quotients of 55 it
/// is what the doubles give.
pub fn ratio(numerator: i128, denominator: i128) -> f64 {
    if denominator == 0 || numerator == 0 {
        return if denominator == 0 { f64::NAN } else { 0.0 };
    }
    let (n, d) = (numerator.unsigned_abs(), denominator.unsigned_abs());
    let sign = if (numerator < 0) == (denominator < 0) { 1.0 } else { -1.0 };
    let shift = 55 + n.leading_zeros() as i32 - d.leading_zeros() as i32;
    if shift < 0 || d >> 72 != 0 {
        return sign * (n as f64 / d as f64);
    }
    // 55 or 56 bits of quotient and one that says whether anything follows: the conversion to a
    // double then rounds as it would the endless quotient. Scaling by powers of two is exact.
    let up = n << shift;
    let bits = (up / d) << 1 | u128::from(!up.is_multiple_of(d));
    let (half, rest) = ((shift + 1) / 2, (shift + 1) - (shift + 1) / 2);
    sign * bits as f64 / (1u128 << half) as f64 / (1u128 << rest) as f64
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_scaled(f, self.0, Money::SCALE)
    }
}
impl ops::Add for Money {
    type Output = Money;
    fn add(self, other: Money) -> Money {
        Money(self.0 + other.0)
    }
}
impl ops::Sub for Money {
    type Output = Money;
    fn sub(self, other: Money) -> Money {
        Money(self.0 - other.0)
    }
}
impl ops::Neg for Money {
    type Output = Money;
    fn neg(self) -> Money {
        Money(-self.0)
    }
}
impl ops::AddAssign for Money {
    fn add_assign(&mut self, other: Money) {
        self.0 += other.0;
    }
}
impl Sum for Money {
    fn sum<I: Iterator<Item = Money>>(amounts: I) -> Money {
        amounts.fold(Money::ZERO, |sum, amount| sum + amount)
    }
}
impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Money, D::Error> {
        Money::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn text_is_read_exactly_or_refused() {
        assert_eq!(parse_scaled("61650.01000000", 2), Ok(6_165_001));
        assert_eq!(parse_scaled("-.5", 1), Ok(-5));
        assert_eq!(parse_scaled("7.", 1), Ok(70));
        assert_eq!(parse_scaled("0.001", 2), Err(DecimalError::TooFine(2)));
        assert_eq!(parse_scaled("99999999999999999999", 0), Err(DecimalError::TooLarge(0)));
        assert_eq!(parse_scaled("9223372036854775808", 0), Err(DecimalError::TooLarge(0)));
        for text in ["", "-", ".", "1e5", "1.2.3", "NaN", " 1", "+1", "1,0"] {
            assert_eq!(parse_scaled(text, 8), Err(DecimalError::NotANumber), "{text}");
        }
    }

    #[test]
    fn halves_go_to_the_even_neighbour() {
        let rounded: Vec<i128> =
            [-15, -5, 5, 15, 25, 26].iter().map(|n| divide_half_even(*n, 10)).collect();
        assert_eq!(rounded, [-2, 0, 0, 2, 2, 3]);
        assert_eq!(divide_half_even(5, -10), 0);
        assert_eq!(divide_half_even(15, -10), -2);
    }

    #[test]
    fn a_ratio_is_rounded_once() {
        let unit = 10_000_000_000_000_000;
        assert_eq!(ratio(36_775_721_231_000_000_000, unit), 3677.5721231);
        assert_eq!(ratio(-162_647_833_101_000_000_000, unit), -16264.7833101);
        assert_eq!(ratio(0, 7), 0.0);
        assert!(ratio(1, 0).is_nan());
        assert_eq!(ratio(1, 1 << 70), 1.0 / (1u128 << 70) as f64);
    }

    proptest! {
        /// Up to 2^53 both are doubles, and IEEE division rounds once.
        #[test]
        fn a_ratio_of_doubles_is_their_quotient(n in -1i64<<53..1i64<<53, d in 1i64..1i64<<53) {
            prop_assert_eq!(ratio(n.into(), d.into()), n as f64 / d as f64);
            // And a common factor changes nothing.
            let factor = 10_007;
            let scaled = ratio(i128::from(n) * factor, i128::from(d) * factor);
            prop_assert_eq!(scaled, n as f64 / d as f64);
        }

        #[test]
        fn print_and_parse_are_inverse(raw: i64, scale in 0u8..=18) {
            let price = Price::new(raw, scale);
            prop_assert_eq!(Price::parse(&price.to_string(), scale), Ok(price));
            let money = Money(raw.into());
            prop_assert_eq!(Money::parse(&money.to_string()), Ok(money));
        }

        #[test]
        fn a_share_agrees_with_the_ratio(amount in -1i128<<80..1i128<<80, part in 0i64..1000) {
            let whole = 1000;
            let exact = Money(amount).share(part.into(), whole);
            prop_assert_eq!(exact.0, divide_half_even(amount * i128::from(part), whole));
        }
    }
}
