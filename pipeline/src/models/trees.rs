//! Reads ensembles of trees out of ONNX graphs. What is not understood whole is refused.

use super::{Graph, OpenError, graph::Port};
use operators::models::{
    Aggregate, Compare, Element, Ensemble, Leaf, Node, Post, Purpose, TreeOutput,
};
use rten_onnx::onnx::{AttributeProto, NodeProto};
use std::collections::BTreeMap;

/// Is there a tree ensemble in it, so that this is the evaluator to try first?
pub(super) fn are_in(graph: &Graph) -> bool {
    graph.operators.keys().any(|name| name.contains("TreeEnsemble"))
}

/// The ensemble that a graph is.
///
/// # Errors
/// When it is something else, or an ensemble of a kind that is not evaluated here.
pub(super) fn read(graph: &Graph) -> Result<Ensemble, OpenError> {
    let (node, names) = only_node(graph)?;
    let source = |name: &str| names.get(name).cloned().unwrap_or_else(|| name.to_owned());
    let [input] = &graph.inputs[..] else { return refuse("it has several inputs") };
    let takes_rows = input.element == Some(Element::F32) && input.shape.len() == 2;
    if !takes_rows || node.input.first().map(|name| source(name)) != Some(input.name.clone()) {
        return refuse("its input is not rows of f32");
    }
    let classes = node.op_type.as_deref() == Some("TreeEnsembleClassifier");
    let output = |port: &Port| {
        let from = source(&port.name);
        let place = node.output.iter().position(|name| *name == from);
        match (classes, place) {
            (false, Some(0)) | (true, Some(1)) => Ok(TreeOutput::Scores),
            (true, Some(0)) => Ok(TreeOutput::Label),
            _ => refuse(&format!("output {} is not of the ensemble", port.name)),
        }
    };
    let outputs = graph.outputs.iter().map(output).collect::<Result<Vec<_>, _>>()?;
    let attributes = Attributes(node);
    attributes.known()?;
    let prefix = if classes { "class" } else { "target" };
    let leaves = leaves(&attributes, prefix)?;
    let trees = nodes(&attributes, &leaves)?;
    let base = attributes.floats("base_values").to_vec();
    let post = match attributes.text("post_transform").unwrap_or("NONE") {
        "NONE" => Post::None,
        "LOGISTIC" => Post::Logistic,
        "SOFTMAX" => Post::Softmax,
        other => return refuse(&format!("post_transform = {other}")),
    };
    let aggregate = match attributes.text("aggregate_function").unwrap_or("SUM") {
        "SUM" => Aggregate::Sum,
        "AVERAGE" => Aggregate::Average,
        "MIN" => Aggregate::Min,
        "MAX" => Aggregate::Max,
        other => return refuse(&format!("aggregate_function = {other}")),
    };
    let (targets, purpose) = match classes {
        true => purpose(&attributes, &trees.leaves, post, &base)?,
        false => (attributes.int("n_targets").unwrap_or(1) as usize, Purpose::Regression),
    };
    // Runtimes differ in whether they transform a single target.
    if !classes && targets == 1 && post != Post::None {
        return refuse("post_transform of a single target");
    }
    let binary = matches!(purpose, Purpose::Classes { binary: Some(_), .. });
    let wrong_base =
        if binary { base.len() > 1 } else { !base.is_empty() && base.len() != targets };
    if wrong_base || targets == 0 {
        return refuse("base_values do not fit");
    }
    if trees.leaves.iter().any(|leaf| leaf.target as usize >= targets) {
        return refuse("a leaf is of a target that is not there");
    }
    let features = trees.nodes.iter().map(|node| match node {
        Node::Branch { feature, .. } => *feature as usize + 1,
        Node::End { .. } => 0,
    });
    let features = features.max().unwrap_or(0);
    let Trees { roots, nodes, leaves } = trees;
    Ok(Ensemble {
        features,
        targets,
        roots,
        nodes,
        leaves,
        base,
        aggregate,
        post,
        purpose,
        outputs,
    })
}

fn refuse<T>(why: &str) -> Result<T, OpenError> {
    Err(OpenError::Unsupported(format!("the evaluator of trees does not know this: {why}")))
}

