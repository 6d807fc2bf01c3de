//! The JSON Schema of a job file, from the types that read it.

use super::JobSpec;
use operators::{
    bars::{BarKind, BarOn},
    execution::{Consumed, FillModel, QueueModel},
    features::FeatureSpec,
    indicators::{BAR_COLUMNS as INDICATOR_COLUMNS, IndicatorSpec, Input, Parameter},
};
use schemars::{Schema, SchemaGenerator, generate::SchemaSettings, json_schema};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The JSON Schema of job files; an editor that knows TOML schemas completes and checks with it.
pub fn job_schema() -> Value {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let mut schema = generator.into_root_schema_for::<JobSpec>();
    schema.insert("title".to_owned(), "tapeflow job".into());
    schema.to_value()
}

/// A length of event time.
pub(super) fn span(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "description": "a span of time: a whole number and ns, us, ms, s, m, h or d",
        "type": "string", "pattern": "^[0-9]+(ns|us|ms|s|m|h|d)$"
    })
}

/// Lengths of event time.
pub(super) fn spans(generator: &mut SchemaGenerator) -> Schema {
    let span = span(generator);
    json_schema!({ "type": "array", "items": span })
}

/// A size in memory.
pub(super) fn bytes(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "description": "a size: a whole number and kB, MB or GB",
        "type": "string", "pattern": "^[0-9]+(kB|MB|GB)$"
    })
}

/// What runs a model.
pub(super) fn backend(_: &mut SchemaGenerator) -> Schema {
    let backends = pipeline::models::Backend::ALL.map(|backend| backend.to_string());
    json_schema!({ "description": "what runs the model", "enum": backends })
}

/// Models of execution.
pub(super) fn fill_model(_: &mut SchemaGenerator) -> Schema {
    let models: Vec<&str> = FillModel::ALL.iter().map(|model| model.as_str()).collect();
    json_schema!({ "description": "what decides executions", "enum": models })
}

/// Models of a queue.
pub(super) fn queue_model(_: &mut SchemaGenerator) -> Schema {
    let (with, without): (Vec<QueueModel>, Vec<QueueModel>) =
        QueueModel::ALL.into_iter().partition(|model| model.power().is_some());
    let without: Vec<&str> = without.into_iter().map(QueueModel::name).collect();
    let power = json!({ "type": "number", "exclusiveMinimum": 0 });
    let with = with.into_iter().map(|model| object(json!({ (model.name()): power })));
    let kinds = std::iter::once(json!({ "enum": without })).chain(with);
    json_schema!({
        "description": "how a resting order advances among those at its price",
        "anyOf": kinds.collect::<Vec<Value>>()
    })
}

/// When what was taken is there again.
pub(super) fn consumed(generator: &mut SchemaGenerator) -> Schema {
    let plain = Consumed::ALL.into_iter().filter(|model| !matches!(model, Consumed::HalfLife(_)));
    let plain: Vec<&str> = plain.map(Consumed::name).collect();
    let half_life = object(json!({ "half_life": span(generator) }));
    json_schema!({
        "description": "when what the account took of what is displayed is there again",
        "anyOf": [{ "enum": plain }, half_life]
    })
}

/// A table of bars by name.
pub(super) fn bars(generator: &mut SchemaGenerator) -> Schema {
    let every = span(generator);
    let parameters = object(json!({
        "every": every,
        "clock": { "description": "which clock cuts", "enum": ["receive", "exchange"] },
        "on": { "description": BarOn::TEXT, "type": "string", "default": "trades" },
        "empty": {
            "description": "what becomes of a span in which nothing came",
            "enum": ["skip", "carry"], "default": "skip"
        }
    }));
    let mut kinds = vec![kind("time", "Bars over equal spans of time.", parameters)];
    kinds.extend(BarKind::CATALOGUE.iter().map(|entry| {
        let members = entry.parameters.iter();
        let members: Map<String, Value> =
            members.map(|p| (p.name.to_owned(), parameter_schema(p))).collect();
        kind(entry.kind, entry.doc, object(Value::Object(members)))
    }));
    named("bars by name", kinds)
}

/// A table of features by name.
pub(super) fn features(generator: &mut SchemaGenerator) -> Schema {
    let whole = |doc: &str| json!({ "description": doc, "type": "integer" });
    let count = |doc: &str| {
        let mut schema = whole(doc);
        (schema["minimum"], schema["maximum"]) = (1.into(), 65535.into());
        schema
    };
    let book = object(json!({ "levels": count("levels of each side that count") }));
    let flow = object(json!({ "trades": count("trades that count") }));
    let mut kinds = vec![
        kind("book_imbalance", "(bid - ask) / (bid + ask) quantity of the best levels.", book),
        kind("trade_imbalance", "(bought - sold) / (bought + sold) over the last trades.", flow),
        kind("sentiment", "Mood of the news, fading with time.", sentiment(generator)),
    ];
    kinds.extend(FeatureSpec::running_kinds().iter().map(|entry| {
        let members = entry.parameters.iter();
        let members: Map<String, Value> =
            members.map(|p| (p.name.to_owned(), parameter_schema(p))).collect();
        kind(entry.kind, entry.doc, object(Value::Object(members)))
    }));
    named("features by name", kinds)
}

