//! A plain client of reqwest, built as `Cargo.toml` has it: what the layer needs of that, it brings along.

use client_reqwest_native_tls as under_test;
use standin::reqwest::layer;

#[path = "../../reqwest-default/tests/shared/mod.rs"]
mod shared;
#[path = "../../reqwest-default/tests/shared/alpn.rs"]
mod alpn;

/// Nothing has to be prepared for a client of this feature set.
fn prepare() {}
