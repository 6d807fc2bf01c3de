//! The book rebuilt from deltas, against the quotes and trades between them.

use super::*;
use operators::book::{DeltaRow, L2Book};
use schemas::Side;
use schemas::chunk::NO_ID;

/// A book as anyone would rebuild it: quantities by price, bids and asks.
#[derive(Default)]
struct Rebuilt {
    sides: [BTreeMap<i64, i64>; 2],
    /// The best that was quoted last.
    quoted: Option<((i64, i64), (i64, i64))>,
    update_id: u64,
    /// Within a message.
    open: bool,
    /// What trades left of levels: the next message has to confirm it.
    left: BTreeMap<(usize, i64), i64>,
    snapshots: u32,
    depths: BTreeSet<usize>,
}

impl Rebuilt {
    fn top(&self) -> Option<((i64, i64), (i64, i64))> {
        let bid = self.sides[0].last_key_value().map(|(p, q)| (*p, *q));
        let ask = self.sides[1].first_key_value().map(|(p, q)| (*p, *q));
        bid.zip(ask)
    }

    fn row(&mut self, chunk: &Chunk, row: usize) {
        let (kind, i) = chunk.slot(row);
        if !self.open && kind != RowKind::Quote {
            assert_eq!(self.top(), self.quoted, "the best changed and was not quoted");
        }
        match kind {
            RowKind::Delta => self.delta(chunk, i),
            RowKind::Quote => {
                let q = &chunk.quotes;
                let bid = (q.bid_price[i], q.bid_quantity[i]);
                let ask = (q.ask_price[i], q.ask_quantity[i]);
                assert_ne!(Some((bid, ask)), self.quoted, "nothing changed");
                self.quoted = Some((bid, ask));
                assert_eq!((self.top(), q.update_id[i]), (self.quoted, self.update_id));
            }
            RowKind::Trade => {
                let (price, quantity) = (chunk.trades.price[i], chunk.trades.quantity[i]);
                let other = usize::from(chunk.trades.side[i] > 0);
                let shown = self.sides[other].get(&price).copied().unwrap_or(0);
                assert!(0 < quantity && quantity <= shown, "{quantity} of {shown} shown");
                assert!(self.left.insert((other, price), shown - quantity).is_none());
            }
            RowKind::Order | RowKind::Other => {}
        }
    }

    fn delta(&mut self, chunk: &Chunk, i: usize) {
        let d = &chunk.deltas;
        let (price, quantity, flags) = (d.price[i], d.quantity[i], DeltaFlags(d.flags[i]));
        if !self.open {
            let clear = flags.has(DeltaFlags::CLEAR);
            assert_eq!(d.first_update_id[i], if clear { NO_ID } else { self.update_id + 1 });
            assert!(d.update_id[i] > self.update_id);
            self.snapshots += u32::from(clear);
        }
        let side = usize::from(flags.side() == Side::Sell);
        if flags.has(DeltaFlags::CLEAR) {
            self.sides = Default::default();
        } else if quantity == 0 {
            assert!(self.sides[side].remove(&price).is_some(), "no such level");
        } else {
            self.sides[side].insert(price, quantity);
        }
        if let Some(left) = self.left.remove(&(side, price)) {
            assert_eq!(quantity, left, "what was traded is gone, and no more");
        }
        self.open = !flags.has(DeltaFlags::LAST);
        if !self.open {
            self.update_id = d.update_id[i];
            let (bid, ask) = self.top().expect("both sides");
            assert!(bid.0 < ask.0, "crossed");
            assert!(self.left.is_empty(), "a trade left the book as it was");
            self.depths.extend(self.sides.iter().map(BTreeMap::len));
        }
    }
}

#[test]
fn the_rows_make_a_book_that_agrees_with_quotes_and_trades() {
    for partition in 0..8 {
        let market = market(11, 8, 90);
        let facts = &market.instruments()[partition as usize];
        let mut book = Rebuilt::default();
        for chunk in chunks(&market, partition) {
            assert!(chunk.deltas.price.iter().all(|price| price % facts.tick == 0));
            assert!(chunk.deltas.quantity.iter().all(|quantity| quantity % facts.lot == 0));
            (0..chunk.len()).for_each(|row| book.row(&chunk, row));
        }
        assert_eq!(book.snapshots, 3, "at the start, after 30 and after 60 minutes");
        assert!(*book.depths.first().unwrap() >= 8, "{:?}", book.depths);
        assert!((18..=20).contains(book.depths.last().unwrap()), "{:?}", book.depths);
    }
}

#[test]
fn the_engines_book_stays_in_sync() {
    let mut book = L2Book::new();
    let mut messages = 0;
    for chunk in chunks(&market(4, 1, 90), 0) {
        for row in 0..chunk.len() {
            match chunk.slot(row) {
                (RowKind::Delta, i) => {
                    let applied = book.apply(&DeltaRow::at(&chunk.deltas, i));
                    assert!(!applied.gap && !applied.crossed, "{applied:?}");
                    assert!(!applied.end || (applied.changed && applied.synced), "{applied:?}");
                    messages += u32::from(applied.end);
                }
                (RowKind::Quote, i) => {
                    let q = &chunk.quotes;
                    assert_eq!(book.best_bid(), Some((q.bid_price[i], q.bid_quantity[i])));
                    assert_eq!(book.best_ask(), Some((q.ask_price[i], q.ask_quantity[i])));
                }
                _ => {}
            }
        }
    }
    assert!(messages > 10_000);
}
