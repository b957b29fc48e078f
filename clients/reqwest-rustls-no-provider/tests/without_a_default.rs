//! A program may give each client its own TLS, and install no provider: then reqwest can build no other client.

use reqwest::Client;
use rustls::crypto::CryptoProvider;
use standin::prelude::*;

#[tokio::test]
async fn the_error_says_what_to_install() {
    let _net = standin::activate();
    mock::get("https://api.github.com/").optional().reply(200);
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    let client = Client::builder().tls_backend_preconfigured(tls).connector_layer(standin::reqwest::layer()).build().expect("a client");
    let refused = client.get("https://api.github.com/").send().await.expect_err("no connection can be lent");
    let told = format!("{refused:?}");
    assert!(refused.is_connect() && told.contains("CryptoProvider::install_default"), "{told}");
    assert!(CryptoProvider::get_default().is_none(), "nobody chose one for the process");
}
