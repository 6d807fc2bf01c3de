//! Messages become rows of a chunk, or rejects with their reasons.

use super::{
    book::Book,
    line::{Day, Message, levels},
};
use schemas::{
    Chunk, EventTime, Instrument, Side,
    chunk::{OrderRow, Other, RowHead},
    decimal::power_of_ten,
    records::{OrderAction, TradeKind, cut_raw},
};

/// Decimal places of prices in these files.
const PRICE_SCALE: u8 = 4;

/// Puts the messages of a partition into chunks.
pub(super) struct Landing {
    instrument: u32,
    facts: Instrument,
    book: Book,
    name: String,
    midnight: EventTime,
    /// Messages of all files, and of those before the present one.
    messages: u64,
    before: u64,
    reached: EventTime,
    /// The present file has told nothing yet.
    fresh: bool,
}

impl Landing {
    pub fn new(instrument: u32, facts: &Instrument) -> Landing {
        Landing {
            instrument,
            facts: facts.clone(),
            book: Book::default(),
            name: String::new(),
            midnight: EventTime::MIN,
            messages: 0,
            before: 0,
            reached: EventTime::MIN,
            fresh: true,
        }
    }

    /// A day begins, of whose orders nothing is known.
    pub fn begin(&mut self, day: &Day) {
        self.name = day.messages.file_name().unwrap_or_default().to_string_lossy().into_owned();
        self.midnight = day.midnight;
        self.reached = self.reached.max(day.midnight);
        (self.before, self.fresh) = (self.messages, true);
        self.book = Book::default();
    }

    /// Lands a message and puts the book right by the levels after it, or says why it cannot be
    /// used.
    pub fn land(&mut self, text: String, beside: Option<String>, chunk: &mut Chunk) {
        self.messages += 1;
        let mut head = self.head();
        let message = match Message::parse(&text) {
            Ok(message) => message,
            Err(reason) => return self.reject(reason, &text, head, chunk),
        };
        self.reached = self.reached.max(EventTime(self.midnight.0 + message.at));
        head = self.head();
        match self.trade(&message, head, chunk) {
            Ok(traded) => head.seq = u32::from(traded),
            Err(reason) => return self.reject(reason, &text, head, chunk),
        }
        let mut rows = Vec::new();
        let unread = beside.is_some();
        let beside = beside.and_then(|text| levels(&text)).filter(|levels| self.fits(levels));
        let unread = unread && beside.is_none();
        if std::mem::take(&mut self.fresh) {
            rows.push(OrderRow::bare(OrderAction::Clear, false));
            // What was there already stands before the order that the first message may bring.
            let before = beside.clone().map(|levels| undone(levels, &message));
            if let Some(levels) = before.filter(|levels| self.fits(levels)) {
                self.book.see(&levels, &mut rows);
            }
        }
        if message.kind <= 4 {
            self.book.message(&message, &mut rows);
        }
        let wrong = match &beside {
            Some(levels) => self.book.see(levels, &mut rows),
            None => unread.then(|| "the levels beside cannot be read".to_owned()),
        };
        let last = rows.len();
        for (i, row) in rows.into_iter().enumerate() {
            let row = match row.side {
                Some(_) => OrderRow {
                    price: self.price(row.price).expect("all prices were looked at"),
                    quantity: self.quantity(row.quantity).expect("all sizes were looked at"),
                    ..row
                },
                None => row,
            };
            chunk.push_order(head, OrderRow { last: i + 1 == last, ..row });
            head.seq += 1;
        }
        if let Some(wrong) = wrong {
            self.reject(wrong, &text, head, chunk);
        }
    }

    /// The trade that a message is, if it is one: an execution, or a cross.
    fn trade(&self, message: &Message, head: RowHead, chunk: &mut Chunk) -> Result<bool, String> {
        let traded = match message.kind {
            4 | 5 => true,
            6 => message.size > 0 && message.price > 0,
            _ => false,
        };
        if !traded && message.kind > 5 {
            return Ok(false);
        }
        let fits = "does not fit the instrument's decimal places";
        let price = self.price(message.price).ok_or(format!("its price {fits}"))?;
        let quantity = self.quantity(message.size).ok_or(format!("its size {fits}"))?;
        if !traded {
            return Ok(false);
        }
        // Who came met the one that rests; in a cross nobody did.
        let rests = if message.buys { Side::Buy } else { Side::Sell };
        let side = (message.kind != 6).then(|| rests.opposite());
        chunk.push_trade(head, price, quantity, side, "");
        let trades = &mut chunk.trades;
        if message.kind == 6 || !trades.kind.is_empty() {
            let kind = if message.kind == 6 { TradeKind::Auction } else { TradeKind::Market };
            trades.kind.resize(trades.price.len() - 1, TradeKind::Market);
            trades.kind.push(kind);
        }
        Ok(true)
    }

    fn head(&self) -> RowHead {
        let (ts, offset, instrument) = (self.reached, self.messages, self.instrument);
        RowHead { ts, recv_ts: ts, exchange_ts: Some(ts), offset, seq: 0, instrument }
    }

    fn reject(&self, reason: String, raw: &str, head: RowHead, chunk: &mut Chunk) {
        let reject = Other::Reject {
            stage: "decode".to_owned(),
            origin: format!("{}:{}", self.name, self.messages - self.before),
            reason,
            raw: cut_raw(raw).to_owned(),
        };
        chunk.push_other(RowHead { exchange_ts: None, ..head }, reject);
    }

    fn fits(&self, sides: &[Vec<(i64, i64)>; 2]) -> bool {
        let there = |(price, size): &&(i64, i64)| *price > 0 && *size > 0;
        let mut levels = sides.iter().flatten().filter(there);
        levels.all(|(price, size)| self.price(*price).is_some() && self.quantity(*size).is_some())
    }

    fn price(&self, price: i64) -> Option<i64> {
        let scale = self.facts.price_scale;
        match PRICE_SCALE.checked_sub(scale) {
            Some(places) => {
                let unit = power_of_ten(places);
                (price % unit == 0).then_some(price / unit)
            }
            None => price.checked_mul(power_of_ten(scale - PRICE_SCALE)),
        }
    }

    fn quantity(&self, size: i64) -> Option<i64> {
        size.checked_mul(power_of_ten(self.facts.quantity_scale))
    }
}

/// Levels as they were before a message.
fn undone(mut levels: [Vec<(i64, i64)>; 2], message: &Message) -> [Vec<(i64, i64)>; 2] {
    let side = &mut levels[usize::from(message.buys)];
    let more = match message.kind {
        1 => -message.size,
        2..=4 => message.size,
        _ => return levels,
    };
    match side.iter_mut().find(|(price, _)| *price == message.price) {
        Some((_, size)) => *size = size.saturating_add(more),
        None if more > 0 => side.insert(0, (message.price, more)),
        None => {}
    }
    levels
}
