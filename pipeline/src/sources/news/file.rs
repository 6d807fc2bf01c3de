//! One file of news, in order of when articles were first seen.

use super::article::{self, Article, NewsFields, NewsFormat};
use crate::sources::{SourceError, jsonl::Input};
use schemas::{
    EventTime, Span,
    records::{RAW_LIMIT_BYTES, cut_raw},
};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    io::{self, BufRead, ErrorKind, Read},
    path::Path,
};

/// The longest line that is read.
const LINE_BYTES: u64 = 8 << 20;
/// Lines that cannot be used before the first that can; a file that begins with more is no such
/// file.
const HELD_LINES: usize = 1024;
/// A line may come this much behind the latest before it and still be in order: files are often
/// kept by the day, and what a day is depends on where it was kept.
const DAY_NS: i64 = 86_400_000_000_000;
/// A year: one stamp from 2099 would make every later article late.
const MAX_AHEAD_NS: i64 = 366 * 86_400_000_000_000;

/// A line: when it takes its place, its number, and what it holds or why it holds nothing.
pub(super) struct Item {
    pub ts: EventTime,
    pub line: u64,
    pub what: Result<Article, Fault>,
}

/// A line that cannot be used.
pub(super) struct Fault {
    pub reason: String,
    pub raw: String,
}

/// A file of news. Its lines may be in any order as long as none comes more than a day behind the
/// latest before it; one that does is late and takes its place behind what was given out already.
pub(super) struct NewsFile {
    path: String,
    /// The file's own name, for the origin of rejects.
    pub name: String,
    records: Records,
    format: NewsFormat,
    fields: NewsFields,
    seen_after: Option<Span>,
    number: u64,
    /// The latest that any article so far was first seen.
    reached: Option<EventTime>,
    /// Lines that wait, by when they take their place.
    waiting: BTreeMap<(EventTime, u64), Result<Article, Fault>>,
    /// Lines that cannot be used, from before the time is known.
    held: Vec<(u64, Fault)>,
    /// What was given out last.
    given: EventTime,
    /// The file has been read to its end.
    over: bool,
    /// Its records cannot be read on.
    broken: bool,
}

enum Records {
    Lines(Input),
    Csv(Box<csv::Reader<Limited>>, csv::StringRecord),
}

/// A file that is read up to a limit: a quote that is never closed makes one record of all that
/// follows.
struct Limited {
    input: Input,
    left: u64,
}

impl Limited {
    fn new(input: Input) -> Limited {
        Limited { input, left: LINE_BYTES }
    }
}

impl Read for Limited {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            let text = format!("a record is longer than {} MiB", LINE_BYTES >> 20);
            return Err(io::Error::new(ErrorKind::FileTooLarge, text));
        }
        let read = self.input.read(buffer)?;
        self.left = self.left.saturating_sub(read as u64);
        Ok(read)
    }
}

impl NewsFile {
    /// Opens a file.
    ///
    /// # Errors
    /// When it cannot be read, or its header lacks what must be there.
    pub fn open(
        path: &Path,
        format: NewsFormat,
        fields: &NewsFields,
        seen_after: Option<Span>,
    ) -> Result<NewsFile, SourceError> {
        let shown = path.display().to_string();
        let unread = |error| SourceError::Io { path: shown.clone(), error };
        let input = Input::open(path).map_err(unread)?;
        let records = match format {
            NewsFormat::Csv => {
                let mut reader = csv::ReaderBuilder::new();
                let reader = reader.flexible(true);
                let mut reader = reader.from_reader(Limited::new(input));
                let header = reader.headers().map_err(|e| unread(e.into()))?.clone();
                let needed = match seen_after {
                    Some(_) => &fields.published,
                    None => &fields.first_seen,
                };
                for name in [&fields.headline, needed] {
                    if !header.iter().any(|column| column == name) {
                        return Err(SourceError::Format {
                            path: shown.clone(),
                            expected: format!("a file of news with a column `{name}`"),
                            found: format!("its header is {}", Vec::from_iter(&header).join(",")),
                        });
                    }
                }
                Records::Csv(Box::new(reader), header)
            }
            NewsFormat::Jsonl | NewsFormat::Stocknet => Records::Lines(input),
        };
        Ok(NewsFile {
            name: path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned(),
            path: shown,
            records,
            format,
            fields: fields.clone(),
            seen_after,
            // The header is a line.
            number: u64::from(format == NewsFormat::Csv),
            reached: None,
            waiting: BTreeMap::new(),
            held: Vec::new(),
            given: EventTime::MIN,
            over: false,
            broken: false,
        })
    }

    /// When the next line in order takes its place.
    ///
    /// # Errors
    /// When the file cannot be read on, or holds no news at all.
    pub fn peek(&mut self) -> Result<Option<EventTime>, SourceError> {
        while !self.is_settled() {
            match self.read()? {
                Some(record) => self.keep(record),
                None => self.over = true,
            }
            self.check_held()?;
        }
        Ok(self.waiting.keys().next().map(|(ts, _)| *ts))
    }

    /// Takes the line that [`NewsFile::peek`] has told of.
    pub fn take(&mut self) -> Option<Item> {
        let ((ts, line), what) = self.waiting.pop_first()?;
        self.given = ts;
        Some(Item { ts, line, what })
    }

    /// Bytes read and bytes in all, as stored.
    pub fn progress(&self) -> (u64, u64) {
        match &self.records {
            Records::Lines(input) => input.progress(),
            Records::Csv(reader, _) => reader.get_ref().input.progress(),
        }
    }

