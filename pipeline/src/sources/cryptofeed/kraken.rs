//! Kraken spot, version 1 of its socket: lists that end in channel and pair. Messages about a book
//! have no ids but a checksum over its best ten levels on both sides, so the book is kept here as
//! the exchange writes it, and a checksum that does not hold makes the book void.

use super::event::{Body, Idle, Level, Said, Venue, side};
use super::fault::{Fault, unknown};
use super::frame::{Frame, FrameKind};
use super::read::moment;
use flate2::Crc;
use schemas::chunk::NO_ID;
use schemas::records::TradeKind;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Levels of a side in a checksum.
const CHECKED: usize = 10;

/// See the [module](self).
#[derive(Default)]
pub(super) struct Kraken {
    books: BTreeMap<String, Book>,
}

/// A book as the exchange writes it.
struct Book {
    /// Levels of a side; what lies deeper is not kept up to date.
    depth: usize,
    /// Decimal places of its prices.
    places: usize,
    bids: BTreeMap<Digits, Quantity>,
    asks: BTreeMap<Digits, Quantity>,
}

/// The digits of a number without point and zeros before them; with as many decimal places each,
/// numbers are ordered as these.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Digits(usize, Box<str>);

/// Price as written, and the digits of the quantity.
struct Quantity(Box<str>, Digits);

/// A part of a message about a book.
#[derive(Deserialize)]
struct Part<'a> {
    #[serde(borrow, rename = "as")]
    all_asks: Option<Rows<'a>>,
    #[serde(borrow, rename = "bs")]
    all_bids: Option<Rows<'a>>,
    #[serde(borrow)]
    a: Option<Rows<'a>>,
    #[serde(borrow)]
    b: Option<Rows<'a>>,
    #[serde(borrow)]
    c: Option<&'a str>,
}

/// Price, quantity, time, and perhaps `r` for what was published before.
type Rows<'a> = Vec<Vec<&'a str>>;

impl Venue for Kraken {
    fn linked(&self) -> bool {
        false
    }

    fn read<'a>(&mut self, frame: &'a Frame, said: &mut Said<'a>) -> Result<(), Fault> {
        match frame.kind {
            FrameKind::Reply => return said.nothing(Idle::Reference),
            FrameKind::Received if frame.text.starts_with('{') => {
                return said.nothing(Idle::Status);
            }
            FrameKind::Received => {}
            _ => return said.nothing(Idle::Connection),
        }
        let message: Vec<&'a RawValue> = serde_json::from_str(&frame.text)?;
        let [_, parts @ .., channel, pair] = &message[..] else {
            return Err(Fault::Missing("pair"));
        };
        let channel: &str = serde_json::from_str(channel.get())?;
        let pair: Cow<'a, str> = serde_json::from_str(pair.get())?;
        match channel.split_once('-').unwrap_or((channel, "")) {
            ("trade", _) => trades(parts, pair, said),
            ("book", depth) => self.book(parts, depth, pair, said),
            ("ticker" | "ohlc" | "spread", _) => said.nothing(Idle::Channel),
            _ => Err(unknown("channel", channel)),
        }
    }
}

fn trades<'a>(
    parts: &[&'a RawValue],
    pair: Cow<'a, str>,
    said: &mut Said<'a>,
) -> Result<(), Fault> {
    let [trades] = parts else { return Err(Fault::Missing("trades")) };
    let trades: Rows<'a> = serde_json::from_str(trades.get())?;
    for trade in trades {
        let [price, quantity, time, taker, ..] = trade[..] else {
            return Err(Fault::Missing("side"));
        };
        let (side, kind) = (side(taker, "b", "s")?, TradeKind::Market);
        let body = Body::Trade { price, quantity, side, kind, id: "".into() };
        said.push(pair.clone(), Some(moment(time, 9)?), body);
    }
    Ok(())
}

