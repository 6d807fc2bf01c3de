//! Models as a plan pins them.

use super::{Backend, Golden, Graph, OpenError, OpenOptions, Opened, Pin, RowShapes, open};
use operators::models::{Batching, Element};
use schemas::{Span, Text};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// An input of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// Its name in the graph.
    pub name: String,
    /// Its type.
    pub element: Element,
    /// The shape of a row.
    pub shape: Vec<usize>,
}

/// A model's bytes, and what runs them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelFile {
    /// Where it lies; not part of what it is.
    pub path: PathBuf,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// What runs it.
    pub pin: Pin,
    /// Which rows it may be given together.
    pub batching: Batching,
    /// Its inputs, in the order of its graph.
    pub inputs: Vec<Input>,
    /// The library of ONNX Runtime that the job names; not part of what it is.
    pub library: Option<PathBuf>,
}

/// A model of a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelPlan {
    /// Its name in the job.
    pub name: Text,
    /// Its bytes; none of an ensemble, or where the fallback stands in from the start.
    pub file: Option<ModelFile>,
    /// Why the fallback stands in from the start.
    pub absent: Option<String>,
    /// The longest that one call should take, by the clock on the wall.
    pub budget: Option<Span>,
}

/// SHA-256 of bytes, in hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl ModelPlan {
    /// What of it determines results.
    pub(crate) fn identity(&self) -> impl Serialize + '_ {
        let file = self.file.as_ref();
        (&self.name, file.map(|file| (&file.sha256, &file.pin, file.batching, &file.inputs)))
    }

    /// Digest, backend and version, as checkpoints and reports name it; with the instructions of
    /// the processor, because sums are divided by their width.
    pub fn pinned(&self) -> Option<String> {
        let file = self.file.as_ref()?;
        Some(format!("{} sha256:{} {} {}", self.name, file.sha256, file.pin, instructions()))
    }
}

/// The processor's kind and the widest instructions that it has for floating point.
fn instructions() -> String {
    #[cfg(target_arch = "x86_64")]
    let width = if std::arch::is_x86_feature_detected!("avx512f") {
        "avx512"
    } else if std::arch::is_x86_feature_detected!("avx2") {
        "avx2"
    } else {
        "sse"
    };
    #[cfg(not(target_arch = "x86_64"))]
    let width = "default";
    format!("{}-{width}", std::env::consts::ARCH)
}

impl ModelFile {
    /// Reads a file, and finds out what runs it.
    ///
    /// # Errors
    /// When it cannot be read, or no backend runs it as its golden rows say.
    pub fn choose(
        path: &Path,
        backend: Option<Backend>,
        library: Option<&Path>,
        golden: Option<&Golden>,
        shapes: impl FnOnce(&Graph) -> Result<RowShapes, OpenError>,
    ) -> Result<(ModelFile, Graph, Opened), OpenError> {
        let bytes = read(path)?;
        let graph = Graph::parse(&bytes)?;
        let rows = shapes(&graph)?;
        let options = OpenOptions { backend, library, golden, rows: Some(&rows) };
        let opened = open(&graph, &bytes, &options)?;
        let input = |port: &super::Port| Input {
            name: port.name.clone(),
            element: port.element.unwrap_or(Element::F32),
            shape: rows.get(&port.name).cloned().unwrap_or_default(),
        };
        let file = ModelFile {
            path: path.to_owned(),
            sha256: sha256(&bytes),
            pin: opened.pin.clone(),
            batching: opened.model.batching(),
            inputs: graph.inputs.iter().map(input).collect(),
            library: library.map(Path::to_owned),
        };
        Ok((file, graph, opened))
    }

    /// Opens it for a worker.
    ///
    /// # Errors
    /// When the file or the backend is not the one that was pinned.
    pub(crate) fn open(&self) -> Result<Opened, OpenError> {
        let bytes = read(&self.path)?;
        let changed = |found: String, expected: String| OpenError::Changed {
            path: self.path.clone(),
            found,
            expected,
        };
        let found = sha256(&bytes);
        if found != self.sha256 {
            return Err(changed(found, self.sha256.clone()));
        }
        let graph = Graph::parse(&bytes)?;
        let shapes: RowShapes =
            self.inputs.iter().map(|input| (input.name.clone(), input.shape.clone())).collect();
        let options = OpenOptions {
            backend: Some(self.pin.backend),
            library: self.library.as_deref(),
            golden: None,
            rows: Some(&shapes),
        };
        let opened = open(&graph, &bytes, &options)?;
        if opened.pin != self.pin || opened.model.batching() != self.batching {
            return Err(OpenError::Unsupported(format!(
                "{} runs it here in {:?}, and the plan says {} in {:?}",
                opened.pin,
                opened.model.batching(),
                self.pin,
                self.batching
            )));
        }
        Ok(opened)
    }
}

fn read(path: &Path) -> Result<Vec<u8>, OpenError> {
    fs::read(path).map_err(|error| OpenError::Read { path: path.to_owned(), error })
}
