//! Strategies over several instruments at once: their legs, and what the expressions of each read.

use super::{
    columns::Columns,
    instruments::Known,
    orders,
    rules::{Compiled, Text, compile_with, own_slot, read, row_slot},
    strategies::{Moments, Next, instrument, size, size_texts, trigger},
};
use crate::spec::{
    JobError,
    document::Cursor,
    raw::{LegText, OrderText, RuleText, Size as SizeText, Strategy, TriggerText},
    suggest,
};
use operators::{
    market::TriggerOn,
    rules::Kind,
    strategy::{ACCOUNT_COLUMNS, Leg, Legs, OrderStyle, Remedy, Size, Unhedged},
};
use pipeline::plan::Plan;
use query::rules::Names;

/// A strategy with legs, for help.
const EXAMPLE: &str = "legs = { spot = \"binance:BTCUSDT\", perp = \"binance_usdm:BTCUSDT\" }\n\
                       target = { spot = \"CASE WHEN perp.funding_rate > 0 THEN 1 ELSE 0 END\", \
                       perp = \"-spot\" }";

/// All rows of a strategy hold all legs.
const LEGS_MAX: usize = 16;

/// What a column is called that the example of many calls otherwise.
const SHORT: [(&str, &str); 1] = [("rate", "funding_rate")];

/// A leg as written, in the order of the file.
struct Written<'a> {
    name: String,
    text: &'a LegText,
    at: Cursor<'a, 'a>,
    instrument: u32,
}

impl<'a> Written<'a> {
    /// Its size and where that is written: its own, or that of all.
    fn size(&self, strategy: &'a Strategy, at: &Place<'a>) -> (Option<&'a SizeText>, Place<'a>) {
        match &self.text.size {
            Some(own) => (Some(own), self.at.get("size")),
            None => (strategy.size.as_ref(), at.get("size")),
        }
    }

    /// Its order style and where that is written, likewise.
    fn order(&self, strategy: &'a Strategy, at: &Place<'a>) -> (Option<&'a OrderText>, Place<'a>) {
        match &self.text.order {
            Some(own) => (Some(own), self.at.get("order")),
            None => (strategy.order.as_ref(), at.get("order")),
        }
    }
}

type Place<'a> = Cursor<'a, 'a>;

/// What legs are resolved to.
pub(super) struct Resolved {
    pub legs: Legs,
    /// All instruments, ascending.
    pub instruments: Vec<u32>,
    pub on: TriggerOn,
    /// Instruments whose moments trigger it.
    pub triggered_by: Vec<u32>,
    pub slots: Vec<u32>,
}

impl Resolved {
    /// Size and order style of the first leg.
    pub fn of_first(&self) -> (Size, OrderStyle) {
        let first = &self.legs.legs[0];
        (first.size.clone(), first.order.clone())
    }
}

/// Is the strategy of another kind, though it has members that go with legs?
pub(super) fn stray(strategy: &Strategy, at: &Cursor<'_, '_>) -> Result<(), JobError> {
    let others = [("target", strategy.target.is_some()), ("unhedged", strategy.unhedged.is_some())];
    match others.iter().find(|(_, there)| *there) {
        Some((key, _)) => {
            let error = at.get(key).key_error(format!("`{key}` is of a strategy with legs"));
            Err(error.label("without `legs`").help(format!("add\n{EXAMPLE}")))
        }
        None => Ok(()),
    }
}

