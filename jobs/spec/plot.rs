//! What a member of the catalogue looks like on the synthetic market.

use super::{
    Files, JobError,
    catalogue::{CatalogueEntry, Group},
    plan,
    show::{Line, WIDTH, chart},
};
use operators::outputs::ReadingsRow;
use pipeline::{RunError, plan::Plan, readings};
use std::path::Path;

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum PlotError {
    /// It is no indicator, feature or bar.
    #[error("{name} is a {group}: there is nothing to draw")]
    Nothing {
        /// Its name.
        name: String,
        /// What it is.
        group: Group,
    },
    /// It has no value there.
    #[error("the example of {name} has no value on the synthetic market")]
    NoValue {
        /// Its name.
        name: String,
    },
    /// Its example is no job.
    #[error(transparent)]
    Job(#[from] JobError),
    /// The synthetic market cannot be read.
    #[error(transparent)]
    Run(#[from] RunError),
}

/// Draws its example over one-minute bars of the synthetic market, with their closes where these
/// are on the same scale; of a bar its closes.
///
/// # Errors
/// When it is no indicator, feature or bar, or has no value, so that there is nothing to draw.
pub fn plot(entry: &CatalogueEntry) -> Result<String, PlotError> {
    let (mut bar, mut features) = ("time = { every = \"1m\", clock = \"receive\" }", "");
    let mut indicator = "";
    match entry.group {
        Group::Indicator => indicator = &entry.example,
        Group::Feature => features = &entry.example,
        Group::Bar => {
            let example = entry.example.split_once("= { ").map_or("", |(_, kind)| kind);
            bar = example.strip_suffix(" }").unwrap_or(example);
        }
        group => return Err(PlotError::Nothing { name: entry.name.clone(), group }),
    }
    let job = |indicator: &str, minutes: usize| -> Result<Plan, JobError> {
        let text = format!(
            "[job]\nname = \"plot\"\n[[source]]\nsynthetic = {{ venue = \"demo\", instruments = 1, \
             minutes = {minutes}, seed = 7 }}\n[lake]\nreadings = \"bars\"\n\
             [bars]\nbar_1m = {{ {bar} }}\n[features]\n{features}\n\
             [indicators]\n{indicator}\n\
             {CLOSE} = {{ sma = {{ period = 1, on = \"bar_1m.close\" }} }}\n\
             {PART} = {{ ibs = {{ on = \"bar_1m\" }} }}\n"
        );
        plan(Path::new("plot.toml"), &text, &[], Files::MustExist)
    };
    // The warm-up comes before what is drawn.
    let warm_up = job(indicator, 1)?.columns.iter().map(|column| column.warm_up).max().unwrap_or(0);
    let minutes = warm_up + WIDTH + 30;
    // Large bars take long, and some functions have a value for small numbers only.
    let small = indicator.replace("\"bar_1m.close\"", &format!("\"{PART}\""));
    for (indicator, minutes) in [(indicator, minutes), (indicator, 30 * minutes), (&small, minutes)]
    {
        let plan = job(indicator, minutes)?;
        let drawn = lines(&plan, &readings(&plan)?);
        let known = |line: &Line| line.values.iter().filter(|value| value.is_finite()).count();
        if drawn.first().is_some_and(|line| known(line) >= WIDTH / 2) {
            let example = if entry.group == Group::Indicator { indicator } else { &entry.example };
            return Ok(format!("{example}\n\n{}", chart(&drawn)));
        }
    }
    let name = entry.name.clone();
    Err(PlotError::NoValue { name })
}

/// The column of closes.
const CLOSE: &str = "close_of_bar";

/// A column of numbers from 0 to 1: where in its range a bar closed.
const PART: &str = "part_of_bar";

/// The columns that were computed, and the closes if they would not make these flat.
fn lines(plan: &Plan, rows: &[ReadingsRow]) -> Vec<Line> {
    let slots = plan.market.readings.iter().flat_map(|readings| &readings.slots).enumerate();
    let line = |(place, slot): (usize, &u32)| Line {
        name: plan.columns[*slot as usize].name.clone(),
        values: rows.iter().map(|row| row.values[place]).collect(),
    };
    let (closes, mut drawn): (Vec<Line>, Vec<Line>) =
        slots.map(line).filter(|line| line.name != PART).partition(|line| line.name == CLOSE);
    let range = |lines: &[Line]| {
        let values = lines.iter().flat_map(|line| &line.values).filter(|value| value.is_finite());
        values.fold((f64::MAX, f64::MIN), |(low, high), v| (low.min(*v), high.max(*v)))
    };
    let ((low, high), (least, most)) = (range(&closes), range(&drawn));
    let room = 2.0 * (high - low);
    let is_known = least <= most;
    if drawn.is_empty() || (is_known && least >= low - room && most <= high + room) {
        drawn.extend(closes);
    }
    drawn
}
