//! Logarithms of ratios of prices.

/// `ln(now / before)`; 0 where either is not above 0, as such a price is none.
#[inline(always)]
pub(super) fn log_ratio(now: f64, before: f64) -> f64 {
    if now <= 0.0 || before <= 0.0 {
        return 0.0;
    }
    let ratio = now / before;
    // A ratio beyond the range of doubles still has a logarithm.
    if ratio.is_normal() { ratio.ln() } else { now.ln() - before.ln() }
}

#[cfg(test)]
mod tests {
    use super::log_ratio;

    #[test]
    fn no_price_is_no_move_and_extremes_are_finite() {
        assert_eq!(log_ratio(2.0, 1.0), std::f64::consts::LN_2);
        assert_eq!([log_ratio(0.0, 1.0), log_ratio(1.0, -1.0), log_ratio(5.0, 5.0)], [0.0; 3]);
        assert!(log_ratio(5e-324, 1e140).is_finite() && log_ratio(1e140, 5e-324).is_finite());
    }
}
