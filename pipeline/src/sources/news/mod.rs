//! Files of news: JSON lines, CSV, and the tweets of StockNet.
//!
//! An article takes effect when it was first seen, whenever it was published. Files are merged by
//! that time, each a partition with the line as offset. The same article again, for the same
//! instrument, by its address or by the words of its headline, is folded: the first that was seen
//! counts, for as long as the window says, and each copy lands in `rejects` with the place of the
//! first. An article about several instruments becomes a row for each, one about none a row that
//! belongs to none.

mod article;
mod file;
mod fold;
mod tags;
#[cfg(test)]
mod tests;

pub(super) use article::symbols;
pub use article::{NewsFields, NewsFormat};
pub use tags::NewsTags;
pub(super) use tags::Tagger;

use super::{CHUNK_ROWS, Reader, SourceError};
use article::Article;
use file::{Fault, Item, NewsFile};
use fold::{Folder, Same};
use schemas::{
    Chunk, EventTime, Instrument, Span,
    chunk::{NO_INSTRUMENT, Other, RowHead},
    records::cut_raw,
};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Files of news.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewsFiles {
    /// How they are written.
    pub format: NewsFormat,
    /// The files; they may overlap in time.
    pub paths: Vec<PathBuf>,
    /// Which field holds what.
    pub fields: NewsFields,
    /// How long after publication an article counts as first seen, where its file does not say.
    pub seen_after: Option<Span>,
    /// Articles that were first seen further apart than this are never the same.
    pub fold: Span,
    /// Which instruments articles are about.
    pub tags: NewsTags,
}

impl NewsFiles {
    /// The window of folding, unless a job says another.
    pub const FOLD: Span = Span(86_400_000_000_000);

    /// Files of a format as they usually are.
    pub fn new(format: NewsFormat, paths: Vec<PathBuf>) -> NewsFiles {
        NewsFiles {
            format,
            paths,
            fields: NewsFields::default(),
            seen_after: None,
            fold: NewsFiles::FOLD,
            tags: NewsTags::default(),
        }
    }

    /// Opens them as a source with this rank; its partitions are the files.
    ///
    /// # Errors
    /// When a file cannot be read, or lacks a column that must be there.
    pub fn open(&self, rank: u16, instruments: &[Instrument]) -> Result<NewsReader, SourceError> {
        let open =
            |path: &PathBuf| NewsFile::open(path, self.format, &self.fields, self.seen_after);
        Ok(NewsReader {
            rank,
            files: self.paths.iter().map(open).collect::<Result<_, _>>()?,
            tagger: Tagger::new(&self.tags, instruments),
            folder: Folder::new(self.fold),
        })
    }
}

/// Reads files of news as one.
pub struct NewsReader {
    rank: u16,
    files: Vec<NewsFile>,
    tagger: Tagger,
    folder: Folder,
}

impl NewsReader {
    /// The file whose next line is the first of all.
    fn first(&mut self) -> Result<Option<usize>, SourceError> {
        let mut first: Option<((EventTime, usize), usize)> = None;
        for (place, file) in self.files.iter_mut().enumerate() {
            if let Some(ts) = file.peek()? {
                let at = ((ts, place), place);
                first = Some(first.map_or(at, |first| first.min(at)));
            }
        }
        Ok(first.map(|(_, place)| place))
    }

    fn land(&mut self, place: usize, item: Item, chunk: &mut Chunk) {
        let Item { ts, line, what } = item;
        let partition = place as u32;
        let mut push = |recv_ts, seq, instrument, other| {
            let head = RowHead { ts, recv_ts, exchange_ts: None, offset: line, seq, instrument };
            chunk.push_other(head, other);
            chunk.partitions.push(partition);
        };
        let origin = format!("{}:{line}", self.files[place].name);
        let reject = |stage: &str, Fault { reason, raw }| Other::Reject {
            stage: stage.to_owned(),
            origin: origin.clone(),
            reason,
            raw,
        };
        let article = match what {
            Ok(article) => article,
            Err(fault) => return push(ts, 0, NO_INSTRUMENT, reject("decode", fault)),
        };
        let Article { seen, published, source, headline, body, url, symbols } = article;
        let texts: Vec<&str> = [Some(&*headline), body.as_deref()].into_iter().flatten().collect();
        let mut about = self.tagger.tag(&symbols, &texts);
        if about.is_empty() {
            about.push(NO_INSTRUMENT);
        }
        let mut same = None;
        about.retain(|instrument| {
            let url = url.as_deref();
            let found = self.folder.fold(ts, (partition, line), *instrument, url, &headline);
            same = found.or(same);
            found.is_none()
        });
        if let (true, Some(same)) = (about.is_empty(), same) {
            let (what, (file, line)) = match same {
                Same::Url(first) => ("address", first),
                Same::Text(first) => ("headline", first),
            };
            let name = &self.files[file as usize].name;
            let reason = format!("the {what} of {name}:{line} again");
            let raw = cut_raw(&headline).to_owned();
            return push(seen, 0, NO_INSTRUMENT, reject("duplicate", Fault { reason, raw }));
        }
        let news = Other::News { source, published_ts: published, headline, body, url };
        for (seq, instrument) in (0..).zip(about) {
            push(seen, seq, instrument, news.clone());
        }
    }
}

impl Reader for NewsReader {
    fn next(&mut self) -> Result<Option<Chunk>, SourceError> {
        let mut chunk = Chunk::mixed(self.rank, 0);
        while chunk.len() < CHUNK_ROWS {
            let Some(place) = self.first()? else { break };
            let item = self.files[place].take().expect("it was seen there");
            self.land(place, item, &mut chunk);
        }
        Ok((!chunk.is_empty()).then_some(chunk))
    }

    fn progress(&self) -> Option<(u64, u64)> {
        let sum = |(read, all): (u64, u64), file: &NewsFile| {
            let (more, bytes) = file.progress();
            (read + more, all + bytes)
        };
        Some(self.files.iter().fold((0, 0), sum))
    }
}
