//! The rules of sync, case by case.

use super::*;
use schemas::Side;

pub(super) const BID: u8 = DeltaFlags::BID;
pub(super) const LAST: u8 = DeltaFlags::LAST;
pub(super) const CLEAR: u8 = DeltaFlags::CLEAR;
pub(super) const SNAPSHOT: u8 = DeltaFlags::SNAPSHOT;

pub(super) fn row(flags: u8, price: i64, quantity: i64, ids: [u64; 3]) -> DeltaRow {
    let [first, previous, last] = ids;
    DeltaRow { price, quantity, flags: DeltaFlags(flags), first, previous, last }
}

/// A snapshot of bid 100 x 1 and ask 102 x 1.
fn snapshot(book: &mut L2Book, id: u64) -> Applied {
    let ids = [NO_ID, NO_ID, id];
    book.apply(&row(CLEAR | SNAPSHOT, 0, 0, ids));
    book.apply(&row(SNAPSHOT | BID, 100, 1, ids));
    book.apply(&row(SNAPSHOT | LAST, 102, 1, ids))
}

/// A message that sets the best bid's quantity to its last id.
fn message(book: &mut L2Book, ids: [u64; 3]) -> Applied {
    book.apply(&row(BID | LAST, 100, (ids[2] % 1000) as i64, ids))
}

fn spot(book: &mut L2Book, first: u64, last: u64) -> Applied {
    message(book, [first, NO_ID, last])
}

fn synced_at(id: u64) -> L2Book {
    let mut book = L2Book::new();
    assert!(snapshot(&mut book, id).synced);
    book
}

#[test]
fn without_a_snapshot_there_is_no_book() {
    let mut book = L2Book::new();
    for id in 1..50 {
        let applied = spot(&mut book, id, id);
        assert!(applied.end && !applied.synced && !applied.changed && !applied.gap);
    }
    assert_eq!((book.best_bid(), book.depth(Side::Buy), book.tainted()), (None, 0, false));
    assert_eq!(features::imbalance(&book, 5), None);
    // Nor without ids.
    let mut book = L2Book::new();
    assert!(!message(&mut book, [NO_ID; 3]).synced);
    assert_eq!((book.best_bid(), book.waiting()), (None, 0));
}

#[test]
fn a_spot_snapshot_drops_what_is_old_and_applies_what_waited() {
    let mut book = L2Book::new();
    for (first, last) in [(1, 5), (6, 9), (10, 14), (15, 16)] {
        spot(&mut book, first, last);
    }
    let mut seen = Vec::new();
    let ids = [NO_ID, NO_ID, 11];
    book.apply(&row(CLEAR | SNAPSHOT, 0, 0, ids));
    let last = row(SNAPSHOT | LAST, 102, 1, ids);
    let applied = book.apply_each(&last, |book| seen.push(book.last_update_id()));
    assert_eq!(applied, Applied { end: true, changed: true, synced: true, ..Applied::default() });
    assert_eq!(seen, [Some(14), Some(16)]);
    assert_eq!((book.best_bid(), book.waiting()), (Some((100, 16)), 0));
}

#[test]
fn the_first_spot_message_reaches_over_the_snapshot() {
    for (first, last, synced, held) in
        [(11, 12, true, 12), (9, 11, true, 11), (8, 10, true, 1), (12, 13, false, 0)]
    {
        let mut book = synced_at(10);
        let applied = spot(&mut book, first, last);
        assert_eq!((applied.synced, applied.gap), (synced, !synced), "{first}..{last}");
        assert_eq!(book.best_bid().map_or(0, |bid| bid.1), held, "{first}..{last}");
    }
}

#[test]
fn futures_link_by_the_previous_id() {
    // (first, previous, last) after a snapshot at 10: the one that ends there counts.
    for (ids, synced, held) in [
        ([5, 4, 9], true, 1),
        ([5, 4, 10], true, 10),
        ([8, 7, 15], true, 15),
        ([13, 10, 15], true, 15),
        ([13, 12, 15], false, 0),
    ] {
        let mut book = synced_at(10);
        assert_eq!(message(&mut book, ids).synced, synced, "{ids:?}");
        assert_eq!(book.best_bid().map_or(0, |bid| bid.1), held, "{ids:?}");
    }
    // From the second on only the link counts: first and last may leave holes, or overlap.
    let mut book = synced_at(10);
    assert!(message(&mut book, [8, 7, 15]).synced);
    assert!(message(&mut book, [40, 15, 50]).synced);
    let applied = message(&mut book, [45, 44, 60]);
    assert!(applied.gap && !applied.synced && book.tainted());
}