/// The parameters of a feature of sentiment.
fn sentiment(generator: &mut SchemaGenerator) -> Value {
    let time = |generator: &mut SchemaGenerator, doc: &str| {
        let mut schema = span(generator).to_value();
        schema["description"] = doc.into();
        schema
    };
    let mut schema = object(json!({
        "half_life": time(generator, "after this time an article counts half"),
        "embargo": time(generator, "an article has no effect until so long after first seen"),
    }));
    let duplicates =
        time(generator, "copies within this time have no effect; 1d if it does not say");
    let members = &mut schema["properties"];
    members["duplicates"] = duplicates;
    members["lexicon"] = json!({
        "description": "finance, vader, or a file of words; finance if it does not say",
        "type": "string"
    });
    let strength = json!({ "type": "number", "minimum": -4, "maximum": 4 });
    members["words"] = json!({
        "description": "own words with their strength, laid over those of the lexicon",
        "type": "array",
        "items": { "prefixItems": [{ "type": "string" }, strength], "items": false, "minItems": 2 }
    });
    schema
}

/// A table of indicators by name.
pub(super) fn indicators(_: &mut SchemaGenerator) -> Schema {
    let inputs: BTreeMap<&str, IndicatorSpec> =
        IndicatorSpec::examples().into_iter().map(|spec| (spec.kind(), spec)).collect();
    let each = IndicatorSpec::kinds().iter().map(|entry| {
        let mut members = Map::new();
        for parameter in entry.parameters {
            members.insert(parameter.name.to_owned(), parameter_schema(parameter));
            if let Some(theirs) = entry.talib_name(parameter) {
                let mut schema = parameter_schema(parameter);
                schema["description"] = format!("TA-Lib's name of {}", parameter.name).into();
                members.insert(theirs.to_owned(), schema);
            }
        }
        let on = "a bar, a column of it as in bar_1m.close, trade.price, trade.quantity, a column \
                  of another indicator, or with `at` any column; with an instrument before it, as \
                  in binance:BTCUSDT.mid, that of the instrument";
        let name = json!({ "description": on, "type": "string" });
        let spec = &inputs[entry.kind];
        let on = match spec.indicator().input() {
            Input::Value => name,
            Input::Pair => json!({
                "description": format!("two columns: {on}"),
                "type": "array", "items": { "type": "string" }, "minItems": 2, "maxItems": 2,
            }),
            Input::Bar => {
                let columns = spec.reads().into_iter().map(|place| INDICATOR_COLUMNS[place]);
                let columns: Map<_, _> = columns
                    .map(|column| (column.to_owned(), json!({ "type": "string" })))
                    .collect();
                let required: Vec<&String> = columns.keys().collect();
                let columns = json!({
                    "description": "columns that stand for those of a bar", "type": "object",
                    "required": required, "properties": columns, "additionalProperties": false,
                });
                json!({ "anyOf": [name, columns] })
            }
        };
        members.insert("on".to_owned(), on);
        let at = "when it steps, if what it reads does not say: a bar or trade";
        members.insert("at".to_owned(), json!({ "description": at, "type": "string" }));
        kind(entry.kind, entry.doc, object(Value::Object(members)))
    });
    named("indicators by name", each.collect())
}

/// `whole number from 1 to 65535`, `number from 0 to 1e9`, `one of sma, ema`
fn parameter_schema(parameter: &Parameter) -> Value {
    let bounds = parameter.type_text.split_once(" from ").and_then(|(_, range)| {
        let (least, most) = range.split_once(" to ")?;
        Some((least.parse::<f64>().ok()?, most.parse::<f64>().ok()?))
    });
    let whole = parameter.type_text.starts_with("whole");
    if let Some(words) = parameter.type_text.strip_prefix("one of ") {
        let words: Vec<&str> = words.split(", ").collect();
        let mut schema = json!({
            "description": parameter.doc, "type": "string", "enum": words,
        });
        if let Some(default) = parameter.default {
            schema["default"] = default.into();
        }
        return schema;
    }
    if let Some(mut schema) = text_schema(parameter.type_text) {
        schema["description"] = parameter.doc.into();
        if let Some(default) = parameter.default {
            schema["default"] = default.into();
        }
        return schema;
    }
    let mut schema = json!({
        "description": parameter.doc,
        "type": if whole { "integer" } else { "number" },
    });
    if let Some((least, most)) = bounds {
        schema["minimum"] = if whole { json!(least as i64) } else { json!(least) };
        schema["maximum"] = if whole { json!(most as i64) } else { json!(most) };
    }
    if let Some(default) = parameter.default.and_then(|text| text.parse::<f64>().ok()) {
        schema["default"] = if whole { json!(default as i64) } else { json!(default) };
    }
    schema
}

/// `span of time above 0`, `decimal above 0 as text`
fn text_schema(type_text: &str) -> Option<Value> {
    let pattern = match type_text.split(' ').next()? {
        "span" => "^[0-9]+(ns|us|ms|s|m|h|d)$",
        "decimal" => "^[0-9]*\\.?[0-9]*$",
        "trades," => ".*",
        _ => return None,
    };
    Some(json!({ "type": "string", "pattern": pattern }))
}

/// An object that has exactly these members; those with a default may be left out.
fn object(members: Value) -> Value {
    let all = members.as_object().into_iter().flatten();
    let needed = all.filter(|(_, schema)| schema.get("default").is_none());
    let required: Vec<String> = needed.map(|(name, _)| name.clone()).collect();
    json!({
        "type": "object", "properties": members, "required": required,
        "additionalProperties": false
    })
}

/// An object with one member, the kind.
fn kind(name: &str, doc: &str, parameters: Value) -> Value {
    let mut schema = object(json!({ name: parameters }));
    schema["description"] = doc.into();
    schema
}

fn named(doc: &str, kinds: Vec<Value>) -> Schema {
    json_schema!({
        "description": doc, "type": "object", "additionalProperties": { "oneOf": kinds }
    })
}