/// A strategy with legs.
pub(super) fn resolve<'a>(
    strategy: &'a Strategy,
    at: &Cursor<'a, 'a>,
    known: &[Known],
    moments: &Moments<'_>,
    columns: &Columns,
) -> Result<Resolved, JobError> {
    alone(strategy, at)?;
    let legs = written(strategy, at, known, columns)?;
    let (on, triggered_by) = triggers(strategy, &legs, moments, &at.get("on"))?;
    let targets = targets(strategy, &legs, at)?;
    // Of each leg its target, then its size and order.
    let mut texts = Vec::new();
    for (i, leg) in legs.iter().enumerate() {
        let RuleText(text) = targets[i];
        let of = at.get("target").get(&leg.name);
        texts.push((None, i, Text { at: of, text, kind: Kind::Number, of_quote: 0 }));
        let mut own = Vec::new();
        let (size, place) = leg.size(strategy, at);
        let Some(size) = size else {
            return Err(at
                .get("name")
                .error(format!("`{}` does not say what a target of 1 is", strategy.name))
                .label("`size` is needed")
                .help("as in size = { quantity = \"0.1\" }, for all legs or in one's own table"));
        };
        size_texts(size, &place, &mut own);
        if let (Some(OrderText::At(order)), place) = leg.order(strategy, at) {
            own.extend(orders::texts(order, &place)?);
        }
        texts.extend(own.into_iter().map(|text| (Some(i), legs.len(), text)));
    }
    let own = legs.len() * (ACCOUNT_COLUMNS.len() + 1);
    let ids = known.iter().map(|known| &**known.instrument.id.text()).collect::<Vec<_>>();
    let Compiled { rules, slots } = compile_with(texts.len(), own, |text, slots| {
        let (own, targets, text) = &texts[text];
        let (own, targets) = (*own, *targets);
        read(text, &Row { columns, slots, legs: &legs, ids: &ids, own, targets })
    })?;
    let mut instruments: Vec<u32> = legs.iter().map(|leg| leg.instrument).collect();
    instruments.sort_unstable();
    let mut rules = rules.into_iter();
    let mut next = |present: bool| present.then(|| rules.next()).flatten();
    let mut resolved = Vec::new();
    for leg in &legs {
        let target = next(true).expect("each text has its rule");
        let (of, place) = leg.size(strategy, at);
        let of_size = size(of.expect("looked at above"), &mut next as &mut Next<'_>, &place)?;
        let (of, place) = leg.order(strategy, at);
        let order = orders::resolve(of, &mut next, &place)?;
        let place = instruments.iter().position(|i| *i == leg.instrument).expect("one of them");
        let (name, place) = (leg.name.as_str().into(), place as u16);
        resolved.push(Leg { name, place, target, size: of_size, order });
    }
    let unhedged = match &strategy.unhedged {
        Some(unhedged) if unhedged.after.0 <= 0 => {
            let at = at.get("unhedged").get("after");
            return Err(at
                .error("legs need some time to be filled")
                .label("zero")
                .help("write how long one may be filled and another not, as in after = \"5s\""));
        }
        unhedged => {
            let of = unhedged.as_ref();
            of.map(|of| Unhedged { after: of.after, remedy: of.remedy })
        }
    };
    let legs = Legs { legs: resolved, unhedged };
    Ok(Resolved { legs, instruments, on, triggered_by, slots })
}

/// Nothing of another kind of strategy stands beside legs.
fn alone(strategy: &Strategy, at: &Cursor<'_, '_>) -> Result<(), JobError> {
    let of = "write the target of each leg as an expression in `target`";
    let others = [
        ("for", strategy.instruments.is_some(), "`legs` names what it trades"),
        ("long", strategy.long.is_some(), of),
        ("short", strategy.short.is_some(), of),
        ("flat", strategy.flat.is_some(), of),
        ("quote", strategy.quote.is_some(), "write two strategies, which may share an account"),
        ("fair", strategy.fair.is_some(), "it belongs to a strategy that quotes"),
        ("pull", strategy.pull.is_some(), "it belongs to a strategy that quotes"),
        (
            "exit",
            strategy.exit.is_some(),
            "a level of one leg's price would leave the others behind: say in `target` when all \
             are to be closed, as in CASE WHEN spot.bars_held >= 30 THEN 0 ELSE 1 END",
        ),
    ];
    match others.iter().find(|(_, there, _)| *there) {
        Some((key, _, why)) => {
            let error = at.get(key).key_error(format!("`{key}` does not go with `legs`"));
            Err(error.label("of another kind of strategy").help(*why))
        }
        None => Ok(()),
    }
}

/// The legs in the order in which they are written.
fn written<'a>(
    strategy: &'a Strategy,
    at: &Cursor<'a, 'a>,
    known: &[Known],
    columns: &Columns,
) -> Result<Vec<Written<'a>>, JobError> {
    let (all, at) = (strategy.legs.as_ref().expect("it has legs"), at.get("legs"));
    if !(2..=LEGS_MAX).contains(&all.len()) {
        let error = at.error(format!("a strategy has 2 to {LEGS_MAX} legs")).label("not so many");
        return Err(error.help("a strategy of one instrument names it with `for`"));
    }
    let mut legs: Vec<Written<'_>> = Vec::new();
    for name in at.keys() {
        let (text, at) = (&all[&name], at.get(&name));
        columns.may_be_called(&name, &at)?;
        let place = if text.size.is_some() || text.order.is_some() || at.table().is_some() {
            at.get("instrument")
        } else {
            at.clone()
        };
        let instrument = instrument(&text.instrument, known, &place)?;
        if let Some(other) = legs.iter().find(|leg| leg.instrument == instrument) {
            let error = place.error(format!("`{name}` is the same instrument as `{}`", other.name));
            return Err(error.label("the second").help("a strategy has one position in each"));
        }
        legs.push(Written { name, text, at, instrument });
    }
    Ok(legs)
}

