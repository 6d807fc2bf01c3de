//! ONNX Runtime, from a library that is loaded when a model first wants it.

use super::{Graph, OpenError};
use operators::models::{Element, ModelBackend, ModelError, Tensor, Values};
use ort::{
    environment::Environment,
    session::{Session, SessionInputValue, builder::GraphOptimizationLevel},
    value::{DynValue, TensorRef},
};
use std::{
    env,
    path::{Path, PathBuf},
    sync::{Mutex, OnceLock},
};

/// Names the library, before any other place.
pub const LIBRARY_VARIABLE: &str = "ORT_DYLIB_PATH";

/// The loaded library.
pub(super) struct Library {
    environment: Environment,
    /// Its version.
    pub version: String,
}

/// Where a library may be: what the environment or the job names, else one beside the program.
pub fn library(configured: Option<&Path>) -> Option<PathBuf> {
    if let Some(path) = env::var_os(LIBRARY_VARIABLE).filter(|path| !path.is_empty()) {
        return Some(path.into());
    }
    if let Some(path) = configured {
        return Some(path.to_owned());
    }
    let program = env::current_exe().ok()?;
    let beside = program.parent()?.read_dir().ok()?.filter_map(Result::ok);
    let mut found: Vec<PathBuf> = beside
        .filter(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            name.starts_with("libonnxruntime.so")
                || name.starts_with("libonnxruntime.") && name.ends_with("dylib")
                || name == "onnxruntime.dll"
        })
        .map(|entry| entry.path())
        .collect();
    found.sort();
    found.pop()
}

/// Loads the library, once a process: the first that loads is the one.
pub(super) fn load(path: &Path) -> Result<&'static Library, OpenError> {
    static LOADED: OnceLock<Library> = OnceLock::new();
    static LOADING: Mutex<()> = Mutex::new(());
    let _alone = LOADING.lock().expect("no holder panics");
    if let Some(library) = LOADED.get() {
        return Ok(library);
    }
    let broken = |why: String| OpenError::Library { path: path.to_owned(), why };
    let builder = ort::init_from(path).map_err(|error| broken(error.to_string()))?;
    let environment = builder.build().map_err(|error| broken(error.to_string()))?;
    let info = ort::info();
    let named = |key: &str| {
        info.split(key).nth(1).and_then(|rest| rest.split([',', ' ']).next()).unwrap_or_default()
    };
    let version = match named("git-branch=").strip_prefix("rel-") {
        Some(version) => version.to_owned(),
        None => format!("commit {}", named("git-commit-id=")),
    };
    Ok(LOADED.get_or_init(|| Library { environment, version }))
}

/// A session with the settings that models have here and nothing around it, to measure beside.
///
/// # Errors
/// When there is no library, or it refuses the model.
pub fn bare_session(bytes: &[u8]) -> Result<Session, OpenError> {
    let path = library(None).ok_or_else(|| {
        OpenError::Unsupported(format!("no library is found: set {LIBRARY_VARIABLE}"))
    })?;
    session(load(&path)?, bytes).map_err(|error| OpenError::Unsupported(error.to_string()))
}

fn session(library: &Library, bytes: &[u8]) -> ort::Result<Session> {
    // One thread each: sums must not depend on how work was divided, and workers are the threads
    // that there are.
    let builder = Session::builder(&library.environment)?
        .with_intra_threads(1)?
        .with_inter_threads(1)?
        .with_log_level(ort::logging::LogLevel::Fatal)?;
    // `Level3` is a value that libraries before 1.23 do not know.
    let mut builder = builder.with_optimization_level(GraphOptimizationLevel::All)?;
    builder.commit_from_memory(bytes)
}

/// A loaded model.
pub(super) struct Ort {
    session: Session,
    outputs: Vec<Option<Element>>,
}

impl Ort {
    /// Loads a model.
    ///
    /// # Errors
    /// When the runtime refuses it, or a type is not one of ours.
    pub fn load(library: &Library, graph: &Graph, bytes: &[u8]) -> Result<Ort, OpenError> {
        let unsupported = |why: String| OpenError::Unsupported(format!("onnxruntime: {why}"));
        let mut ports = graph.inputs.iter().chain(&graph.outputs);
        if let Some(port) = ports.find(|port| port.element.is_none()) {
            return Err(unsupported(format!("the type of {port} is none that a model takes here")));
        }
        let session = session(library, bytes).map_err(|error| unsupported(error.to_string()))?;
        let outputs = graph.outputs.iter().map(|port| port.element).collect();
        Ok(Ort { session, outputs })
    }
}

fn failed(error: impl std::fmt::Display) -> ModelError {
    ModelError::Backend(format!("onnxruntime: {error}"))
}

fn given(tensor: &Tensor) -> Result<SessionInputValue<'_>, ModelError> {
    let shape = tensor.shape();
    let value: SessionInputValue<'_> = match tensor.values() {
        Values::F32(v) => TensorRef::from_array_view((shape, &v[..])).map_err(failed)?.into(),
        Values::F64(v) => TensorRef::from_array_view((shape, &v[..])).map_err(failed)?.into(),
        Values::I32(v) => TensorRef::from_array_view((shape, &v[..])).map_err(failed)?.into(),
        Values::I64(v) => TensorRef::from_array_view((shape, &v[..])).map_err(failed)?.into(),
    };
    Ok(value)
}

fn taken(value: &DynValue, element: Option<Element>) -> Result<Tensor, ModelError> {
    macro_rules! tensor {
        ($kind:ident, $type:ty) => {{
            let (shape, values) = value.try_extract_tensor::<$type>().map_err(failed)?;
            let shape = shape.iter().map(|n| *n as usize).collect();
            Ok(Tensor::new(shape, Values::$kind(values.to_vec())))
        }};
    }
    match element {
        Some(Element::F32) => tensor!(F32, f32),
        Some(Element::F64) => tensor!(F64, f64),
        Some(Element::I32) => tensor!(I32, i32),
        Some(Element::I64) => tensor!(I64, i64),
        None => Err(failed("an output of another type")),
    }
}

impl ModelBackend for Ort {
    fn run(&mut self, inputs: &[Tensor]) -> Result<Vec<Tensor>, ModelError> {
        let values = inputs.iter().map(given).collect::<Result<Vec<_>, _>>()?;
        let outputs = self.session.run(&values[..]).map_err(failed)?;
        let values = outputs.values().zip(&self.outputs);
        values.map(|(value, element)| taken(&value, *element)).collect()
    }
}
