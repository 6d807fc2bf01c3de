//! Rows of a chunk as records.

use super::VERSION;
use super::number::{places_of, push_decimal, push_integer, push_unsigned};
use super::text::{push_number, push_text};
use crate::chunk::{Candle, DeltaFlags, NO_ID, Other, RowKind};
use crate::records::TradeKind;
use crate::{Chunk, EventTime, Instrument, Side};

/// The row after the message to which `row` belongs: rows of other kinds are messages of their
/// own, levels of a book end with their last flag.
pub fn message_end(chunk: &Chunk, row: usize) -> usize {
    let mut end = row;
    loop {
        let (kind, slot) = chunk.slot(end);
        end += 1;
        let last = kind != RowKind::Delta
            || DeltaFlags(chunk.deltas.flags[slot]).has(DeltaFlags::LAST)
            || end == chunk.len()
            || chunk.offset[end] != chunk.offset[row];
        if last {
            return end;
        }
    }
}

/// Appends the message that begins with `row`, as one line without its end, and gives the row
/// after the message. `instrument` is the row's; none for news and metrics that belong to none.
///
/// A reject is no record of a topic: nothing is appended for it.
///
/// # Panics
/// When a trade, quote, funding rate or level of a book comes without its instrument: prices have
/// no scale then.
pub fn encode_message(
    chunk: &Chunk,
    row: usize,
    instrument: Option<&Instrument>,
    out: &mut String,
) -> usize {
    let end = message_end(chunk, row);
    let (kind, slot) = chunk.slot(row);
    let facts = || instrument.expect("a row with prices has an instrument");
    let mut line = Line { out, chunk, row, instrument };
    match kind {
        RowKind::Trade => line.trade(slot, facts()),
        RowKind::Quote => line.quote(slot, facts()),
        RowKind::Delta => line.book(slot, end - row, facts()),
        RowKind::Order => line.order(slot, facts()),
        RowKind::Other => match &chunk.others[slot] {
            Other::Reject { .. } => return end,
            Other::Funding { rate, mark_price, next_ts } => {
                let mark = mark_price.map(|price| (price, facts()));
                line.funding(*rate, mark, *next_ts);
            }
            Other::News { source, published_ts, headline, body, url } => {
                line.head("news");
                line.text("source", source);
                line.time("published_ts", *published_ts);
                line.text("headline", headline);
                body.iter().for_each(|body| line.text("body", body));
                url.iter().for_each(|url| line.text("url", url));
            }
            Other::Candle(candle) => line.candle(candle, facts()),
            Other::Metric { name, value } => {
                line.head("metric");
                line.time("exchange_ts", line.chunk.exchange_time(row));
                line.text("name", name);
                line.number("value", *value);
            }
        },
    }
    out.push('}');
    end
}

/// Appends a heartbeat: nothing earlier than `ts` will follow in its partition.
pub fn encode_heartbeat(ts: EventTime, out: &mut String) {
    push_type(out, "heartbeat");
    out.push_str(",\"ts\":\"");
    push_integer(out, ts.0);
    out.push_str("\"}");
}

struct Line<'a> {
    out: &'a mut String,
    chunk: &'a Chunk,
    row: usize,
    instrument: Option<&'a Instrument>,
}

