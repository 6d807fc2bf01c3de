//! What market data and its results are: records as values, exact numbers, event time, the order
//! key that gives every record its place, Arrow schemas of every lake table, the JSON of topics,
//! and digests. No clock and no IO: everything here is a value or a function of values.
//!
//! Start with [`OrderKey`], [`Price`] and [`Table`]; [`records`] holds one struct a lake table.

pub mod cell;
pub mod chunk;
pub mod decimal;
pub mod digest;
pub mod instrument;
pub mod key;
pub mod records;
pub mod table;
pub mod text;
pub mod time;
pub mod wire;

pub use chunk::Chunk;
pub use decimal::{DecimalError, Money, Price, Quantity};
pub use digest::Digest;
pub use instrument::{Instrument, InstrumentId};
pub use key::OrderKey;
pub use records::{Side, Table};
pub use text::Text;
pub use time::{EventTime, Span};
