//! News through a whole job: the same with any number of workers, and replayed from a lake.

use pipeline::{
    ingest::{IngestRequest, ingest},
    lake::Lake,
    plan::Plan,
    progress::Progress,
    sources::{SourceKind, SourcePlan},
    verify::{VerifyOptions, verify},
};
use schemas::{Digest, Span, Table};
use std::{path::Path, sync::Arc};
use tapeflow::spec::{self, Files, JobError};

fn config(overrides: &[&str]) -> Result<Plan, JobError> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/news.toml");
    let mut overrides: Vec<String> = overrides.iter().map(|o| (*o).to_owned()).collect();
    overrides.push("source.0.synthetic.minutes=120".to_owned());
    spec::load(&path, &overrides, Files::MustExist)
}

fn digests(plan: &Plan) -> String {
    let (summary, _) = pipeline::oracle(plan, None).unwrap();
    assert!(summary.stats.fills > 0, "nothing traded");
    format!("{:?}", summary.stats.tables)
}

#[test]
fn news_counts_the_same_with_any_number_of_workers_and_never_before_its_time() {
    let plan = Arc::new(config(&[]).unwrap());
    let options = VerifyOptions {
        workers: vec![1, 2, 3, 4],
        quantum: Span(100_000_000),
        other_quantum: Span(7_000_000_000),
        cuts: 3,
        seed: 5,
    };
    let verdict = verify(&plan, &options, &mut |_| {}).unwrap();
    assert!(verdict.ok, "{:#?}", verdict.first_difference);
}

#[test]
fn news_from_a_lake_gives_the_bytes_of_the_files() {
    let from_files = config(&[]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let request = IngestRequest {
        lake: Lake::open(folder.path().to_str().unwrap()).unwrap(),
        recording: "all".to_owned(),
        digest: Digest(1),
        sources: &from_files.sources,
        instruments: &from_files.instruments,
    };
    let ingested = ingest(&request, &Progress::default()).unwrap();
    assert!(ingested.tables[&Table::News].rows > 40 && ingested.tables[&Table::Rejects].rows > 0);
    let tables = vec![Table::Trades, Table::Quotes, Table::BookDeltas, Table::News];
    let kind = SourceKind::Lake {
        url: folder.path().to_str().unwrap().to_owned(),
        recording: None,
        tables,
        instruments: vec![0, 1],
    };
    let mut from_lake = from_files.clone();
    from_lake.sources = vec![SourcePlan { rank: 0, name: "lake".to_owned(), kind }];
    assert_eq!(from_lake.digest(), from_files.digest());
    // Rejects are told once, by the recording.
    let computed = |plan: &Plan| {
        let (mut summary, _) = pipeline::oracle(plan, None).unwrap();
        summary.stats.tables.remove(&Table::Rejects);
        format!("{:?}", summary.stats.tables)
    };
    assert_eq!(computed(&from_lake), computed(&from_files));
}

#[test]
fn embargo_and_lexicon_decide_what_is_traded() {
    let usual = digests(&config(&[]).unwrap());
    for change in ["embargo=\"1m\"", "lexicon=\"vader\"", "half_life=\"1m\""] {
        let change = format!("features.mood.sentiment.{change}");
        assert_ne!(digests(&config(&[&change]).unwrap()), usual, "{change}");
    }
}

#[test]
fn a_lexicon_of_ones_own_is_its_words_and_not_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let lexicon = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        format!("features.mood.sentiment.lexicon={:?}", path.display().to_string())
    };
    let here = config(&[&lexicon("a.tsv", "# mine\nOUTAGE\t-4\n")]).unwrap();
    let there = config(&[&lexicon("b.tsv", "outage\t-4.0\tmore\n")]).unwrap();
    assert_eq!(here.digest(), there.digest());
    let mood: Vec<_> = here.columns.iter().filter(|c| c.name.starts_with("mood")).collect();
    let names: Vec<&str> = mood.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["mood", "mood.count", "mood.dispersion"]);
    let operator = &mood[2].operator;
    assert_eq!(operator, "sentiment half_life=30m embargo=2s duplicates=10m lexicon=vader+1 words");
    let broken = config(&[&lexicon("c.tsv", "outage\t-5\n")]).unwrap_err().to_string();
    assert!(broken.ends_with("line 1: the strength is not from -4 to 4"), "{broken}");
}
