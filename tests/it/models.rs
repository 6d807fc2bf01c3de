//! Models in jobs: what runs them, what stands in for them, and that nothing depends on batches.

use crate::cli::place::Place;
use std::{fs, path::Path};
use tapeflow::spec::{self, Files, JobError};

const TREND: &str = "demo/trend/1.0.0/model.onnx";

fn registry() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("config/models").display().to_string()
}

/// The example with two instruments, the news of both, and a little longer than its model is valid.
fn example() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("config/model.toml")).unwrap();
    let text = text.replace("\"config/", &format!("\"{}/config/", root.display()));
    text.replace("instruments = 8, minutes = 240", "instruments = 2, minutes = 190")
}

/// The example with this for its first model.
fn with_model(model: &str) -> String {
    let job = example();
    let line = job.lines().find(|line| line.starts_with("trend = { onnx")).unwrap();
    job.replace(line, model)
}

fn plan(job: &str) -> Result<pipeline::plan::Plan, JobError> {
    spec::plan("job.toml".as_ref(), job, &[], Files::MustExist)
}

fn refused(job: &str) -> String {
    let error = plan(job).expect_err("it is refused");
    let help = miette::Diagnostic::help(&error).map(|help| help.to_string());
    format!("{error} {}", help.unwrap_or_default())
}

fn trend(rest: &str) -> String {
    let path = format!("{}/{TREND}", registry());
    format!(
        "trend = {{ onnx = {{ path = {path:?}, on = \"bar_1m\", \
         inputs = [\"rsi\", \"roc\", \"flow\"]{rest} }} }}"
    )
}

#[test]
fn every_row_says_where_its_value_comes_from() {
    let place = Place::new();
    place.write("job.toml", &example());
    let said = place.ok(&["run", "job.toml"]);
    assert!(said.contains("model: `trend` is") && said.contains("sha256"), "{said}");
    assert!(said.contains("trend: ") && said.contains("rows in"), "{said}");
    let count = |of: &str| {
        let query = format!("SELECT count(*) FROM readings WHERE {of}");
        place.value(&query).parse::<u64>().unwrap()
    };
    let late = "ts >= TIMESTAMP '2024-01-01T03:00:00Z'";
    assert!(count("trend_source = 'model'") > 200);
    assert_eq!(count(&format!("trend_source = 'model' AND {late}")), 0);
    assert_eq!(count(&format!("trend_source = 'fallback' AND NOT ({late})")), 0);
    assert!(count(&format!("trend IN (0.4, 0.6) AND {late}")) > 10);
    assert_eq!(count("(trend IS NULL) <> (trend_source IS NULL)"), 0);
    // Sixteen rows of which each needs fourteen bars and the one before.
    assert!(count("trend IS NULL") >= 2 * 29 && count("trees IS NULL") < count("trend IS NULL"));
    assert_eq!(count("abs(\"both\" - 0.7 * trend - 0.3 * trees) > 1e-12"), 0);
    assert_eq!(count("both_disagreement < 0"), 0);
    assert_eq!(place.value("SELECT count(*) FROM signals WHERE model_digest IS NULL"), "0");
    assert_ne!(place.value("SELECT count(*) FROM signals"), "0");
}

#[test]
fn batches_workers_and_restarts_change_nothing() {
    let place = Place::new();
    place.write("job.toml", &example());
    let verdict =
        place.json(&["verify", "job.toml", "--workers", "1,2,4", "--cuts", "1", "--json"]);
    assert_eq!(verdict["ok"], true, "{verdict}");
}

#[test]
fn a_model_that_is_missing_or_wrong_gives_way_to_its_rule() {
    let rule = ", fallback = \"0.5\"";
    let absent = "trend = { onnx = { path = \"none.onnx\", on = \"bar_1m\", inputs = [\"rsi\"]";
    for (model, why) in [
        (format!("{absent}{rule} }} }}"), "cannot read none.onnx"),
        (trend(&format!("{rule}, sha256 = \"00\"")), "not 00"),
        (trend(&format!("{rule}, rows = 5")), "no sequence of 5 rows"),
        (trend(&format!("{rule}, backend = \"trees\"")), "no ensemble of trees"),
        (trend(rule).replace(", \"flow\"", ""), "does not take 2 columns"),
    ] {
        let plan = plan(&with_model(&model)).unwrap_or_else(|e| panic!("{e}"));
        let trend = plan.models.iter().find(|m| &*m.name == "trend").unwrap();
        let absent = trend.absent.as_ref().unwrap_or_else(|| panic!("{model}"));
        assert!(absent.contains(why), "{absent}");
        let warns = |line: &String| line.contains("`trend` is not used") && line.contains(why);
        assert!(plan.assumptions.iter().any(warns), "{:?}", plan.assumptions);
        let error = refused(&with_model(&model.replace(rule, "")));
        assert!(error.contains(why) && error.contains("state a fallback"), "{error}");
    }
}

