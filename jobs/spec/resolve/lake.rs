//! Where results go.

use super::Context;
use crate::spec::{
    JobError,
    raw::{Readings, Record},
    suggest,
};
use pipeline::{lake::Lake, plan::LakePlan};
use schemas::{Span, Table};

/// Event time between commits of a run that comes to an end.
const COMMIT_EVERY: Span = Span(86_400_000_000_000);
/// And of one that goes on: what a restart reads again.
const CHECKPOINT_EVERY: Span = Span(10_000_000_000);

/// Where results go, and whether readings are among them.
pub(super) struct Results {
    pub plan: LakePlan,
    /// Readings are written; at bars too?
    pub readings: Option<bool>,
}

pub(super) fn resolve(cx: &Context<'_>) -> Result<Results, JobError> {
    let (lake, section) = (&cx.spec.lake, cx.at("lake"));
    let url = lake.url.clone().unwrap_or_else(|| "./lake".to_owned());
    Lake::open(&url)
        .map_err(|error| section.get("url").error(error.to_string()).label("not a lake"))?;
    let results = || Table::ALL.iter().copied().filter(|table| !table.is_market());
    let write = match &lake.write {
        None => results().collect(),
        Some(names) => {
            let mut write = Vec::new();
            for (i, name) in names.iter().enumerate() {
                let found = results().find(|table| table.name() == name);
                write.push(found.ok_or_else(|| {
                    let known: Vec<&str> = results().map(Table::name).collect();
                    let message = format!("`{name}` is no table of results");
                    let at = section.get("write").get(i);
                    at.error(message)
                        .label("not a result")
                        .help_if(suggest::help(name, &known, "tables"))
                })?);
            }
            write.sort();
            write.dedup();
            write
        }
    };
    let commit_every = lake.commit_every.unwrap_or_else(|| {
        let live = cx.spec.source.iter().any(|source| source.kafka.is_some());
        if live { CHECKPOINT_EVERY } else { COMMIT_EVERY }
    });
    if commit_every.0 <= 0 {
        let at = section.get("commit_every");
        return Err(at.error("commits are further apart than nothing").label("zero"));
    }
    let readings = match lake.readings.unwrap_or(Readings::Triggers) {
        Readings::Triggers => Some(false),
        Readings::Bars => Some(true),
        Readings::None => None,
    };
    let readings = readings.filter(|_| write.contains(&Table::Readings));
    let record = record(cx)?;
    Ok(Results { plan: LakePlan { url, record, write, commit_every }, readings })
}

/// The recording that the job's topics go to.
fn record(cx: &Context<'_>) -> Result<Option<String>, JobError> {
    let at = cx.at("lake").get("record");
    let name = match &cx.spec.lake.record {
        None | Some(Record::Flag(false)) => return Ok(None),
        Some(Record::Flag(true)) => cx.spec.job.name.clone(),
        Some(Record::Name(name)) => name.clone(),
    };
    check_name(&name).map_err(|why| at.error(why).label("not a name"))?;
    if cx.spec.source.iter().any(|source| source.kafka.is_none()) {
        return Err(at
            .error("a job records topics, and this one reads something else, too")
            .label("not with these sources")
            .help("files are recorded by `tapeflow ingest`; a lake is recorded already"));
    }
    Ok(Some(name))
}

/// Is it a name that folders and rows can carry?
pub(in crate::spec) fn check_name(name: &str) -> Result<(), String> {
    let fine = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    let first = name.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric());
    match first && name.len() <= 100 && name.bytes().all(fine) {
        true => Ok(()),
        false => Err(format!(
            "`{name}` cannot be a name: write letters, digits, `_`, `-` and `.`, at most 100, a \
             letter or digit first"
        )),
    }
}
