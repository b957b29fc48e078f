//! What holds for reqwest with every feature set for TLS.

use std::error::Error;
use std::io;

use standin::prelude::*;

use super::{layer, prepare};
use super::under_test::{name, name_blocking};

fn builder() -> reqwest::ClientBuilder {
    prepare();
    reqwest::Client::builder()
}

fn client() -> reqwest::Client {
    builder().connector_layer(layer()).build().expect("a client")
}

fn kind(error: &reqwest::Error) -> Option<io::ErrorKind> {
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            return Some(error.kind());
        }
        cause = error.source();
    }
    None
}

#[tokio::test]
async fn https_is_mocked() {
    let _net = standin::activate();
    mock::get("https://api.github.com/users/7").times(2).reply(json!({"name": "Ada"}));
    let client = client();
    for _ in 0..2 {
        assert_eq!(name(&client, 7).await.expect("answered"), "Ada");
    }
}

#[test]
fn https_is_mocked_for_a_blocking_client() {
    let _net = standin::activate();
    mock::get("https://api.github.com/users/7").times(2).reply(json!({"name": "Ada"}));
    prepare();
    let client = reqwest::blocking::Client::builder().connector_layer(layer()).build().expect("a client");
    for _ in 0..2 {
        assert_eq!(name_blocking(&client, 7).expect("answered"), "Ada");
    }
}

#[tokio::test]
async fn ports_and_addresses_are_mocked() {
    let _net = standin::activate();
    let client = client();
    for url in ["https://api.github.com:8443/", "https://192.0.2.7/", "https://[2001:db8::7]:8443/", "http://api.github.com/"] {
        mock::get(url).reply("mocked");
        let response = client.get(url).send().await.expect("answered");
        assert_eq!(response.text().await.expect("a body"), "mocked");
    }
}

#[tokio::test]
async fn a_reset_is_an_io_error() {
    let _net = standin::activate();
    mock::get("https://api.github.com/users/7").reply(Fault::Reset);
    let broken = name(&client(), 7).await.expect_err("it broke");
    assert_eq!(kind(&broken), Some(io::ErrorKind::ConnectionReset), "{broken:?}");
}

#[tokio::test]
async fn another_host_is_refused() {
    let net = standin::activate();
    mock::get("https://api.github.com/users/7").optional().reply(200);
    let refused = client().get("https://evil.io/").send().await.expect_err("refused");
    assert_eq!(kind(&refused), Some(io::ErrorKind::ConnectionRefused), "{refused:?}");
    assert_eq!(net.take_unmatched().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_delay_takes_no_time() {
    let _net = standin::activate();
    mock::get("https://api.github.com/users/7").times(100).reply(reply(200).json(json!({"name": "Ada"})).delay(secs(30)));
    let client = builder().timeout(secs(60)).connector_layer(layer()).build().expect("a client");
    for _ in 0..100 {
        assert_eq!(name(&client, 7).await.expect("in time"), "Ada");
    }
}
