//! What flatters or shapes the result, in plain words: a run prints it before the result.

mod words;

use super::{Context, accounts, instruments::known_instrument, orders};
use crate::spec::raw::Strategy;
use operators::{
    account::AccountSpec,
    execution::{Consumed, ExecutionSpec, FillModel, Latency},
    features::FeatureSpec,
    market::FeatureNode,
    strategy::Size,
};
use pipeline::{
    plan::Plan,
    sources::{
        SourceKind,
        news::{NewsFiles, NewsFormat},
    },
};
use schemas::{Money, instrument::Kind};
use std::collections::{BTreeMap, BTreeSet};

/// All of a plan's assumptions, warnings last.
pub(super) fn of(cx: &Context<'_>, plan: &Plan) -> Vec<String> {
    let mut all = vec![match plan.market.clocks.is_empty() {
        true => "clock: records are ordered, and orders matched, by the time of receipt".to_owned(),
        false => format!(
            "clock: records are ordered by the time of receipt; accounts end {} before the input, \
             because until then it is not known what happened at the venue",
            plan.lag()
        ),
    }];
    for source in &plan.sources {
        if let SourceKind::Synthetic(market) = &source.kind {
            let (venue, seed) = (&market.venue, market.seed);
            all.push(format!(
                "data: the market `{venue}` is made from seed {seed}; none of it happened"
            ));
        }
        if let SourceKind::News(news) = &source.kind {
            all.push(seen(&source.name, news));
        }
    }
    all.extend(plan.market.features.iter().filter_map(mood));
    all.extend(facts(cx, plan));
    for model in &plan.models {
        if let Some(file) = &model.file {
            all.push(format!(
                "model: `{}` is {}, sha256 {}, run by {}",
                model.name,
                file.path.display(),
                file.sha256,
                file.pin
            ));
        }
    }
    for (venue, terms) in venues(plan) {
        all.extend(venue_terms(venue, terms));
        all.push(super::margin::words(venue, terms));
        let spot = |(_, i): (_, &operators::account::AccountInstrument)| {
            i.instrument.kind == Kind::Spot && i.instrument.id.venue() == venue
        };
        all.extend(super::margin::borrow_words(venue, terms, traded(plan).any(spot)));
        let file = cx.spec.execution.get(venue).and_then(|written| written.latency.file.as_ref());
        if let (Some(path), Latency::Logged(log)) = (file, &terms.latency) {
            let (path, digest) = (path.display(), log.digest());
            all.push(format!("latency at {venue}: the log is {path}, digest {digest}"));
        }
    }
    if plan.accounts.iter().any(|a| !a.strategies.is_empty()) {
        all.extend(super::impact::words(&venues(plan)));
        let models: Vec<FillModel> = venues(plan).values().map(|t| t.fill.model).collect();
        if models.iter().any(|model| !model.needs_candles()) {
            all.push(
                "marks: positions are valued at the middle of best bid and ask, without them at \
                 the last trade"
                    .to_owned(),
            );
        }
        if models.iter().any(|model| model.needs_candles()) {
            all.push(
                "marks: where candles fill orders, positions are valued at their closes; the \
                 statistics by bars value what is open at the end at the open of the last one"
                    .to_owned(),
            );
        }
    }
    all.extend(super::markouts::assumptions(cx, plan));
    if traded(plan).any(|(_, i)| i.instrument.kind == Kind::Perpetual) {
        all.push(
            "funding: perpetual swaps pay what funding records say, at their mark price or at what \
             positions are valued at; without such records, nothing"
                .to_owned(),
        );
    }
    if cx.spec.account.is_empty() {
        for account in &plan.accounts {
            let cash: Vec<String> = account
                .cash
                .iter()
                .map(|(c, cash)| format!("{} {c}", short(&cash.to_string())))
                .collect();
            let (name, cash) = (accounts::DEFAULT_NAME, cash.join(", "));
            all.push(format!("account: `{name}` with {cash}, because the job names none"));
        }
    }
    all.extend(limits(cx, plan));
    all.extend(super::indicators::assumptions(cx));
    all.extend(super::exits::assumptions(plan));
    all.extend(super::quotes::assumptions(cx.spec));
    all.extend(super::legs::assumptions(plan));
    let silent = |s: &&Strategy| {
        let mut legs = s.legs.iter().flat_map(|legs| legs.values());
        let by_legs = s.legs.is_some() && legs.all(|leg| leg.order.is_some());
        s.order.is_none() && s.quote.is_none() && !by_legs
    };
    for strategy in cx.spec.strategy.iter().filter(silent) {
        all.push(format!("orders: `{}` orders at market, because it does not say", strategy.name));
    }
    all.extend(warnings(plan).into_iter().map(|warning| format!("warning: {warning}")));
    all
}

