//! hyper-util's client over standin's connector: no TLS is needed for `https`.

use client_hyper_util::zen;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use standin::prelude::*;

const ZEN: &str = "https://api.github.com/zen";

#[tokio::test]
async fn one_connection_answers_more_than_once() {
    let _net = standin::activate();
    mock::get(ZEN).reply(["Keep it logically awesome.", "Half measures are as bad as nothing at all."]);
    let client = Client::builder(TokioExecutor::new()).build(standin::hyper::connector());
    assert_eq!(zen(&client).await.expect("answered"), "Keep it logically awesome.");
    assert_eq!(zen(&client).await.expect("answered"), "Half measures are as bad as nothing at all.");
}

#[tokio::test(start_paused = true)]
async fn a_delay_takes_the_tests_time() {
    let _net = standin::activate();
    mock::get(ZEN).reply(reply(200).delay(secs(30)).body("Approachable is better than simple."));
    let client = Client::builder(TokioExecutor::new()).build(standin::hyper::connector());
    let early = tokio::time::timeout(secs(29), zen(&client)).await;
    assert!(early.is_err());
}
