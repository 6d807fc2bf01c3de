//! The invariants of the code base that can be read off its files.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A crate: its folder, and the workspace crates that it may import.
const CRATES: [(&str, &[&str]); 5] = [
    ("schemas", &[]),
    ("operators", &["schemas"]),
    ("pipeline", &["schemas", "operators"]),
    ("jobs/query", &["schemas", "operators", "pipeline"]),
    (".", &["schemas", "operators", "pipeline", "query"]),
];

/// Crates that only one member may import, and that member.
const RESERVED: [(&str, &str); 5] = [
    ("timely", "pipeline"),
    ("datafusion", "jobs/query"),
    ("anyhow", "."),
    ("clap", "."),
    ("tracing-subscriber", "."),
];

/// The visible top level, as the project's user fixed it.
const TOP_LEVEL: [&str; 12] = [
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "benches",
    "config",
    "infra",
    "jobs",
    "operators",
    "pipeline",
    "schemas",
    "tests",
];

/// Files may be this long. A longer one has a seam; find it.
const FILE_LINES_MAX: usize = 450;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Files below a folder of the repository with an extension.
fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![root().join(folder)]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn sources() -> Vec<PathBuf> {
    ["schemas", "operators", "pipeline", "jobs", "tests", "benches"]
        .iter()
        .flat_map(|folder| files(folder, "rs"))
        .collect()
}

/// The dependencies of a member that its library or program uses.
fn dependencies(member: &str) -> Vec<String> {
    let manifest: toml::Table = read(format!("{member}/Cargo.toml")).parse().unwrap();
    let always = manifest["dependencies"].as_table().unwrap();
    let unless_fuzzed = manifest
        .get("target")
        .into_iter()
        .flat_map(|target| target["cfg(not(fuzzing))"]["dependencies"].as_table().unwrap().keys());
    always.keys().chain(unless_fuzzed).cloned().collect()
}

#[test]
fn crates_import_only_what_stands_to_their_left() {
    let members = ["schemas", "operators", "pipeline", "query"];
    for (member, allowed) in CRATES {
        for dependency in dependencies(member) {
            if members.contains(&dependency.as_str()) {
                assert!(allowed.contains(&dependency.as_str()), "{member} imports {dependency}");
            }
        }
    }
}

#[test]
fn each_reserved_crate_has_one_user() {
    for (member, _) in CRATES {
        for dependency in dependencies(member) {
            for (reserved, owner) in RESERVED {
                assert!(
                    dependency != reserved || member == owner,
                    "{member} imports {reserved}, which only {owner} may"
                );
            }
        }
    }
}

#[test]
fn operators_only_compute() {
    let banned =
        ["std::fs", "std::net", "std::thread", "std::time", "std::io", "std::env", "print"];
    for path in files("operators/src", "rs").iter().chain(&files("schemas/src", "rs")) {
        for (number, line) in read(path).lines().enumerate() {
            let code = line.split("//").next().unwrap();
            for word in banned.iter().filter(|w| code.contains(**w)) {
                let macro_or_path = *word != "print" || code.contains("println!");
                assert!(!macro_or_path, "{}:{}: `{word}`", path.display(), number + 1);
            }
        }
    }
}

#[test]
fn only_the_program_looks_at_the_wall_clock() {
    for path in sources() {
        let name = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
        let telemetry = name.starts_with("jobs/cli") || name.starts_with("tests/");
        let measures = name.starts_with("benches/") || name.contains("/examples/");
        let clock = name == "pipeline/src/clock.rs" || name.starts_with("pipeline/tests/");
        if telemetry || measures || clock {
            continue;
        }
        let text = read(&path);
        for clock in ["Instant::now", "SystemTime::now"] {
            assert!(!text.contains(clock), "{name} calls {clock}");
        }
    }
}

#[test]
fn approval_is_made_in_one_place() {
    for path in files("operators/src", "rs") {
        let makes = read(&path).lines().any(|line| line.contains("Ok(Approved("));
        let gate = path.ends_with("risk/mod.rs");
        assert_eq!(makes, gate, "{}: only the gate makes Approved", path.display());
    }
}

#[test]
fn the_top_level_stays_as_it_was_agreed() {
    for entry in fs::read_dir(root()).unwrap().map(Result::unwrap) {
        let name = entry.file_name().to_string_lossy().into_owned();
        let known = TOP_LEVEL.contains(&name.as_str());
        // What the program and cargo make, and git ignores.
        let made = ["target", "lake"].contains(&name.as_str());
        assert!(name.starts_with('.') || known || made, "{name} is visible at the top level");
    }
    for name in TOP_LEVEL {
        assert!(root().join(name).exists(), "{name} is missing");
    }
}

#[test]
fn files_are_short_and_lines_fit() {
    for path in sources() {
        let text = read(&path);
        let lines = text.lines().count();
        assert!(lines <= FILE_LINES_MAX, "{} has {lines} lines", path.display());
        for (number, line) in text.lines().enumerate() {
            let long = line.chars().count() > 100;
            assert!(!long, "{}:{} is over 100 columns", path.display(), number + 1);
        }
    }
}

#[test]
fn nothing_is_left_unfinished() {
    let marks = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("X", "XX")];
    for path in sources() {
        let text = read(&path);
        for mark in marks {
            assert!(!text.contains(mark), "{} holds {mark}", path.display());
        }
        assert!(!text.contains(concat!("#[ig", "nore")), "{} skips a test", path.display());
    }
}

#[test]
fn every_ban_has_its_reason() {
    let bans: toml::Table = read(".clippy.toml").parse().unwrap();
    for list in bans.values() {
        for ban in list.as_array().unwrap() {
            assert!(ban.get("reason").is_some(), "{ban} without a reason");
        }
    }
}

#[test]
fn every_dependency_of_the_workspace_is_used() {
    let manifest: toml::Table = read("Cargo.toml").parse().unwrap();
    let shared = manifest["workspace"]["dependencies"].as_table().unwrap();
    let manifests: String = CRATES.iter().map(|(m, _)| read(format!("{m}/Cargo.toml"))).collect();
    for name in shared.keys() {
        let used = manifests.contains(&format!("{name}.workspace = true"));
        assert!(used, "{name} is declared and not used");
    }
}
