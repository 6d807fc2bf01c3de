//! A directory of its own for each test, and the program run in it.

use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};
use tempfile::TempDir;

/// Where a test happens.
pub struct Place(TempDir);

/// What the program said.
pub struct Said {
    /// Exit code.
    pub code: i32,
    /// What it wrote to stdout.
    pub out: String,
    /// What it wrote to stderr.
    pub err: String,
}

impl Place {
    /// An empty directory.
    pub fn new() -> Place {
        Place(tempfile::tempdir().unwrap())
    }

    /// An empty directory with a job in it: two synthetic instruments for five minutes.
    pub fn with_job() -> Place {
        let place = Place::new();
        place.write("job.toml", JOB);
        place
    }

    /// A file in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file.
    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    /// The program, not yet started.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tapeflow"));
        command.args(args).current_dir(self.0.path()).stdin(Stdio::null());
        for name in ["TAPEFLOW_LAKE", "TAPEFLOW_LOG", "NO_COLOR"] {
            command.env_remove(name);
        }
        command
    }

    /// What the program says to these arguments.
    pub fn say(&self, args: &[&str]) -> Said {
        self.command(args).output().unwrap().into()
    }

    /// What it prints when all goes well.
    pub fn ok(&self, args: &[&str]) -> String {
        let said = self.say(args);
        assert_eq!(said.code, 0, "{args:?}: {}{}", said.err, said.out);
        said.out
    }

    /// The JSON that it prints when all goes well.
    pub fn json(&self, args: &[&str]) -> Value {
        serde_json::from_str(&self.ok(args)).unwrap()
    }

    /// The only value of a query over the lake.
    pub fn value(&self, query: &str) -> String {
        let out = self.ok(&["sql", "--format", "csv", query]);
        let lines: Vec<&str> = out.lines().collect();
        assert_eq!(lines.len(), 2, "{out}");
        lines[1].to_owned()
    }

    /// Files below a folder whose names end with this.
    pub fn files(&self, folder: &str, end: &str) -> Vec<PathBuf> {
        let (mut found, mut folders) = (Vec::new(), vec![self.path(folder)]);
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
                match entry.is_dir() {
                    true => folders.push(entry),
                    false if ends_with(&entry, end) => found.push(entry),
                    false => {}
                }
            }
        }
        found
    }
}

fn ends_with(path: &Path, end: &str) -> bool {
    path.to_string_lossy().ends_with(end)
}

impl From<Output> for Said {
    fn from(output: Output) -> Said {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Said {
            code: output.status.code().unwrap_or(-1),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }
}

/// Trades often enough that every table gets rows.
pub const JOB: &str = r#"
[job]
name = "small"
seed = 7

[[source]]
synthetic = { venue = "demo", instruments = 2, minutes = 5, seed = 7 }

[bars]
bar_1s = { time = { every = "1s", clock = "receive" } }

[indicators]
fast = { ema = { period = 5, on = "bar_1s.close" } }
slow = { ema = { period = 15, on = "bar_1s.close" } }

[[account]]
name = "paper"
cash = { USDT = "10000" }

[[strategy]]
name = "cross"
account = "paper"
on = "bar_1s"
for = ["demo:*"]
long = "crosses_above(fast, slow)"
short = "crosses_below(fast, slow)"
size = { fraction = 0.1 }
order = "market"

[execution.demo]
latency = { entry = "1ms", response = "1ms" }
fees = { maker = "0.0002", taker = "0.0005" }
fill = { model = "displayed_depth", partial = true }

[lake]
url = "./lake"
"#;