impl Kraken {
    fn book<'a>(
        &mut self,
        parts: &[&'a RawValue],
        depth: &str,
        pair: Cow<'a, str>,
        said: &mut Said<'a>,
    ) -> Result<(), Fault> {
        let depth = depth.parse().map_err(|_| unknown("depth", depth))?;
        let read = |part: &&'a RawValue| serde_json::from_str::<Part<'a>>(part.get());
        let parts: Vec<Part<'a>> = parts.iter().map(read).collect::<Result<_, _>>()?;
        let first = parts.first().ok_or(Fault::Missing("a or b"))?;
        let snapshot = first.all_asks.is_some() || first.all_bids.is_some();
        let mut rows: Vec<(bool, &Vec<&'a str>)> = Vec::new();
        for part in &parts {
            let sides = [
                (true, &part.all_bids),
                (false, &part.all_asks),
                (false, &part.a),
                (true, &part.b),
            ];
            for (bid, side) in sides {
                rows.extend(side.iter().flatten().map(|row| (bid, row)));
            }
        }
        let mut latest = None;
        for (bid, row) in &rows {
            let [price, quantity, time, ..] = row[..] else { return Err(Fault::Missing("time")) };
            latest = latest.max(Some(moment(time, 9)?));
            said.levels.push(Level::new(*bid, price, quantity));
        }
        let checksum = parts.iter().rev().find_map(|part| part.c);
        let gap = match said.wants("", &pair) {
            true => !self.keep(&pair, snapshot, depth, checksum, &mut said.levels)?,
            false => false,
        };
        let ids = (NO_ID, NO_ID, NO_ID);
        let levels = 0..said.levels.len();
        said.push(pair, latest, Body::Book { snapshot, gap, ids, levels });
        Ok(())
    }

    /// Keeps a book up to date and adds what falls out of it to the levels; false when the
    /// checksum does not hold, whereupon there is no such book until a snapshot.
    fn keep(
        &mut self,
        pair: &str,
        snapshot: bool,
        depth: usize,
        checksum: Option<&str>,
        levels: &mut Vec<Level<'_>>,
    ) -> Result<bool, Fault> {
        let checksum: Option<u32> = match checksum {
            Some(text) => Some(text.parse().map_err(|_| unknown("checksum", text))?),
            None => None,
        };
        if snapshot {
            let places = levels.first().map_or(0, |level| decimals(&level.price));
            let (bids, asks) = (BTreeMap::new(), BTreeMap::new());
            self.books.insert(pair.to_owned(), Book { depth, places, bids, asks });
        }
        // What is half changed is no book: it is put back once all of it was understood.
        let Some(mut book) = self.books.remove(pair) else { return Ok(true) };
        for level in levels.iter() {
            book.set(level)?;
        }
        book.cut(levels);
        if checksum.is_some_and(|checksum| checksum != book.checksum()) {
            return Ok(false);
        }
        self.books.insert(pair.to_owned(), book);
        Ok(true)
    }
}

impl Book {
    fn set(&mut self, level: &Level<'_>) -> Result<(), Fault> {
        let places = decimals(&level.price);
        if places != self.places {
            return Err(Fault::Places(self.places, places));
        }
        let (price, quantity) = (digits(&level.price)?, digits(&level.quantity)?);
        let side = if level.bid { &mut self.bids } else { &mut self.asks };
        match quantity.0 {
            0 => side.remove(&price),
            _ => side.insert(price, Quantity(level.price.as_ref().into(), quantity)),
        };
        Ok(())
    }

    /// Drops what lies deeper than the book that was subscribed to: nothing more is heard of it.
    fn cut(&mut self, levels: &mut Vec<Level<'_>>) {
        for bid in [true, false] {
            loop {
                let side = if bid { &mut self.bids } else { &mut self.asks };
                if side.len() <= self.depth {
                    break;
                }
                let worst = if bid { side.pop_first() } else { side.pop_last() };
                let (_, Quantity(price, _)) = worst.expect("it is longer than its depth");
                let (price, quantity) = (Cow::Owned(price.into()), "0".into());
                levels.push(Level { bid, price, quantity });
            }
        }
    }

    /// CRC32 over the digits of price and quantity, of asks and then of bids, best first.
    fn checksum(&self) -> u32 {
        let mut crc = Crc::new();
        let best = self.asks.iter().take(CHECKED).chain(self.bids.iter().rev().take(CHECKED));
        for (price, Quantity(_, quantity)) in best {
            crc.update(price.1.as_bytes());
            crc.update(quantity.1.as_bytes());
        }
        crc.sum()
    }
}

fn decimals(number: &str) -> usize {
    number.split_once('.').map_or(0, |(_, part)| part.len())
}

fn digits(number: &str) -> Result<Digits, Fault> {
    let all = number.replacen('.', "", 1);
    if all.is_empty() || !all.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(unknown("number", number));
    }
    let kept = all.trim_start_matches('0');
    Ok(Digits(kept.len(), kept.into()))
}
