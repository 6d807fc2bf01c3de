//! What is known where records are received, whatever a venue publishes.

use super::{Moved, SharedView, samples::instrument};
use crate::{
    book::DeltaRow,
    market::{MarketRow, Top},
};
use proptest::prelude::*;
use schemas::{
    EventTime, OrderKey, Side,
    chunk::{DeltaFlags, NO_ID},
};
use std::{collections::VecDeque, sync::Arc};

/// What happens next: the venue publishes something, or so many records are received.
#[derive(Debug, Clone)]
enum Step {
    Snapshot(u64),
    Level { bid: bool, price: i64, quantity: i64, ids: u64, part: bool },
    Quote(i64, u64),
    Trade(i64),
    Receive(usize),
    Cut,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        1 => (0..3_u64).prop_map(Step::Snapshot),
        // A message may follow, leave one out, or have no ids; or not be over.
        8 => (any::<bool>(), 95..105_i64, 0..4_i64, 0..12_u64, prop::bool::weighted(0.2))
            .prop_map(|(bid, price, quantity, ids, part)| {
                Step::Level { bid, price, quantity, ids, part }
            }),
        2 => (95..105_i64, 0..3_u64).prop_map(|(bid, id)| Step::Quote(bid, id)),
        2 => (95..105_i64).prop_map(Step::Trade),
        6 => (1..5_usize).prop_map(Step::Receive),
        1 => Just(Step::Cut),
    ]
}

#[derive(Clone, Copy)]
enum Record {
    Delta(DeltaRow),
    Quote(Top),
    Trade(i64),
}

fn apply(view: &SharedView, offset: u64, record: Record) -> Moved {
    let key = OrderKey::source(EventTime(0), 0, 0, offset, 0);
    match record {
        Record::Delta(row) => view.apply(key, &MarketRow::Delta(row)),
        Record::Quote(top) => view.apply(key, &MarketRow::Quote(top)),
        Record::Trade(price) => {
            view.move_price(price);
            Moved { depth: false, price: true }
        }
    }
}

/// Everything that decisions, risk and valuations ask.
fn known(view: &SharedView) -> String {
    let view = view.read();
    let watched = [Side::Buy, Side::Sell].map(|side| view.watched(side));
    format!("{:?}", (view.top(), view.mark(), view.reference(), view.marks(), watched))
}

fn restored(views: [&SharedView; 3]) -> [SharedView; 3] {
    let new = || SharedView::new(Arc::new(instrument(1)), false);
    let (venue, plain) = (new(), new());
    let all = [venue.clone(), SharedView::received_from(&venue), plain];
    for (from, to) in views.into_iter().zip(&all) {
        let bytes = postcard::to_stdvec(&from.state()).unwrap();
        to.set_state(postcard::from_bytes(&bytes).unwrap());
    }
    all
}

proptest! {
    /// It is what a book kept from what was received would show.
    #[test]
    fn what_the_venue_showed_is_what_a_book_of_what_came_shows(
        steps in prop::collection::vec(step(), 1..200),
    ) {
        let new = || SharedView::new(Arc::new(instrument(1)), false);
        let (mut venue, mut plain) = (new(), new());
        let mut received = SharedView::received_from(&venue);
        let (mut wire, mut offset, mut id, mut within) = (VecDeque::new(), 0, 10, false);
        let row = |flags: u8, (price, quantity), last| DeltaRow {
            price,
            quantity,
            flags: DeltaFlags(flags),
            first: NO_ID,
            previous: if last == NO_ID { NO_ID } else { last - 1 },
            last,
        };
        for step in steps {
            let mut records = Vec::new();
            match step {
                Step::Snapshot(skip) => {
                    id += skip;
                    let flags = DeltaFlags::SNAPSHOT | DeltaFlags::CLEAR;
                    records.push(Record::Delta(row(flags, (0, 0), id)));
                    let flags = DeltaFlags::SNAPSHOT | DeltaFlags::LAST;
                    records.push(Record::Delta(row(flags, (101, 3), id)));
                }
                Step::Level { bid, price, quantity, ids, part } => {
                    let side = if bid { DeltaFlags::BID } else { 0 };
                    id += if ids == 11 { 2 } else { 1 };
                    let last = if ids == 10 { NO_ID } else { id };
                    let ends = if part { 0 } else { DeltaFlags::LAST };
                    records.push(Record::Delta(row(side, (price + 1, 1), last)));
                    records.push(Record::Delta(row(side | ends, (price, quantity), last)));
                }
                Step::Quote(bid, newer) => records.push(Record::Quote(Top {
                    bid,
                    bid_quantity: 1,
                    ask: bid + 1,
                    ask_quantity: 2,
                    update_id: if newer == 2 { NO_ID } else { id + newer },
                })),
                Step::Trade(price) => records.push(Record::Trade(price)),
                Step::Receive(count) => {
                    for (offset, record) in wire.drain(..count.min(wire.len())) {
                        let moved = apply(&plain, offset, record);
                        prop_assert_eq!(apply(&received, offset, record), moved);
                        if matches!(record, Record::Delta(_)) {
                            within = !moved.depth;
                        }
                        // What is known of a message that is not over is nobody's business.
                        prop_assert!(within || known(&received) == known(&plain));
                    }
                }
                Step::Cut => [venue, received, plain] = restored([&venue, &received, &plain]),
            }
            for record in records {
                offset += 1;
                apply(&venue, offset, record);
                wire.push_back((offset, record));
            }
        }
    }
}