/// The target of each leg.
fn targets<'a>(
    strategy: &'a Strategy,
    legs: &[Written<'a>],
    at: &Cursor<'a, 'a>,
) -> Result<Vec<&'a RuleText>, JobError> {
    let Some(targets) = &strategy.target else {
        let error = at.get("legs").key_error("legs have targets, and there are none");
        return Err(error.label("`target` is needed too").help(format!("as in\n{EXAMPLE}")));
    };
    let at = at.get("target");
    let names: Vec<&str> = legs.iter().map(|leg| leg.name.as_str()).collect();
    if let Some(name) = targets.keys().find(|name| !names.contains(&name.as_str())) {
        let error = at.get(name).key_error(format!("there is no leg `{name}`"));
        return Err(error.label("not a leg").help_if(suggest::help(name, &names, "legs")));
    }
    let target = |name: &&str| {
        targets.get(*name).ok_or_else(|| {
            let error = at.key_error(format!("the leg `{name}` has no target"));
            error.label("one for each leg").help(format!("add {name} = \"0\" if none is wanted"))
        })
    };
    names.iter().map(target).collect()
}

/// What triggers it, and the instruments whose moments these are.
fn triggers(
    strategy: &Strategy,
    legs: &[Written<'_>],
    moments: &Moments<'_>,
    at: &Cursor<'_, '_>,
) -> Result<(TriggerOn, Vec<u32>), JobError> {
    let TriggerText::Named(name) = &strategy.on else {
        // All are decided on at each, so one timer is enough.
        return Ok((trigger(&strategy.on, moments, at)?, vec![legs[0].instrument]));
    };
    let of = name.split_once('.');
    let of = of.and_then(|(leg, on)| Some((legs.iter().find(|l| l.name == leg)?, on)));
    if let Some((leg, on)) = of {
        let on = trigger(&TriggerText::Named(on.to_owned()), moments, at)?;
        return Ok((on, vec![leg.instrument]));
    }
    let on = trigger(&strategy.on, moments, at)?;
    if matches!(on, TriggerOn::Bar(_) | TriggerOn::News) {
        let error = at.error(format!("each leg has its own `{name}`")).label("of which leg?");
        return Err(error.help(format!("write on = \"{}.{name}\"", legs[0].name)));
    }
    let mut all: Vec<u32> = legs.iter().map(|leg| leg.instrument).collect();
    all.sort_unstable();
    Ok((on, all))
}

/// The row of a strategy with legs.
struct Row<'a> {
    columns: &'a Columns,
    slots: Option<&'a [u32]>,
    legs: &'a [Written<'a>],
    /// Ids of all instruments.
    ids: &'a [&'a str],
    /// The leg whose columns are named without it.
    own: Option<usize>,
    /// How many targets may be read.
    targets: usize,
}

