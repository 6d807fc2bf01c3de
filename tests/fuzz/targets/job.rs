//! Job files: a plan, or an error that can be shown and says where it is.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::path::Path;
use std::sync::Once;
use tapeflow::spec::{Files, plan, warnings};

/// Folders and services of the machine are none of a job's that nobody wrote.
const OUTSIDE: [&str; 9] = ["\"/", "'/", "..", "~", "://", "\\", "*", "?", "["];

static AWAY: Once = Once::new();

fuzz_target!(|data: &[u8]| {
    AWAY.call_once(|| {
        let folder = fuzz::file("empty/x", b"").with_file_name("");
        std::env::set_current_dir(folder).expect("it was made");
    });
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (text, change) = text.split_once('\0').unwrap_or((text, ""));
    let names_places = |line: &str| {
        ["path", "file", "lake", "map", "url", "lexicon", "model"].iter().any(|w| line.contains(w))
            && OUTSIDE[..8].iter().any(|place| line.contains(place))
    };
    if text.lines().chain([change]).any(names_places) {
        return;
    }
    let changes: Vec<String> =
        change.split('\0').filter(|c| !c.is_empty()).map(str::to_owned).collect();
    match plan(Path::new("job.toml"), text, &changes, Files::MayBeAbsent) {
        Ok(plan) => {
            warnings(&plan);
            tapeflow::spec::show::plan(&plan);
            tapeflow::spec::show::plan_json(&plan);
        }
        Err(error) => {
            let shown = format!("{:?}", miette::Report::new(error));
            assert!(!shown.is_empty());
        }
    }
});
