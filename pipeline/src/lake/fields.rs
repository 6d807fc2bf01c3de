//! The columns of trades, quotes and book levels of a batch that is being decoded.

use super::LakeError;
use super::decode::{Decoder, Keep, Numbers, Scales, Whole, gather, pick};
use arrow::array::{Array, AsArray};
use arrow::datatypes::Int64Type;
use schemas::chunk::{DeltaFlags, Deltas, NO_ID, Orders, Quotes, Trades};
use schemas::decimal::power_of_ten;
use schemas::records::{OrderAction, TradeKind};

/// The kept rows of a batch, and what their scales have to become.
pub(crate) struct Rows<'a> {
    pub(crate) decoder: &'a Decoder<'a>,
    pub(crate) keep: Keep,
    /// Of the kept rows.
    pub(crate) instruments: &'a [u32],
    /// The (price, quantity) scales of all of them, if they have the same.
    pub(crate) plain_scales: Option<Scales>,
    /// Columns that were taken out of the batch.
    pub(crate) whole: Whole,
}

impl Rows<'_> {
    pub(crate) fn trades(&mut self) -> Result<Trades, LakeError> {
        let side = |text: &str| if text == "buy" { 1 } else { -1 };
        let mut trades = Trades {
            price: self.scaled("price_raw", "price_scale", true)?,
            quantity: self.scaled("quantity_raw", "quantity_scale", false)?,
            side: gather(&self.decoder.texts("side", side, 0i8)?, &self.keep),
            ..Trades::default()
        };
        if self.decoder.source.trade_ids {
            let ids = self.decoder.column("trade_id")?;
            let ids = ids.as_string_opt::<i32>().ok_or_else(|| self.decoder.shape("trade_id"))?;
            match &self.keep {
                None => ids.iter().for_each(|id| trades.id.push(id.unwrap_or_default())),
                Some(rows) => rows.iter().for_each(|r| trades.id.push(ids.value(*r as usize))),
            }
        }
        let kind = |text: &str| TradeKind::ALL.iter().copied().find(|k| k.as_str() == text);
        trades.kind = match self.decoder.constants.text("kind").map(kind) {
            Some(Some(TradeKind::Market)) => Vec::new(),
            Some(Some(kind)) => vec![kind; self.instruments.len()],
            _ => {
                let none = TradeKind::Market;
                let kinds = self.decoder.texts("kind", |t| kind(t).unwrap_or(none), none)?;
                gather(&kinds, &self.keep)
            }
        };
        Ok(trades)
    }

    pub(crate) fn quotes(&mut self) -> Result<Quotes, LakeError> {
        Ok(Quotes {
            bid_price: self.scaled("bid_price_raw", "bid_price_scale", true)?,
            bid_quantity: self.scaled("bid_quantity_raw", "bid_quantity_scale", false)?,
            ask_price: self.scaled("ask_price_raw", "ask_price_scale", true)?,
            ask_quantity: self.scaled("ask_quantity_raw", "ask_quantity_scale", false)?,
            update_id: self.ids("update_id")?,
        })
    }

    pub(crate) fn deltas(&mut self) -> Result<Deltas, LakeError> {
        let decoder = self.decoder;
        let bid = |text: &str| if text == "buy" { DeltaFlags::BID } else { 0 };
        let mut flags = decoder.texts("side", bid, 0)?;
        let action = |text: &str| match text {
            "clear" => DeltaFlags::CLEAR,
            "nothing" => DeltaFlags::EMPTY,
            "gap" => DeltaFlags::GAP,
            _ => 0,
        };
        for (flags, action) in flags.iter_mut().zip(decoder.texts("action", action, 0)?) {
            *flags |= action;
        }
        for (name, bit) in [("snapshot", DeltaFlags::SNAPSHOT), ("last", DeltaFlags::LAST)] {
            let column = decoder.column(name)?.as_boolean_opt();
            let set = column.ok_or_else(|| decoder.shape(name))?.values();
            for (flags, set) in flags.iter_mut().zip(set) {
                *flags |= if set { bit } else { 0 };
            }
        }
        Ok(Deltas {
            price: self.scaled("price_raw", "price_scale", true)?,
            quantity: self.scaled("quantity_raw", "quantity_scale", false)?,
            flags: gather(&flags, &self.keep),
            first_update_id: self.ids("first_update_id")?,
            previous_update_id: self.ids("previous_update_id")?,
            update_id: self.ids("update_id")?,
        })
    }

    pub(crate) fn orders(&mut self) -> Result<Orders, LakeError> {
        let decoder = self.decoder;
        let nothing = OrderAction::Nothing;
        let action = |text: &str| OrderAction::ALL.iter().copied().find(|a| a.as_str() == text);
        let action = decoder.texts("action", |text| action(text).unwrap_or(nothing), nothing)?;
        let side = |text: &str| if text == "buy" { 1 } else { -1 };
        let last = decoder.column("last")?.as_boolean_opt();
        let last = last.ok_or_else(|| decoder.shape("last"))?.values();
        Ok(Orders {
            action: gather(&action, &self.keep),
            id: self.ids("order_id")?,
            priority: self.ids("priority")?,
            side: gather(&decoder.texts("side", side, 0i8)?, &self.keep),
            price: self.scaled("price_raw", "price_scale", true)?,
            quantity: self.scaled("quantity_raw", "quantity_scale", false)?,
            last: pick(last.len(), &self.keep, |row| last.value(row)),
        })
    }

    fn ids(&self, name: &str) -> Result<Vec<u64>, LakeError> {
        let column = self.decoder.column(name)?.as_primitive_opt::<Int64Type>();
        let column = column.ok_or_else(|| self.decoder.shape(name))?;
        let values = column.values();
        let id = |row: usize| if column.is_valid(row) { values[row] as u64 } else { NO_ID };
        Ok(pick(column.len(), &self.keep, id))
    }

    /// Stored integers at the plan's scales; 0 for null.
    fn scaled(&mut self, raw: &str, scale: &str, price: bool) -> Result<Vec<i64>, LakeError> {
        let decoder = self.decoder;
        // A column of nulls has no statistics and is read: nothing to rescale then either.
        let scales = decoder.numbers(scale)?;
        let plain = self.plain_scales.map(|(p, q)| i64::from(if price { p } else { q }));
        let plain = matches!((&scales, plain), (Numbers::Constant(s), Some(plain)) if *s == plain);
        let whole = match self.whole.column(raw) {
            Some(values) if plain => return Ok(values),
            whole => whole,
        };
        let (values, nulls): (&[i64], _) = match &whole {
            Some(values) => (values, None),
            None => {
                let column = decoder.column(raw)?.as_primitive_opt::<Int64Type>();
                let column = column.ok_or_else(|| decoder.shape(raw))?;
                (column.values(), column.nulls().filter(|n| n.null_count() > 0))
            }
        };
        let value = |row: usize| match nulls {
            Some(nulls) if nulls.is_null(row) => 0,
            _ => values[row],
        };
        if plain {
            return Ok(match nulls {
                None => gather(values, &self.keep),
                Some(_) => pick(values.len(), &self.keep, value),
            });
        }
        let mut row_of = self.keep.iter().flatten().map(|row| *row as usize);
        let mut out = Vec::with_capacity(self.instruments.len());
        for (at, instrument) in self.instruments.iter().enumerate() {
            let row = row_of.next().unwrap_or(at);
            let plan = &decoder.source.plan[*instrument as usize];
            let wanted = if price { plan.price_scale } else { plan.quantity_scale };
            let (from, value) = (scales.get(row), value(row));
            let rescaled = match value {
                0 => Some(0),
                _ if from == i64::from(wanted) => Some(value),
                _ => rescale(value, from, wanted),
            };
            out.push(rescaled.ok_or_else(|| {
                let id = &plan.id;
                let reason = format!(
                    "{}: {raw} {value} with {from} decimal places does not fit {wanted} places, \
                     which the job gives {id}",
                    decoder.path
                );
                LakeError::Rows { table: decoder.table.name().to_owned(), reason }
            })?);
        }
        Ok(out)
    }
}

/// The same number with other decimal places, if it fits.
pub(crate) fn rescale(value: i64, from: i64, to: u8) -> Option<i64> {
    let from = u8::try_from(from).ok().filter(|from| *from <= 18)?;
    if to >= from {
        return value.checked_mul(power_of_ten(to - from));
    }
    let unit = power_of_ten(from - to);
    (value % unit == 0).then_some(value / unit)
}