#[test]
fn what_no_model_can_be_is_refused() {
    let error = |from: &str, to: &str| {
        let job = example();
        assert!(job.contains(from), "{from}");
        refused(&job.replace(from, to))
    };
    let shadow = error("\"trend > 0.6 AND", "\"trees > 0.6 AND");
    assert!(shadow.contains("`trees`, which is in shadow"), "{shadow}");
    let shadow = error("0.3], shadow = true", "0.3]");
    assert!(shadow.contains("`trees` is in shadow, and `both` is not"), "{shadow}");
    let other = error("[\"trend\", \"trees\"]", "[\"trend\", \"tree\"]");
    assert!(other.contains("no model `tree`") && other.contains("trees"), "{other}");
    let weights = error("[0.7, 0.3]", "[0.7]");
    assert!(weights.contains("one weight for each model"), "{weights}");
    let column = error("\"roc\", \"flow\"], fallback", "\"rok\", \"flow\"], fallback");
    assert!(column.contains("no column `rok`") && column.contains("`roc`"), "{column}");
    let model = error("\"roc\", \"flow\"], fallback", "\"trees\", \"flow\"], fallback");
    assert!(model.contains("a model cannot read another"), "{model}");
    let on = error("\"1.0.0\", on = \"bar_1m\"", "\"1.0.0\", on = \"bar\"");
    assert!(on.contains("cannot wait for `bar`"), "{on}");
}

#[test]
fn the_digest_is_of_the_bytes_and_not_of_their_place() {
    let digest = |job: &str| plan(job).unwrap().digest();
    let there = digest(&with_model(&trend("")));
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = folder.path().join("other.onnx");
    let mut bytes = fs::read(Path::new(&registry()).join(TREND)).unwrap();
    fs::write(&elsewhere, &bytes).unwrap();
    let original = format!("{:?}", format!("{}/{TREND}", registry()));
    let moved = trend("").replace(&original, &format!("{elsewhere:?}"));
    assert_eq!(digest(&with_model(&moved)), there);
    // The name of its graph: the same numbers, other bytes.
    let at = bytes.windows(7).position(|name| name == b"example").unwrap();
    bytes[at] = b'E';
    fs::write(&elsewhere, &bytes).unwrap();
    assert_ne!(digest(&with_model(&moved)), there);
}

/// The model with more entries in its metadata; a field of it may stand anywhere in the file.
fn with_metadata(model: &str, entries: &[(&str, &str)]) -> Vec<u8> {
    let mut bytes = fs::read(Path::new(&registry()).join(model)).unwrap();
    for (key, value) in entries {
        let entry = [&[0x0a, key.len() as u8], key.as_bytes(), &[0x12, value.len() as u8]].concat();
        bytes.extend([0x72, (entry.len() + value.len()) as u8]);
        bytes.extend(entry);
        bytes.extend(value.as_bytes());
    }
    bytes
}

#[test]
fn a_model_s_file_says_how_its_columns_are_scaled() {
    let place = Place::new();
    let golden = format!("{}/{TREND}", registry()).replace("model.onnx", "golden.json");
    let check = |std: &str| {
        let entries = [("tapeflow.scale.mean", "[0, 0, 0]"), ("tapeflow.scale.std", std)];
        let path = place.path("scaled.onnx");
        fs::write(&path, with_metadata(TREND, &entries)).unwrap();
        let said = place.say(&["model", "check", "scaled.onnx", "--golden", &golden]);
        let in_job = plan(&with_model(&format!(
            "trend = {{ onnx = {{ path = {path:?}, golden = {golden:?}, on = \"bar_1m\", \
             inputs = [\"rsi\", \"roc\", \"flow\"] }} }}"
        )));
        (said, in_job.map(|_| ()).map_err(|error| error.to_string()))
    };
    let (said, in_job) = check("[1, 1, 1]");
    assert!(said.code == 0 && said.out.contains("std      1, 1, 1"), "{}", said.out);
    assert_eq!(in_job, Ok(()));
    // Golden rows are columns before they are scaled.
    let (said, in_job) = check("[1, 2, 1]");
    assert!(said.code == 1 && said.out.contains("the golden outputs"), "{}", said.out);
    assert!(in_job.unwrap_err().contains("the golden outputs"));
    for wrong in ["[1, 0, 1]", "[1, 1]"] {
        let (said, in_job) = check(wrong);
        assert!(said.code == 1 && said.out.contains("tapeflow.scale.std"), "{}", said.out);
        assert!(in_job.unwrap_err().contains("tapeflow.scale.std"));
    }
}

#[test]
fn a_model_is_checked_by_hand() {
    let place = Place::new();
    let model = format!("{}/{TREND}", registry());
    let golden = model.replace("model.onnx", "golden.json");
    let checked = place.json(&["model", "check", &model, "--golden", &golden, "--json"]);
    assert_eq!(checked["operators"]["LSTM"], 1);
    assert_eq!(checked["inputs"][0]["shape"], serde_json::json!(["batch", 16, 3]));
    let backends = checked["backends"].as_array().unwrap();
    let rten = backends.iter().find(|tried| tried["backend"] == "rten").unwrap();
    assert_eq!((&rten["error"], &rten["batching"]), (&serde_json::Value::Null, &"together".into()));
    assert!(rten["golden"].as_f64().unwrap() < 1e-5 && rten["seconds"]["512"].as_f64().is_some());
    let trees = model.replace("trend", "trees");
    let said = place.ok(&["model", "check", &trees]);
    assert!(said.contains("trees 0.1.0: yes, chosen") && said.contains("rten: no."), "{said}");
    place.write("none.onnx", "no model");
    assert_eq!(place.say(&["model", "check", "none.onnx"]).code, 2);
    // A wrong golden row: nothing passes.
    let text = fs::read_to_string(&golden).unwrap().replace("\"up\": [[0.", "\"up\": [[7.");
    place.write("golden.json", &text);
    let said = place.say(&["model", "check", &model, "--golden", "golden.json"]);
    assert!(
        said.code == 1 && said.out.contains("does not give the golden outputs"),
        "{}",
        said.out
    );
}
