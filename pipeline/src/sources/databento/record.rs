//! Records as they stand in a file, versions 1 to 3 of the format, which are alike in these.
//!
//! The crate that reads the head of a file reads records in place, where one of an odd length
//! would leave those after it unaligned. So they are taken from their bytes here.

use std::io::{self, ErrorKind, Read};

/// Bytes of a record's head.
const HEAD_BYTES: usize = 16;

/// No price.
pub(super) const NO_PRICE: i64 = i64::MAX;

/// The event is over with this record.
const LAST: u8 = 1 << 7;
/// It is part of a snapshot.
const SNAPSHOT: u8 = 1 << 5;

/// A record, as its number of the type says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Record {
    /// Market by order.
    Order { head: Head, order_id: u64, price: i64, size: u32, flags: Flags },
    /// A trade.
    Trade { head: Head, price: i64, size: u32 },
    /// The best bid and offer after an event, with the price and size of what it was.
    Quote { head: Head, price: i64, size: u32, bid: (i64, u32), ask: (i64, u32) },
}

/// What every record has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    /// The venue's number of the instrument.
    pub instrument: u32,
    /// When the venue says that it was.
    pub ts_event: u64,
    /// When it was received.
    pub ts_recv: u64,
    /// What happened.
    pub action: u8,
    /// On which side.
    pub side: u8,
    /// The venue's number of the message.
    pub sequence: u32,
}

/// Bits of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Flags(u8);

impl Flags {
    pub fn last(self) -> bool {
        self.0 & LAST != 0
    }

    pub fn snapshot(self) -> bool {
        self.0 & SNAPSHOT != 0
    }
}

/// Reads the next record, `None` at the end.
///
/// # Errors
/// When the input cannot be read, or breaks off within a record. The inner error is why the bytes
/// of a whole record cannot be used.
pub(super) fn read(input: &mut dyn Read) -> io::Result<Option<Result<Record, String>>> {
    let mut bytes = [0; 4 * u8::MAX as usize];
    if input.read(&mut bytes[..1])? == 0 {
        return Ok(None);
    }
    let length = 4 * usize::from(bytes[0]);
    if length < HEAD_BYTES {
        let why = format!("a record says that it has {length} bytes");
        return Err(io::Error::new(ErrorKind::InvalidData, why));
    }
    input.read_exact(&mut bytes[1..length])?;
    Ok(Some(record(&bytes[..length])))
}

fn record(bytes: &[u8]) -> Result<Record, String> {
    let (kind, needed) = match bytes[1] {
        0x00 => ("trade", 48),
        0x01 => ("quote", 80),
        0xa0 => ("order", 56),
        other => return Err(format!("records of type {other:#04x} are not read")),
    };
    if bytes.len() < needed {
        return Err(format!("a {kind} has {needed} bytes, and this has {}", bytes.len()));
    }
    let u32_at = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().expect("4 bytes"));
    let u64_at = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().expect("8 bytes"));
    let i64_at = |at: usize| i64::from_le_bytes(bytes[at..at + 8].try_into().expect("8 bytes"));
    let (instrument, ts_event) = (u32_at(4), u64_at(8));
    if kind == "order" {
        let (action, side) = (bytes[38], bytes[39]);
        let (ts_recv, sequence) = (u64_at(40), u32_at(52));
        let head = Head { instrument, ts_event, ts_recv, action, side, sequence };
        let (order_id, flags) = (u64_at(16), Flags(bytes[36]));
        return Ok(Record::Order { head, order_id, price: i64_at(24), size: u32_at(32), flags });
    }
    let (action, side) = (bytes[28], bytes[29]);
    let (ts_recv, sequence) = (u64_at(32), u32_at(44));
    let head = Head { instrument, ts_event, ts_recv, action, side, sequence };
    let (price, size) = (i64_at(16), u32_at(24));
    Ok(match kind {
        "trade" => Record::Trade { head, price, size },
        _ => {
            let (bid, ask) = ((i64_at(48), u32_at(64)), (i64_at(56), u32_at(68)));
            Record::Quote { head, price, size, bid, ask }
        }
    })
}
