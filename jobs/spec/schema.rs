//! The JSON Schema of a job file, from the types that read it.

use super::JobSpec;
use operators::{
    execution::FillModel,
    indicators::{IndicatorSpec, Parameter},
};
use schemars::{Schema, SchemaGenerator, generate::SchemaSettings, json_schema};
use serde_json::{Map, Value, json};

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

/// A table of bars by name.
pub(super) fn bars(generator: &mut SchemaGenerator) -> Schema {
    let every = span(generator);
    let parameters = object(json!({
        "every": every,
        "clock": { "description": "which clock cuts", "enum": ["receive", "exchange"] }
    }));
    named("bars by name", vec![kind("time", "Bars over equal spans of time.", parameters)])
}

/// A table of features by name.
pub(super) fn features(_: &mut SchemaGenerator) -> Schema {
    let whole = |doc: &str| json!({ "description": doc, "type": "integer" });
    let count = |doc: &str| {
        let mut schema = whole(doc);
        (schema["minimum"], schema["maximum"]) = (1.into(), 65535.into());
        schema
    };
    let book = object(json!({ "levels": count("levels of each side that count") }));
    let flow = object(json!({ "trades": count("trades that count") }));
    let kinds = vec![
        kind("book_imbalance", "(bid - ask) / (bid + ask) quantity of the best levels.", book),
        kind("trade_imbalance", "(bought - sold) / (bought + sold) over the last trades.", flow),
    ];
    named("features by name", kinds)
}

/// A table of indicators by name.
pub(super) fn indicators(_: &mut SchemaGenerator) -> Schema {
    let each = IndicatorSpec::kinds().iter().map(|entry| {
        let mut members = Map::new();
        for parameter in entry.parameters {
            members.insert(parameter.name.to_owned(), parameter_schema(parameter));
        }
        let on = "a bar, a column of it as in bar_1m.close, trade.price, trade.quantity, or a \
                  column of another indicator";
        members.insert("on".to_owned(), json!({ "description": on, "type": "string" }));
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
        return json!({
            "description": parameter.doc, "type": "string", "enum": words,
            "default": parameter.default,
        });
    }
    let mut schema = json!({
        "description": parameter.doc,
        "type": if whole { "integer" } else { "number" },
    });
    if let Some((least, most)) = bounds {
        schema["minimum"] = if whole { json!(least as i64) } else { json!(least) };
        schema["maximum"] = if whole { json!(most as i64) } else { json!(most) };
    }
    if let Some(default) = parameter.default.and_then(|text| text.parse::<i64>().ok()) {
        schema["default"] = default.into();
    }
    schema
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
