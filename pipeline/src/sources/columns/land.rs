//! Rows become rows of a chunk: a record, or a reject with its reason.

use super::{BACK_NS, Cell, Layout, Record, Rows, SideRule, SourceError, TimeUnit, not_of_format};
use super::{book::Books, marks::Marks};
use crate::sources::jsonl::Lookup;
use schemas::{
    Chunk, EventTime, Instrument, Side, Span,
    chunk::{Candle, DeltaFlags, NO_INSTRUMENT, Other, RowHead},
    records::cut_raw,
};
use std::path::{Path, PathBuf};

/// Rejects kept while no row has told the time; a file that begins with more is no such file.
const HELD_ROWS: usize = 1024;
/// 1980: an earlier time is in another unit.
const EARLIEST_NS: i64 = 315_532_800_000_000_000;
/// A year: one stamp from 2099 would make every later row late and end the job's time.
const MAX_AHEAD_NS: i64 = 366 * 86_400_000_000_000;

/// Puts the rows of a partition into chunks.
pub(super) struct Landing {
    venue: String,
    only: Option<u32>,
    instruments: Lookup,
    path: PathBuf,
    name: String,
    columns: Option<Places>,
    reached: Option<EventTime>,
    /// Rejects before the first row, which take its time.
    held: Vec<(u64, Other)>,
    books: Books,
    /// Mark prices by seconds, from the file beside the present one.
    marks: Marks,
    /// The present row is of an instrument that nobody asked for: no book lacks it.
    elsewhere: bool,
}

/// Where the columns of the present file stand.
struct Places {
    record: Record,
    time: (usize, TimeUnit),
    received: Option<(usize, TimeUnit)>,
    symbol: Option<usize>,
    /// As in [`Record::fields`], what must be there first.
    fields: Vec<Option<usize>>,
    side: Option<(usize, SideRule)>,
    /// Is a level part of a snapshot?
    snapshot: Option<usize>,
    /// Columns of the levels of a whole book, as in [`Record::fields`].
    levels: Vec<[usize; 4]>,
    ends: Option<(usize, TimeUnit)>,
    /// How long a candle lasts, where no column says it.
    span: Span,
}

impl Landing {
    pub(super) fn new(venue: &str, only: Option<u32>, instruments: &[Instrument]) -> Landing {
        Landing {
            venue: venue.to_owned(),
            only,
            instruments: Lookup::new(instruments),
            path: PathBuf::new(),
            name: String::new(),
            columns: None,
            reached: None,
            held: Vec::new(),
            books: Books::default(),
            marks: Marks::default(),
            elsewhere: false,
        }
    }

    /// A file begins.
    pub(super) fn begin(
        &mut self,
        path: &Path,
        layout: &Layout,
        names: &[String],
    ) -> Result<(), SourceError> {
        self.path = path.to_owned();
        self.name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let place = |column: &str| {
            let found = names.iter().position(|name| name.eq_ignore_ascii_case(column));
            found.ok_or_else(|| {
                let found = match names.is_empty() {
                    true => "it is empty".to_owned(),
                    false => format!("its columns are {}", names.join(", ")),
                };
                not_of_format(path, &format!("a file with a column `{column}`"), found)
            })
        };
        let (must, may) = layout.record.fields();
        let mut fields = Vec::new();
        let mut levels = Vec::new();
        if layout.record == Record::Book {
            let columns: Vec<&String> = must.iter().map(|field| &layout.columns[*field]).collect();
            let at = |level: usize| {
                let name = |column: &&String| place(&column.replace('#', &level.to_string()));
                columns.iter().map(name).collect::<Result<Vec<usize>, _>>()
            };
            let first = at(0)?;
            let further = (1..names.len()).map_while(|level| at(level).ok());
            let all = std::iter::once(first).chain(further);
            levels = all.map(|four| [four[0], four[1], four[2], four[3]]).collect();
        } else {
            for field in must {
                fields.push(Some(place(&layout.columns[*field])?));
            }
        }
        for field in may {
            fields.push(layout.columns.get(*field).map(|column| place(column)).transpose()?);
        }
        let span = layout.span.or_else(|| span_in(path));
        if layout.record == Record::Candle && layout.ends.is_none() && span.is_none() {
            let expected =
                "a file whose name says how long its candles last, as ETH_USDT-5m.feather";
            return Err(not_of_format(path, expected, "a name that does not"));
        }
        self.marks = match (&layout.marks, self.only) {
            (Some(words), Some(only)) => {
                Marks::beside(path, words, layout, self.instruments.at(only).price_scale)?
            }
            _ => Marks::default(),
        };
        let received = layout.received.as_ref();
        let ends = layout.ends.as_ref();
        self.columns = Some(Places {
            record: layout.record,
            time: (place(&layout.time.column)?, layout.time.unit),
            received: match received {
                Some(received) => Some((place(&received.column)?, received.unit)),
                None => None,
            },
            symbol: layout.symbol.as_ref().map(|column| place(column)).transpose()?,
            fields,
            side: match &layout.side {
                Some(rule) => Some((place(&rule.column)?, rule.clone())),
                None => None,
            },
            snapshot: layout.snapshot.as_ref().map(|column| place(column)).transpose()?,
            levels,
            ends: match ends {
                Some(ends) => Some((place(&ends.column)?, ends.unit)),
                None => None,
            },
            span: span.unwrap_or_default(),
        });
        Ok(())
    }