impl Line<'_> {
    fn trade(&mut self, i: usize, facts: &Instrument) {
        let trades = &self.chunk.trades;
        self.head("trade");
        self.time("exchange_ts", self.chunk.exchange_time(self.row));
        if !trades.id.get(i).is_empty() {
            self.text("trade_id", trades.id.get(i));
        }
        self.price("price", trades.price[i], facts);
        self.quantity("quantity", trades.quantity[i], facts);
        if trades.side[i] != 0 {
            self.text("side", Side::of(trades.side[i].into()).as_str());
        }
        if let Some(kind) = trades.kind.get(i).filter(|kind| **kind != TradeKind::Market) {
            self.text("kind", kind.as_str());
        }
    }

    fn quote(&mut self, i: usize, facts: &Instrument) {
        let quotes = &self.chunk.quotes;
        self.head("quote");
        self.time("exchange_ts", self.chunk.exchange_time(self.row));
        self.id("update_id", quotes.update_id[i]);
        let (bid, ask) = (quotes.bid_quantity[i], quotes.ask_quantity[i]);
        if bid != 0 {
            self.price("bid_price", quotes.bid_price[i], facts);
        }
        self.quantity("bid_quantity", bid, facts);
        if ask != 0 {
            self.price("ask_price", quotes.ask_price[i], facts);
        }
        self.quantity("ask_quantity", ask, facts);
    }

    /// A message of so many rows about the book.
    fn book(&mut self, i: usize, rows: usize, facts: &Instrument) {
        let deltas = &self.chunk.deltas;
        let flags = DeltaFlags(deltas.flags[i]);
        let snapshot = flags.has(DeltaFlags::SNAPSHOT);
        self.head(if snapshot { "book_snapshot" } else { "book_delta" });
        self.time("exchange_ts", self.chunk.exchange_time(self.row));
        self.id("first_update_id", deltas.first_update_id[i]);
        self.id("previous_update_id", deltas.previous_update_id[i]);
        self.id("update_id", deltas.update_id[i]);
        if flags.has(DeltaFlags::CLEAR) && !snapshot {
            self.out.push_str(",\"clear\":true");
        }
        if flags.has(DeltaFlags::GAP) {
            self.out.push_str(",\"gap\":true");
        }
        self.levels("bids", Side::Buy, rows, facts);
        self.levels("asks", Side::Sell, rows, facts);
    }

    fn levels(&mut self, name: &str, side: Side, rows: usize, facts: &Instrument) {
        let deltas = &self.chunk.deltas;
        let (tick, lot) = places(facts);
        self.key(name);
        let mut before = '[';
        for row in self.row..self.row + rows {
            let (_, i) = self.chunk.slot(row);
            let flags = DeltaFlags(deltas.flags[i]);
            if flags.bare() || flags.side() != side {
                continue;
            }
            self.out.push(before);
            self.out.push_str("[\"");
            push_decimal(self.out, deltas.price[i], facts.price_scale, tick);
            self.out.push_str("\",\"");
            push_decimal(self.out, deltas.quantity[i], facts.quantity_scale, lot);
            self.out.push_str("\"]");
            before = ',';
        }
        if before == '[' {
            self.out.push('[');
        }
        self.out.push(']');
    }

    fn order(&mut self, i: usize, facts: &Instrument) {
        let order = self.chunk.orders.at(i);
        self.head("book_order");
        self.time("exchange_ts", self.chunk.exchange_time(self.row));
        self.text("action", order.action.as_str());
        if let Some(side) = order.side {
            self.id("order_id", order.id);
            self.id("priority", order.priority);
            self.text("side", side.as_str());
            self.price("price", order.price, facts);
            self.quantity("quantity", order.quantity, facts);
        }
        if order.last {
            self.out.push_str(",\"last\":true");
        }
    }

    fn funding(&mut self, rate: f64, mark: Option<(i64, &Instrument)>, next: Option<EventTime>) {
        self.head("funding");
        self.time("exchange_ts", self.chunk.exchange_time(self.row));
        self.number("rate", rate);
        if let Some((price, facts)) = mark {
            self.price("mark_price", price, facts);
        }
        self.time("next_ts", next);
    }

    fn candle(&mut self, candle: &Candle, facts: &Instrument) {
        self.head("candle");
        self.time("open_ts", Some(candle.open_ts));
        self.time("close_ts", Some(candle.close_ts));
        for (name, price) in ["open", "high", "low", "close"].into_iter().zip(candle.prices) {
            self.price(name, price, facts);
        }
        self.quantity("volume", candle.volume, facts);
        if let Some(bought) = candle.buy_volume {
            self.quantity("buy_volume", bought, facts);
        }
        if let Some(trades) = candle.trades {
            self.key("trades");
            push_unsigned(self.out, trades);
        }
    }

    fn head(&mut self, name: &str) {
        push_type(self.out, name);
        if let Some(instrument) = self.instrument {
            self.text("venue", instrument.id.venue());
            self.text("symbol", instrument.id.symbol());
        }
        self.time("ts", Some(self.chunk.receive_time(self.row)));
    }

    fn key(&mut self, name: &str) {
        self.out.push_str(",\"");
        self.out.push_str(name);
        self.out.push_str("\":");
    }

    fn text(&mut self, name: &str, text: &str) {
        self.key(name);
        push_text(self.out, text);
    }

    fn time(&mut self, name: &str, time: Option<EventTime>) {
        if let Some(time) = time {
            self.key(name);
            self.out.push('"');
            push_integer(self.out, time.0);
            self.out.push('"');
        }
    }

    fn id(&mut self, name: &str, id: u64) {
        if id != NO_ID {
            self.key(name);
            self.out.push('"');
            push_unsigned(self.out, id);
            self.out.push('"');
        }
    }

    fn price(&mut self, name: &str, raw: i64, facts: &Instrument) {
        self.key(name);
        self.out.push('"');
        push_decimal(self.out, raw, facts.price_scale, places(facts).0);
        self.out.push('"');
    }

    fn quantity(&mut self, name: &str, raw: i64, facts: &Instrument) {
        self.key(name);
        self.out.push('"');
        push_decimal(self.out, raw, facts.quantity_scale, places(facts).1);
        self.out.push('"');
    }

    /// A double in the shortest form that reads back as itself; null when it is none.
    fn number(&mut self, name: &str, value: f64) {
        self.key(name);
        push_number(self.out, value);
    }
}

/// Decimal places of prices and quantities.
fn places(facts: &Instrument) -> (u8, u8) {
    (places_of(facts.tick, facts.price_scale), places_of(facts.lot, facts.quantity_scale))
}

fn push_type(out: &mut String, name: &str) {
    out.push_str("{\"type\":\"");
    out.push_str(name);
    out.push_str("\",\"version\":");
    push_unsigned(out, VERSION);
}