/// When the articles of a source count as first seen.
fn seen(name: &str, news: &NewsFiles) -> String {
    let when = match (news.format, news.seen_after) {
        (NewsFormat::Stocknet, _) => "when they were posted".to_owned(),
        (_, None) => "when their file says".to_owned(),
        (_, Some(after)) => format!("when their file says, or {after} after they were published"),
    };
    let fold = news.fold;
    format!("news: articles of {name} are first seen {when}; copies within {fold} are folded")
}

/// How a feature hears of news.
fn mood(node: &FeatureNode) -> Option<String> {
    let FeatureSpec::Sentiment(mood) = &node.spec else { return None };
    let effect = match mood.embargo.0 {
        0 => "when first seen".to_owned(),
        _ => format!("{} after first seen", mood.embargo),
    };
    let own = if mood.words.is_empty() { "" } else { " and words of its own" };
    let copies = match mood.duplicates.0 {
        0 => "copies have it too".to_owned(),
        _ => format!("copies within {} have none", mood.duplicates),
    };
    Some(format!(
        "news: `{}` scores headlines with the lexicon {}{own}, and an article has effect {effect}; \
         {copies}",
        node.node.name, mood.lexicon
    ))
}

/// What in a plan is likely to mislead.
pub fn warnings(plan: &Plan) -> Vec<String> {
    let mut all = Vec::new();
    for (venue, terms) in venues(plan) {
        if terms.latency.is_zero() {
            all.push(format!(
                "latency at {venue} is zero: orders and answers travel in no time, which no venue \
                 offers"
            ));
        }
        if terms.fill.consumed == Consumed::Ignored {
            all.push(format!(
                "orders at {venue} take what the account took already, as often as they come: that \
                 flatters"
            ));
        }
        if terms.fill.model.needs_candles() {
            all.extend(of_candles(venue, terms));
        } else if terms.fill.half_spread == 0.0 && may_lack_quotes(plan) {
            all.push(format!(
                "where {venue} has no quotes, market orders fill at the next trade and pay no \
                 spread: state half_spread"
            ));
        }
    }
    all.extend(super::exits::warnings(plan));
    for model in &plan.models {
        if let Some(why) = &model.absent {
            let name = &model.name;
            all.push(format!("the model `{name}` is not used, its fallback stands in: {why}"));
        }
    }
    for account in &plan.accounts {
        let most = account.risk.position_fraction.map(|f| f.0 as f64 / 1e12);
        for strategy in &account.strategies {
            let sizes = (0..strategy.instruments.len()).map(|place| strategy.size_at(place));
            let fractions = sizes.filter_map(|size| match size {
                Size::Fraction(wanted) => Some(*wanted),
                _ => None,
            });
            let wanted = fractions.fold(0.0, f64::max);
            if let Some(most) = most
                && wanted > most
            {
                all.push(format!(
                    "`{}` wants {wanted} of equity and max_position allows {most}: its orders will \
                     be refused",
                    strategy.name
                ));
            }
        }
    }
    all
}

/// What flatters where candles fill orders.
fn of_candles(venue: &str, terms: &ExecutionSpec) -> Vec<String> {
    let mut all = Vec::new();
    if terms.fill.half_spread == 0.0 {
        all.push(format!("market orders at {venue} fill at the open itself and pay no spread"));
    }
    if terms.latency.median_entry().0 > 0 {
        all.push(format!(
            "an order decided when a candle of {venue} ends takes {} to arrive, so it misses the \
             open of a candle that begins at once and fills at the next",
            terms.latency.entry_words()
        ));
    }
    all
}

fn may_lack_quotes(plan: &Plan) -> bool {
    plan.sources.iter().all(|source| match &source.kind {
        SourceKind::Jsonl { .. }
        | SourceKind::Cryptofeed { .. }
        | SourceKind::Kafka(_)
        | SourceKind::News(_) => true,
        SourceKind::Lake { tables, .. } => {
            !tables.contains(&schemas::Table::Quotes)
                && !tables.contains(&schemas::Table::BookDeltas)
                && !tables.contains(&schemas::Table::BookOrders)
        }
        _ => false,
    })
}

fn traded(
    plan: &Plan,
) -> impl Iterator<Item = (&AccountSpec, &operators::account::AccountInstrument)> {
    plan.accounts.iter().flat_map(|a| a.instruments.iter().map(move |i| (a, i)))
}

