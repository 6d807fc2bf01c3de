//! Strategies: what triggers them, what they trade, and their rules.

use super::{
    Context, Ordinals,
    columns::{Columns, MOMENTS},
    exits,
    instruments::{Known, Origin, unknown_facts},
    lake::check_name,
    legs,
    models::Models,
    orders, quotes,
    rules::{Compiled, Text, compile},
};
use crate::spec::{
    JobError,
    document::Cursor,
    raw::{OrderText, RuleText, Size as SizeText, Strategy, Targets, TriggerText},
    suggest,
};
use operators::{
    features::FeatureSpec,
    market::{BarNode, FeatureNode, Node, TriggerNode, TriggerOn},
    rules::{Expr, Kind, Rule},
    strategy::{Leg, OrderStyle, Size, StrategySpec},
};
use std::collections::BTreeMap;

/// A strategy, and where it is written.
pub(super) struct Resolved<'a> {
    pub spec: StrategySpec,
    pub trigger: TriggerNode,
    pub written: &'a Strategy,
    pub at: Cursor<'a, 'a>,
}

/// Strategies by name, which is the order of their ordinals and of their numbers.
pub(super) fn resolve<'a>(
    cx: &Context<'a>,
    known: &[Known],
    moments: &Moments<'_>,
    (columns, models): (&Columns, &Models),
    ordinals: &mut Ordinals,
) -> Result<Vec<Resolved<'a>>, JobError> {
    let section = cx.at("strategy");
    let mut by_name = BTreeMap::new();
    for (i, written) in cx.spec.strategy.iter().enumerate() {
        let at = section.get(i);
        let name = at.get("name");
        check_name(&written.name).map_err(|why| name.error(why).label("not a name"))?;
        if by_name.insert(written.name.as_str(), (written, at)).is_some() {
            let message = format!("two strategies are called `{}`", written.name);
            return Err(name.error(message).label("the second").help("give it another name"));
        }
    }
    let mut resolved = Vec::new();
    for (number, (written, at)) in by_name.into_values().enumerate() {
        if written.legs.is_some() {
            let of = legs::resolve(written, &at, known, moments, columns)?;
            shadowed(written, &of.slots, columns, models, &at)?;
            let ordinal = ordinals.next();
            let node = Node { name: written.name.as_str().into(), ordinal };
            let (size, order) = of.of_first();
            resolved.push(Resolved {
                trigger: TriggerNode {
                    node,
                    strategy: number as u16,
                    on: of.on,
                    instruments: of.triggered_by,
                    slots: of.slots.clone(),
                },
                spec: StrategySpec {
                    name: written.name.as_str().into(),
                    ordinal,
                    instruments: of.instruments,
                    columns: of.slots.len() as u32,
                    models: models.digests(&of.slots).map(|text| text.as_str().into()),
                    long: None,
                    short: None,
                    flat: None,
                    size,
                    order,
                    exit: None,
                    quote: None,
                    legs: Some(of.legs),
                },
                written,
                at,
            });
            continue;
        }
        legs::stray(written, &at)?;
        let on = trigger(&written.on, moments, &at.get("on"))?;
        let Some(patterns) = &written.instruments else {
            let error = at.error("`for` is missing").label("needed here");
            return Err(error.help("write what it trades, as in for = [\"demo:SYN0001\"]"));
        };
        let instruments = targets(patterns, known, &at.get("for"))?;
        let texts = match &written.quote {
            Some(quote) => quotes::texts(written, quote, &at, columns)?,
            None => texts(written, &at)?,
        };
        let Compiled { rules, slots } = compile(&texts, columns)?;
        shadowed(written, &slots, columns, models, &at)?;
        let mut rules = rules.into_iter();
        let mut next = |present: bool| present.then(|| rules.next()).flatten();
        let long = next(written.long.is_some());
        let short = next(written.short.is_some());
        let flat = next(written.flat.is_some());
        let (size, quote) = match (&written.quote, &written.size) {
            (Some(quote), _) => {
                let (size, quote) = quotes::resolve(written, quote, &mut next, &at)?;
                (size, Some(quote))
            }
            (None, written) => {
                let written = written.as_ref().expect("rules that set a target have a size");
                (size(written, &mut next, &at.get("size"))?, None)
            }
        };
        let order = orders::resolve(written.order.as_ref(), &mut next, &at.get("order"))?;
        let exit = written.exit.as_ref();
        let exit = exit.map(|exit| exits::resolve(exit, &mut next, &at.get("exit"))).transpose()?;
        let ordinal = ordinals.next();
        resolved.push(Resolved {
            trigger: TriggerNode {
                node: Node { name: written.name.as_str().into(), ordinal },
                strategy: number as u16,
                on,
                instruments: instruments.clone(),
                slots: slots.clone(),
            },
            spec: StrategySpec {
                name: written.name.as_str().into(),
                ordinal,
                instruments,
                columns: slots.len() as u32,
                models: models.digests(&slots).map(|text| text.as_str().into()),
                long,
                short,
                flat,
                size,
                order,
                exit,
                quote,
                legs: None,
            },
            written,
            at,
        });
    }
    Ok(resolved)
}

