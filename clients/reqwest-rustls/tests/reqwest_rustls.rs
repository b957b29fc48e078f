//! A plain client of reqwest, built as `Cargo.toml` has it: what the layer needs of that, it brings along.

use client_reqwest_rustls as under_test;
use reqwest::Client;
use rustls::crypto::CryptoProvider;
use standin::reqwest::layer;

#[path = "../../reqwest-default/tests/shared/mod.rs"]
mod shared;
#[path = "../../reqwest-default/tests/shared/alpn.rs"]
mod alpn;

/// Nothing has to be prepared for a client of this feature set.
fn prepare() {}

#[tokio::test]
async fn the_programs_own_clients_are_left_alone() {
    use standin::prelude::*;
    let _net = standin::activate();
    mock::get("https://api.github.com/users/7").reply(json!({"name": "Ada"}));
    let client = Client::builder().connector_layer(layer()).build().expect("a client");
    assert_eq!(under_test::name(&client, 7).await.expect("answered"), "Ada");
    assert!(CryptoProvider::get_default().is_none(), "nobody chose one for the process");
    // One without the layer trusts whom it trusted: the system's roots, which may be none here.
    let real = Client::builder().tls_certs_only([]).build();
    assert!(real.is_ok(), "{real:?}");
}
