//! Models as written.

use super::{Moment, RuleText};
use crate::spec::schema;
use pipeline::models::Backend;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use schemas::Span;
use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
};
use std::{borrow::Cow, collections::BTreeMap, fmt, num::NonZeroU32, path::PathBuf};

/// A model: exactly one kind.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ModelText {
    /// An ONNX file.
    Onnx(Box<OnnxText>),
    /// The weighted mean of other models.
    Ensemble(EnsembleText),
}

/// An ONNX file, named by `path` or by `registry`, `model` and `version`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with `path`, `on` and `inputs`")]
pub struct OnnxText {
    /// The file.
    pub path: Option<PathBuf>,
    /// A folder of models: the file is `REGISTRY/MODEL/VERSION/model.onnx`.
    pub registry: Option<PathBuf>,
    /// Its name in the registry.
    pub model: Option<String>,
    /// Its version in the registry.
    pub version: Option<String>,
    /// What it must have, in hexadecimal digits: another file is not used.
    pub sha256: Option<String>,
    /// When it is asked: the name of a bar, or `trade`.
    pub on: String,
    /// Columns, for its only input; or a table of columns by the input's name.
    pub inputs: InputsText,
    /// Rows that a sequence has, where the model leaves that open.
    pub rows: Option<NonZeroU32>,
    /// Names of its numbers, as columns NAME_…; those of the model if it does not say.
    #[serde(default)]
    pub outputs: Vec<String>,
    /// What stands in where the model is missing, expired, fails its golden rows or fails: a rule,
    /// or one for each output. Without it the job stops.
    pub fallback: Option<FallbackText>,
    /// Golden rows; `golden.json` beside the file if it does not say and that is there.
    pub golden: Option<PathBuf>,
    /// The only backend that may run it: `trees`, `ort` or `rten`.
    #[schemars(schema_with = "schema::backend")]
    pub backend: Option<Backend>,
    /// From this event time on the fallback stands in.
    pub expires: Option<Moment>,
    /// The longest that one call should take.
    #[schemars(schema_with = "schema::span")]
    #[serde(default)]
    pub budget: Option<Span>,
    /// It is computed and written, and no rule may read it.
    #[serde(default)]
    pub shadow: bool,
}

/// Several models as one.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with `of`")]
pub struct EnsembleText {
    /// Models with the same `on`; of each the first output counts.
    pub of: Vec<String>,
    /// Their weights, as parts of their sum; equal if it does not say.
    #[serde(default)]
    pub weights: Vec<f64>,
    /// It is computed and written, and no rule may read it.
    #[serde(default)]
    pub shadow: bool,
}

/// Where models are run.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a table with `onnxruntime`")]
pub struct ModelSection {
    /// The library of ONNX Runtime; `ORT_DYLIB_PATH` goes before it.
    pub onnxruntime: Option<PathBuf>,
}

/// Columns of a model's inputs.
#[derive(Debug, Clone, PartialEq)]
pub enum InputsText {
    /// Of the only input.
    One(Vec<String>),
    /// By the input's name.
    Named(BTreeMap<String, Vec<String>>),
}

/// What stands in for a model.
#[derive(Debug, Clone, PartialEq)]
pub enum FallbackText {
    /// For its only output.
    One(RuleText),
    /// By the output's name.
    Named(BTreeMap<String, RuleText>),
}

struct InputsVisitor;

impl<'de> Visitor<'de> for InputsVisitor {
    type Value = InputsText;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("columns, as in [\"fast\", \"slow\"], or { input = [\"fast\"] }")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<InputsText, A::Error> {
        let mut columns = Vec::new();
        while let Some(column) = list.next_element()? {
            columns.push(column);
        }
        Ok(InputsText::One(columns))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<InputsText, A::Error> {
        let mut named = BTreeMap::new();
        while let Some((name, columns)) = map.next_entry()? {
            named.insert(name, columns);
        }
        Ok(InputsText::Named(named))
    }
}

struct FallbackVisitor;

impl<'de> Visitor<'de> for FallbackVisitor {
    type Value = FallbackText;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a rule, as in \"signum(fast - slow)\", or { output = \"0.5\" }")
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<FallbackText, E> {
        Ok(FallbackText::One(RuleText(text.to_owned())))
    }
    fn visit_i64<E: Error>(self, value: i64) -> Result<FallbackText, E> {
        self.visit_str(&value.to_string())
    }
    fn visit_f64<E: Error>(self, value: f64) -> Result<FallbackText, E> {
        self.visit_str(&value.to_string())
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<FallbackText, A::Error> {
        let mut named = BTreeMap::new();
        while let Some((name, rule)) = map.next_entry()? {
            named.insert(name, rule);
        }
        Ok(FallbackText::Named(named))
    }
}

impl<'de> Deserialize<'de> for InputsText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<InputsText, D::Error> {
        deserializer.deserialize_any(InputsVisitor)
    }
}
impl<'de> Deserialize<'de> for FallbackText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<FallbackText, D::Error> {
        deserializer.deserialize_any(FallbackVisitor)
    }
}
impl JsonSchema for InputsText {
    fn schema_name() -> Cow<'static, str> {
        "ModelInputs".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let columns = json_schema!({ "type": "array", "items": { "type": "string" } });
        let named = json_schema!({ "type": "object", "additionalProperties": columns.clone() });
        json_schema!({ "description": "columns of its inputs", "anyOf": [columns, named] })
    }
}
impl JsonSchema for FallbackText {
    fn schema_name() -> Cow<'static, str> {
        "Fallback".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let rule = generator.subschema_for::<RuleText>();
        let named = json_schema!({ "type": "object", "additionalProperties": rule.clone() });
        json_schema!({ "description": "what stands in", "anyOf": [rule, named] })
    }
}
