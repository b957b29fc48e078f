//! A plain client of reqwest, built as `Cargo.toml` has it: what the layer needs of that, it brings along.

use client_reqwest_rustls_no_provider as under_test;
use standin::reqwest::layer;

#[path = "../../reqwest-default/tests/shared/mod.rs"]
mod shared;
#[path = "../../reqwest-default/tests/shared/alpn.rs"]
mod alpn;

/// A client of this feature set needs a provider, with a layer or without.
fn prepare() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}
