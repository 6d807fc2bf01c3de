//! What commands that read files ask about news.

use super::{Failure, files::FileFormat};
use crate::spec::NewsMap;
use anyhow::anyhow;
use clap::Args;
use pipeline::sources::{SourceKind, SourcePlan};
use schemas::{Instrument, InstrumentId, Span};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

/// What files of news do not say.
#[derive(Debug, Args)]
pub struct NewsArgs {
    /// news: a file that says which instruments symbols and names mean
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
    /// news: how long after publication articles count as first seen, where their file does not
    /// say when that was, as in 1m
    #[arg(long, value_name = "SPAN")]
    seen_after: Option<Span>,
}

impl NewsArgs {
    /// The instruments that count: those that were named, or those of the mapping.
    pub fn ids(
        &self,
        format: FileFormat,
        venue: Option<&str>,
        symbols: &[String],
        files: &[PathBuf],
    ) -> Result<BTreeSet<InstrumentId>, Failure> {
        match &self.map {
            Some(path) if symbols.is_empty() => Ok(map(path)?.instruments()),
            _ => format.ids(venue, symbols, files),
        }
    }

    /// Completes a source of files. What is returned decides, beside the files, which rows come
    /// out.
    pub fn complete(
        &self,
        source: &mut SourcePlan,
        instruments: &[Instrument],
    ) -> Result<String, Failure> {
        let SourceKind::News(news) = &mut source.kind else {
            return match self.map.is_some() || self.seen_after.is_some() {
                true => {
                    let error = anyhow!("--map and --seen-after go with news only");
                    Err(Failure::NotStarted(error))
                }
                false => Ok(String::new()),
            };
        };
        if let Some(path) = &self.map {
            let about = std::mem::take(&mut news.tags.about);
            news.tags = map(path)?.tags(instruments);
            news.tags.about = about;
        }
        news.seen_after = self.seen_after;
        Ok(format!("\n{:?} {:?}", news.tags, news.seen_after))
    }
}

fn map(path: &Path) -> Result<NewsMap, Failure> {
    NewsMap::read(path).map_err(|why| Failure::NotStarted(anyhow!(why)))
}
