//! Books against plain maps, whatever comes.

use super::tests::{BID, CLEAR, LAST, SNAPSHOT, row};
use super::*;
use proptest::prelude::*;
use schemas::Side;
use std::collections::BTreeMap;

proptest! {
    /// Levels agree with a map after every message, whatever comes, and through a restore.
    #[test]
    fn levels_agree_with_a_plain_map(
        changes in prop::collection::vec((any::<bool>(), 0i64..300, 0i64..4, any::<bool>()), 0..400)
    ) {
        let mut book = L2Book::new();
        book.apply(&row(CLEAR | SNAPSHOT | LAST, 0, 0, [NO_ID; 3]));
        let mut model = [BTreeMap::new(), BTreeMap::new()];
        for (bid, price, quantity, restore) in changes {
            let side = &mut model[usize::from(bid)];
            if quantity == 0 { side.remove(&price) } else { side.insert(price, quantity) };
            let flags = LAST | if bid { BID } else { 0 };
            book.apply(&row(flags, price, quantity, [NO_ID; 3]));
            if restore {
                let bytes = postcard::to_stdvec(&book).unwrap();
                book = postcard::from_bytes(&bytes).unwrap();
            }
            let [asks, bids] = &model;
            prop_assert!(book.levels(Side::Buy).eq(bids.iter().rev().map(|(p, q)| (*p, *q))));
            prop_assert!(book.levels(Side::Sell).eq(asks.iter().map(|(p, q)| (*p, *q))));
            prop_assert_eq!(book.best_bid(), book.levels(Side::Buy).next());
            prop_assert_eq!(book.best_ask(), book.levels(Side::Sell).next());
            prop_assert_eq!(book.depth(Side::Sell), asks.len());
            prop_assert_eq!(book.level(Side::Buy, 7), bids.get(&7).copied().unwrap_or(0));
        }
    }

    /// However a feed is cut into messages, with the snapshot anywhere: the book is that of all
    /// changes up to its id, and with one message lost it is never shown wrong.
    #[test]
    fn a_feed_is_rebuilt_or_void(
        sizes in prop::collection::vec(1u64..6, 2..40),
        at in 0usize..40, back in 0u64..20, lost in prop::option::of(0usize..40),
        futures: bool,
    ) {
        let total: u64 = sizes.iter().sum();
        // Update `id` sets price `id % 7` to `id + 1`.
        let level = |id: u64| ((id % 7) as i64, id as i64 + 1);
        let state = |id: u64| (1..=id).map(level).collect::<BTreeMap<_, _>>();
        let mut book = L2Book::new();
        let (mut first, mut failure) = (1, None);
        for (i, size) in sizes.iter().enumerate() {
            let last = first + size - 1;
            if i == at {
                let id = last.saturating_sub(back).min(total);
                let ids = [NO_ID, NO_ID, id];
                book.apply(&row(CLEAR | SNAPSHOT, 0, 0, ids));
                for (price, quantity) in state(id) {
                    book.apply(&row(BID | SNAPSHOT, price, quantity, ids));
                }
                // An ask far away ends it.
                book.apply(&row(SNAPSHOT | LAST, 1 << 40, 1, ids));
            }
            let previous = if futures { first - 1 } else { NO_ID };
            if lost != Some(i) {
                for id in first..=last {
                    let end = if id == last { LAST } else { 0 };
                    let (price, quantity) = level(id);
                    let change = row(BID | end, price, quantity, [first, previous, last]);
                    book.apply_each(&change, |book| {
                        let id = book.last_update_id().unwrap();
                        if !book.levels(Side::Buy).eq(state(id).into_iter().rev()) {
                            failure = Some(id);
                        }
                    });
                }
            }
            first = last + 1;
        }
        prop_assert_eq!(failure, None);
        if lost.is_none_or(|lost| lost >= sizes.len()) && at < sizes.len() {
            prop_assert!(book.synced() && book.last_update_id() >= Some(total - back.min(total)));
        }
    }
}