#[test]
fn a_gap_voids_the_book_until_a_snapshot() {
    let mut book = synced_at(10);
    assert!(spot(&mut book, 11, 12).synced);
    let applied = spot(&mut book, 14, 15);
    assert_eq!((applied.gap, applied.synced, applied.changed), (true, false, false));
    assert_eq!((book.tainted(), book.best_ask(), book.level(Side::Sell, 102)), (true, None, 0));
    assert_eq!((book.levels(Side::Sell).count(), book.last_update_id()), (0, None));
    // It is told once, messages wait, and a snapshot from before the gap repairs nothing.
    assert!(!spot(&mut book, 16, 17).gap);
    assert_eq!(book.waiting(), 2);
    let applied = snapshot(&mut book, 12);
    assert_eq!((applied.gap, applied.synced, book.waiting()), (true, false, 2));
    let applied = snapshot(&mut book, 15);
    assert_eq!((applied.gap, applied.synced, book.tainted()), (false, true, false));
    assert_eq!((book.last_update_id(), book.best_bid()), (Some(17), Some((100, 17))));
}

#[test]
fn repeats_do_no_harm_and_restarted_ids_are_found_out() {
    let mut book = synced_at(10);
    spot(&mut book, 11, 20);
    let before = book.clone();
    assert!(!snapshot(&mut book, 20).changed);
    let applied = spot(&mut book, 11, 20);
    assert_eq!((applied.changed, applied.synced, applied.gap), (false, true, false));
    assert_eq!(book.levels(Side::Buy).collect::<Vec<_>>(), [(100, 20)]);
    assert!(spot(&mut book, 15, 25).changed, "an overlap continues the book");
    assert_ne!(book, before);
    let mut old = (1..=MAX_REPEATS as u64 + 1).map(|id| spot(&mut book, id % 9, id % 9 + 1));
    assert!(old.by_ref().take(MAX_REPEATS as usize).all(|applied| applied.synced));
    assert!(old.next().is_some_and(|applied| applied.gap));
}

#[test]
fn without_ids_nothing_is_missed() {
    let mut book = L2Book::new();
    let none = [NO_ID; 3];
    assert!(book.apply(&row(CLEAR | LAST, 0, 0, none)).synced);
    assert!(message(&mut book, none).changed);
    assert!(snapshot(&mut book, NO_ID).synced);
    assert_eq!(book.best_bid(), Some((100, 1)));
    // A bare clear is no snapshot for messages that have ids.
    let mut book = L2Book::new();
    book.apply(&row(CLEAR | LAST, 0, 0, none));
    assert!(!spot(&mut book, 7, 8).synced);
    assert_eq!(book.waiting(), 1);
    assert!(!book.apply(&row(CLEAR | LAST, 0, 0, [NO_ID, NO_ID, 8])).synced);
}

#[test]
fn a_message_without_levels_moves_the_ids_only() {
    let mut book = synced_at(10);
    let applied = book.apply(&row(DeltaFlags::EMPTY | LAST, 0, 0, [11, NO_ID, 12]));
    assert!(applied.synced && book.last_update_id() == Some(12));
    assert_eq!((book.depth(Side::Sell), book.depth(Side::Buy)), (1, 1));
    assert!(spot(&mut book, 13, 13).synced);
}

#[test]
fn a_message_that_never_ends_is_a_gap() {
    let mut book = synced_at(10);
    assert!(!book.apply(&row(BID, 99, 5, [11, NO_ID, 12])).end);
    let applied = spot(&mut book, 13, 13);
    assert_eq!((applied.gap, applied.synced), (true, false));
    // One that waits is missing, and does not take in the rows of the next.
    let mut book = L2Book::new();
    book.apply(&row(BID, 99, 5, [11, NO_ID, 12]));
    spot(&mut book, 13, 13);
    assert_eq!((book.waiting(), snapshot(&mut book, 10).synced), (1, false));
    assert!(snapshot(&mut book, 12).synced);
    assert_eq!(book.levels(Side::Buy).collect::<Vec<_>>(), [(100, 13)]);
    // A snapshot cut short by another: the second one counts, and half a one is not shown.
    let mut book = L2Book::new();
    book.apply(&row(CLEAR | SNAPSHOT, 0, 0, [NO_ID, NO_ID, 10]));
    book.apply(&row(SNAPSHOT | BID, 99, 5, [NO_ID, NO_ID, 10]));
    assert_eq!((book.best_bid(), book.level(Side::Buy, 99)), (None, 0));
    assert_eq!((book.levels(Side::Buy).count(), book.depth(Side::Buy)), (0, 0));
    assert!(snapshot(&mut book, 12).synced);
    assert_eq!(book.levels(Side::Buy).collect::<Vec<_>>(), [(100, 1)]);
}

