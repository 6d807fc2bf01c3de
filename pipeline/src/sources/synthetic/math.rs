//! Logarithm and exponential in plain arithmetic. `+ - * /` and the square root are exact to the
//! last bit by IEEE 754 wherever a program runs; those of the system's library are not.

const LN_2: f64 = std::f64::consts::LN_2;

/// The natural logarithm of a positive, normal number, to about 1e-12.
pub(super) fn ln(x: f64) -> f64 {
    const MANTISSA: u64 = (1 << 52) - 1;
    let bits = x.to_bits();
    let mut exponent = ((bits >> 52) as i64 - 1023) as f64;
    let mut mantissa = f64::from_bits((bits & MANTISSA) | (1023 << 52));
    if mantissa > std::f64::consts::SQRT_2 {
        mantissa *= 0.5;
        exponent += 1.0;
    }
    // ln m = 2 artanh s, and |s| < 0.172, so that seven terms are enough.
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let q = s * s;
    let tail = 1.0 / 7.0 + q * (1.0 / 9.0 + q * (1.0 / 11.0 + q * (1.0 / 13.0)));
    let series = 1.0 + q * (1.0 / 3.0 + q * (1.0 / 5.0 + q * tail));
    exponent * LN_2 + 2.0 * s * series
}

/// `e` to the power of `-x`, for `x` of 0 or more, with a relative error of about 1e-8; nothing
/// beyond 40.
pub(super) fn exp_minus(x: f64) -> f64 {
    if x > 40.0 {
        return 0.0;
    }
    let y = x / 256.0;
    let tail = 1.0 / 24.0 - y * (1.0 / 120.0 - y * (1.0 / 720.0 - y / 5040.0));
    let mut power = 1.0 - y * (1.0 - y * (0.5 - y * (1.0 / 6.0 - y * tail)));
    for _ in 0..8 {
        power *= power;
    }
    power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_agree_with_the_library() {
        for i in 1..20_000 {
            let x = f64::from(i) / 4096.0;
            assert!((ln(x) - x.ln()).abs() < 1e-11, "ln {x}");
            let exact = (-x).exp();
            assert!((exp_minus(x) / exact - 1.0).abs() < 1e-9, "exp -{x}");
        }
        assert!((ln(1e-16) - 1e-16f64.ln()).abs() < 1e-11);
        assert!((exp_minus(39.0) / (-39.0f64).exp() - 1.0).abs() < 1e-6);
        assert_eq!((ln(1.0), exp_minus(0.0), exp_minus(41.0)), (0.0, 1.0, 0.0));
    }
}