impl Row<'_> {
    /// A column of a leg.
    fn of_leg(&self, leg: usize, column: &str) -> Option<u32> {
        let of_account = ACCOUNT_COLUMNS.iter().position(|(name, _)| *name == column);
        if let Some(at) = of_account {
            return Some(own_slot(self.slots, leg * ACCOUNT_COLUMNS.len() + at));
        }
        let id = self.ids[self.legs[leg].instrument as usize];
        let slot = self.columns.slot(&format!("{id}.{column}")).or_else(|| {
            let (_, long) = SHORT.iter().find(|(short, _)| *short == column)?;
            self.columns.slot(&format!("{id}.{long}"))
        })?;
        Some(row_slot(self.slots, slot))
    }

    fn leg(&self, name: &str) -> Option<usize> {
        self.legs.iter().position(|leg| leg.name == name)
    }
}

impl Names for Row<'_> {
    fn column(&self, name: &str) -> Option<u32> {
        if let Some(target) = self.leg(name).filter(|target| *target < self.targets) {
            return Some(own_slot(self.slots, self.legs.len() * ACCOUNT_COLUMNS.len() + target));
        }
        if let Some((leg, column)) = name.split_once('.')
            && let Some(leg) = self.leg(leg)
        {
            return self.of_leg(leg, column);
        }
        if self.columns.split(name).0.is_some() {
            return Some(row_slot(self.slots, self.columns.slot(name)?));
        }
        self.of_leg(self.own?, name)
    }

    fn constant(&self, name: &str) -> Option<f64> {
        self.columns.constant(name)
    }

    fn all(&self) -> Vec<String> {
        let columns = || self.columns.names().chain(ACCOUNT_COLUMNS.iter().map(|(name, _)| *name));
        let mut all: Vec<String> = self.columns.constants().map(str::to_owned).collect();
        for (i, leg) in self.legs.iter().enumerate() {
            all.extend(columns().map(|column| format!("{}.{column}", leg.name)));
            all.extend((i < self.targets).then(|| leg.name.clone()));
        }
        all.extend(self.own.into_iter().flat_map(|_| columns()).map(str::to_owned));
        // Those of legs have a shorter name.
        let of_leg = |name: &String| {
            let (instrument, _) = self.columns.split(name);
            self.legs.iter().any(|leg| Some(leg.instrument) == instrument)
        };
        all.extend(self.columns.of_others().filter(|name| !of_leg(name)));
        all
    }
}

/// What legs assume.
pub(super) fn assumptions(plan: &Plan) -> Vec<String> {
    let mut all = Vec::new();
    for strategy in plan.accounts.iter().flat_map(|account| &account.strategies) {
        let (name, Some(legs)) = (&strategy.name, &strategy.legs) else { continue };
        all.push(match &legs.unhedged {
            None => format!(
                "legs: those of `{name}` are ordered in the same moment and each by itself; one \
                 that is not filled leaves the others standing, because the job does not say what \
                 then (unhedged)"
            ),
            Some(Unhedged { after, remedy }) => {
                let what = match remedy {
                    Remedy::Flatten => "all of them are closed at market",
                    Remedy::Hedge => "what is missing is ordered at market",
                    Remedy::Report => "it is told of in signals, and nothing else",
                };
                format!(
                    "legs: those of `{name}` are ordered in the same moment and each by itself; \
                     when positions have been out of ratio for {after} by what the strategy knows, \
                     {what}"
                )
            }
        });
    }
    all
}
