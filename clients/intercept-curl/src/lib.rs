//! Nothing: its tests are the crate.
