//! Models against recorded outputs, with every backend that is here. `ORT_DYLIB_PATH` names the
//! library of ONNX Runtime, and `TAPEFLOW_REQUIRE_ORT=1` makes its absence a failure.

#[path = "shared/mod.rs"]
mod shared;

use operators::models::{Batched, Batching, Element, Tensor, Values};
use pipeline::models::{Backend, Graph, OpenOptions, load, open};
use rten_onnx::{
    onnx::{DataType, TensorProto},
    protobuf::{DecodeMessage, ValueReader},
};
use serde_json::Value;
use std::{fs, path::Path};

/// Rows of every recording.
const ROWS: usize = 512;

fn has_ort() -> bool {
    let here = pipeline::models::library(None).is_some();
    let required = std::env::var_os("TAPEFLOW_REQUIRE_ORT").is_some_and(|value| value == "1");
    assert!(here || !required, "ONNX Runtime is required and absent: set ORT_DYLIB_PATH");
    if !here {
        eprintln!("SKIPPED: ONNX Runtime is absent; set ORT_DYLIB_PATH to its library");
    }
    here
}

/// A recorded model.
struct Family {
    name: String,
    bytes: Vec<u8>,
    inputs: Vec<Tensor>,
    outputs: Vec<(String, Tensor)>,
}

fn raw(path: &Path, port: &Value) -> Tensor {
    let bytes = fs::read(path).unwrap();
    let shape = port["shape"].as_array().unwrap().iter();
    let shape = shape.map(|n| n.as_u64().unwrap() as usize).collect();
    let values = match port["dtype"].as_str().unwrap() {
        "float32" => {
            let all = bytes.chunks_exact(4);
            Values::F32(all.map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect())
        }
        "int64" => {
            let all = bytes.chunks_exact(8);
            Values::I64(all.map(|b| i64::from_le_bytes(b.try_into().unwrap())).collect())
        }
        other => panic!("{other}"),
    };
    Tensor::new(shape, values)
}

/// The recorded models; none, with a message, where they are not.
fn families() -> Vec<Family> {
    let Some(manifest) = shared::shared_file("onnx_models/manifest.json") else {
        return Vec::new();
    };
    let folder = manifest.parent().unwrap();
    let mut all = Vec::new();
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    paths.sort();
    let listed: Value = serde_json::from_slice(&fs::read(&manifest).unwrap()).unwrap();
    for path in paths.iter().filter(|path| path.extension().is_some_and(|e| e == "onnx")) {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let mut listed = listed.as_array().unwrap().iter();
        // A real export that the list leaves out: its shapes are those of the other trees.
        let own = serde_json::json!({
            "inputs": [{ "name": "x", "dtype": "float32", "shape": [ROWS, 16] }],
            "outputs": [{ "name": "variable", "dtype": "float32", "shape": [ROWS, 1] }],
        });
        let entry = listed.find(|entry| entry["name"] == name).unwrap_or(&own);
        let read = |way: &str, port: &Value| {
            let port_name = port["name"].as_str().unwrap();
            raw(&folder.join(format!("{name}.{way}.{port_name}.bin")), port)
        };
        let inputs = entry["inputs"].as_array().unwrap().iter();
        let outputs = entry["outputs"].as_array().unwrap().iter();
        all.push(Family {
            name: name.to_owned(),
            bytes: fs::read(path).unwrap(),
            inputs: inputs.map(|port| read("in", port)).collect(),
            outputs: outputs
                .map(|port| (port["name"].as_str().unwrap().to_owned(), read("out", port)))
                .collect(),
        });
    }
    assert_eq!(all.len(), 12);
    all
}

fn off(found: &Tensor, expected: &Tensor) -> f64 {
    assert_eq!(found.values().len(), expected.values().len());
    let pairs = 0..found.values().len();
    pairs
        .map(|i| (found.values().number(i) - expected.values().number(i)).abs())
        .fold(0.0, f64::max)
}

/// The greatest difference to the recorded outputs.
fn worst(family: &Family, graph: &Graph, model: &mut Batched) -> f64 {
    let found = model.run(&family.inputs).unwrap();
    let of = |name: &str| graph.outputs.iter().position(|port| port.name == name).unwrap();
    family
        .outputs
        .iter()
        .map(|(name, expected)| off(&found[of(name)], expected))
        .fold(0.0, f64::max)
}

#[test]
fn recorded_outputs_are_met() {
    let backends = if has_ort() { &Backend::ALL[..] } else { &[Backend::Trees, Backend::Rten] };
    for family in families() {
        let graph = Graph::parse(&family.bytes).unwrap();
        let trees = family.name.contains("gbt") || family.name.contains("lgbm");
        let mut ran = 0;
        for backend in backends {
            let options = OpenOptions { backend: Some(*backend), ..OpenOptions::default() };
            let opened = match open(&graph, &family.bytes, &options) {
                Ok(opened) => opened,
                Err(error) => {
                    eprintln!("{} {backend}: {error}", family.name);
                    continue;
                }
            };
            let mut model = opened.model;
            if graph.is_quantised_by_batch() {
                // Its reference is one batch; here no row sees another.
                assert_eq!(model.batching(), Batching::OneByOne);
                let (raw, _) = load(*backend, &graph, &family.bytes, None).unwrap();
                model = Batched::new(raw, Batching::Together);
            } else {
                assert_eq!(model.batching(), Batching::Together, "{}", family.name);
            }
            let worst = worst(&family, &graph, &mut model);
            eprintln!("{} {backend}: {worst:e}", family.name);
            let most = if *backend == Backend::Rten { 1e-5 } else { 1e-6 };
            assert!(worst <= most, "{} {backend}: {worst:e}", family.name);
            ran += 1;
        }
        // Trees need no library, and all but dynamic quantisation runs without one.
        let least = usize::from(trees || !graph.is_quantised_by_batch());
        assert!(ran >= least, "{} was not run", family.name);
    }
}

