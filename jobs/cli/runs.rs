//! `tapeflow runs`: what runs a lake holds, and how to tidy up.

use super::{
    Outcome,
    lake::{LakeArgs, failure},
    output::{print, print_json},
};
use crate::report::numbers::{grouped, table};
use clap::{Args, Subcommand};
use comfy_table::CellAlignment;
use pipeline::lake::{Lake, RepairReport, RunInfo, RunState};
use std::fmt::Write;

/// List, repair or delete the runs of a lake
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  tapeflow runs\n  tapeflow runs repair\n  \
        tapeflow runs delete quickstart")]
pub struct RunsArgs {
    #[command(subcommand)]
    action: Option<Action>,
    #[command(flatten)]
    lake: LakeArgs,
    /// Print one JSON object instead of text
    #[arg(long, global = true)]
    json: bool,
}

/// What to do with runs.
#[derive(Debug, Subcommand)]
enum Action {
    /// List the runs: this is what happens without a word
    List,
    /// Finish what processes that died left behind
    ///
    /// Files of commits get their final names, files of no commit are removed, deletions that
    /// were begun are finished. What is being written is left alone.
    Repair {
        /// In an object store, take what looks alive for dead: a process that does live stops
        #[arg(long)]
        take_over: bool,
    },
    /// Delete a run with all its files
    Delete {
        /// Name of the run
        #[arg(value_name = "RUN")]
        run: String,
    },
}

impl RunsArgs {
    /// Does it.
    pub fn execute(&self) -> Outcome {
        let lake = self.lake.existing()?;
        match &self.action {
            None | Some(Action::List) => self.list(&lake),
            Some(Action::Repair { take_over }) => self.repair(&lake, *take_over),
            Some(Action::Delete { run }) => {
                lake.delete_run(run).map_err(failure)?;
                match self.json {
                    true => print_json(&serde_json::json!({ "deleted": run })),
                    false => print(&format!("run `{run}` is deleted\n")),
                }
            }
        }
    }

    fn list(&self, lake: &Lake) -> Outcome {
        let runs = lake.list_runs().map_err(failure)?;
        let recordings = lake.list_recordings().map_err(failure)?;
        if self.json {
            return print_json(&serde_json::json!({ "runs": runs, "recordings": recordings }));
        }
        let mut text = match runs.is_empty() {
            true => format!("the lake {} has no runs\n", self.lake.url),
            false => listed("run", &runs),
        };
        if !recordings.is_empty() {
            let _ = write!(text, "\n{}", listed("recording", &recordings));
        }
        print(&text)
    }

    fn repair(&self, lake: &Lake, take_over: bool) -> Outcome {
        let report = match take_over {
            true => lake.repair_and_take_over(),
            false => lake.repair(),
        };
        let report = report.map_err(failure)?;
        match self.json {
            true => print_json(&report),
            false => print(&repaired(&report)),
        }
    }
}

fn listed(what: &str, all: &[RunInfo]) -> String {
    let mut rows = table([
        what,
        "job",
        "state",
        "generation",
        "epoch",
        "savepoint",
        "rows",
        "complete before",
    ]);
    for one in all {
        rows.add_row(row(one));
    }
    for column in [3, 4, 5, 6] {
        let column = rows.column_mut(column).expect("the table has eight columns");
        column.set_cell_alignment(CellAlignment::Right);
    }
    format!("{}\n", rows.trim_fmt())
}

fn row(run: &RunInfo) -> [String; 8] {
    let state = match &run.state {
        RunState::Alive => "alive".to_owned(),
        RunState::Complete => "complete".to_owned(),
        RunState::Incomplete => "incomplete".to_owned(),
        RunState::Damaged(why) => format!("damaged: {why}"),
    };
    let rows = run.tables.values().map(|table| table.rows).sum();
    [
        run.name.clone(),
        run.job.clone(),
        state,
        run.generation.to_string(),
        run.epoch.map_or(String::new(), |epoch| epoch.to_string()),
        run.savepoint.map_or(String::new(), |epoch| epoch.to_string()),
        grouped(rows),
        run.boundary.map_or(String::new(), |boundary| boundary.to_string()),
    ]
}

fn repaired(report: &RepairReport) -> String {
    let mut text = String::new();
    let RepairReport { published, removed, deleted, alive, damaged } = report;
    let parts = [
        ("published", published),
        ("removed", removed),
        ("deletion finished", deleted),
        ("being written, left alone", alive),
    ];
    for (what, names) in parts {
        for name in names {
            let _ = writeln!(text, "{what}: {name}");
        }
    }
    for (name, why) in damaged {
        let _ = writeln!(text, "damaged, left alone: {name}: {why}");
    }
    if text.is_empty() {
        text.push_str("everything is in order\n");
    }
    text
}
