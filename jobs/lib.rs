//! tapeflow.
