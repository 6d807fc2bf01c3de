//! What an ONNX file says of itself: inputs, outputs and operators.

use super::{OpenError, protobuf};
use operators::models::Element;
use rten_onnx::onnx::{DataType, GraphProto, ModelProto, NodeProto, ValueInfoProto};
use serde::Serialize;
use std::{collections::BTreeMap, fmt};

/// A dimension of an input or output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Dim {
    /// Always this.
    Fixed(usize),
    /// Whatever it is given; its name, or nothing.
    Free(String),
}

impl fmt::Display for Dim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Dim::Fixed(n) => write!(f, "{n}"),
            Dim::Free(name) if name.is_empty() => f.write_str("?"),
            Dim::Free(name) => f.write_str(name),
        }
    }
}

/// An input or output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Port {
    /// Its name.
    pub name: String,
    /// Its type of element; none if no model operator takes it.
    pub element: Option<Element>,
    /// Its shape, the batch first.
    pub shape: Vec<Dim>,
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shape: Vec<String> = self.shape.iter().map(Dim::to_string).collect();
        let element = self.element.map_or("other".to_owned(), |e| e.to_string());
        write!(f, "{} {element}[{}]", self.name, shape.join(", "))
    }
}

/// What the file holds.
pub struct Graph {
    /// Inputs without those that have a value of their own.
    pub inputs: Vec<Port>,
    /// Outputs.
    pub outputs: Vec<Port>,
    /// How often each operator stands in it; with its domain, if that is not ONNX's own.
    pub operators: BTreeMap<String, usize>,
    /// Version of each set of operators.
    pub opsets: BTreeMap<String, i64>,
    pub(super) proto: ModelProto,
}

impl Graph {
    /// Reads a file.
    ///
    /// # Errors
    /// When it is no ONNX model, or keeps weights in other files.
    pub fn parse(bytes: &[u8]) -> Result<Graph, OpenError> {
        let none = |why: &str| OpenError::Format(format!("it is no ONNX model: {why}"));
        protobuf::check(bytes).map_err(none)?;
        let mut proto = ModelProto::parse_buf(bytes)
            .map_err(|error| OpenError::Format(format!("it is no ONNX model: {error:?}")))?;
        let Some(graph) = proto.graph.take() else {
            return Err(OpenError::Format("it is no ONNX model: it has no graph".to_owned()));
        };
        if graph.initializer.iter().any(|tensor| !tensor.external_data.is_empty()) {
            let why = "its weights are in other files: export it as one file";
            return Err(OpenError::Format(why.to_owned()));
        }
        let constant = |port: &&ValueInfoProto| {
            !graph.initializer.iter().any(|tensor| tensor.name == port.name)
        };
        let inputs = graph.input.iter().filter(constant).map(port).collect();
        let outputs = graph.output.iter().map(port).collect();
        let mut operators = BTreeMap::new();
        each_node(&graph, &mut |node| *operators.entry(full_name(node)).or_insert(0) += 1);
        let opset = |set: &rten_onnx::onnx::OperatorSetIdProto| {
            (set.domain.clone().unwrap_or_default(), set.version.unwrap_or(0))
        };
        let opsets = proto.opset_import.iter().map(opset).collect();
        proto.graph = Some(graph);
        Ok(Graph { inputs, outputs, operators, opsets, proto })
    }

    pub(super) fn graph(&self) -> &GraphProto {
        self.proto.graph.as_ref().expect("it was put back when the file was read")
    }