fn venues(plan: &Plan) -> BTreeMap<&str, &ExecutionSpec> {
    traded(plan).map(|(_, i)| (i.instrument.id.venue(), &i.execution)).collect()
}

fn facts(cx: &Context<'_>, plan: &Plan) -> Vec<String> {
    let ids: BTreeSet<String> = traded(plan)
        .map(|(_, i)| &i.instrument)
        .filter(|i| {
            let known = known_instrument(&i.id);
            let stated = cx.spec.instruments.contains_key(&**i.id.text());
            !stated && known.is_some_and(|known| known == ***i)
        })
        .map(|i| {
            let (tick, lot) = (i.price(i.tick).to_string(), i.quantity(i.lot).to_string());
            format!("{} (tick {}, lot {})", i.id, short(&tick), short(&lot))
        })
        .collect();
    let list: Vec<String> = ids.into_iter().collect();
    let told = || format!("instruments: facts are those built in: {}", list.join(", "));
    (!list.is_empty()).then(told).into_iter().collect()
}

fn venue_terms(venue: &str, terms: &ExecutionSpec) -> Vec<String> {
    let ExecutionSpec { latency, fees, fill, clock, .. } = terms;
    let half = match fill.half_spread {
        0.0 => "nothing beyond it, as no half_spread is stated".to_owned(),
        half => format!("{half} beyond it"),
    };
    let model = match fill.model {
        FillModel::DisplayedDepth => {
            let parts = if fill.partial { "may be filled in parts" } else { "is filled whole" };
            format!(
                "displayed_depth: an order takes what is displayed{}, and {parts}; a resting \
                 order waits behind what stood at its price, where {}",
                words::taken(fill.consumed),
                words::queue(fill.queue)
            )
        }
        FillModel::NextTrade => {
            "next_trade: a market order fills whole at the next trade, a limit order at its price \
             once a trade goes through it"
                .to_owned()
        }
        model => words::candle_model(model, fill.half_spread),
    };
    let mut all = Vec::new();
    if let Some(clock) = clock {
        all.push(format!("clock of {venue}: {}", words::clock_words(clock)));
    }
    all.extend([
        format!("latency at {venue}: {latency}"),
        format!("fills at {venue}: {model}"),
        format!(
            "fees at {venue}: maker {}, taker {} of notional, as the job states",
            fees.maker, fees.taker
        ),
    ]);
    if let (Some(first), Some(last)) = (fees.tiers.first(), fees.tiers.last()) {
        all.push(format!(
            "fees at {venue} by volume, from {:.0} on, down to maker {}, taker {}: that of the 30 \
             whole days of UTC before, in each settlement currency{}",
            first.volume,
            last.maker,
            last.taker,
            match fees.traded {
                Money::ZERO => String::new(),
                traded => format!("; before the first execution {traded:.0} were traded"),
            }
        ));
    }
    if fees.tiers.iter().map(|tier| tier.maker).chain([fees.maker]).any(|fee| fee.0 < 0) {
        all.push(format!("fees at {venue} below 0 are rebates: the venue pays them"));
    }
    if !fill.model.needs_candles() {
        all.push(format!(
            "without quotes at {venue}: a limit order needs a trade through its price, a market \
             order fills at the next trade and pays {half}"
        ));
    }
    all
}

fn limits(cx: &Context<'_>, plan: &Plan) -> Vec<String> {
    let mut all = Vec::new();
    let active = plan.accounts.iter().find(|a| !a.strategies.is_empty());
    let Some(risk) = active.map(|account| &account.risk) else { return all };
    if let (None, Some(most)) = (&cx.spec.risk.max_position, risk.position_fraction) {
        all.push(format!(
            "risk: a position is at most {most} of equity, because the job does not say"
        ));
    }
    if let (None, Some(stop)) = (&cx.spec.risk.drawdown, risk.drawdown_stop) {
        all.push(format!(
            "risk: a loss of {stop} of the highest equity closes the account for good, because \
             the job does not say"
        ));
    }
    for account in &plan.accounts {
        for strategy in &account.strategies {
            let name = &strategy.name;
            let places = 0..strategy.instruments.len();
            let orders: Vec<_> = places.map(|place| strategy.order_at(place)).collect();
            all.extend(orders::assumptions(name, &orders));
        }
    }
    all
}

/// A decimal without the zeros that say nothing.
pub(in crate::spec) fn short(decimal: &str) -> &str {
    match decimal.contains('.') {
        true => decimal.trim_end_matches('0').trim_end_matches('.'),
        false => decimal,
    }
}
