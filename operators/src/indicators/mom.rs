//! Momentum.
//!
//! - Formula: `x[t] - x[t-n]`.
//! - Parameters: `period` n.
//! - Convention: TA-Lib MOM.
//! - Warm-up: n rows.
//! - Cost: O(1) a row, n values held.
//! - Source: TA-Lib `MOM`.

use super::{About, Definition, Output, Period, Unit, window::Window};

parameters! {
    /// How much the value changed over the last rows.
    pub struct Mom {
        /// Rows to look back.
        pub period: Period<1> = "10",
    }
}

impl Definition for Mom {
    const ABOUT: About = About {
        title: "Momentum",
        formula: "x[t] - x[t-n]",
        convention: "TA-Lib MOM",
        warm_up: "n rows",
        cost: "O(1)",
        source: "TA-Lib MOM",
    };
    type Row = f64;
    type Values = [f64; 1];
    type State = Window;

    fn outputs(&self) -> Vec<Output> {
        Output::only(self.period.get(), Unit::Input, "A difference.")
    }

    fn examples() -> Vec<Self> {
        [1, 10, 100].map(|rows| Self { period: Period::of(rows) }).into()
    }

    fn fresh(&self) -> Window {
        Window::default()
    }

    #[inline(always)]
    fn step(&self, window: &mut Window, value: f64) -> [f64; 1] {
        let earlier = window.push(value, self.period.get());
        [earlier.map_or(f64::NAN, |earlier| value - earlier)]
    }

    #[inline(always)]
    fn steps(&self, window: &mut Window, [values]: &[&[f64]; 1], [out]: &mut [&mut [f64]; 1]) {
        window.run(values, self.period.get(), out);
        out.iter_mut().zip(*values).for_each(|(earlier, value)| *earlier = value - *earlier);
    }
}

#[cfg(test)]
mod tests {
    use super::Mom;
    use crate::indicators::{
        Period,
        testing::{NULL, expect_series},
    };

    #[test]
    fn by_hand() {
        expect_series(
            &Mom { period: Period::of(2) },
            &[1.0, 2.0, 6.0, 4.0],
            &[NULL, NULL, 5.0, 2.0],
        );
    }
}
