//! Running state as bytes: what a checkpoint keeps of an operator.
//!
//! The form is postcard, which keeps every bit of a number (NaN too) and gives equal bytes for
//! equal state. In front stand a version and what the state belongs to, so that the state of
//! another operator, or of another shape, is refused and not misread.

use crate::indicators::SnapshotError;
use serde::{Serialize, de::DeserializeOwned};

/// Changes when the form of any state changes.
const VERSION: u32 = 13;

/// Why a snapshot was refused.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// Written by another version of the program.
    #[error("its form is version {found}, and this program reads version {VERSION}")]
    Version {
        /// The version.
        found: u32,
    },
    /// Of something else.
    #[error("it is of {found}, not of {expected}")]
    Other {
        /// Whose state was expected.
        expected: String,
        /// Whose it is.
        found: String,
    },
    /// Not a whole snapshot.
    #[error("it is broken: {0}")]
    Broken(#[from] postcard::Error),
    /// More than a snapshot.
    #[error("it has {0} bytes too many")]
    Trailing(usize),
    /// Of an indicator in it.
    #[error(transparent)]
    Indicator(#[from] SnapshotError),
    /// Of another number of parts.
    #[error("it has {found} {what}, and the job has {expected}")]
    Shape {
        /// Parts of which kind.
        what: &'static str,
        /// How many it has.
        found: usize,
        /// How many the job has.
        expected: usize,
    },
}

/// State as bytes.
pub(crate) fn pack(owner: &str, state: &impl Serialize) -> Vec<u8> {
    postcard::to_stdvec(&(VERSION, owner, state)).expect("state is plain data")
}

/// State from bytes.
pub(crate) fn unpack<T: DeserializeOwned>(owner: &str, bytes: &[u8]) -> Result<T, RestoreError> {
    let (version, rest) = postcard::take_from_bytes::<u32>(bytes)?;
    if version != VERSION {
        return Err(RestoreError::Version { found: version });
    }
    let (found, rest) = postcard::take_from_bytes::<String>(rest)?;
    if found != owner {
        return Err(RestoreError::Other { expected: owner.to_owned(), found });
    }
    let (state, rest) = postcard::take_from_bytes::<T>(rest)?;
    match rest.len() {
        0 => Ok(state),
        bytes => Err(RestoreError::Trailing(bytes)),
    }
}

/// Refuses state with another number of parts.
pub(crate) fn same_shape(
    what: &'static str,
    found: usize,
    expected: usize,
) -> Result<(), RestoreError> {
    match found == expected {
        true => Ok(()),
        false => Err(RestoreError::Shape { what, found, expected }),
    }
}
