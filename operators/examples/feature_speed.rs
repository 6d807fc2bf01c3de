//! Measures features with running state and prints a line of CSV each: kind, what it takes, and
//! nanoseconds a record, without a look and with a look at each record; then how far the value is
//! after ten million records from that of a window that was begun only just before.
//!
//! `feature_speed [MICROSECONDS]`: records come so far apart, 5,000 if it does not say. Each kind
//! is measured with its first example; windows are 300 s, so they hold 60,000 records.

#![expect(clippy::disallowed_methods, reason = "it measures time, and computes nothing with it")]

use std::{hint::black_box, time::Instant};

use operators::{
    bars::BarTrade,
    features::{Feature, FeatureSpec, FeatureState, Reads, Scales},
    market::Top,
};
use schemas::{EventTime, chunk::NO_ID};

const SCALES: Scales = Scales { price: 2, quantity: 3 };
/// Records until drift is looked for.
const LONG: i64 = 10_000_000;
/// Records of a sample, after as many to fill the window.
const RECORDS: i64 = 400_000;

fn main() {
    let gap = std::env::args().nth(1).map_or(5_000, |text| text.parse().expect("microseconds"));
    let examples = FeatureSpec::examples();
    for entry in FeatureSpec::running_kinds() {
        let mut all = examples.iter().filter_map(FeatureSpec::running);
        let feature = all.find(|f| f.kind() == entry.kind).expect("every kind has examples");
        let what = match feature.reads() {
            Reads::Trades => "trades",
            Reads::Quotes => "quotes",
        };
        let gap = gap * 1_000;
        let (without, with) = (nanos(feature, gap, false), nanos(feature, gap, true));
        let drift = drift(feature, gap).map_or("-".to_owned(), |drift| format!("{drift:e}"));
        println!("{},{what},{without:.1},{with:.1},{drift}", entry.kind);
    }
}

/// How far the value after ten million records is from that of a window which only ever saw the
/// records in it, relatively. Nothing where it is not a window of time.
fn drift(feature: &dyn Feature, gap: i64) -> Option<f64> {
    let window = feature.warm_up().0 / gap;
    let [mut long, mut short] = [(); 2].map(|()| feature.start(SCALES));
    for place in 0..=LONG {
        step(&mut *long, feature.reads(), place, gap);
        // One more lies before the window: what held at its beginning, or was changed from.
        if place + window + 3 >= LONG {
            step(&mut *short, feature.reads(), place, gap);
        }
    }
    let now = EventTime(LONG * gap);
    let (long, short) = (long.value(now), short.value(now));
    (window > 0).then(|| ((long - short) / short).abs())
}

fn nanos(feature: &dyn Feature, gap: i64, look: bool) -> f64 {
    let mut state = feature.start(SCALES);
    let mut place = 0;
    let mut sample = |state: &mut dyn FeatureState| {
        let start = Instant::now();
        for _ in 0..RECORDS {
            place += 1;
            step(state, feature.reads(), place, gap);
            if look {
                black_box(state.value(EventTime(place * gap)));
            }
        }
        start.elapsed().as_nanos() as f64 / RECORDS as f64
    };
    (0..3).map(|_| sample(&mut *state)).fold(f64::INFINITY, f64::min)
}

/// Gives the record of this place: a walk that looks random and repeats.
fn step(state: &mut dyn FeatureState, reads: Reads, place: i64, gap: i64) {
    let mixed = (place as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let (up, size) = ((mixed >> 56) as i64, 1 + (mixed >> 40) as i64 % 1000);
    let price = 6_000_000 + place % 10_000 + up;
    let at = EventTime(place * gap);
    match reads {
        Reads::Trades => {
            let side = if mixed & 1 == 0 { 1 } else { -1 };
            state.trades(&[(at, BarTrade { price, quantity: size, side, tainted: false })]);
        }
        Reads::Quotes => {
            let (bid, ask) = (price, price + 1);
            let (bid_quantity, ask_quantity, update_id) = (size, 1000 - size / 2, NO_ID);
            state.quote(at, &Top { bid, bid_quantity, ask, ask_quantity, update_id });
        }
    }
}