    /// A file has ended.
    pub(super) fn end(&mut self, chunk: &mut Chunk) -> Result<(), SourceError> {
        self.books.close(chunk);
        self.check_held(0)
    }

    /// Lands a row; `before` are the rows of the files before.
    pub(super) fn land(
        &mut self,
        rows: &dyn Rows,
        sound: Result<(), String>,
        before: u64,
        chunk: &mut Chunk,
    ) -> Result<(), SourceError> {
        let offset = before + rows.number();
        self.elsewhere = false;
        let Err(reason) = sound.and_then(|()| self.read(rows, offset, chunk)) else {
            return Ok(());
        };
        let reject = Other::Reject {
            stage: "decode".to_owned(),
            origin: format!("{}:{}", self.name, rows.number()),
            reason,
            raw: cut_raw(&rows.raw()).to_owned(),
        };
        self.held.push((offset, reject));
        self.books.close(chunk);
        match self.reached {
            Some(ts) => {
                self.release(ts, chunk);
                let (exchange_ts, instrument) = (None, NO_INSTRUMENT);
                let head = RowHead { ts, recv_ts: ts, exchange_ts, offset, seq: 0, instrument };
                if !self.elsewhere {
                    self.books.gap(head, chunk);
                }
            }
            None => return self.check_held(HELD_ROWS),
        }
        Ok(())
    }

