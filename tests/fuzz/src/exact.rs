//! Decimal numbers as digits: nothing is ever computed with them.

/// A number: its sign, its digits without zeros on either side, and the power of ten of the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exact {
    negative: bool,
    digits: String,
    power: i64,
}

/// Reads digits with at most one point, and an exponent.
pub fn exact(text: &str) -> Option<Exact> {
    let (mantissa, power) = match text.split_once(['e', 'E']) {
        Some((mantissa, power)) => {
            let digits = power.strip_prefix(['+', '-']).unwrap_or(power);
            if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            // Beyond these no number has digits enough.
            let most = digits.parse::<i64>().map_or(i64::MAX / 4, |n| n.min(i64::MAX / 4));
            (mantissa, if power.starts_with('-') { -most } else { most })
        }
        None => (text, 0),
    };
    let (negative, digits) = match mantissa.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, mantissa),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{part}");
    if all.is_empty() || !all.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some(normal(negative, &all, power - part.len() as i64))
}

/// The number of a scaled integer.
pub fn scaled(raw: i64, scale: u8) -> Exact {
    normal(raw < 0, &raw.unsigned_abs().to_string(), -i64::from(scale))
}

fn normal(negative: bool, digits: &str, power: i64) -> Exact {
    let kept = digits.trim_end_matches('0');
    let power = power + (digits.len() - kept.len()) as i64;
    match kept.trim_start_matches('0') {
        "" => Exact { negative: false, digits: String::new(), power: 0 },
        kept => Exact { negative, digits: kept.to_owned(), power },
    }
}

impl Exact {
    /// The integer that it is at a scale, if it is one and fits.
    pub fn at(&self, scale: u8) -> Option<i64> {
        let zeros = usize::try_from(self.power + i64::from(scale)).ok()?;
        if self.digits.is_empty() {
            return Some(0);
        }
        if zeros > 20 {
            return None;
        }
        let sign = if self.negative { "-" } else { "" };
        format!("{sign}{}{}", self.digits, "0".repeat(zeros)).parse().ok()
    }
}

/// Fails when a number that landed is not the one that was written.
#[track_caller]
pub fn same(text: &str, raw: i64, scale: u8) {
    assert_eq!(exact(text), Some(scaled(raw, scale)), "{text:?} landed as {raw} at {scale}");
}

/// Fails when a number that landed is not the `f32` that was written. Two decimals may be the
/// shortest of one `f32`, halfway on either side: 2150427.25 is 2150427.2 as well as 2150427.3.
#[track_caller]
pub fn same_f32(text: &str, raw: i64, scale: u8) {
    let landed = scaled(raw, scale);
    let digits = |exact: &Exact| exact.digits.len();
    let same = text.parse() == format!("{raw}e-{scale}").parse::<f32>();
    let short = exact(text).is_some_and(|written| digits(&landed) <= digits(&written));
    assert!(same && short, "{text:?} landed as {raw} at {scale}");
}
