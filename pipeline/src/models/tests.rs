//! Models that are written here, byte by byte as ONNX keeps them.

use super::*;
use ::operators::models::{Batching, Element, Tensor, Values};
use rten_onnx::onnx::{
    AttributeProto, AttributeType, DataType, Dimension, GraphProto, ModelProto, NodeProto,
    OperatorSetIdProto, StringStringEntryProto, TensorProto, TensorShapeProto, TypeProto,
    TypeProtoTensor, ValueInfoProto,
};

fn port(name: &str, element: DataType, dims: &[i64]) -> ValueInfoProto {
    let dim = |n: &i64| match n {
        0 => Dimension { dim_param: Some("batch".to_owned()), ..Dimension::default() },
        n => Dimension { dim_value: Some(*n), ..Dimension::default() },
    };
    let shape = Some(TensorShapeProto { dim: dims.iter().map(dim).collect() });
    let tensor_type = Some(TypeProtoTensor { elem_type: Some(element), shape });
    let of = TypeProto { tensor_type, ..TypeProto::default() };
    ValueInfoProto { name: Some(name.to_owned()), r#type: Some(of) }
}

fn constant(name: &str, dims: &[i64], values: &[f32]) -> TensorProto {
    TensorProto {
        dims: dims.to_vec(),
        data_type: Some(DataType::FLOAT),
        float_data: values.to_vec(),
        name: Some(name.to_owned()),
        ..TensorProto::default()
    }
}

fn node(op: &str, input: &[&str], output: &[&str], attribute: Vec<AttributeProto>) -> NodeProto {
    let names = |all: &[&str]| all.iter().map(|name| (*name).to_owned()).collect();
    NodeProto {
        op_type: Some(op.to_owned()),
        input: names(input),
        output: names(output),
        attribute,
        ..NodeProto::default()
    }
}

fn int(name: &str, value: i64) -> AttributeProto {
    AttributeProto {
        name: Some(name.to_owned()),
        i: Some(value),
        r#type: Some(AttributeType::INT),
        ..AttributeProto::default()
    }
}

fn ints(name: &str, values: &[i64]) -> AttributeProto {
    AttributeProto {
        name: Some(name.to_owned()),
        ints: values.to_vec(),
        r#type: Some(AttributeType::INTS),
        ..AttributeProto::default()
    }
}

fn floats(name: &str, values: &[f32]) -> AttributeProto {
    AttributeProto {
        name: Some(name.to_owned()),
        floats: values.to_vec(),
        r#type: Some(AttributeType::FLOATS),
        ..AttributeProto::default()
    }
}

fn strings(name: &str, values: &[&str]) -> AttributeProto {
    AttributeProto {
        name: Some(name.to_owned()),
        strings: values.iter().map(|text| (*text).to_owned()).collect(),
        r#type: Some(AttributeType::STRINGS),
        ..AttributeProto::default()
    }
}

fn model(graph: GraphProto) -> Vec<u8> {
    let set = |domain: &str, version| OperatorSetIdProto {
        domain: Some(domain.to_owned()),
        version: Some(version),
    };
    let proto = ModelProto {
        ir_version: Some(8),
        graph: Some(graph),
        opset_import: vec![set("", 17), set("ai.onnx.ml", 3)],
        ..ModelProto::default()
    };
    proto.write_buf().unwrap()
}

/// `y = x W + b`, two features, one output.
fn linear(batch: i64) -> Vec<u8> {
    model(GraphProto {
        node: vec![node("Gemm", &["x", "w", "b"], &["y"], vec![int("transB", 1)])],
        initializer: vec![constant("w", &[1, 2], &[2.0, -1.0]), constant("b", &[1], &[0.5])],
        input: vec![port("x", DataType::FLOAT, &[batch, 2])],
        output: vec![port("y", DataType::FLOAT, &[batch, 1])],
        ..GraphProto::default()
    })
}

fn one_node(node: NodeProto) -> Vec<u8> {
    model(GraphProto {
        node: vec![node],
        input: vec![port("x", DataType::FLOAT, &[0, 2])],
        output: vec![port("y", DataType::FLOAT, &[0, 2])],
        ..GraphProto::default()
    })
}

fn open_with(bytes: &[u8], backend: Option<Backend>) -> Result<Opened, OpenError> {
    let graph = Graph::parse(bytes)?;
    open(&graph, bytes, &OpenOptions { backend, ..OpenOptions::default() })
}

fn rows(values: &[f32]) -> Tensor {
    Tensor::new(vec![values.len() / 2, 2], Values::F32(values.to_vec()))
}

#[test]
fn a_small_model_is_read_and_run() {
    let bytes = linear(0);
    let graph = Graph::parse(&bytes).unwrap();
    assert_eq!(graph.inputs[0].to_string(), "x f32[batch, 2]");
    assert_eq!(graph.operators["Gemm"], 1);
    let mut opened = open_with(&bytes, Some(Backend::Rten)).unwrap();
    let found = opened.model.run(&[rows(&[1.0, 2.0, 3.0, 4.0])]).unwrap();
    assert_eq!(found[0].values(), &Values::F32(vec![0.5, 2.5]));
    assert_eq!((opened.model.batching(), opened.widths), (Batching::Together, vec![1]));
    assert_eq!(opened.pin.to_string(), "rten 0.27.0");
}

#[test]
fn a_batch_of_one_is_given_rows_one_by_one_and_any_other_fixed_batch_is_refused() {
    let mut opened = open_with(&linear(1), Some(Backend::Rten)).unwrap();
    assert_eq!(opened.model.batching(), Batching::Single);
    let found = opened.model.run(&[rows(&[1.0, 2.0, 3.0, 4.0])]).unwrap();
    assert_eq!(found[0].values(), &Values::F32(vec![0.5, 2.5]));
    let error = open_with(&linear(4), None).err().unwrap().to_string();
    assert!(error.contains("symbolic first dimension"), "{error}");
}

#[test]
fn rows_that_see_each_other_are_kept_apart() {
    // y = x / (the sum of the batch): no row may be given with another.
    let mates = model(GraphProto {
        node: vec![
            node("ReduceMax", &["x"], &["m"], vec![ints("axes", &[0]), int("keepdims", 1)]),
            node("Sub", &["x", "m"], &["y"], Vec::new()),
        ],
        input: vec![port("x", DataType::FLOAT, &[0, 2])],
        output: vec![port("y", DataType::FLOAT, &[0, 2])],
        ..GraphProto::default()
    });
    let opened = open_with(&mates, Some(Backend::Rten)).unwrap();
    assert_eq!(opened.model.batching(), Batching::OneByOne);
}

#[test]
fn what_a_runtime_gets_wrong_is_not_given_to_it() {
    let error =
        |node: NodeProto, backend| open_with(&one_node(node), backend).err().unwrap().to_string();
    let argmax = error(node("ArgMax", &["x"], &["y"], Vec::new()), None);
    assert!(argmax.contains("choose in a rule"), "{argmax}");
    let gru = node("GRU", &["x", "w", "r"], &["y"], vec![int("hidden_size", 2)]);
    let found = error(gru, Some(Backend::Rten));
    assert!(found.contains("linear_before_reset = 0"), "{found}");
    let peepholes = ["x", "w", "r", "", "", "", "", "p"];
    let found = error(node("LSTM", &peepholes, &["y"], Vec::new()), Some(Backend::Rten));
    assert!(found.contains("peepholes"), "{found}");
    let dynamic = node("DynamicQuantizeLinear", &["x"], &["y", "s", "z"], Vec::new());
    let found = error(dynamic, Some(Backend::Rten));
    assert!(found.contains("DynamicQuantizeLinear"), "{found}");
    let nothing = error(node("NoSuchOperator", &["x"], &["y"], Vec::new()), Some(Backend::Rten));
    assert!(nothing.contains("rten"), "{nothing}");
    assert!(Graph::parse(b"no model").is_err());
}

fn with_metadata(bytes: &[u8], entries: &[(&str, &str)]) -> Vec<u8> {
    let mut proto = ModelProto::parse_buf(bytes).unwrap();
    proto.metadata_props = entries
        .iter()
        .map(|(key, value)| StringStringEntryProto {
            key: Some((*key).to_owned()),
            value: Some((*value).to_owned()),
        })
        .collect();
    proto.write_buf().unwrap()
}

const MEAN: &str = "tapeflow.scale.mean";
const STD: &str = "tapeflow.scale.std";

#[test]
fn inputs_are_scaled_as_the_file_says() {
    // y = 2 (a - 1) / 4 - (b + 3) / 0.5 + 0.5
    let entries = [("author", "x"), (MEAN, "[1, -3]"), (STD, "[4.0, 0.5]")];
    let bytes = with_metadata(&linear(0), &entries);
    let mut opened = open_with(&bytes, Some(Backend::Rten)).unwrap();
    let found = opened.model.answer(&mut [rows(&[5.0, -2.0, 1.0, -3.0])]).unwrap();
    assert_eq!(found[0].values(), &Values::F32(vec![0.5, 0.5]));
    let columns = Input { name: "x".to_owned(), element: Element::F32, shape: vec![2] };
    let mut answerer = Answerer::new(opened.model, vec![columns]);
    let ask = ::operators::market::Ask { model: 0, inputs: vec![vec![9.0, -2.5]] };
    assert_eq!(answerer.answer(&[&ask]), [Some(vec![3.5])]);
    // Golden rows are columns as a job has them.
    let golden = r#"{"inputs": {"x": [[5, -2], [9, -2.5]]}, "outputs": {"y": [[0.5], [3.5]]}}"#;
    let golden = Golden::parse(golden.as_bytes()).unwrap();
    let options = OpenOptions { golden: Some(&golden), ..OpenOptions::default() };
    let open = |bytes: &[u8]| open(&Graph::parse(bytes).unwrap(), bytes, &options);
    assert_eq!(open(&bytes).unwrap().golden, Some(0.0));
    assert!(open(&linear(0)).is_err());
    let named = [("tapeflow.scale.mean.x", "[1, -3]"), ("tapeflow.scale.std.x", "[4, 0.5]")];
    assert_eq!(open(&with_metadata(&linear(0), &named)).unwrap().golden, Some(0.0));
}

#[test]
fn scalings_that_cannot_be_are_refused_by_their_key() {
    let refused = |entries: &[(&str, &str)]| {
        let error = open_with(&with_metadata(&linear(0), entries), None).err();
        error.unwrap_or_else(|| panic!("{entries:?} is refused")).to_string()
    };
    let both = |mean, std| refused(&[(MEAN, mean), (STD, std)]);
    let short = both("[0]", "[1]");
    assert!(short.contains(MEAN) && short.contains("1 numbers for 2 columns"), "{short}");
    let long = both("[0, 0]", "[1, 1, 1]");
    assert!(long.contains(STD) && long.contains("has 3 numbers"), "{long}");
    let zero = both("[0, 0]", "[1, 0]");
    assert!(zero.contains(STD) && zero.contains("has 0 for column 1"), "{zero}");
    // Nothing is left of it in 32 bits.
    assert!(both("[0, 0]", "[1e-60, 1]").contains("above zero"));
    let endless = both("[1e60, 0]", "[1, 1]");
    assert!(endless.contains(MEAN) && endless.contains("not finite"), "{endless}");
    assert!(both("[NaN, 0]", "[1, 1]").contains(MEAN));
    assert!(both("[0, 0]", "1").contains("is no list of numbers"));
    let alone = refused(&[(STD, "[1, 1]")]);
    assert!(alone.contains(STD) && alone.contains("needs a mean"), "{alone}");
    assert!(refused(&[("tapeflow.scale.mean.z", "[1, 1]")]).contains("is of no input"));
    assert!(refused(&[("tapeflow.scale.median", "[1, 1]")]).contains("is not known"));
    assert!(refused(&[(MEAN, "[1, 1]"), (MEAN, "[1, 1]")]).contains("says again"));
}

#[test]
fn labels_that_are_text_are_refused_with_any_backend() {
    let mut proto = ModelProto::parse_buf(&stump(|a| {
        a.pop();
        a.push(strings("classlabels_strings", &["down", "up"]));
    }))
    .unwrap();
    let with_label = proto.write_buf().unwrap();
    // The label itself is no output: our evaluator does not know them, and says so.
    let error = open_with(&with_label, Some(Backend::Trees)).err().unwrap().to_string();
    assert!(error.contains("classlabels_strings"), "{error}");
    proto.graph.as_mut().unwrap().output[0] = port("label", DataType::STRING, &[0]);
    for backend in [None, Some(Backend::Trees), Some(Backend::Ort), Some(Backend::Rten)] {
        let error = open_with(&proto.write_buf().unwrap(), backend).err().unwrap().to_string();
        assert!(error.contains("`label` is text") && error.contains("integer"), "{error}");
    }
}

#[test]
fn trees_of_version_5_are_refused_here_by_their_name() {
    let mut ensemble = node("TreeEnsemble", &["x"], &["y"], vec![ints("tree_roots", &[0])]);
    ensemble.domain = Some("ai.onnx.ml".to_owned());
    let bytes = one_node(ensemble);
    for backend in [Backend::Trees, Backend::Rten] {
        let error = open_with(&bytes, Some(backend)).err().unwrap().to_string();
        assert!(error.contains("TreeEnsemble"), "{error}");
    }
    let error = open_with(&bytes, Some(Backend::Trees)).err().unwrap().to_string();
    assert!(error.contains("ai.onnx.ml 5"), "{error}");
}

/// One tree with one branch: class 1 where the first feature is above 0.
fn stump(changed: impl FnOnce(&mut Vec<AttributeProto>)) -> Vec<u8> {
    let mut attributes = vec![
        ints("nodes_treeids", &[0, 0, 0]),
        ints("nodes_nodeids", &[0, 1, 2]),
        ints("nodes_featureids", &[0, 0, 0]),
        floats("nodes_values", &[0.0, 0.0, 0.0]),
        strings("nodes_modes", &["BRANCH_LEQ", "LEAF", "LEAF"]),
        ints("nodes_truenodeids", &[1, 0, 0]),
        ints("nodes_falsenodeids", &[2, 0, 0]),
        ints("class_treeids", &[0, 0, 0, 0]),
        ints("class_nodeids", &[1, 1, 2, 2]),
        ints("class_ids", &[0, 1, 0, 1]),
        floats("class_weights", &[0.75, 0.25, 0.125, 0.875]),
        ints("classlabels_int64s", &[10, 20]),
    ];
    changed(&mut attributes);
    let mut ensemble = node("TreeEnsembleClassifier", &["x"], &["label", "p"], attributes);
    ensemble.domain = Some("ai.onnx.ml".to_owned());
    let mut zip = node("ZipMap", &["p"], &["map"], vec![ints("classlabels_int64s", &[10, 20])]);
    zip.domain = Some("ai.onnx.ml".to_owned());
    model(GraphProto {
        node: vec![ensemble, zip],
        input: vec![port("x", DataType::FLOAT, &[0, 2])],
        output: vec![
            port("label", DataType::INT64, &[0]),
            ValueInfoProto { name: Some("map".to_owned()), ..ValueInfoProto::default() },
        ],
        ..GraphProto::default()
    })
}

#[test]
fn trees_with_a_map_behind_them_are_evaluated_here() {
    let bytes = stump(|_| ());
    let mut opened = open_with(&bytes, None).unwrap();
    assert_eq!(opened.pin.backend, Backend::Trees);
    let found = opened.model.run(&[rows(&[-1.0, 0.0, 1.0, 0.0])]).unwrap();
    assert_eq!(found[0].values(), &Values::I64(vec![10, 20]));
    assert_eq!(found[1].values(), &Values::F32(vec![0.75, 0.25, 0.125, 0.875]));
}

#[test]
fn trees_that_are_broken_are_refused() {
    let refused = |changed: fn(&mut Vec<AttributeProto>)| {
        let error = open_with(&stump(changed), Some(Backend::Trees)).err();
        error.expect("it is refused").to_string()
    };
    let nowhere = refused(|a| a[5] = ints("nodes_truenodeids", &[7, 0, 0]));
    assert!(nowhere.contains("leads nowhere"), "{nowhere}");
    let circle = refused(|a| a[5] = ints("nodes_truenodeids", &[0, 0, 0]));
    assert!(circle.contains("two roots") || circle.contains("no root"), "{circle}");
    assert!(refused(|a| a[3] = floats("nodes_values", &[0.0])).contains("different lengths"));
    assert!(refused(|a| a[9] = ints("class_ids", &[0, 5, 0, 5])).contains("not there"));
    assert!(refused(|a| a.push(floats("base_values_as_tensor", &[]))).contains("as_tensor"));
}

#[test]
fn golden_rows_decide() {
    let (bytes, mut golden) = (linear(0), String::new());
    let mut check = |expected: &str| {
        golden = format!(r#"{{"inputs": {{"x": [[1, 2], [3, 4]]}}, "outputs": {expected}}}"#);
        let golden = Golden::parse(golden.as_bytes()).unwrap();
        let graph = Graph::parse(&bytes).unwrap();
        let options = OpenOptions {
            backend: Some(Backend::Rten),
            golden: Some(&golden),
            ..OpenOptions::default()
        };
        open(&graph, &bytes, &options).map(|o| o.golden).map_err(|error| error.to_string())
    };
    assert_eq!(check(r#"{"y": [[0.5], [2.5]]}"#).unwrap(), Some(0.0));
    let wrong = check(r#"{"y": [[0.5], [2.6]]}"#).unwrap_err();
    assert!(wrong.contains("`y`, row 1: 2.5 instead of 2.6"), "{wrong}");
    assert!(check(r#"{"z": [[0.5], [2.5]]}"#).unwrap_err().contains("no output `z`"));
    assert!(Golden::parse(br#"{"inputs": {"x": [[1]]}, "outputs": {"y": []}}"#).is_err());
    assert!(Golden::parse(br#"{"inputs": {}, "outputs": {"y": [[1]]}}"#).is_err());
}

#[test]
fn a_file_that_changed_is_not_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.onnx");
    std::fs::write(&path, linear(0)).unwrap();
    let shapes = |_: &Graph| Ok(RowShapes::from([("x".to_owned(), vec![2])]));
    let (file, ..) = ModelFile::choose(&path, Some(Backend::Rten), None, None, shapes).unwrap();
    assert_eq!(file.sha256, sha256(&linear(0)));
    assert!(file.open().is_ok());
    std::fs::write(&path, linear(1)).unwrap();
    let error = file.open().err().unwrap().to_string();
    assert!(error.contains("the plan says"), "{error}");
    let gone = ModelFile { path: folder.path().join("none.onnx"), ..file };
    assert!(matches!(gone.open(), Err(OpenError::Read { .. })));
}
