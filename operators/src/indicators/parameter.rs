//! Types of parameters that cannot hold a bad value.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error, Unexpected, Visitor},
};

/// A number of rows, at least `LEAST` of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Period<const LEAST: u16>(u16);

impl<const LEAST: u16> Period<LEAST> {
    /// The accepted values in words.
    pub const TEXT: &'static str = match LEAST {
        1 => "whole number from 1 to 65535",
        2 => "whole number from 2 to 65535",
        _ => panic!("name this minimum here"),
    };

    /// A period written in code.
    ///
    /// # Panics
    ///
    /// If `rows` is below the minimum.
    pub const fn of(rows: u16) -> Self {
        assert!(rows >= LEAST, "period below its minimum");
        Self(rows)
    }

    /// The number of rows.
    pub const fn get(self) -> usize {
        self.0 as usize
    }
}

impl<'de, const LEAST: u16> Deserialize<'de> for Period<LEAST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_u16(Rows::<LEAST>)
    }
}

struct Rows<const LEAST: u16>;

impl<const LEAST: u16> Visitor<'_> for Rows<LEAST> {
    type Value = Period<LEAST>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "a number of rows: {}", Period::<LEAST>::TEXT)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        match u16::try_from(value) {
            Ok(rows) if rows >= LEAST => Ok(Period(rows)),
            _ => Err(E::invalid_value(Unexpected::Unsigned(value), &self)),
        }
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        match u64::try_from(value) {
            Ok(value) => self.visit_u64(value),
            Err(_) => Err(E::invalid_value(Unexpected::Signed(value), &self)),
        }
    }
}

/// A number of standard deviations: finite, zero or more.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct Deviations(f64);

impl Deviations {
    /// The accepted values in words.
    pub const TEXT: &'static str = "number from 0 to 1e9";

    /// A bound far above any use, so that a product with it stays finite.
    const MOST: f64 = 1e9;

    /// A number of deviations written in code.
    ///
    /// # Panics
    ///
    /// If `number` is out of range.
    pub const fn of(number: f64) -> Self {
        assert!(number >= 0.0 && number <= Self::MOST, "deviations out of range");
        Self(number)
    }

    /// The number.
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl<'de> Deserialize<'de> for Deviations {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = f64::deserialize(deserializer)?;
        if (0.0..=Self::MOST).contains(&number) {
            Ok(Self(number))
        } else {
            Err(D::Error::invalid_value(Unexpected::Float(number), &Self::TEXT))
        }
    }
}