    fn read(&mut self, rows: &dyn Rows, offset: u64, chunk: &mut Chunk) -> Result<(), String> {
        let places = self.columns.as_ref().expect("a file was begun");
        let time = |(column, unit): (usize, TimeUnit), what: &str| {
            let cell = rows.cell(column);
            let time = cell.time(unit).filter(|time| time.0 >= EARLIEST_NS);
            time.ok_or_else(|| format!("{what} {} is no time in its unit", shown(cell)))
        };
        let exchange = time(places.time, "time")?;
        let end = match (places.record, places.ends) {
            (Record::Candle, Some(ends)) => whole_second(time(ends, "end")?),
            (Record::Candle, None) => exchange.plus(places.span),
            _ => exchange,
        };
        let recv_ts = places.received.map_or(Ok(end), |r| time(r, "receive time"))?;
        let (place, instrument) = match (places.symbol, self.only) {
            (Some(column), _) => {
                let cell = rows.cell(column);
                let symbol = cell.text().ok_or("the row names no symbol")?;
                let found = self.instruments.find(&self.venue, &symbol);
                self.elsewhere = found.is_none();
                found.ok_or_else(|| format!("{}:{symbol} is not read", self.venue))?
            }
            (None, Some(place)) => (place, self.instruments.at(place)),
            (None, None) => return Err("the row names no symbol".to_owned()),
        };
        let scales = (instrument.price_scale, instrument.quantity_scale);
        let number = |index: usize, what: &str, scale: u8| {
            let column = places.fields[index].expect("it must be there");
            let cell = rows.cell(column);
            match cell.scaled(scale) {
                Ok(value) if value < 0 => Err(format!("{what} {} is below zero", shown(cell))),
                Ok(value) => Ok(value),
                Err(error) => Err(format!("{what} {}: {error}", shown(cell))),
            }
        };
        let text = |index: usize| {
            let column = places.fields[index]?;
            rows.cell(column).text()
        };
        let ts = admit(self.reached, recv_ts)?;
        let exchange_ts = Some(exchange);
        let head = RowHead { ts, recv_ts, exchange_ts, offset, seq: 0, instrument: place };
        match places.record {
            Record::Trade => {
                let price = above_zero("price", number(0, "price", scales.0)?)?;
                let quantity = above_zero("quantity", number(1, "quantity", scales.1)?)?;
                let side = match &places.side {
                    Some((column, rule)) => side(rows.cell(*column), rule)?,
                    None => None,
                };
                let id = text(2).unwrap_or_default();
                release(&mut self.held, ts, chunk);
                chunk.push_trade(head, price, quantity, side, &id);
            }
            Record::Quote => {
                let bid = (number(0, "bid", scales.0)?, number(1, "bid quantity", scales.1)?);
                let ask = (number(2, "ask", scales.0)?, number(3, "ask quantity", scales.1)?);
                // An empty side has quantity zero, and then its price may be zero too.
                for (what, (price, quantity)) in [("bid", bid), ("ask", ask)] {
                    if quantity > 0 {
                        above_zero(what, price)?;
                    }
                }
                let id = text(4).map(|id| {
                    let id = id.parse::<u64>().ok().filter(|id| i64::try_from(*id).is_ok());
                    id.ok_or_else(|| "the update id is no whole number".to_owned())
                });
                let id = id.transpose()?;
                release(&mut self.held, ts, chunk);
                chunk.push_quote(head, bid, ask, id);
            }
            Record::Level => {
                let price = above_zero("price", number(0, "price", scales.0)?)?;
                let quantity = number(1, "quantity", scales.1)?;
                let side = match &places.side {
                    Some((column, rule)) => side(rows.cell(*column), rule)?,
                    None => None,
                };
                let flag = match side.ok_or("the level has no side")? {
                    Side::Buy => DeltaFlags::BID,
                    Side::Sell => 0,
                };
                let snapshot = match places.snapshot.and_then(|column| rows.cell(column).text()) {
                    Some(text) if text.eq_ignore_ascii_case("true") => true,
                    Some(text) if !text.eq_ignore_ascii_case("false") => {
                        return Err(format!("`{text}` is neither true nor false"));
                    }
                    _ => false,
                };
                release(&mut self.held, ts, chunk);
                self.books.level(head, (flag, price, quantity), snapshot, chunk);
            }
            Record::Book => {
                let mut levels = Vec::new();
                for columns in &places.levels {
                    for (flag, pair) in [(DeltaFlags::BID, &columns[..2]), (0, &columns[2..])] {
                        let cells = [pair[0], pair[1]].map(|column| rows.cell(column));
                        // Books may be shallower than their columns.
                        if cells.iter().any(|cell| cell.text().is_none()) {
                            continue;
                        }
                        let read = |cell: Cell<'_>, what: &str, scale| {
                            let value = cell.scaled(scale);
                            match value.map_err(|e| format!("{what} {}: {e}", shown(cell)))? {
                                value if value < 0 => Err(format!("{what} is below zero")),
                                value => above_zero(what, value),
                            }
                        };
                        let price = read(cells[0], "price of a level", scales.0)?;
                        levels.push((flag, price, read(cells[1], "its quantity", scales.1)?));
                    }
                }
                release(&mut self.held, ts, chunk);
                self.books.whole(head, &levels, chunk);
            }
            Record::Funding => {
                let cell = rows.cell(places.fields[0].expect("it must be there"));
                let rate = cell.float().filter(|rate| rate.abs() < 1.0);
                let rate = rate.ok_or_else(|| format!("rate {} is no fraction", shown(cell)))?;
                let mark = match text(1) {
                    Some(_) => Some(above_zero("mark price", number(1, "mark price", scales.0)?)?),
                    None => self.marks.at(exchange),
                };
                release(&mut self.held, ts, chunk);
                let (mark_price, next_ts) = (mark, None);
                chunk.push_other(head, Other::Funding { rate, mark_price, next_ts });
            }
            Record::Candle => {
                // Until then it was another: no one can have known this one.
                if recv_ts < end {
                    return Err(format!("it was received at {recv_ts}, before it ended, {end}"));
                }
                let price = |index, what| number(index, what, scales.0);
                let bought = text(5).map(|_| number(5, "volume bought", scales.1));
                let trades = text(6).map(|text| {
                    let trades = text.parse().ok().filter(|n| i64::try_from(*n).is_ok());
                    trades.ok_or_else(|| format!("trades `{text}` is no whole number"))
                });
                let candle = Candle {
                    open_ts: exchange,
                    close_ts: end,
                    prices: [
                        price(0, "open")?,
                        price(1, "high")?,
                        price(2, "low")?,
                        price(3, "close")?,
                    ],
                    volume: number(4, "volume", scales.1)?,
                    buy_volume: bought.transpose()?,
                    trades: trades.transpose()?,
                };
                if let Some(fault) = candle.fault() {
                    return Err(format!("no candle: {fault}"));
                }
                release(&mut self.held, ts, chunk);
                chunk.push_other(RowHead { exchange_ts: None, ..head }, Other::Candle(candle));
            }
        }
        self.reached = Some(ts);
        Ok(())
    }

    fn release(&mut self, ts: EventTime, chunk: &mut Chunk) {
        release(&mut self.held, ts, chunk);
    }

    /// Rejects without a row that tells the time: this is some other file.
    fn check_held(&self, most: usize) -> Result<(), SourceError> {
        match self.held.first() {
            Some((_, Other::Reject { origin, reason, .. })) if self.held.len() > most => {
                let found = format!("row {origin} and all that were looked at: {reason}");
                Err(not_of_format(&self.path, "a file of this layout", found))
            }
            _ => Ok(()),
        }
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

/// When a row of this time takes effect.
fn admit(reached: Option<EventTime>, time: EventTime) -> Result<EventTime, String> {
    let Some(reached) = reached else { return Ok(time) };
    if time.0.saturating_sub(reached.0) > MAX_AHEAD_NS {
        return Err(format!("time {time} is more than a year after the row before, {reached}"));
    }
    if reached.0.saturating_sub(time.0) > BACK_NS {
        return Err(format!(
            "time {time} goes back behind a row before, {reached}: sort the file by time, and name \
             files in the order of their times"
        ));
    }
    Ok(time.max(reached))
}

/// The next whole second, unless it is one: candles end with seconds, and some files say the last
/// moment before.
fn whole_second(time: EventTime) -> EventTime {
    let floor = time.floor(Span::SECOND);
    if floor == time { time } else { floor.plus(Span::SECOND) }
}

/// How long the candles of a file last, as the second part of its name says.
fn span_in(path: &Path) -> Option<Span> {
    let part = path.file_name()?.to_str()?.split(['-', '.']).nth(1)?;
    part.parse().ok().filter(|span: &Span| span.0 > 0)
}

fn side(cell: Cell<'_>, rule: &SideRule) -> Result<Option<Side>, String> {
    let Some(text) = cell.text().filter(|text| text != "unknown") else { return Ok(None) };
    let is = |values: &[String]| values.iter().any(|value| value.eq_ignore_ascii_case(&text));
    match (is(&rule.buy), is(&rule.sell)) {
        (true, _) => Ok(Some(Side::Buy)),
        (_, true) => Ok(Some(Side::Sell)),
        _ => Err(format!(
            "{} `{text}` says neither buy ({}) nor sell ({})",
            rule.column,
            rule.buy.join(", "),
            rule.sell.join(", ")
        )),
    }
}

fn above_zero(what: &str, value: i64) -> Result<i64, String> {
    if value > 0 { Ok(value) } else { Err(format!("{what} is zero")) }
}

fn shown(cell: Cell<'_>) -> String {
    cell.text().map_or("(nothing)".to_owned(), |text| format!("`{text}`"))
}
