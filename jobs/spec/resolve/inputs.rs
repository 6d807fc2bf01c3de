//! What an indicator is computed on, as a job file says it.

use super::{columns::Columns, indicators::Parsed};
use crate::spec::{JobError, document::Cursor, suggest};
use operators::indicators::{BAR_COLUMNS, IndicatorSpec, Input};
use std::{array, borrow::Cow};
use toml::de::{DeTable, DeValue};

/// The name of a bar or a column.
#[derive(Clone)]
pub(super) struct On<'a> {
    pub name: Cow<'a, str>,
    pub at: Cursor<'a, 'a>,
}

/// The names that an indicator is computed on: one, two, or one for each column of a bar.
pub(super) fn read<'a>(
    (spec, value): (&IndicatorSpec, &'a DeValue<'a>),
    at: &Cursor<'a, 'a>,
    needs: impl Fn() -> String,
) -> Result<Vec<On<'a>>, JobError> {
    let (kind, input) = (spec.kind(), spec.indicator().input());
    let on = match value {
        DeValue::Array(names) => {
            let named = |(place, name): (usize, &'a _)| named(name, at.get(place));
            names.iter().map(|name| name.get_ref()).enumerate().map(named).collect()
        }
        DeValue::Table(columns) if input == Input::Bar => return of_columns(spec, columns, at),
        one => named(one, at.clone()).map(|on| vec![on]),
    };
    let Some(on) = on else {
        return Err(at.error("`on` is the name of a column").label("not a name").help(needs()));
    };
    let columns = if input == Input::Pair { 2 } else { 1 };
    if on.len() != columns {
        let reads = if columns == 2 { "two columns" } else { "one input" };
        let error = at.error(format!("`{kind}` reads {reads}"));
        return Err(error.label(format!("names {}", on.len())).help(needs()));
    }
    Ok(on)
}

/// A text as a name.
pub(super) fn named<'a>(value: &'a DeValue<'a>, at: Cursor<'a, 'a>) -> Option<On<'a>> {
    value.as_str().map(|name| On { name: name.into(), at })
}

/// `{ high = "…", low = "…" }`: a column for each column of a bar that is read.
fn of_columns<'a>(
    spec: &IndicatorSpec,
    columns: &'a DeTable<'a>,
    at: &Cursor<'a, 'a>,
) -> Result<Vec<On<'a>>, JobError> {
    let (kind, reads) = (spec.kind(), spec.reads());
    let names: Vec<&str> = reads.iter().map(|place| BAR_COLUMNS[*place]).collect();
    let needed = || format!("write {}", on_columns(&reads));
    for key in columns.keys().map(|key| key.get_ref()) {
        if !names.contains(&key.as_ref()) {
            let error = at.get(key).key_error(format!("`{kind}` does not read `{key}`"));
            return Err(error.label("not read").help(needed()));
        }
    }
    let column = |name: &str| {
        let missing = || at.error(format!("`{kind}` reads `{name}` too")).help(needed());
        let value = columns.get(name).ok_or_else(|| missing().label("not all that it reads"))?;
        let at = at.get(name);
        let error = || at.error(format!("`{name}` is the name of a column")).label("not a name");
        named(value.get_ref(), at.clone()).ok_or_else(error)
    };
    let read = names.iter().map(|name| column(name)).collect::<Result<Vec<_>, _>>()?;
    Ok(as_bar(&reads, &read))
}

/// How a job names the columns of a bar that are read.
fn on_columns(reads: &[usize]) -> String {
    let each = reads.iter().map(|place| format!("{} = \"…\"", BAR_COLUMNS[*place]));
    format!("on = {{ {} }}", each.collect::<Vec<_>>().join(", "))
}

/// Names in the places of a bar's columns; those that are not read repeat the first that is.
fn as_bar<'a>(reads: &[usize], names: &[On<'a>]) -> Vec<On<'a>> {
    let place = |place| reads.iter().position(|read| *read == place).unwrap_or(0);
    array::from_fn::<_, { BAR_COLUMNS.len() }, _>(|column| names[place(column)].clone()).into()
}

/// Indicators with columns like a bar's may be named where a bar may: what stands on one reads
/// those of its columns.
pub(super) fn see_through(parsed: &mut [Parsed<'_>], columns: &Columns) -> Result<(), JobError> {
    for at in 0..parsed.len() {
        let indicator = &parsed[at];
        let [on] = &indicator.on[..] else { continue };
        let (_, name) = columns.split(&on.name);
        let Some(other) = parsed.iter().find(|other| other.name == name) else { continue };
        if indicator.spec.indicator().input() != Input::Bar {
            continue;
        }
        let prefix = &on.name[..on.name.len() - name.len()];
        let reads = indicator.spec.reads();
        let column = |place: &usize| {
            let output = other.outputs.iter().find(|output| output.name == BAR_COLUMNS[*place])?;
            let name = format!("{prefix}{}", other.column(output)).into();
            Some(On { name, at: on.at.clone() })
        };
        let found: Vec<Option<On<'_>>> = reads.iter().map(column).collect();
        let is_missing = |(place, found): (&usize, &Option<_>)| found.is_none().then_some(*place);
        let missing = reads.iter().zip(&found).find_map(is_missing);
        if let Some(missing) = missing {
            let (kind, lacks) = (indicator.spec.kind(), BAR_COLUMNS[missing]);
            return Err(on
                .at
                .error(format!("`{kind}` reads bars, and `{name}` has no column `{lacks}`"))
                .label("not a bar")
                .help(format!("name the columns: {}", on_columns(&reads))));
        }
        let found: Vec<On<'_>> = found.into_iter().flatten().collect();
        parsed[at].on = as_bar(&reads, &found);
    }
    Ok(())
}

/// The columns of the bar that an indicator is computed on.
pub(super) fn of_bar<'a>(
    (kind, on): (&str, &On<'a>),
    bars: &[&str],
    columns: &Columns,
) -> Result<Vec<On<'a>>, JobError> {
    let (_, rest) = columns.split(&on.name);
    let bar = rest.split('.').next().unwrap_or_default();
    let prefix = &on.name[..on.name.len() - rest.len()];
    let is_bar = bars.contains(&bar);
    if is_bar && bar == rest {
        let column = |name| On { name: format!("{}.{name}", on.name).into(), at: on.at.clone() };
        return Ok(BAR_COLUMNS.map(column).into());
    }
    let help = match is_bar {
        true => Some(format!("write on = \"{prefix}{bar}\"")),
        false => suggest::help(&on.name, bars, "bars"),
    };
    Err(on
        .at
        .error(format!("`{kind}` reads whole bars, and `{}` is none", on.name))
        .label("not a bar")
        .help_if(help))
}
