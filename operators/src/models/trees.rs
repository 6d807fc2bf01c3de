//! Ensembles of decision trees: `TreeEnsembleRegressor` and `TreeEnsembleClassifier` of
//! ai.onnx.ml, evaluated as ONNX Runtime does: in 32-bit floating point, tree after tree.

use super::{ModelBackend, ModelError, Tensor, Values};

/// How a node compares the feature with its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compare {
    /// `x <= value`
    Leq,
    /// `x < value`
    Lt,
    /// `x >= value`
    Gte,
    /// `x > value`
    Gt,
    /// `x == value`
    Eq,
    /// `x != value`
    Neq,
}

/// A node of a tree; places are those of [`Ensemble::nodes`] and [`Ensemble::leaves`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Node {
    /// Goes on at `yes` or at `no`.
    Branch {
        /// Which feature.
        feature: u32,
        /// How it is compared.
        compare: Compare,
        /// With what.
        value: f32,
        /// Where a true comparison leads.
        yes: u32,
        /// Where a false one leads.
        no: u32,
        /// Does a missing value (NaN) go to `yes`?
        missing_yes: bool,
    },
    /// Ends with these leaves.
    End {
        /// The first.
        first: u32,
        /// How many.
        count: u32,
    },
}

/// What a leaf adds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Leaf {
    /// To which target or class.
    pub target: u32,
    /// How much.
    pub weight: f32,
}

/// How the trees' scores become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aggregate {
    /// Their sum.
    Sum,
    /// Their sum by the number of trees.
    Average,
    /// The least.
    Min,
    /// The greatest.
    Max,
}

/// What is done with the scores of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Post {
    /// Nothing.
    None,
    /// `1 / (1 + exp(-x))`
    Logistic,
    /// `exp(x) / sum of exp(x)`
    Softmax,
}

/// What the scores are.
#[derive(Debug, Clone, PartialEq)]
pub enum Purpose {
    /// Predictions.
    Regression,
    /// Classes, of which the greatest score is the label.
    Classes {
        /// Their labels.
        labels: Vec<i64>,
        /// There are two, and the leaves score only one of them; are all of their weights
        /// positive?
        binary: Option<bool>,
    },
}

/// What a graph's output shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TreeOutput {
    /// One number for each target or class.
    Scores,
    /// The label, an integer.
    Label,
}

/// Trees, checked: every place that a node names is there, and no walk goes in a circle.
#[derive(Debug, Clone, PartialEq)]
pub struct Ensemble {
    /// Features that a row must have.
    pub features: usize,
    /// Targets or classes.
    pub targets: usize,
    /// First node of each tree.
    pub roots: Vec<u32>,
    /// All nodes; a branch leads only to later ones.
    pub nodes: Vec<Node>,
    /// All leaves.
    pub leaves: Vec<Leaf>,
    /// What is added to each score; empty for nothing.
    pub base: Vec<f32>,
    /// How trees come together.
    pub aggregate: Aggregate,
    /// What is done at the end.
    pub post: Post,
    /// What it is for.
    pub purpose: Purpose,
    /// What is given.
    pub outputs: Vec<TreeOutput>,
}

impl Ensemble {
    #[inline]
    fn walk(&self, root: u32, row: &[f32]) -> &[Leaf] {
        let mut at = root as usize;
        loop {
            match self.nodes[at] {
                Node::Branch { feature, compare, value, yes, no, missing_yes } => {
                    let x = row[feature as usize];
                    let holds = match compare {
                        Compare::Leq => x <= value,
                        Compare::Lt => x < value,
                        Compare::Gte => x >= value,
                        Compare::Gt => x > value,
                        Compare::Eq => x == value,
                        Compare::Neq => x != value,
                    };
                    let yes_way = holds || (missing_yes && x.is_nan());
                    at = if yes_way { yes } else { no } as usize;
                }
                Node::End { first, count } => {
                    return &self.leaves[first as usize..(first + count) as usize];
                }
            }
        }
    }

