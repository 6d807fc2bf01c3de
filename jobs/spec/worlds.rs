//! Many worlds: the same market, met by the same job under other terms.
//!
//! A world is the job with some of its values replaced. All worlds are steps of one plan: the tape
//! is decoded once, each book is built once, and an indicator that two of them name alike is one.

mod merge;

use super::{
    Document, Files, JobError, JobSpec,
    document::{Cursor, Node},
    overrides,
    raw::Worlds,
    resolve,
};
use pipeline::plan::{Plan, WorldPlan};
use serde_spanned::Spanned;
use std::ops::Range;
use toml::de::DeTable;

/// More are a slip: a grid multiplies.
const WORLDS_MAX: usize = 10_000;

/// What a world may replace: what is decided after the market is known.
const MAY_DIFFER: [&str; 7] =
    ["constants", "features", "indicators", "strategy", "account", "risk", "execution"];

/// A path that a world sets, and what it sets there.
#[derive(Clone)]
struct Setting<'t> {
    path: String,
    at: Range<usize>,
    value: Node<'t>,
}

/// A world as it is written.
struct World<'t> {
    name: String,
    settings: Vec<Setting<'t>>,
}

/// Adds the worlds of a job to its plan.
///
/// # Errors
/// When a world sets what no world can, or is no job.
pub(super) fn add(
    mut plan: Plan,
    worlds: &Worlds,
    document: &Document<'_>,
    files: Files,
) -> Result<Plan, JobError> {
    let section = document.top().get("worlds");
    if !plan.kafka_sinks.is_empty() {
        let error = section.key_error("what worlds do is not sent to topics");
        return Err(error.label("with `kafka_sink`").help("leave one of the two out"));
    }
    for world in written(worlds, &section)? {
        let name = format!("world `{}`", world.name);
        let document = document.with(world.settings.iter().map(|s| (&*s.path, &s.at, &s.value)))?;
        let resolved = JobSpec::read(&document)
            .and_then(|spec| resolve::resolve(&spec, &document, files))
            .map_err(|error| error.within(&name));
        let other = resolved?;
        let shown = |s: &Setting<'_>| (s.path.clone(), document.text(&s.value).to_owned());
        let settings = world.settings.iter().map(shown).collect();
        merge::merge(&mut plan, &world.name, other).map_err(|why| {
            let error = section.key_error(why).within(&name);
            error.label("worlds share one market")
        })?;
        plan.worlds.push(WorldPlan { name: world.name, settings });
    }
    merge::finish(&mut plan);
    plan.assumptions.push(format!(
        "{} worlds besides this one: the same job with other values, each with accounts of its own",
        plan.worlds.len()
    ));
    Ok(plan)
}

/// The worlds with a name, then the grid: every combination of its values, those of the last path
/// changing fastest.
fn written<'t>(worlds: &Worlds, section: &Cursor<'_, 't>) -> Result<Vec<World<'t>>, JobError> {
    let mut all = Vec::new();
    let named = section.get("named");
    for name in worlds.named.keys() {
        let at = named.get(name);
        resolve::check_name(name).map_err(|why| at.key_error(why).label("not a name"))?;
        if name.bytes().all(|b| b.is_ascii_digit()) {
            let error = at.key_error("numbers are the names of the worlds of `grid`");
            return Err(error.label("a number"));
        }
        let settings = settings(&at)?;
        all.push(World { name: name.clone(), settings });
    }
    let grid = section.get("grid");
    let lengths = worlds.grid.values().map(|values| values.as_array().map_or(1, Vec::len));
    let count = lengths.fold(1_usize, usize::saturating_mul);
    if count.saturating_add(all.len()) > WORLDS_MAX {
        let error = grid.key_error(format!("more than {WORLDS_MAX} worlds"));
        return Err(error.label("every combination is one"));
    }
    if worlds.grid.is_empty() {
        return Ok(all);
    }
    let mut combinations: Vec<Vec<Setting<'t>>> = vec![Vec::new()];
    for Setting { path, at, value } in settings(&grid)? {
        let Some(values) = value.get_ref().as_array().filter(|values| !values.is_empty()) else {
            let error = grid.get(&path).error("a path of a grid has a list of values");
            return Err(error.label("no list, or an empty one"));
        };
        combinations = combinations
            .iter()
            .flat_map(|before| {
                values.iter().map(|value| {
                    let setting =
                        Setting { path: path.clone(), at: at.clone(), value: value.clone() };
                    before.iter().cloned().chain([setting]).collect()
                })
            })
            .collect();
    }
    let named = combinations.into_iter().enumerate();
    all.extend(named.map(|(i, settings)| World { name: (i + 1).to_string(), settings }));
    Ok(all)
}

/// The paths of a table and what stands there.
fn settings<'t>(at: &Cursor<'_, 't>) -> Result<Vec<Setting<'t>>, JobError> {
    let empty = DeTable::new();
    let mut settings = Vec::new();
    for (path, value) in at.table().unwrap_or(&empty) {
        let root = overrides::steps(path.get_ref()).first().copied().unwrap_or_default();
        if !MAY_DIFFER.contains(&root) {
            let error = at.get(path.get_ref()).key_error(format!("worlds share `{root}`"));
            let can = MAY_DIFFER.join("`, `");
            return Err(error.label("the same in all").help(format!("they differ in `{can}`")));
        }
        let (path, at) = (path.get_ref().to_string(), path.span());
        settings.push(Setting { path, at, value: Spanned::clone(value) });
    }
    Ok(settings)
}
