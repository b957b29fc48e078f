//! The responder runs on the client's runtime, so the test's time is its time.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

mod clients;

use std::time::Duration;

use clients::start;
use standin_core::prelude::*;

#[tokio::test(start_paused = true)]
async fn a_paused_delay_takes_no_time() {
    let _net = start();
    mock::get("http://93.184.216.34/").reply(reply(200).body("late").delay(secs(30)));
    let began = tokio::time::Instant::now();
    let reply = reqwest::get("http://93.184.216.34/")
        .await
        .expect("answered");
    assert_eq!(reply.text().await.expect("text"), "late");
    let passed = began.elapsed();
    assert!((secs(30)..secs(31)).contains(&passed), "{passed:?}");
}

#[tokio::test(start_paused = true)]
async fn a_paused_timeout_fires_when_the_delay_is_longer() {
    let _net = start();
    mock::get("http://93.184.216.34/").reply(reply(200).body("late").delay(secs(30)));
    let client = reqwest::Client::builder()
        .timeout(secs(10))
        .build()
        .expect("a client");
    let error = client
        .get("http://93.184.216.34/")
        .send()
        .await
        .expect_err("too late");
    assert!(error.is_timeout(), "{error:?}");
}

#[tokio::test(start_paused = true)]
async fn a_paused_timeout_never_fires_while_a_reply_is_on_its_way() {
    let _net = start();
    mock::get("http://93.184.216.34/")
        .persist()
        .reply("at once");
    mock::get("http://api.standin.test/")
        .persist()
        .reply("at once");
    for url in ["http://93.184.216.34/", "http://api.standin.test/"] {
        for timeout in [Duration::from_millis(1), secs(1), secs(30)] {
            let client = reqwest::Client::builder().timeout(timeout).build();
            let client = client.expect("a client");
            for _ in 0..20 {
                let reply = client.get(url).send().await;
                reply.unwrap_or_else(|error| panic!("{url} within {timeout:?}: {error:?}"));
            }
        }
    }
}
