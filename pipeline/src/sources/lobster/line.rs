//! Lines of LOBSTER's files, and the day that they are of.

use super::{EventTime, Input, SourceError, unreadable};
use std::{
    io::{BufRead, Read},
    path::{Path, PathBuf},
};

/// More than two hundred levels take.
const LINE_BYTES: u64 = 1 << 16;

/// A day's files.
pub(super) struct Day {
    pub messages: PathBuf,
    /// The best levels after each message.
    pub levels: Option<PathBuf>,
    /// Midnight in New York.
    pub midnight: EventTime,
}

impl Day {
    /// The day that a file of messages is of, as its name says.
    pub fn of(path: &Path) -> Result<Day, SourceError> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let midnight = name.split('_').nth(1).and_then(midnight);
        let midnight = midnight.ok_or_else(|| SourceError::Format {
            path: path.display().to_string(),
            expected: "named as LOBSTER names its files of messages, as in \
                       AAPL_2012-06-21_34200000_57600000_message_10.csv"
                .to_owned(),
            found: "its name does not say of which day it is".to_owned(),
        })?;
        let beside = path.with_file_name(name.replacen("_message_", "_orderbook_", 1));
        let levels = (beside != path && beside.exists()).then_some(beside);
        Ok(Day { messages: path.to_owned(), levels, midnight })
    }
}

/// Midnight in New York of a date after 2007, when the present rule of its clocks began: an hour
/// ahead from the second Sunday of March to the first of November. They change while NASDAQ is
/// closed.
fn midnight(date: &str) -> Option<EventTime> {
    let (month, day) =
        (date.get(5..7)?.parse::<i64>().ok()?, date.get(8..10)?.parse::<i64>().ok()?);
    let utc: EventTime = format!("{date}T00:00:00Z").parse().ok()?;
    let weekday = |date: EventTime| (date.0.div_euclid(DAY_NS) + 4).rem_euclid(7);
    // The date of the first Sunday of a month, of whose date `day` this one is the weekday.
    let sunday = 1 + (7 - (weekday(utc) - (day - 1)).rem_euclid(7)).rem_euclid(7);
    let summer = match month {
        3 => day >= sunday + 7,
        4..=10 => true,
        11 => day < sunday,
        _ => false,
    };
    Some(EventTime(utc.0 + if summer { 4 } else { 5 } * HOUR_NS))
}

const HOUR_NS: i64 = 3_600_000_000_000;
const DAY_NS: i64 = 24 * HOUR_NS;

/// The lines of a file.
pub(super) struct Lines {
    path: PathBuf,
    input: Input,
    text: Vec<u8>,
}

impl Lines {
    pub fn open(path: &Path) -> Result<Lines, SourceError> {
        let input = Input::open(path).map_err(|error| unreadable(path, error))?;
        Ok(Lines { path: path.to_owned(), input, text: Vec::new() })
    }

    /// The next line; what is no text is no number either, and is read as such.
    pub fn next(&mut self) -> Result<Option<String>, SourceError> {
        self.text.clear();
        let mut line = Read::take(self.input.reader(), LINE_BYTES);
        match line.read_until(b'\n', &mut self.text) {
            Ok(0) => Ok(None),
            Ok(_) => Ok(Some(String::from_utf8_lossy(&self.text).trim_end().to_owned())),
            Err(error) => Err(unreadable(&self.path, error)),
        }
    }

    pub fn progress(&self) -> u64 {
        self.input.progress().0
    }
}

/// A message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Message {
    /// Nanoseconds after midnight.
    pub at: i64,
    /// What happened, as a number.
    pub kind: u8,
    pub id: u64,
    pub size: i64,
    /// In ten thousandths.
    pub price: i64,
    /// Does a bid rest?
    pub buys: bool,
}

impl Message {
    pub fn parse(text: &str) -> Result<Message, String> {
        let mut fields = text.split(',');
        let mut next = |what: &str| fields.next().ok_or(format!("it has no {what}"));
        let whole = |text: &str, what: &str| {
            text.trim().parse::<i64>().map_err(|_| format!("its {what} is `{text}`"))
        };
        let time = next("time")?;
        let at = schemas::decimal::parse_scaled(time.trim(), 9);
        let at = at.map_err(|error| format!("its time is `{time}`: {error}"))?;
        let kind = whole(next("type")?, "type")?;
        let id = whole(next("order id")?, "order id")?;
        let size = whole(next("size")?, "size")?;
        let price = whole(next("price")?, "price")?;
        let direction = whole(next("direction")?, "direction")?;
        if !(0..2 * DAY_NS).contains(&at) {
            return Err(format!("its time is `{time}`, which is no time of a day"));
        }
        let kind = u8::try_from(kind).ok().filter(|kind| (1..=7).contains(kind));
        let kind = kind.ok_or("its type is none of 1 to 7")?;
        let rests = kind <= 5;
        if rests && (size <= 0 || price <= 0) {
            return Err("its size or price is not above zero".to_owned());
        }
        if rests && direction.abs() != 1 {
            return Err("its direction is neither 1 nor -1".to_owned());
        }
        let id = u64::try_from(id).unwrap_or(0);
        if kind <= 4 && id == 0 {
            return Err("it names no order".to_owned());
        }
        Ok(Message { at, kind, id, size, price, buys: direction > 0 })
    }
}

/// The best levels after a message, prices in ten thousandths: of asks and of bids, best first,
/// none where a side has no more of them.
pub(super) fn levels(text: &str) -> Option<[Vec<(i64, i64)>; 2]> {
    let numbers: Vec<i64> =
        text.split(',').map(|field| field.trim().parse().ok()).collect::<Option<_>>()?;
    let mut sides = [Vec::new(), Vec::new()];
    for level in numbers.chunks(2).enumerate() {
        let (i, &[price, size]) = level else { return None };
        sides[i % 2].push((price, size));
    }
    (numbers.len().is_multiple_of(4) && !numbers.is_empty()).then_some(sides)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_of_new_york_change_on_sundays() {
        let hours = |date: &str| {
            let utc: EventTime = format!("{date}T00:00:00Z").parse().unwrap();
            (midnight(date).unwrap().0 - utc.0) / HOUR_NS
        };
        assert_eq!(hours("2012-06-21"), 4);
        assert_eq!((hours("2012-03-10"), hours("2012-03-11")), (5, 4));
        assert_eq!((hours("2012-11-03"), hours("2012-11-04")), (4, 5));
        // The first of the month is a Sunday.
        assert_eq!((hours("2015-03-07"), hours("2015-03-08")), (5, 4));
        assert_eq!((hours("2015-10-31"), hours("2015-11-01")), (4, 5));
        assert_eq!((hours("2024-01-05"), hours("2024-12-31")), (5, 5));
        assert_eq!(midnight("2012-6-21"), None);
    }

    #[test]
    fn lines_are_read_or_refused() {
        let text = "34200.017459617,4,16113798,3,5853300,-1";
        let (at, id) = (34_200_017_459_617, 16_113_798);
        let message = Message { at, kind: 4, id, size: 3, price: 5_853_300, buys: false };
        assert_eq!(Message::parse(text), Ok(message));
        for wrong in ["", "1.5,1", "x,1,1,1,1,1", "1,8,1,1,1,1", "1,1,1,0,1,1", "1,1,1,1,1,0"] {
            assert!(Message::parse(wrong).is_err(), "{wrong}");
        }
        let found = levels("5859400,200,5853300,18,9999999999,0,-9999999999,0").unwrap();
        assert_eq!(found[0], [(5_859_400, 200), (9_999_999_999, 0)]);
        assert_eq!(levels("1,2,3"), None);
    }
}
