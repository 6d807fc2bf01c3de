//! Are positions in the ratio of what is wanted?

/// Is there a multiple of `wanted` that is `held`, each rounded to the nearest of its `lots`?
/// Quantities at the scales of their instruments.
pub(super) fn is_in_ratio(held: &[i64], wanted: &[i64], lots: &[i64]) -> bool {
    // Twice what is held in the direction that is wanted, and half a lot to either side, over
    // twice what is wanted: where the multiple lies.
    let mut bounds = Vec::new();
    for ((held, wanted), lot) in held.iter().zip(wanted).zip(lots) {
        let (held, lot) = (i128::from(*held), i128::from(*lot));
        match wanted.signum() {
            0 if held != 0 => return false,
            0 => {}
            sign => {
                let twice = 2 * held * i128::from(sign);
                bounds.push((twice - lot, twice + lot, i128::from(wanted.unsigned_abs())));
            }
        }
    }
    let meets = |low: i128, of_low: i128, high: i128, of_high: i128| low * of_high < high * of_low;
    bounds.iter().all(|(low, _, a)| bounds.iter().all(|(_, high, b)| meets(*low, *a, *high, *b)))
}

#[cfg(test)]
mod tests {
    use super::is_in_ratio;
    use proptest::prelude::*;

    #[test]
    fn one_leg_alone_is_out_and_both_in_part_are_in() {
        let out = |held: [i64; 2], wanted: [i64; 2]| !is_in_ratio(&held, &wanted, &[1, 10]);
        assert!(!out([0, 0], [123, -120]) && !out([123, -120], [123, -120]));
        assert!(out([123, 0], [123, -120]) && out([0, -10], [123, -120]));
        assert!(!out([62, -60], [123, -120]) && !out([-123, 120], [123, -120]));
        assert!(out([10, 10], [123, -120]), "the wrong way");
        // One lot that is all that is wanted is not within the rounding.
        assert!(out([12, 0], [12, -10]) && !out([12, -10], [12, -10]));
        assert!(out([1, 0], [0, 10]) && out([0, 10], [0, 0]) && !out([0, 0], [0, 0]));
    }

    proptest! {
        /// What is rounded to the nearest lot is in; a lot more of one leg that is much of it is
        /// not.
        #[test]
        fn multiples_are_in_and_others_are_not(
            wanted in proptest::collection::vec((1..1_000i64, any::<bool>(), 1..20i64), 2..5),
            (part, of) in (0..50i64, 50..51i64),
        ) {
            let lots: Vec<i64> = wanted.iter().map(|w| w.2).collect();
            let sign = |up: bool| if up { 1 } else { -1 };
            let all: Vec<i64> = wanted.iter().map(|w| sign(w.1) * w.0 * w.2).collect();
            let nearest = |w: &(i64, bool, i64)| {
                // Halfway between two lots either is as near.
                let twice = 2 * w.0 * part;
                prop_assume!(twice % of != 0 || (twice / of) % 2 == 0);
                Ok(sign(w.1) * ((twice + of) / (2 * of)) * w.2)
            };
            let held = wanted.iter().map(nearest).collect::<Result<Vec<_>, TestCaseError>>()?;
            prop_assert!(is_in_ratio(&held, &all, &lots), "{held:?} {all:?}");
            let mut apart = all.clone();
            apart[0] = 0;
            prop_assert!(!is_in_ratio(&apart, &all, &lots));
        }
    }
}
