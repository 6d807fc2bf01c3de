//! Features as the catalogue tells of them.

use super::{CatalogueEntry, Described, Group, described, entry};
use crate::spec::resolve::given;
use operators::{
    bars::BarTrade,
    features::{FeatureOutput, FeatureSpec, Scales},
    market::Top,
};
use schemas::{EventTime, Span};

/// Those whose value is looked up.
pub(super) fn looked_up() -> impl Iterator<Item = CatalogueEntry> {
    FeatureSpec::CATALOGUE.iter().map(|about| {
        let example = format!("{}_1 = {{ {} = {} }}", about.kind, about.kind, about.example);
        let mut entry = entry(Group::Feature, about.kind, about.doc, example);
        let parameter = |[name, values, doc]: &[&str; 3]| Described::new(name, values, doc);
        entry.parameters = about.parameters.iter().map(parameter).collect();
        let output = |o: &FeatureOutput| {
            let name = format!("{}_1.{}", about.kind, o.suffix);
            Described::new(name.trim_end_matches('.'), o.unit, o.doc)
        };
        entry.outputs = about.outputs.iter().map(output).collect();
        entry.formula = Some(about.formula.to_owned());
        entry.convention = Some(about.convention.to_owned());
        entry.warm_up = Some(about.warm_up.to_owned());
        entry.cost = Some(about.cost.to_owned());
        entry.state = Some(about.state.to_owned());
        entry.source = Some(about.source.to_owned());
        entry
    })
}

/// Those that run.
pub(super) fn running() -> impl Iterator<Item = CatalogueEntry> {
    FeatureSpec::running_kinds().iter().map(|about| {
        let examples = FeatureSpec::examples();
        let kind_of = |spec: &&FeatureSpec| spec.running().is_some_and(|f| f.kind() == about.kind);
        let example = examples.iter().find(kind_of).expect("every kind has examples");
        let unit = example.running().map_or("", |feature| feature.unit());
        let given: Vec<String> =
            given(example).into_iter().map(|(key, value)| format!("{key} = {value}")).collect();
        let text = format!("{0}_1 = {{ {0} = {{ {1} }} }}", about.kind, given.join(", "));
        CatalogueEntry {
            title: about.title.to_owned(),
            formula: Some(about.formula.to_owned()),
            convention: Some(about.convention.to_owned()),
            warm_up: Some(about.warm_up.to_owned()),
            cost: Some(about.cost.to_owned()),
            state: Some(feature_bytes(example)),
            source: Some(about.source.to_owned()),
            parameters: about.parameters.iter().map(|p| described(p, None)).collect(),
            outputs: vec![Described::new(&format!("{}_1", about.kind), unit, about.doc)],
            ..entry(Group::Feature, about.kind, about.doc, text)
        }
    })
}

/// Bytes that a checkpoint holds of a feature for each instrument.
fn feature_bytes(spec: &FeatureSpec) -> String {
    let feature = spec.running().expect("one of those that run");
    let scales = Scales { price: 2, quantity: 3 };
    let mut state = feature.start(scales);
    for second in 0..1_000 {
        let at = EventTime(second * Span::SECOND.0);
        let price = 10_000 + second % 10;
        let top =
            Top { bid: price, bid_quantity: 9, ask: price + 1, ask_quantity: 9, update_id: 0 };
        state.trades(&[(at, BarTrade { price, quantity: 7, side: 1, tainted: false })]);
        state.quote(at, &top);
        state.value(at);
    }
    format!("{} bytes in the example with a record a second", state.snapshot().len())
}