    fn has(&self, operators: &[&'static str]) -> Option<&'static str> {
        operators.iter().copied().find(|name| self.operators.contains_key(*name))
    }

    /// Do the rows of a batch depend on each other by design?
    pub fn is_quantised_by_batch(&self) -> bool {
        self.operators.keys().any(|name| name.contains("DynamicQuantize"))
    }

    /// Why no runtime may run it.
    pub(super) fn refused(&self) -> Option<String> {
        let graph = self.graph();
        let text = graph.input.iter().chain(&graph.output).find(|info| is_text(info));
        if let Some(name) = text.and_then(|info| info.name.as_deref()) {
            let why = "is text, and columns are numbers: export the model with integer labels";
            return Some(format!("its `{name}` {why}"));
        }
        // Runtimes disagree about ties; which action follows from the numbers is the rule's to say.
        let argmax = self.has(&["ArgMax", "ArgMin"]);
        if let Some(name) = argmax {
            return Some(format!("{name} is in it: let it give the numbers, and choose in a rule"));
        }
        let random = self.has(&[
            "RandomNormal",
            "RandomNormalLike",
            "RandomUniform",
            "RandomUniformLike",
            "Multinomial",
            "Bernoulli",
        ]);
        random.map(|name| format!("{name} is in it: the same input would not give the same output"))
    }

    /// Why `rten` may not run it: it was seen to give other results than ONNX says, or to lack
    /// the operator.
    pub(super) fn refused_by_rten(&self) -> Option<String> {
        if self.is_quantised_by_batch() {
            return Some("it rounds differently in DynamicQuantizeLinear".to_owned());
        }
        let lacks =
            self.has(&["RNN", "GroupNormalization", "Mish", "QLinearMatMul", "QLinearConv"]);
        if let Some(name) = lacks {
            return Some(format!("it has no {name}"));
        }
        let vectors: Vec<&str> = self
            .graph()
            .initializer
            .iter()
            .filter(|tensor| tensor.dims.len() == 1)
            .filter_map(|tensor| tensor.name.as_deref())
            .collect();
        let mut why = None;
        each_node(self.graph(), &mut |node| {
            let found = odd(node, &vectors);
            why = why.take().or(found.map(|what| format!("it gets {what} wrong, or lacks it")));
        });
        why
    }
}

/// What of a node `rten` does not do as ONNX says.
fn odd(node: &NodeProto, vectors: &[&str]) -> Option<String> {
    let int = |name: &str| {
        let found = node.attribute.iter().find(|a| a.name.as_deref() == Some(name));
        found.and_then(|a| a.i)
    };
    let has = |name: &str| node.attribute.iter().any(|a| a.name.as_deref() == Some(name));
    let given = |at: usize| node.input.get(at).is_some_and(|name| !name.is_empty());
    let op = node.op_type.as_deref().unwrap_or_default();
    let what = match op {
        "GRU" if int("linear_before_reset").unwrap_or(0) == 0 => "linear_before_reset = 0",
        "LSTM" if given(7) => "peepholes",
        "LSTM" | "GRU" if int("layout").unwrap_or(0) != 0 => "layout = 1",
        "LSTM" | "GRU" if given(4) => "sequence_lens",
        "LSTM" | "GRU" if has("clip") || has("activations") || has("input_forget") => {
            "clip, activations or input_forget"
        }
        "LayerNormalization" if node.output.len() > 1 => "a second output",
        "MaxPool" | "AveragePool" if !has("strides") => "missing strides",
        "MatMul" if node.input.iter().any(|name| vectors.contains(&name.as_str())) => "a vector",
        "QuantizeLinear" if vectors.contains(&node.input.get(1)?.as_str()) => "a scale per axis",
        _ => return None,
    };
    Some(format!("{op} with {what}"))
}

/// All nodes, those of graphs inside nodes too.
fn each_node(graph: &GraphProto, see: &mut dyn FnMut(&NodeProto)) {
    for node in &graph.node {
        see(node);
        let inner = node.attribute.iter().filter_map(|attribute| attribute.g.as_ref());
        inner.for_each(|graph| each_node(graph, see));
    }
}

fn full_name(node: &NodeProto) -> String {
    let name = node.op_type.as_deref().unwrap_or("?");
    match node.domain.as_deref() {
        None | Some("" | "ai.onnx") => name.to_owned(),
        Some(domain) => format!("{domain}.{name}"),
    }
}

fn is_text(info: &ValueInfoProto) -> bool {
    let tensor = info.r#type.as_ref().and_then(|of| of.tensor_type.as_ref());
    tensor.and_then(|tensor| tensor.elem_type) == Some(DataType::STRING)
}

fn port(info: &ValueInfoProto) -> Port {
    let tensor = info.r#type.as_ref().and_then(|of| of.tensor_type.as_ref());
    let element = tensor.and_then(|tensor| tensor.elem_type).and_then(|element| match element {
        DataType::FLOAT => Some(Element::F32),
        DataType::DOUBLE => Some(Element::F64),
        DataType::INT32 => Some(Element::I32),
        DataType::INT64 => Some(Element::I64),
        _ => None,
    });
    let dims = tensor.and_then(|tensor| tensor.shape.as_ref()).map(|shape| &shape.dim[..]);
    let shape = dims.unwrap_or_default().iter().map(|dim| match dim.dim_value {
        Some(n) if n >= 0 => Dim::Fixed(n as usize),
        _ => Dim::Free(dim.dim_param.clone().unwrap_or_default()),
    });
    let name = info.name.clone().unwrap_or_default();
    Port { name, element, shape: shape.collect() }
}
