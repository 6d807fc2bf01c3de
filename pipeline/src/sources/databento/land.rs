//! Records become rows of a chunk, or rejects with their reasons.

use super::record::{Flags, Head, NO_PRICE, Record};
use crate::sources::{SourceError, jsonl::Lookup};
use dbn::Metadata;
use operators::book::{L3Book, OrderError};
use schemas::{
    Chunk, EventTime, Instrument, Side,
    chunk::{NO_INSTRUMENT, OrderRow, Other, RowHead},
    decimal::power_of_ten,
    records::{OrderAction, cut_raw},
};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// Decimal places of prices in these files.
const PRICE_SCALE: u8 = 9;

/// Rejects kept while no record has told the time; a file that begins with more is no such file.
const HELD_RECORDS: usize = 1024;

/// A year: one stamp from 2099 would make every later record late and end the job's time.
const MAX_AHEAD_NS: i64 = 366 * 86_400_000_000_000;

/// The day of 1970-01-01 in days of the Julian period.
const UNIX_DAY: i32 = 2_440_588;

const DAY_NS: i64 = 86_400_000_000_000;

/// Puts the records of a partition into chunks.
pub(super) struct Landing {
    venue: String,
    instruments: Lookup,
    path: PathBuf,
    name: String,
    /// Of each of the venue's numbers its places in the plan, with the days in which it means them.
    places: BTreeMap<u32, Vec<(i64, i64, u32)>>,
    books: BTreeMap<u32, Book>,
    /// Records of all files, and of those before the present one.
    records: u64,
    before: u64,
    reached: Option<EventTime>,
    /// Rejects before the first record, which take its time.
    held: Vec<(u64, Other)>,
}

/// An instrument's orders.
#[derive(Default)]
struct Book {
    orders: L3Book,
    /// Has a snapshot, or an empty book, told where it begins?
    begun: bool,
    /// Has an event landed in part?
    open: bool,
}

impl Landing {
    pub(super) fn new(venue: &str, instruments: &[Instrument]) -> Landing {
        Landing {
            venue: venue.to_owned(),
            instruments: Lookup::new(instruments),
            path: PathBuf::new(),
            name: String::new(),
            places: BTreeMap::new(),
            books: BTreeMap::new(),
            records: 0,
            before: 0,
            reached: None,
            held: Vec::new(),
        }
    }

    pub(super) fn records(&self) -> u64 {
        self.records
    }

    pub(super) fn is_told(&self, instrument: u32) -> bool {
        self.books.get(&instrument).is_none_or(|book| !book.open)
    }

    pub(super) fn orders(&self, instrument: u32) -> Option<&L3Book> {
        self.books.get(&instrument).map(|book| &book.orders)
    }

    /// A file begins.
    pub(super) fn begin(&mut self, path: &Path, metadata: &Metadata) {
        self.path = path.to_owned();
        self.name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        self.before = self.records;
        self.places.clear();
        for mapping in &metadata.mappings {
            let found = self.instruments.find(&self.venue, &mapping.raw_symbol);
            let Some((place, _)) = found else { continue };
            for interval in &mapping.intervals {
                let Ok(number) = interval.symbol.parse() else { continue };
                let day = |date: i32| i64::from(date - UNIX_DAY).saturating_mul(DAY_NS);
                let from = day(interval.start_date.to_julian_day());
                let to = day(interval.end_date.to_julian_day());
                self.places.entry(number).or_default().push((from, to, place));
            }
        }
    }

    /// A file has ended, or cannot be read on.
    pub(super) fn end(
        &mut self,
        broken: Option<String>,
        chunk: &mut Chunk,
    ) -> Result<(), SourceError> {
        if let Some(why) = broken {
            self.records += 1;
            let reason =
                format!("the file is cut off or damaged here, and what follows is lost: {why}");
            self.reject(reason, String::new(), chunk);
        }
        match self.held.first() {
            Some((_, Other::Reject { reason, .. })) => Err(SourceError::Format {
                path: self.path.display().to_string(),
                expected: "a file with a record that can be used".to_owned(),
                found: reason.clone(),
            }),
            _ => Ok(()),
        }
    }

