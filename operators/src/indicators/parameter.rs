//! Types of parameters that cannot hold a bad value.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error, Unexpected, Visitor},
};

use super::average::MaType;

/// The most rows that a parameter can ask for, as many as in TA-Lib.
const ROWS_MAX: u32 = 100_000;

/// A number of rows, at least `LEAST` of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Period<const LEAST: u32>(u32);

impl<const LEAST: u32> Period<LEAST> {
    /// The accepted values in words.
    pub const TEXT: &'static str = match LEAST {
        0 => "whole number from 0 to 100000",
        1 => "whole number from 1 to 100000",
        2 => "whole number from 2 to 100000",
        20 => "whole number from 20 to 100000",
        _ => panic!("name this minimum here"),
    };

    /// A period written in code.
    ///
    /// # Panics
    ///
    /// If `rows` is out of range.
    pub const fn of(rows: u32) -> Self {
        assert!(rows >= LEAST && rows <= ROWS_MAX, "period out of range");
        Self(rows)
    }

    /// The number of rows.
    pub const fn get(self) -> usize {
        self.0 as usize
    }
}

impl<'de, const LEAST: u32> Deserialize<'de> for Period<LEAST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_u32(Rows::<LEAST>)
    }
}

struct Rows<const LEAST: u32>;

impl<const LEAST: u32> Visitor<'_> for Rows<LEAST> {
    type Value = Period<LEAST>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "a number of rows: {}", Period::<LEAST>::TEXT)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        match u32::try_from(value) {
            Ok(rows) if (LEAST..=ROWS_MAX).contains(&rows) => Ok(Period(rows)),
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

/// Writes a type of numbers within bounds.
macro_rules! bounded {
    ($(#[doc = $doc:literal])+ $name:ident, $least:literal to $most:literal, $text:literal) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize)]
        #[serde(transparent)]
        pub struct $name(f64);

        impl $name {
            /// The accepted values in words.
            pub const TEXT: &'static str = $text;

            /// A number written in code.
            ///
            /// # Panics
            ///
            /// If it is out of range.
            pub const fn of(number: f64) -> Self {
                assert!(number >= $least && number <= $most, "number out of range");
                Self(number)
            }

            /// The number.
            pub const fn get(self) -> f64 {
                self.0
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let number = f64::deserialize(deserializer)?;
                if ($least..=$most).contains(&number) {
                    Ok(Self(number))
                } else {
                    Err(D::Error::invalid_value(Unexpected::Float(number), &Self::TEXT))
                }
            }
        }
    };
}

bounded! {
    /// A number of standard deviations, below 0 as TA-Lib allows. Bounded far beyond any use, so
    /// that products stay finite.
    Deviations, -1e9 to 1e9, "number from -1e9 to 1e9"
}

bounded! {
    /// A factor that is not negative, bounded like [`Deviations`].
    Factor, 0.0 to 1e9, "number from 0 to 1e9"
}

bounded! {
    /// A part of a whole.
    Portion, 0.0 to 1.0, "number from 0 to 1"
}

bounded! {
    /// A part of a whole in hundredths.
    Percent, 0.0 to 100.0, "number from 0 to 100"
}

bounded! {
    /// How many deviations of a bell a window is wide.
    Width, 0.1 to 1000.0, "number from 0.1 to 1000"
}

bounded! {
    /// The bound of a smoothing factor.
    Limit, 0.01 to 0.99, "number from 0.01 to 0.99"
}

bounded! {
    /// A level of prices.
    Level, -1e100 to 1e100, "number from -1e100 to 1e100"
}

/// A number of rows to hold back while a recursion settles, 0 where a job does not say.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Unstable(u32);

impl Unstable {
    /// The accepted values in words.
    pub const TEXT: &'static str = "whole number from 0 to 100000";

    /// A number of rows written in code.
    ///
    /// # Panics
    ///
    /// If it is out of range.
    pub const fn of(rows: u32) -> Self {
        Self(Period::<0>::of(rows).0)
    }

    /// The number of rows.
    pub const fn get(self) -> usize {
        self.0 as usize
    }
}

impl<'de> Deserialize<'de> for Unstable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_u32(Rows::<0>).map(|rows| Self(rows.0))
    }
}

/// The kind of a moving average, `USUAL` (a [`MaType`] as number) where a job does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Smoother<const USUAL: u8>(MaType);

impl<const USUAL: u8> Smoother<USUAL> {
    /// The accepted values in words; TA-Lib's numbers of them are taken too.
    pub const TEXT: &'static str = "one of sma, ema, wma, dema, tema, trima, kama, mama, t3, hma, \
                                    none, zlema, rma";

    /// A kind written in code.
    pub const fn of(kind: MaType) -> Self {
        Self(kind)
    }

    /// The kind.
    pub const fn get(self) -> MaType {
        self.0
    }
}

impl<const USUAL: u8> Default for Smoother<USUAL> {
    fn default() -> Self {
        let usual = MaType::ALL.iter().find(|kind| **kind as u8 == USUAL);
        Self(*usual.expect("a kind as number is that of a kind"))
    }
}

impl<'de, const USUAL: u8> Deserialize<'de> for Smoother<USUAL> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return MaType::deserialize(deserializer).map(Self);
        }
        deserializer.deserialize_any(Name).map(Self)
    }
}

struct Name;

impl Visitor<'_> for Name {
    type Value = MaType;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(Smoother::<0>::TEXT)
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<MaType, E> {
        let kind = MaType::ALL.iter().find(|kind| kind.name() == name);
        kind.copied().ok_or_else(|| E::invalid_value(Unexpected::Str(name), &self))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<MaType, E> {
        let kind = MaType::ALL.iter().find(|kind| **kind as u64 == number);
        kind.copied().ok_or_else(|| E::invalid_value(Unexpected::Unsigned(number), &self))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<MaType, E> {
        match u64::try_from(number) {
            Ok(number) => self.visit_u64(number),
            Err(_) => Err(E::invalid_value(Unexpected::Signed(number), &self)),
        }
    }
}

/// How far into a body, as a share of it; `USUAL` per cent where a job does not say.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Penetration<const USUAL: u8>(Factor);

impl<const USUAL: u8> Penetration<USUAL> {
    /// The accepted values in words.
    pub const TEXT: &'static str = Factor::TEXT;

    /// A share written in code.
    ///
    /// # Panics
    ///
    /// If it is out of range.
    pub const fn of(share: f64) -> Self {
        Self(Factor::of(share))
    }

    /// The share.
    pub const fn get(self) -> f64 {
        self.0.get()
    }
}

impl<const USUAL: u8> Default for Penetration<USUAL> {
    fn default() -> Self {
        Self::of(f64::from(USUAL) / 100.0)
    }
}

impl<'de, const USUAL: u8> Deserialize<'de> for Penetration<USUAL> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Factor::deserialize(deserializer).map(Self)
    }
}