    /// The scores of a row, and the label if there are classes.
    fn evaluate(&self, row: &[f32], scores: &mut Vec<f32>, seen: &mut Vec<bool>) -> i64 {
        scores.clear();
        scores.resize(self.targets, 0.0);
        seen.clear();
        seen.resize(self.targets, false);
        for root in &self.roots {
            for leaf in self.walk(*root, row) {
                let at = leaf.target as usize;
                let score = scores[at];
                scores[at] = match self.aggregate {
                    Aggregate::Sum | Aggregate::Average => score + leaf.weight,
                    Aggregate::Min if seen[at] => score.min(leaf.weight),
                    Aggregate::Max if seen[at] => score.max(leaf.weight),
                    Aggregate::Min | Aggregate::Max => leaf.weight,
                };
                seen[at] = true;
            }
        }
        if self.aggregate == Aggregate::Average {
            scores.iter_mut().for_each(|score| *score /= self.roots.len() as f32);
        }
        if let Purpose::Classes { labels, binary: Some(positive) } = &self.purpose {
            return self.binary(labels, *positive, scores);
        }
        scores.iter_mut().zip(&self.base).for_each(|(score, base)| *score += base);
        let label = match &self.purpose {
            Purpose::Regression => 0,
            Purpose::Classes { labels, .. } => {
                // The first of equal ones.
                let best = (1..scores.len()).fold(0, |best, at| match scores[at] > scores[best] {
                    true => at,
                    false => best,
                });
                labels[best]
            }
        };
        match self.post {
            Post::None => {}
            Post::Logistic => scores.iter_mut().for_each(|score| *score = logistic(*score)),
            Post::Softmax => softmax(scores),
        }
        label
    }

    /// Two classes of which the leaves score one, always as target 0: the other is what is left.
    fn binary(&self, labels: &[i64], all_positive: bool, scores: &mut [f32]) -> i64 {
        let score = scores[0] + self.base.first().copied().unwrap_or(0.0);
        let (label, pair) = match all_positive {
            true => (usize::from(score > 0.5), [1.0 - score, score]),
            false if self.post == Post::Logistic => {
                (usize::from(score > 0.0), [logistic(-score), logistic(score)])
            }
            false => (usize::from(score > 0.0), [-score, score]),
        };
        scores.copy_from_slice(&pair);
        labels[label]
    }
}

fn logistic(x: f32) -> f32 {
    let v = 1.0 / (1.0 + (-x.abs()).exp());
    if x < 0.0 { 1.0 - v } else { v }
}

fn softmax(scores: &mut [f32]) {
    let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0;
    for score in scores.iter_mut() {
        *score = (*score - most).exp();
        sum += *score;
    }
    scores.iter_mut().for_each(|score| *score /= sum);
}

impl ModelBackend for Ensemble {
    fn run(&mut self, inputs: &[Tensor]) -> Result<Vec<Tensor>, ModelError> {
        let [input] = inputs else {
            return Err(ModelError::Input(format!("trees take one input, not {}", inputs.len())));
        };
        let numbers = match input.values() {
            Values::F32(v) => v,
            other => {
                let found = other.element();
                return Err(ModelError::Input(format!("trees take f32 numbers, not {found}")));
            }
        };
        let (rows, width) = (input.rows(), input.width());
        if input.shape().len() != 2 || width < self.features {
            return Err(ModelError::Shape {
                what: "the input".to_owned(),
                found: input.shape().to_vec(),
                expected: format!("rows of {} features", self.features),
            });
        }
        let mut all = Vec::with_capacity(rows * self.targets);
        let mut labels = Vec::with_capacity(rows);
        let (mut scores, mut seen) = (Vec::new(), Vec::new());
        for row in numbers.chunks_exact(width) {
            labels.push(self.evaluate(row, &mut scores, &mut seen));
            all.extend_from_slice(&scores);
        }
        let tensor = |output: &TreeOutput| match output {
            TreeOutput::Scores => Tensor::new(vec![rows, self.targets], Values::F32(all.clone())),
            TreeOutput::Label => Tensor::new(vec![rows], Values::I64(labels.clone())),
        };
        Ok(self.outputs.iter().map(tensor).collect())
    }
}