/// The ensemble, and where names come from that only pass a value on.
fn only_node(graph: &Graph) -> Result<(&NodeProto, BTreeMap<String, String>), OpenError> {
    let mut found = None;
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for node in &graph.graph().node {
        match node.op_type.as_deref().unwrap_or_default() {
            "TreeEnsembleRegressor" | "TreeEnsembleClassifier" if found.is_none() => {
                found = Some(node);
            }
            // A map from label to score has the scores in the order of the labels.
            "Identity" | "ZipMap" => {
                if let ([from], [to]) = (&node.input[..], &node.output[..]) {
                    let from = names.get(from).unwrap_or(from).clone();
                    names.insert(to.clone(), from);
                }
            }
            "TreeEnsemble" => {
                return refuse(
                    "TreeEnsemble of ai.onnx.ml 5, which ONNX Runtime runs; \
                     or export TreeEnsembleRegressor or TreeEnsembleClassifier of ai.onnx.ml 3",
                );
            }
            other => return refuse(&format!("{other} stands beside or instead of the ensemble")),
        }
    }
    match found {
        Some(node) => Ok((node, names)),
        None => refuse("there is no ensemble"),
    }
}

struct Attributes<'a>(&'a NodeProto);

impl<'a> Attributes<'a> {
    fn get(&self, name: &str) -> Option<&'a AttributeProto> {
        self.0.attribute.iter().find(|attribute| attribute.name.as_deref() == Some(name))
    }

    fn ints(&self, name: &str) -> &'a [i64] {
        self.get(name).map_or(&[], |attribute| &attribute.ints)
    }

    fn floats(&self, name: &str) -> &'a [f32] {
        self.get(name).map_or(&[], |attribute| &attribute.floats)
    }

    fn int(&self, name: &str) -> Option<i64> {
        self.get(name)?.i
    }

    fn text(&self, name: &str) -> Option<&'a str> {
        self.get(name)?.s.as_deref()
    }

    /// Refuses what would change the meaning and is not read.
    fn known(&self) -> Result<(), OpenError> {
        for attribute in &self.0.attribute {
            let name = attribute.name.as_deref().unwrap_or_default();
            if name.ends_with("_as_tensor") || name == "classlabels_strings" {
                return refuse(name);
            }
        }
        Ok(())
    }
}

type Leaves = BTreeMap<(i64, i64), Vec<Leaf>>;

fn leaves(attributes: &Attributes<'_>, prefix: &str) -> Result<Leaves, OpenError> {
    let ints = |name: &str| attributes.ints(&format!("{prefix}_{name}"));
    let (trees, nodes, ids) = (ints("treeids"), ints("nodeids"), ints("ids"));
    let weights = attributes.floats(&format!("{prefix}_weights"));
    let same = [nodes.len(), ids.len(), weights.len()].iter().all(|n| *n == trees.len());
    if !same || trees.is_empty() {
        return refuse("lists of leaves of different lengths");
    }
    let mut leaves = Leaves::new();
    for i in 0..trees.len() {
        let Ok(target) = u32::try_from(ids[i]) else { return refuse("a negative target") };
        let leaf = Leaf { target, weight: weights[i] };
        leaves.entry((trees[i], nodes[i])).or_default().push(leaf);
    }
    Ok(leaves)
}

struct Trees {
    roots: Vec<u32>,
    nodes: Vec<Node>,
    leaves: Vec<Leaf>,
}

