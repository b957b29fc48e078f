//! A plain client of reqwest, built as `Cargo.toml` has it: what the layer needs of that, it brings along.

use client_reqwest_0_12_rustls as under_test;
use standin::reqwest_0_12::layer;

#[path = "../../reqwest-default/tests/shared/mod.rs"]
mod shared;
#[path = "../../reqwest-default/tests/shared/alpn.rs"]
mod alpn;

/// Nothing has to be prepared for a client of this feature set.
fn prepare() {}
