//! Digests: of rows, of tables, of anything serialisable to bytes.

use crate::{EventTime, Money, cell::CellSink};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, str::FromStr};
use xxhash_rust::xxh3::xxh3_128;

/// The digest of a set of rows: the sum of their 128-bit hashes.
///
/// Every row contains its order key, which no other row of its table has, so the set of rows
/// determines their one order, and the sum says as much as a hash over the ordered rows; but it
/// needs no sort and no second pass, whatever files and workers the rows came from.
/// It detects differences, not forgery.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Digest(pub u128);

impl Digest {
    /// The digest of bytes.
    pub fn of(bytes: &[u8]) -> Digest {
        Digest(xxh3_128(bytes))
    }

    /// Adds rows.
    pub fn add(&mut self, other: Digest) {
        self.0 = self.0.wrapping_add(other.0);
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}
impl FromStr for Digest {
    type Err = std::num::ParseIntError;
    fn from_str(text: &str) -> Result<Digest, Self::Err> {
        u128::from_str_radix(text, 16).map(Digest)
    }
}
impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Digest, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A row's canonical bytes: each value with a tag and, for text, its length.
#[derive(Default)]
pub struct RowDigest {
    bytes: Vec<u8>,
}

impl RowDigest {
    /// The digest of the row written since the last call.
    pub fn take(&mut self) -> Digest {
        let digest = Digest::of(&self.bytes);
        self.bytes.clear();
        digest
    }

    fn put<const N: usize>(&mut self, value: [u8; N]) {
        self.bytes.push(N as u8);
        self.bytes.extend_from_slice(&value);
    }
}

impl CellSink for RowDigest {
    fn i64(&mut self, value: i64) {
        self.put(value.to_le_bytes());
    }
    fn i32(&mut self, value: i32) {
        self.put(value.to_le_bytes());
    }
    fn i8(&mut self, value: i8) {
        self.put(value.to_le_bytes());
    }
    fn time(&mut self, value: EventTime) {
        self.put(value.0.to_le_bytes());
    }
    fn f64(&mut self, value: f64) {
        if value.is_finite() {
            self.put(value.to_le_bytes());
        } else {
            self.null();
        }
    }
    fn text(&mut self, value: &str) {
        self.put((value.len() as u64).to_le_bytes());
        self.bytes.extend_from_slice(value.as_bytes());
    }
    fn bool(&mut self, value: bool) {
        self.put([value.into()]);
    }
    fn money(&mut self, value: Money) {
        self.put(value.0.to_le_bytes());
    }
    fn null(&mut self) {
        self.bytes.push(0);
    }
}
