//! Rows of a chunk of trades by instrument, so that each instrument's are stepped in one go.

use super::parcel::Rows;
use operators::market::TradeRun;
use schemas::{
    Chunk,
    chunk::{Kinds, RowKind},
};
use std::ops::Range;

/// A row, its instrument, and price, quantity and side of its trade.
type Row = (u32, u32, (i64, i64, i8));

/// Trades by instrument. Kept from one chunk to the next for its memory alone.
#[derive(Default)]
pub(super) struct Sheaves {
    /// Where the rows of each instrument end.
    ends: Vec<u32>,
    /// Rows of the chunk, those of an instrument together and in their order.
    rows: Vec<u32>,
    /// What is added up of them: side by side it is read once, from row to row it is not.
    price: Vec<i64>,
    quantity: Vec<i64>,
    side: Vec<i8>,
}

impl Sheaves {
    /// Binds a range of a selection of a chunk, if it is of trades alone and worth it.
    pub fn bind(
        &mut self,
        chunk: &Chunk,
        selected: &Rows,
        range: Range<usize>,
        instruments: usize,
    ) -> bool {
        // Fewer rows than instruments are stepped as fast one by one.
        if chunk.kinds != Kinds::Only(RowKind::Trade) || range.len() < instruments {
            return false;
        }
        let Chunk { instrument, trades, .. } = chunk;
        match selected {
            Rows::All => {
                let first = range.start as u32;
                let columns =
                    trades.price[range.clone()].iter().zip(&trades.quantity[range.clone()]);
                let columns = columns.zip(&trades.side[range.clone()]).zip(&instrument[range]);
                let rows = (first..).zip(columns).map(|(row, (((price, quantity), side), of))| {
                    (row, *of, (*price, *quantity, *side))
                });
                self.sort(rows, instruments);
            }
            Rows::Some(rows) => {
                let row = |row: &u32| -> Row {
                    let at = *row as usize;
                    (*row, instrument[at], (trades.price[at], trades.quantity[at], trades.side[at]))
                };
                self.sort(rows[range].iter().map(row), instruments);
            }
        }
        true
    }

    /// Sorts rows, each with its instrument and trade, by counting; those of none come last.
    #[inline(always)]
    fn sort(&mut self, rows: impl Iterator<Item = Row> + Clone, instruments: usize) {
        let place = |of: u32| (of as usize).min(instruments);
        self.ends.clear();
        self.ends.resize(instruments + 2, 0);
        for (_, of, _) in rows.clone() {
            self.ends[place(of) + 1] += 1;
        }
        let mut sum = 0;
        for end in &mut self.ends {
            sum += *end;
            *end = sum;
        }
        let len = sum as usize;
        self.rows.resize(len, 0);
        self.price.resize(len, 0);
        self.quantity.resize(len, 0);
        self.side.resize(len, 0);
        let ends = &mut self.ends[..=instruments];
        let (to_rows, to_price) = (&mut self.rows[..len], &mut self.price[..len]);
        let (to_quantity, to_side) = (&mut self.quantity[..len], &mut self.side[..len]);
        for (row, of, (price, quantity, side)) in rows {
            // Where the next row of it goes; after the last one, where it ends.
            let end = &mut ends[place(of)];
            let to = *end as usize;
            *end += 1;
            to_rows[to] = row;
            to_price[to] = price;
            to_quantity[to] = quantity;
            to_side[to] = side;
        }
    }

    /// The trades of each instrument in turn.
    pub fn iter<'a>(&'a self, chunk: &'a Chunk) -> impl Iterator<Item = TradeRun<'a>> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(move |(start, end)| {
            let range = start as usize..*end as usize;
            TradeRun {
                chunk,
                rows: &self.rows[range.clone()],
                price: &self.price[range.clone()],
                quantity: &self.quantity[range.clone()],
                side: &self.side[range],
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use schemas::{EventTime, chunk::NO_INSTRUMENT};

    fn chunk(instruments: &[u32]) -> Chunk {
        let mut chunk = Chunk::only(0, 0, RowKind::Trade);
        for (row, instrument) in instruments.iter().enumerate() {
            chunk.ts.push(EventTime(row as i64).0);
            chunk.instrument.push(*instrument);
            chunk.trades.price.push(10 * row as i64);
            chunk.trades.quantity.push(1);
            chunk.trades.side.push(1);
        }
        chunk
    }

    #[test]
    fn rows_of_an_instrument_stand_together_and_in_order() {
        let chunk = chunk(&[2, 0, 2, NO_INSTRUMENT, 0, 2, 2]);
        let mut sheaves = Sheaves::default();
        assert!(sheaves.bind(&chunk, &Rows::All, 0..7, 3));
        let runs: Vec<TradeRun<'_>> = sheaves.iter(&chunk).take(3).collect();
        assert_eq!([runs[0].rows, runs[1].rows, runs[2].rows], [&[1, 4][..], &[], &[0, 2, 5, 6]]);
        assert_eq!(runs[2].price, [0, 20, 50, 60]);
        // A part of a selection, with what was there before.
        let some = Rows::Some(vec![0, 1, 4, 6]);
        assert!(sheaves.bind(&chunk, &some, 1..4, 3));
        let rows: Vec<&[u32]> = sheaves.iter(&chunk).take(3).map(|run| run.rows).collect();
        assert_eq!(rows, [&[1, 4][..], &[], &[6]]);
        assert!(!sheaves.bind(&chunk, &Rows::All, 0..2, 3), "not worth it");
    }
}
