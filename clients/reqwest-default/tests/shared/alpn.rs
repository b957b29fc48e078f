//! HTTP/2 by ALPN, for clients that are built with TLS and with `http2`.

use standin::prelude::*;

use super::{layer, prepare};

#[tokio::test]
async fn http_2_is_negotiated_where_a_test_asks_for_it() {
    prepare();
    let _net = standin::activate();
    mock::get("https://api.github.com/users/7").times(2).reply(json!({"name": "Ada"}));
    let client = reqwest::Client::builder().connector_layer(layer().with_alpn()).build().expect("a client");
    for _ in 0..2 {
        let response = client.get("https://api.github.com/users/7").send().await.expect("answered");
        assert_eq!(response.version(), reqwest::Version::HTTP_2);
        assert_eq!(response.json::<serde_json::Value>().await.expect("JSON"), json!({"name": "Ada"}));
    }
}

#[test]
fn and_for_a_blocking_client() {
    prepare();
    let _net = standin::activate();
    mock::get("https://api.github.com/users/7").reply("Ada");
    let client = reqwest::blocking::Client::builder().connector_layer(layer().with_alpn()).build().expect("a client");
    let response = client.get("https://api.github.com/users/7").send().expect("answered");
    assert_eq!(response.version(), reqwest::Version::HTTP_2);
}

#[tokio::test(start_paused = true)]
async fn paused_time_stays_paused_under_it() {
    prepare();
    let _net = standin::activate();
    mock::get("https://api.github.com/slow").times(20).reply(reply(200).delay(secs(30)));
    for _ in 0..20 {
        let client = reqwest::Client::builder().timeout(secs(60)).connector_layer(layer().with_alpn()).build().expect("a client");
        client.get("https://api.github.com/slow").send().await.expect("in time");
    }
}