    /// Lands a record, or says why it cannot be used.
    pub(super) fn land(&mut self, record: Result<Record, String>, chunk: &mut Chunk) {
        self.records += 1;
        let record = match record {
            Ok(record) => record,
            Err(reason) => return self.reject(reason, String::new(), chunk),
        };
        let done = match record {
            Record::Order { head, order_id, price, size, flags } => {
                self.order(head, order_id, (price, size), flags, chunk)
            }
            Record::Trade { head, price, size } => self.trade(head, (price, size), chunk),
            Record::Quote { head, price, size, bid, ask } => {
                self.quote(head, (price, size), (bid, ask), chunk)
            }
        };
        // An event whose end is not to be trusted goes on until the next end.
        if let Err(reason) = done {
            self.reject(reason, format!("{record:?}"), chunk);
        }
    }

    fn reject(&mut self, reason: String, raw: String, chunk: &mut Chunk) {
        let reject = Other::Reject {
            stage: "decode".to_owned(),
            origin: format!("{}:{}", self.name, self.records - self.before),
            reason,
            raw: cut_raw(&raw).to_owned(),
        };
        // What nobody's time orders waits, and a file of such records ends with an error.
        if self.held.len() < HELD_RECORDS {
            self.held.push((self.records, reject));
        }
        if let Some(ts) = self.reached {
            release(&mut self.held, ts, chunk);
        }
    }

    /// Where and when a record belongs.
    fn head(&self, head: Head) -> Result<RowHead, String> {
        let time = |ns: u64, what: &str| {
            let time = i64::try_from(ns).ok().filter(|ns| *ns > 0).map(EventTime);
            time.ok_or_else(|| format!("its {what} is {ns}, which is no time"))
        };
        let recv_ts = time(head.ts_recv, "ts_recv")?;
        let exchange_ts = time(head.ts_event, "ts_event").ok();
        let known = self.places.get(&head.instrument).into_iter().flatten();
        let mut known = known.filter(|(from, to, _)| (*from..*to).contains(&recv_ts.0));
        let Some((_, _, instrument)) = known.next().copied() else {
            let number = head.instrument;
            return Err(format!("instrument {number} is none of those that are read"));
        };
        let ts = match self.reached {
            Some(reached) if recv_ts.0.saturating_sub(reached.0) > MAX_AHEAD_NS => {
                return Err(format!("time {recv_ts} is more than a year after {reached}"));
            }
            Some(reached) => recv_ts.max(reached),
            None => recv_ts,
        };
        Ok(RowHead { ts, recv_ts, exchange_ts, offset: self.records, seq: 0, instrument })
    }

    fn reach(&mut self, head: &RowHead, chunk: &mut Chunk) {
        release(&mut self.held, head.ts, chunk);
        self.reached = Some(head.ts);
    }

    fn trade(
        &mut self,
        trade: Head,
        (price, size): (i64, u32),
        chunk: &mut Chunk,
    ) -> Result<(), String> {
        let head = self.head(trade)?;
        let facts = self.instruments.at(head.instrument);
        let (price, quantity) = (self::price(price, facts)?, quantity(size, facts)?);
        if quantity == 0 {
            return Err("a trade of nothing".to_owned());
        }
        self.reach(&head, chunk);
        let id = trade.sequence.to_string();
        chunk.push_trade(head, price, quantity, side_of(trade.side), &id);
        Ok(())
    }

    /// The best bid and offer after an event, and the trade if it was one.
    fn quote(
        &mut self,
        quote: Head,
        traded: (i64, u32),
        (bid, ask): ((i64, u32), (i64, u32)),
        chunk: &mut Chunk,
    ) -> Result<(), String> {
        let mut head = self.head(quote)?;
        let facts = self.instruments.at(head.instrument);
        let level = |(price, size): (i64, u32)| match price {
            NO_PRICE => Ok((0, 0)),
            price => Ok::<_, String>((self::price(price, facts)?, quantity(size, facts)?)),
        };
        let (bid, ask) = (level(bid)?, level(ask)?);
        if quote.action == b'T' {
            self.trade(quote, traded, chunk)?;
            head.seq += 1;
        }
        self.reach(&head, chunk);
        chunk.push_quote(head, bid, ask, None);
        Ok(())
    }

