//! Where results go besides the lake.

pub mod kafka;
