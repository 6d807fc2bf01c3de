//! Job files as they are: those in `config/`, and what they resolve to.

use pipeline::plan::Plan;
use std::{
    fs,
    path::{Path, PathBuf},
};
use tapeflow::spec::{self, Files};

fn config(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("config").join(name)
}

/// The plan of a job file in `config/`, whose input need not be there.
#[track_caller]
fn plan_of(name: &str) -> Plan {
    spec::load(&config(name), &[], Files::MayBeAbsent)
        .unwrap_or_else(|error| panic!("{name}: {:?}", miette::Report::new(error)))
}

#[test]
fn every_job_file_in_config_resolves() {
    let mut names: Vec<PathBuf> =
        fs::read_dir(config("")).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.retain(|path| path.extension().is_some_and(|e| e == "toml"));
    assert!(names.len() >= 2, "{names:?}");
    for path in names {
        let plan = plan_of(path.file_name().unwrap().to_str().unwrap());
        assert!(!plan.assumptions.is_empty(), "{} assumes nothing", path.display());
    }
}