    /// A record of market by order.
    fn order(
        &mut self,
        order: Head,
        id: u64,
        (price, size): (i64, u32),
        flags: Flags,
        chunk: &mut Chunk,
    ) -> Result<(), String> {
        let mut head = self.head(order)?;
        if flags.snapshot() {
            // Its time is that of the order's last change.
            head.exchange_ts = None;
        }
        let row = match order.action {
            b'T' => {
                self.trade(order, (price, size), chunk)?;
                head.seq = 1;
                None
            }
            b'N' => None,
            _ => self.change(head.instrument, order, id, (price, size))?,
        };
        let book = self.books.entry(head.instrument).or_default();
        let row = match row {
            Some(row) => OrderRow { last: flags.last(), ..row },
            // The event ends with what changes no order.
            None if flags.last() && book.open => OrderRow::bare(OrderAction::Nothing, true),
            None => return Ok(()),
        };
        book.open = !row.last;
        self.reach(&head, chunk);
        chunk.push_order(head, row);
        Ok(())
    }

    /// The row that a record becomes, once the orders are as it says.
    fn change(
        &mut self,
        instrument: u32,
        order: Head,
        id: u64,
        (price, size): (i64, u32),
    ) -> Result<Option<OrderRow>, String> {
        let facts = self.instruments.at(instrument);
        let book = self.books.entry(instrument).or_default();
        if order.action == b'R' {
            book.orders.clear();
            book.begun = true;
            return Ok(Some(OrderRow::bare(OrderAction::Clear, false)));
        }
        if !book.begun {
            return Err(
                "no snapshot has come yet, so that the book before it is unknown".to_owned()
            );
        }
        let quantity = quantity(size, facts)?;
        let known = book.orders.order(id).copied();
        let side = known.map(|known| known.side).or(side_of(order.side));
        let price = || self::price(price, facts);
        let row = |action, side, price| OrderRow::about(action, id, side, price, quantity);
        let row = match (order.action, known) {
            (b'A', _) => {
                let side = side_of(order.side).ok_or("an order without a side")?;
                row(OrderAction::Add, side, price()?)
            }
            (b'C', Some(known)) => {
                let quantity = quantity.min(known.quantity);
                OrderRow { quantity, ..row(OrderAction::Cancel, known.side, known.price) }
            }
            (b'M', Some(known)) => row(OrderAction::Modify, known.side, price()?),
            (b'C' | b'M', None) => return Err(OrderError::Absent(id).to_string()),
            // What is not in the book stands before nobody.
            (b'F', _) => match side {
                Some(side) if quantity > 0 => row(OrderAction::Fill, side, price()?),
                _ => return Ok(None),
            },
            (other, _) => return Err(format!("unknown action `{}`", char::from(other))),
        };
        book.orders.apply(&row).map_err(|error| error.to_string())?;
        Ok(Some(row))
    }
}

/// Lands what waited for a time.
fn release(held: &mut Vec<(u64, Other)>, ts: EventTime, chunk: &mut Chunk) {
    for (offset, reject) in held.drain(..) {
        let (recv_ts, instrument) = (ts, NO_INSTRUMENT);
        let head = RowHead { ts, recv_ts, exchange_ts: None, offset, seq: 0, instrument };
        chunk.push_other(head, reject);
    }
}

fn side_of(side: u8) -> Option<Side> {
    match side {
        b'B' => Some(Side::Buy),
        b'A' => Some(Side::Sell),
        _ => None,
    }
}

/// A price at the instrument's scale.
fn price(price: i64, facts: &Instrument) -> Result<i64, String> {
    if price == NO_PRICE {
        return Err("it has no price".to_owned());
    }
    let scaled = match PRICE_SCALE.checked_sub(facts.price_scale) {
        Some(places) => {
            let unit = power_of_ten(places);
            (price % unit == 0).then_some(price / unit)
        }
        None => price.checked_mul(power_of_ten(facts.price_scale - PRICE_SCALE)),
    };
    match scaled {
        Some(scaled) if scaled > 0 => Ok(scaled),
        Some(_) => Err(format!("price {price}e-9 is not above zero")),
        None => Err(format!("price {price}e-9 does not fit {} decimal places", facts.price_scale)),
    }
}

/// A quantity at the instrument's scale.
fn quantity(size: u32, facts: &Instrument) -> Result<i64, String> {
    let scaled = i64::from(size).checked_mul(power_of_ten(facts.quantity_scale));
    scaled.ok_or_else(|| format!("size {size} has too many digits"))
}