#[test]
fn the_backlog_is_bounded_by_messages_and_by_rows() {
    let mut book = L2Book::new();
    for id in 1..=BACKLOG_MESSAGES as u64 + 5 {
        spot(&mut book, id, id);
    }
    assert_eq!(book.waiting(), BACKLOG_MESSAGES);
    assert!(!snapshot(&mut book, 4).synced, "message 5 was dropped");
    assert!(snapshot(&mut book, 5).synced);
    let mut book = L2Book::new();
    for price in 0..BACKLOG_ROWS as i64 + 1 {
        book.apply(&row(BID, price, 1, [1, NO_ID, 2]));
    }
    assert_eq!(book.waiting(), 0);
    book.apply(&row(BID | LAST, 0, 1, [1, NO_ID, 2]));
    spot(&mut book, 3, 3);
    assert!(!snapshot(&mut book, 1).synced, "the large message is missed");
}

#[test]
fn crossed_books_are_told() {
    let mut book = synced_at(10);
    let applied = book.apply(&row(BID | LAST, 102, 1, [11, NO_ID, 11]));
    assert!(applied.crossed && applied.synced && book.crossed());
    assert!(!book.apply(&row(BID | LAST, 102, 0, [12, NO_ID, 12])).crossed);
}

#[test]
fn features_by_hand() {
    let mut book = synced_at(10);
    spot(&mut book, 11, 3003);
    assert_eq!(features::spread(&book), Some(2));
    assert_eq!(features::mid(&book), Some(101.0));
    // Bid 100 x 3, ask 102 x 1: (100 * 1 + 102 * 3) / 4.
    assert_eq!(features::microprice(&book), Some(101.5));
    assert_eq!(features::imbalance(&book, 5), Some(0.5));
    assert_eq!(features::imbalance(&book, 0), None);
    book.apply(&row(BID, 99, 5, [3004, NO_ID, 3004]));
    book.apply(&row(LAST, i64::MAX, i64::MAX, [3004, NO_ID, 3004]));
    assert_eq!(features::imbalance(&book, 1), Some(0.5));
    assert!(features::imbalance(&book, 2).is_some_and(|value| value < -0.99));
    book.apply(&row(LAST, 102, 0, [3005, NO_ID, 3005]));
    book.apply(&row(BID | LAST, i64::MIN, i64::MAX, [3006, NO_ID, 3006]));
    assert!(features::microprice(&book).is_some());
    book.apply(&row(LAST, i64::MAX, 0, [3007, NO_ID, 3007]));
    assert_eq!((features::mid(&book), features::microprice(&book)), (None, None));
}

#[test]
fn a_row_can_say_that_something_is_missing() {
    const GAP: u8 = DeltaFlags::GAP;
    // No ids: only this row can tell.
    let mut book = L2Book::new();
    let gap = row(GAP | LAST, 0, 0, [NO_ID; 3]);
    let applied = book.apply(&gap);
    assert!(applied.end && !applied.gap, "a book that never was cannot be void");
    assert!(snapshot(&mut book, NO_ID).synced);
    let applied = book.apply(&gap);
    assert!(applied.end && applied.gap && !applied.synced);
    assert!(book.tainted() && book.best_bid().is_none());
    assert!(!book.apply(&gap).gap, "told once");
    message(&mut book, [NO_ID; 3]);
    assert!(book.tainted(), "changes do not heal it");
    assert!(snapshot(&mut book, NO_ID).synced && !book.tainted());
    // In the middle of a message.
    book.apply(&row(BID, 99, 5, [NO_ID; 3]));
    assert!(book.apply(&gap).gap);
    // Messages with ids wait for the snapshot after it.
    let mut book = synced_at(10);
    assert!(book.apply(&gap).gap);
    spot(&mut book, 11, 12);
    assert!(snapshot(&mut book, 11).synced);
    assert_eq!(book.last_update_id(), Some(12));
}
