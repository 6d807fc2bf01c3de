//! Models of ONNX files: what runs them, chosen and tested when they are loaded.
//!
//! Three backends are in every build, and each model gets the first that can run it and passes its
//! golden rows: our evaluator for tree ensembles, ONNX Runtime where its library is found, and
//! `rten`, which is all Rust. A graph is not given to a backend that is known to compute
//! something in it otherwise than ONNX says.

mod golden;
mod graph;
mod open;
mod ort;
mod plan;
mod protobuf;
mod rten;
mod runner;
mod scaling;
#[cfg(test)]
mod tests;
mod trees;

pub use golden::Golden;
pub use graph::{Dim, Graph, Port};
pub use open::{Loaded, OpenOptions, Opened, RowShapes, load, made_rows, open, row_shapes};
pub use ort::{LIBRARY_VARIABLE, bare_session, library};
pub use plan::{Input, ModelFile, ModelPlan, sha256};
pub(crate) use runner::Runner;
pub use runner::{Answerer, ModelCost, ModelMeter};
pub use scaling::Scaling;

use serde::{Deserialize, Serialize};
use std::{fmt, io, path::PathBuf};

/// What runs a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Backend {
    /// Our own evaluator of tree ensembles.
    Trees,
    /// ONNX Runtime, from a library.
    Ort,
    /// ONNX in Rust.
    Rten,
}

impl Backend {
    /// All, in the order in which they are tried.
    pub const ALL: [Backend; 3] = [Backend::Trees, Backend::Ort, Backend::Rten];
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Backend::Trees => "trees",
            Backend::Ort => "ort",
            Backend::Rten => "rten",
        })
    }
}

/// A backend with its version: another one may round otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pin {
    /// Which.
    pub backend: Backend,
    /// Of which version.
    pub version: String,
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.backend, self.version)
    }
}

/// Why a model cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Its file.
    #[error("cannot read {}: {error}", path.display())]
    Read {
        /// Where.
        path: PathBuf,
        /// What went wrong.
        error: io::Error,
    },
    /// The file holds no model that can be used.
    #[error("{0}")]
    Format(String),
    /// A backend lacks something in it, or is known to compute it wrongly.
    #[error("{0}")]
    Unsupported(String),
    /// The library of ONNX Runtime that was named.
    #[error("cannot use the ONNX Runtime library {}: {why}", path.display())]
    Library {
        /// Where.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// It failed on made rows, or gave shapes that do not fit.
    #[error("{backend} does not run it: {why}")]
    Probe {
        /// Which backend.
        backend: Backend,
        /// What happened.
        why: String,
    },
    /// It does not give what its golden rows say.
    #[error("{backend} does not give the golden outputs: {why}")]
    Golden {
        /// Which backend.
        backend: Backend,
        /// The first difference.
        why: String,
    },
    /// The file is not the one that the plan was made with.
    #[error("{}: sha256 is {found}, and the plan says {expected}", path.display())]
    Changed {
        /// Where.
        path: PathBuf,
        /// What the file has.
        found: String,
        /// What the plan has.
        expected: String,
    },
    /// No backend can run it.
    #[error("no backend runs it: {}", tried(.0))]
    NoBackend(Vec<(Backend, OpenError)>),
}

fn tried(errors: &[(Backend, OpenError)]) -> String {
    let all: Vec<String> =
        errors.iter().map(|(backend, why)| format!("{backend}: {why}")).collect();
    all.join("; ")
}