/// Puts each tree's nodes into an order in which branches lead only to later ones.
fn nodes(attributes: &Attributes<'_>, leaves: &Leaves) -> Result<Trees, OpenError> {
    let ints = |name: &str| attributes.ints(name);
    let (trees, ids) = (ints("nodes_treeids"), ints("nodes_nodeids"));
    let (features, yes) = (ints("nodes_featureids"), ints("nodes_truenodeids"));
    let no = ints("nodes_falsenodeids");
    let values = attributes.floats("nodes_values");
    let modes = attributes.get("nodes_modes").map_or(&[][..], |a| &a.strings);
    let missing = ints("nodes_missing_value_tracks_true");
    let count = trees.len();
    let lengths = [ids.len(), features.len(), yes.len(), no.len(), values.len(), modes.len()];
    if lengths.iter().any(|n| *n != count) || !(missing.is_empty() || missing.len() == count) {
        return refuse("lists of nodes of different lengths");
    }
    let mut places = BTreeMap::new();
    for i in 0..count {
        if places.insert((trees[i], ids[i]), i).is_some() {
            return refuse("two nodes with one id");
        }
    }
    let is_leaf = |i: usize| modes[i] == "LEAF";
    let mut has_parent = vec![false; count];
    for i in (0..count).filter(|i| !is_leaf(*i)) {
        for child in [yes[i], no[i]] {
            match places.get(&(trees[i], child)) {
                Some(place) if !has_parent[*place] => has_parent[*place] = true,
                _ => return refuse("a branch leads nowhere, or two lead to one node"),
            }
        }
    }
    let mut all = Trees { roots: Vec::new(), nodes: Vec::new(), leaves: Vec::new() };
    let mut done = Vec::new();
    for root in (0..count).filter(|i| !has_parent[*i]) {
        if done.contains(&trees[root]) {
            return refuse("a tree has two roots");
        }
        done.push(trees[root]);
        all.roots.push(all.nodes.len() as u32);
        // Each entry: a node, and which way of which written node leads to it.
        let mut open = vec![(root, None)];
        while let Some((at, from)) = open.pop() {
            let place = all.nodes.len();
            if let Some((parent, is_yes)) = from
                && let Node::Branch { yes, no, .. } = &mut all.nodes[parent]
            {
                *(if is_yes { yes } else { no }) = place as u32;
            }
            if is_leaf(at) {
                let own = leaves.get(&(trees[at], ids[at])).map_or(&[][..], Vec::as_slice);
                let first = all.leaves.len() as u32;
                all.leaves.extend_from_slice(own);
                all.nodes.push(Node::End { first, count: own.len() as u32 });
                continue;
            }
            let compare = match modes[at].as_str() {
                "BRANCH_LEQ" => Compare::Leq,
                "BRANCH_LT" => Compare::Lt,
                "BRANCH_GTE" => Compare::Gte,
                "BRANCH_GT" => Compare::Gt,
                "BRANCH_EQ" => Compare::Eq,
                "BRANCH_NEQ" => Compare::Neq,
                other => return refuse(&format!("nodes_modes = {other}")),
            };
            let Ok(feature) = u32::try_from(features[at]) else {
                return refuse("a negative feature");
            };
            let missing_yes = missing.get(at).is_some_and(|way| *way != 0);
            // Where its ways lead is known when the nodes there have their places.
            let (value, open_way) = (values[at], u32::MAX);
            let branch =
                Node::Branch { feature, compare, value, yes: open_way, no: open_way, missing_yes };
            all.nodes.push(branch);
            let child = |id: i64| places[&(trees[at], id)];
            open.push((child(no[at]), Some((place, false))));
            open.push((child(yes[at]), Some((place, true))));
        }
    }
    // Nodes in a circle hang on no root.
    match all.nodes.len() == count {
        true => Ok(all),
        false => refuse("nodes that no root leads to"),
    }
}

/// The classes: how many scores a row has, and what they mean.
fn purpose(
    attributes: &Attributes<'_>,
    leaves: &[Leaf],
    post: Post,
    base: &[f32],
) -> Result<(usize, Purpose), OpenError> {
    // The label is that of the greatest score, as ONNX says; of two classes that are both scored
    // ONNX Runtime gives 1 or 0 instead, whatever their labels are.
    let labels = attributes.ints("classlabels_int64s").to_vec();
    let only_first = leaves.iter().all(|leaf| leaf.target == 0);
    let binary = match labels.len() {
        0 | 1 => return refuse("fewer than two classes"),
        2 if only_first => Some(leaves.iter().all(|leaf| leaf.weight >= 0.0)),
        2 if leaves.iter().all(|leaf| leaf.target == 1) => {
            return refuse("two classes of which only the second is scored");
        }
        2 if !base.is_empty() => return refuse("base_values of two classes"),
        _ => None,
    };
    let unclear = match binary {
        Some(true) => post != Post::None,
        Some(false) => post == Post::Softmax,
        None => false,
    };
    if unclear {
        return refuse("post_transform of two classes of which one is scored");
    }
    Ok((labels.len(), Purpose::Classes { labels, binary }))
}