/// Nothing is traded on a model in shadow.
fn shadowed(
    written: &Strategy,
    slots: &[u32],
    columns: &Columns,
    models: &Models,
    at: &Cursor<'_, '_>,
) -> Result<(), JobError> {
    let Some(slot) = slots.iter().find(|slot| models.shadows.contains(slot)) else {
        return Ok(());
    };
    let column = &columns.plans()[*slot as usize].name;
    let why = format!("`{}` reads `{column}`, which is in shadow", written.name);
    Err(at
        .get("name")
        .error(why)
        .label("reads a shadow")
        .help("a model in shadow is only written to readings: remove `shadow` to trade on it"))
}

/// What strategies can wait for.
pub(super) struct Moments<'a> {
    bars: &'a [BarNode],
    /// Does a feature look at news?
    news: bool,
}

impl Resolved<'_> {
    /// Where it is written that it trades an instrument.
    pub fn at_instrument(&self, place: u32) -> Cursor<'_, '_> {
        match self.leg(place) {
            Some(leg) => self.at.get("legs").get(leg),
            None => self.at.get("for"),
        }
    }

    /// How orders in an instrument are placed, and where that is written.
    pub fn order(&self, place: u32) -> (&OrderStyle, Cursor<'_, '_>) {
        let at = self.spec.instruments.iter().position(|instrument| *instrument == place);
        let style = self.spec.order_at(at.expect("it trades it"));
        let own = self.leg(place).map(|leg| self.at.get("legs").get(leg).get("order"));
        let own = own.filter(|at| at.is_there());
        (style, own.unwrap_or_else(|| self.at.get("order")))
    }

    /// The name of the leg in an instrument.
    fn leg(&self, place: u32) -> Option<&str> {
        let of = |leg: &&Leg| self.spec.instruments[usize::from(leg.place)] == place;
        Some(&*self.spec.legs.as_ref()?.legs.iter().find(of)?.name)
    }
}