    /// Can no line that is yet to be read come before the first that waits?
    fn is_settled(&self) -> bool {
        let first = self.waiting.keys().next().zip(self.reached);
        self.over || first.is_some_and(|((ts, _), at)| at.0.saturating_sub(ts.0) > DAY_NS)
    }

    /// Puts a line where it belongs.
    fn keep(&mut self, record: Result<Article, Fault>) {
        let line = self.number;
        let (ts, what) = match (record.and_then(|article| self.admit(article)), self.reached) {
            (Err(fault), None) => return self.held.push((line, fault)),
            (Err(fault), Some(reached)) => (reached, Err(fault)),
            (Ok(article), _) => (article.seen, Ok(article)),
        };
        let ts = ts.max(self.given);
        let held = self.held.drain(..).map(|(line, fault)| ((ts, line), Err(fault)));
        self.waiting.extend(held);
        self.waiting.insert((ts, line), what);
    }

    /// Lines that cannot be used, and none that can: this is some other file.
    fn check_held(&self) -> Result<(), SourceError> {
        match self.held.first() {
            Some((number, fault)) if self.over || self.held.len() > HELD_LINES => {
                Err(SourceError::Format {
                    path: self.path.clone(),
                    expected: format!("a file of news as `{}` says", self.format.name()),
                    found: format!(
                        "line {number} and all that were looked at cannot be used: {}",
                        fault.reason
                    ),
                })
            }
            _ => Ok(()),
        }
    }

    /// Refuses what is too far ahead; else moves the time.
    fn admit(&mut self, article: Article) -> Result<Article, Fault> {
        let seen = article.seen;
        match self.reached {
            Some(reached) if seen.0.saturating_sub(reached.0) > MAX_AHEAD_NS => Err(Fault {
                reason: format!("{seen} is more than a year after all before, {reached}"),
                raw: cut_raw(&article.headline).to_owned(),
            }),
            reached => {
                self.reached = Some(reached.map_or(seen, |reached| reached.max(seen)));
                Ok(article)
            }
        }
    }

    /// The next record in the file's own order.
    fn read(&mut self) -> Result<Option<Result<Article, Fault>>, SourceError> {
        let unread = |error| SourceError::Io { path: self.path.clone(), error };
        match &mut self.records {
            Records::Csv(reader, header) => {
                if self.broken {
                    return Ok(None);
                }
                reader.get_mut().left = LINE_BYTES;
                let mut record = csv::StringRecord::new();
                let read = reader.read_record(&mut record);
                // Lines are counted by their `\n`, and a record may end without one.
                let line = record.position().map_or(0, csv::Position::line);
                self.number = line.max(self.number + 1);
                match read {
                    Ok(false) => return Ok(None),
                    Ok(true) => {}
                    Err(error) => {
                        let reason = error.to_string();
                        let fault = match error.into_kind() {
                            csv::ErrorKind::Io(error) => {
                                self.broken = true;
                                damage(&mut reader.get_mut().input, error).map_err(unread)?
                            }
                            _ => Fault { reason, raw: String::new() },
                        };
                        return Ok(Some(Err(fault)));
                    }
                }
                let field = |name: &str| {
                    let at = header.iter().position(|column| column == name)?;
                    record.get(at).map(str::to_owned)
                };
                let read = article::article(field, &self.fields, self.seen_after);
                let raw = || cut_raw(&Vec::from_iter(&record).join(",")).to_owned();
                Ok(Some(read.map_err(|reason| Fault { reason, raw: raw() })))
            }
            Records::Lines(input) => loop {
                let mut bytes = Vec::new();
                let read = input.reader().take(LINE_BYTES).read_until(b'\n', &mut bytes);
                self.number += u64::from(!matches!(read, Ok(0)));
                let read = match read {
                    Ok(0) => return Ok(None),
                    Ok(read) => read,
                    Err(error) => return Ok(Some(Err(damage(input, error).map_err(unread)?))),
                };
                if read as u64 == LINE_BYTES && bytes.last() != Some(&b'\n') {
                    input.reader().skip_until(b'\n').map_err(unread)?;
                    let reason = format!("the line is longer than {} MiB", LINE_BYTES >> 20);
                    return Ok(Some(Err(Fault { reason, raw: String::new() })));
                }
                let line = bytes.trim_ascii();
                if line.is_empty() {
                    continue;
                }
                let value: Result<Value, String> =
                    serde_json::from_slice(line).map_err(|error| error.to_string());
                let read = value.and_then(|value| match self.format {
                    NewsFormat::Stocknet => article::tweet(&value),
                    _ => {
                        let field = |name: &str| value.get(name).and_then(article::json_text);
                        article::article(field, &self.fields, self.seen_after)
                    }
                });
                let start = &line[..line.len().min(RAW_LIMIT_BYTES + 4)];
                let raw = || cut_raw(&String::from_utf8_lossy(start)).to_owned();
                return Ok(Some(read.map_err(|reason| Fault { reason, raw: raw() })));
            },
        }
    }
}

/// A packed file that breaks off: what could be unpacked counts, and the rest is lost.
fn damage(input: &mut Input, error: io::Error) -> Result<Fault, io::Error> {
    if !input.is_damage(&error) && error.kind() != ErrorKind::FileTooLarge {
        return Err(error);
    }
    input.give_up();
    let reason = format!("the file is cut off or damaged, and what follows is lost: {error}");
    Ok(Fault { reason, raw: String::new() })
}