#[test]
fn a_row_has_the_same_bits_in_every_batch() {
    let backends = if has_ort() { &Backend::ALL[..] } else { &[Backend::Trees, Backend::Rten] };
    for family in families() {
        let graph = Graph::parse(&family.bytes).unwrap();
        for backend in backends {
            let options = OpenOptions { backend: Some(*backend), ..OpenOptions::default() };
            let Ok(opened) = open(&graph, &family.bytes, &options) else { continue };
            let mut model = opened.model;
            let all = model.run(&family.inputs).unwrap();
            // Where rows are given one by one anyway, a few sizes say as much.
            let step = if model.batching() == Batching::Together { 1 } else { 37 };
            for size in (1..=ROWS).step_by(step) {
                let start = size * 7 % (ROWS - size + 1);
                let part = start..start + size;
                let inputs: Vec<Tensor> =
                    family.inputs.iter().map(|input| input.slice(part.clone())).collect();
                let found = model.run(&inputs).unwrap();
                for (found, all) in found.iter().zip(&all) {
                    let same = found.same_bits(&all.slice(part.clone()));
                    assert!(same, "{} {backend}: {size} rows from {start}", family.name);
                }
            }
        }
    }
}

fn proto(path: &Path) -> Option<Tensor> {
    let bytes = fs::read(path).unwrap();
    let proto = TensorProto::decode(ValueReader::from_buf(&bytes)).unwrap();
    let shape = proto.dims.iter().map(|n| *n as usize).collect();
    let raw = proto.raw_data.map(|raw| raw.into_inner()).unwrap_or_default();
    let values = match proto.data_type? {
        DataType::FLOAT if raw.is_empty() => Values::F32(proto.float_data),
        DataType::DOUBLE if raw.is_empty() => Values::F64(proto.double_data),
        DataType::INT64 if raw.is_empty() => Values::I64(proto.int64_data),
        DataType::INT32 if raw.is_empty() => Values::I32(proto.int32_data),
        DataType::FLOAT => {
            let all = raw.chunks_exact(4);
            Values::F32(all.map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect())
        }
        DataType::DOUBLE => {
            let all = raw.chunks_exact(8);
            Values::F64(all.map(|b| f64::from_le_bytes(b.try_into().unwrap())).collect())
        }
        DataType::INT64 => {
            let all = raw.chunks_exact(8);
            Values::I64(all.map(|b| i64::from_le_bytes(b.try_into().unwrap())).collect())
        }
        DataType::INT32 => {
            let all = raw.chunks_exact(4);
            Values::I32(all.map(|b| i32::from_le_bytes(b.try_into().unwrap())).collect())
        }
        _ => return None,
    };
    Some(Tensor::new(shape, values))
}

#[test]
fn the_tests_of_onnx_pass_or_are_refused_when_loaded() {
    let Some(first) = shared::shared_file("onnx__backend_tests/LICENSE") else { return };
    let backends = if has_ort() { &Backend::ALL[..] } else { &[Backend::Trees, Backend::Rten] };
    let (mut folders, mut passed) = (0, [0; 3]);
    for entry in fs::read_dir(first.parent().unwrap()).unwrap().map(Result::unwrap) {
        let folder = entry.path();
        let Ok(bytes) = fs::read(folder.join("model.onnx")) else { continue };
        folders += 1;
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let data = |way: &str, at: usize| folder.join(format!("test_data_set_0/{way}_{at}.pb"));
        let graph = Graph::parse(&bytes).unwrap();
        for backend in backends {
            let mut model = match load(*backend, &graph, &bytes, None) {
                Ok((model, _)) => model,
                Err(error) => {
                    eprintln!("{name} {backend}: refused, {error}");
                    continue;
                }
            };
            let inputs = (0..graph.inputs.len())
                .map(|at| proto(&data("input", at)).expect("a type that was loaded"));
            let inputs: Vec<Tensor> = inputs.collect();
            let found = model.run(&inputs).unwrap_or_else(|e| panic!("{name} {backend}: {e}"));
            for (at, found) in found.iter().enumerate() {
                let Some(expected) =
                    data("output", at).exists().then(|| proto(&data("output", at)).unwrap())
                else {
                    continue;
                };
                assert_eq!(found.shape(), expected.shape(), "{name} {backend}");
                let off = off(found, &expected);
                let most = if found.values().element() == Element::F64 { 1e-7 } else { 1e-5 };
                assert!(off <= most, "{name} {backend}: {off:e}");
            }
            passed[*backend as usize] += 1;
        }
    }
    eprintln!("of {folders}: trees {}, ort {}, rten {}", passed[0], passed[1], passed[2]);
    assert_eq!(folders, 19);
    assert!(passed[Backend::Rten as usize] >= 9, "{passed:?}");
}