impl<'a> Moments<'a> {
    /// Those of these bars and features, besides what every job has.
    pub fn new(bars: &'a [BarNode], features: &[FeatureNode]) -> Moments<'a> {
        let news = |node: &FeatureNode| matches!(node.spec, FeatureSpec::Sentiment(_));
        Moments { bars, news: features.iter().any(news) }
    }
}

pub(super) fn trigger(
    on: &TriggerText,
    moments: &Moments<'_>,
    at: &Cursor<'_, '_>,
) -> Result<TriggerOn, JobError> {
    let bars = moments.bars;
    match on {
        TriggerText::Every(timer) if timer.every.0 <= 0 => {
            Err(at.get("every").error("a timer must be longer than nothing").label("zero"))
        }
        TriggerText::Every(timer) => {
            let (every, offset) = (timer.every, timer.offset.unwrap_or_default());
            if offset >= every {
                let error = at.get("offset").error("the offset of a timer is below its span");
                return Err(error.label("not below `every`"));
            }
            Ok(TriggerOn::Every { every, offset })
        }
        TriggerText::Named(name) => match name.as_str() {
            "trade" => Ok(TriggerOn::Trade),
            "quote" => Ok(TriggerOn::Quote),
            "book" => Ok(TriggerOn::Book),
            "funding" => Ok(TriggerOn::Funding),
            "news" if moments.news => Ok(TriggerOn::News),
            "news" => Err(at
                .error("no feature looks at news, so none takes effect")
                .label("nothing to wait for")
                .help(
                    "add\n[features]\nmood = { sentiment = { half_life = \"30m\", embargo = \
                     \"0s\" } }",
                )),
            _ => match bars.iter().position(|bar| &*bar.node.name == name.as_str()) {
                Some(bar) => Ok(TriggerOn::Bar(bar as u16)),
                None => {
                    let names: Vec<&str> =
                        bars.iter().map(|bar| &*bar.node.name).chain(MOMENTS).collect();
                    let help = suggest::help(name, &names, "what can be waited for");
                    let error = at.error(format!("a strategy cannot wait for `{name}`"));
                    Err(error.label("no such bar").help_if(help))
                }
            },
        },
    }
}

/// The instruments that patterns mean, ascending.
fn targets(targets: &Targets, known: &[Known], at: &Cursor<'_, '_>) -> Result<Vec<u32>, JobError> {
    let mut places = Vec::new();
    for (i, pattern) in targets.patterns.iter().enumerate() {
        let at = if targets.is_list { at.get(i) } else { at.clone() };
        let fits = |known: &Known| match pattern.strip_suffix('*') {
            Some("") => true,
            Some(venue) if venue.ends_with(':') => {
                known.instrument.id.venue() == &venue[..venue.len() - 1]
            }
            _ => **known.instrument.id.text() == **pattern,
        };
        let found: Vec<u32> =
            (0..known.len()).filter(|k| fits(&known[*k])).map(|k| k as u32).collect();
        if found.is_empty() {
            let names: Vec<&str> = known.iter().map(|k| &**k.instrument.id.text()).collect();
            return Err(at
                .error(format!("no source supplies `{pattern}`"))
                .label("not in the sources")
                .help_if(suggest::help(pattern, &names, "instruments")));
        }
        if let Some(place) = found.iter().find(|k| known[**k as usize].origin == Origin::Unknown) {
            return Err(unknown_facts(&known[*place as usize].instrument.id, &at));
        }
        places.extend(found);
    }
    places.sort_unstable();
    places.dedup();
    Ok(places)
}

/// The one instrument of this id.
pub(super) fn instrument(id: &str, known: &[Known], at: &Cursor<'_, '_>) -> Result<u32, JobError> {
    let Some(place) = known.iter().position(|known| **known.instrument.id.text() == *id) else {
        let names: Vec<&str> = known.iter().map(|k| &**k.instrument.id.text()).collect();
        return Err(at
            .error(format!("no source supplies `{id}`"))
            .label("not in the sources")
            .help_if(suggest::help(id, &names, "instruments")));
    };
    match known[place].origin {
        Origin::Unknown => Err(unknown_facts(&known[place].instrument.id, at)),
        _ => Ok(place as u32),
    }
}

/// The rules of a size in the order in which they are taken out again.
pub(super) fn size_texts<'a>(size: &'a SizeText, at: &Cursor<'a, 'a>, texts: &mut Vec<Text<'a>>) {
    let SizeText { quantity, notional, distance, .. } = size;
    for (key, rule) in [("quantity", quantity), ("notional", notional), ("distance", distance)] {
        texts.extend(rule.as_ref().map(|RuleText(text)| Text {
            at: at.get(key),
            text,
            kind: Kind::Number,
            of_quote: 0,
        }));
    }
}

