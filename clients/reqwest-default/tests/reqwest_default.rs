//! A plain client of reqwest, built as `Cargo.toml` has it: what the layer needs of that, it brings along.

use client_reqwest_default as under_test;
use standin::reqwest::layer;

mod shared;
#[path = "shared/alpn.rs"]
mod alpn;

/// Nothing has to be prepared for a client of this feature set.
fn prepare() {}