/// A strategy's rules in the order in which they are taken out again.
fn texts<'a>(strategy: &'a Strategy, at: &Cursor<'a, 'a>) -> Result<Vec<Text<'a>>, JobError> {
    let mut texts = Vec::new();
    let mut add = |rule: &'a Option<RuleText>, at: Cursor<'a, 'a>, kind| {
        texts.extend(rule.as_ref().map(|RuleText(text)| Text { at, text, kind, of_quote: 0 }));
    };
    add(&strategy.long, at.get("long"), Kind::Truth);
    add(&strategy.short, at.get("short"), Kind::Truth);
    add(&strategy.flat, at.get("flat"), Kind::Truth);
    if let Some(size) = &strategy.size {
        size_texts(size, &at.get("size"), &mut texts);
    }
    for (key, rule) in [("fair", &strategy.fair), ("pull", &strategy.pull)] {
        if rule.is_some() {
            let error = at.get(key).key_error(format!("`{key}` belongs to a strategy that quotes"));
            return Err(error.label("without `quote`").help(format!("add {}", quotes::EXAMPLE)));
        }
    }
    if strategy.long.is_none() && strategy.short.is_none() {
        let help = format!(
            "give it `long` or `short`, as in long = \"fast > slow\", or orders on both sides, as \
             in {}",
            quotes::EXAMPLE
        );
        return Err(at
            .get("name")
            .error(format!("`{}` never wants a position", strategy.name))
            .label("no rule opens one")
            .help(help));
    }
    if strategy.size.is_none() {
        return Err(at
            .get("name")
            .error(format!("`{}` does not say how large a position it wants", strategy.name))
            .label("`size` is needed")
            .help("as in size = { fraction = 0.1 }"));
    }
    if let Some(OrderText::At(order)) = &strategy.order {
        texts.extend(orders::texts(order, &at.get("order"))?);
    }
    if let Some(exit) = &strategy.exit {
        texts.extend(exits::texts(exit, &at.get("exit"))?);
    }
    Ok(texts)
}

/// Gives the next rule if there is one.
pub(super) type Next<'n> = dyn FnMut(bool) -> Option<Rule> + 'n;

/// Is a rule this number or less, whatever the market does?
pub(super) fn is_at_most(rule: &Rule, most: f64) -> bool {
    matches!(rule.parts(), [part] if matches!(part.expr, Expr::Constant(x) if x <= most))
}

pub(super) fn size(
    size: &SizeText,
    next: &mut Next<'_>,
    at: &Cursor<'_, '_>,
) -> Result<Size, JobError> {
    let fraction = |value: f64, key: &str| {
        let fine = value > 0.0 && value <= 100.0;
        let refuse = || at.get(key).error("a fraction of equity is above 0").label("not above 0");
        fine.then_some(value).ok_or_else(refuse)
    };
    let rule = |rule: Option<Rule>, key: &str| {
        let rule = rule.expect("each text has its rule");
        if is_at_most(&rule, 0.0) {
            let message = format!("a {key} is above 0; `short` gives the direction");
            return Err(at.get(key).error(message).label("not above 0"));
        }
        Ok(rule)
    };
    match size {
        SizeText {
            quantity: Some(_),
            notional: None,
            fraction: None,
            risk: None,
            distance: None,
        } => Ok(Size::Quantity(rule(next(true), "quantity")?)),
        SizeText {
            quantity: None,
            notional: Some(_),
            fraction: None,
            risk: None,
            distance: None,
        } => Ok(Size::Notional(rule(next(true), "notional")?)),
        SizeText {
            quantity: None,
            notional: None,
            fraction: Some(f),
            risk: None,
            distance: None,
        } => Ok(Size::Fraction(fraction(*f, "fraction")?)),
        SizeText {
            quantity: None,
            notional: None,
            fraction: None,
            risk: Some(risk),
            distance: Some(_),
        } => {
            let distance = rule(next(true), "distance")?;
            Ok(Size::Risk { fraction: fraction(*risk, "risk")?, distance })
        }
        SizeText { risk: Some(_), distance: None, .. } => Err(at
            .get("risk")
            .key_error("a risk is measured over a price distance")
            .label("`distance` is needed too")
            .help("as in size = { risk = 0.01, distance = \"2 * atr\" }")),
        _ => Err(at
            .error("a size is exactly one of quantity, notional, fraction, and risk with distance")
            .label("not one of them")
            .help("as in size = { fraction = 0.1 }")),
    }
}
