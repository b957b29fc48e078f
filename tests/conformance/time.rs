//! Replies that wait do so by the test's time.

use standin::prelude::*;
use tokio::time::{Instant, timeout};

use crate::client::Client;

const URL: &str = "x.io/slow";

#[expect(
    clippy::disallowed_methods,
    reason = "whether real time passes is the question"
)]
pub async fn a_delay_takes_no_time_and_fires_no_timeout<C: Client>() {
    let _net = standin::activate();
    let delay = C::pace(secs(30));
    mock::get(URL).reply(reply(200).delay(delay));
    let (real, paused) = (std::time::Instant::now(), Instant::now());
    let sent = C::new()
        .get_within(secs(60), URL)
        .await
        .expect("no timeout")
        .expect("answered");
    assert_eq!(sent.status, 200);
    if C::SHOWS.paused {
        assert_eq!(paused.elapsed().as_secs(), 30);
        assert!(real.elapsed() < secs(10));
    } else {
        assert!(real.elapsed() >= delay);
    }
}

pub async fn a_delay_is_waited_for<C: Client>() {
    let net = standin::activate();
    mock::get(URL).reply(reply(200).delay(C::pace(secs(30))));
    let limit = C::pace(secs(30)) * 29 / 30;
    assert!(C::new().get_within(limit, URL).await.is_none());
    assert_eq!(net.calls().len(), 1);
}

pub async fn a_gate_holds_the_reply<C: Client>() {
    let _net = standin::activate();
    let gate = Gate::new();
    let held = mock::get(URL).reply(reply(200).hold(&gate));
    let client = C::new();
    let asked = tokio::spawn(async move { client.get(URL).await });
    held.wait_for(1).within(secs(5)).await;
    tokio::time::advance(secs(3600)).await;
    tokio::task::yield_now().await;
    assert!(!asked.is_finished());
    gate.open();
    assert_eq!(
        asked.await.expect("no panic").expect("answered").status,
        200
    );
}

pub async fn requests_run_side_by_side<C: Client>() {
    let _net = standin::activate();
    let delay = C::pace(secs(1));
    let slow = mock::get(URL).times(20).reply(reply(200).delay(delay));
    let client = C::new();
    let began = Instant::now();
    let asked: Vec<_> = (0..20)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.get(URL).await })
        })
        .collect();
    for one in asked {
        assert_eq!(one.await.expect("no panic").expect("answered").status, 200);
    }
    if C::SHOWS.paused {
        assert_eq!(began.elapsed(), delay);
    }
    slow.assert_called(20);
}

/// Whoever waits by another clock than the client's fires some of its timeouts early: 13 of 50 runs did with a server on a thread
/// of its own (reqwest#2783).
#[expect(
    clippy::disallowed_methods,
    reason = "whether real time passes is the question"
)]
pub async fn of_a_hundred_delays_each_takes_its_time<C: Client>() {
    // By the machine's time they would take two hours.
    if !C::SHOWS.paused {
        return;
    }
    let real = std::time::Instant::now();
    for run in 0..100 {
        let _net = standin::activate();
        mock::get(URL).reply(replies![
            reply(200).delay(secs(30)),
            reply(200).delay(secs(90)),
        ]);
        let client = C::new();
        let began = Instant::now();
        let sent = timeout(secs(60), client.get(URL)).await;
        let sent = sent.unwrap_or_else(|_| panic!("run {run}: the timeout fired early"));
        assert_eq!(sent.expect("answered").status, 200);
        assert_eq!(began.elapsed().as_secs(), 30);
        let late = timeout(secs(60), client.get(URL)).await;
        assert!(late.is_err(), "run {run}: the timeout did not fire");
        assert_eq!(began.elapsed().as_secs(), 90);
    }
    assert!(real.elapsed() < secs(30), "{:?}", real.elapsed());
}

/// The timeouts of the client itself, which are timers that nobody here sees: one that is longer than the wait never fires, one that is
/// shorter fires when it should.
macro_rules! the_timeouts_of_a_client_fire_when_they_should {
    ($($name:ident: $reqwest:ident, $url:literal, $with:expr;)*) => {
        mod in_a_hundred_runs {
            use super::*;

            $(
                #[tokio::test(start_paused = true)]
                async fn $name() {
                    let with: fn($reqwest::ClientBuilder) -> $reqwest::ClientBuilder = $with;
                    for run in 0..100 {
                        let net = standin::activate();
                        mock::get($url).reply(replies![
                            reply(200).delay(secs(30)),
                            reply(200).delay(secs(90)),
                            reply(200).chunk("one").gap(secs(90)).chunk("two"),
                            reply(200).connect_delay(secs(10)),
                            Fault::ConnectHang,
                        ]);
                        // A connection that is kept would not be waited for.
                        let client = $reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0);
                        let client = client.timeout(secs(60)).connect_timeout(secs(20));
                        let client = with(client).build().expect("a client");
                        let began = Instant::now();
                        let sent = client.get($url).send().await;
                        assert!(sent.is_ok(), "run {run}: {sent:?}");
                        assert_eq!(began.elapsed(), secs(30), "run {run}");
                        let late = client.get($url).send().await.expect_err("a timeout");
                        assert!(late.is_timeout() && !late.is_connect(), "run {run}: {late:?}");
                        assert_eq!(began.elapsed().as_secs(), 90, "run {run}");
                        let broken = client.get($url).send().await.expect("a head").text().await;
                        assert!(broken.expect_err("a timeout").is_timeout());
                        assert_eq!(began.elapsed().as_secs(), 150, "run {run}");
                        let sent = client.get($url).send().await;
                        assert!(sent.is_ok(), "run {run}: {sent:?}");
                        assert_eq!(began.elapsed().as_secs(), 160, "run {run}");
                        let never = client.get($url).send().await.expect_err("a timeout");
                        assert!(never.is_timeout() && never.is_connect(), "run {run}: {never:?}");
                        assert_eq!(began.elapsed().as_secs(), 180, "run {run}");
                        assert_eq!(net.calls().len(), 5);
                    }
                }
            )*
        }
    };
}

the_timeouts_of_a_client_fire_when_they_should! {
    layer_1: reqwest, "https://x.io/slow", |it| it.connector_layer(standin::reqwest::layer());
    layer_2: reqwest, "https://x.io/slow", |it| it.connector_layer(standin::reqwest::layer()).http2_prior_knowledge();
    layer_0_12_1: reqwest_0_12, "https://x.io/slow", |it| it.connector_layer(standin::reqwest_0_12::layer());
    layer_0_12_2: reqwest_0_12, "https://x.io/slow", |it| it.connector_layer(standin::reqwest_0_12::layer()).http2_prior_knowledge();
    intercepted_1: reqwest, "http://x.io/slow", |it| it;
    intercepted_2: reqwest, "http://x.io/slow", |it| it.http2_prior_knowledge();
    intercepted_0_12_1: reqwest_0_12, "http://x.io/slow", |it| it;
    intercepted_0_12_2: reqwest_0_12, "http://x.io/slow", |it| it.http2_prior_knowledge();
}

/// The same of a client that has a base URL.
#[tokio::test(start_paused = true)]
async fn the_timeout_of_a_client_fires_when_it_should_in_a_hundred_runs() {
    let _net = standin::activate();
    let listener = standin::listen();
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(secs(60))
        .build()
        .expect("a client");
    for run in 0..100 {
        mock::get("/slow").reply(replies![
            reply(200).delay(secs(30)),
            reply(200).delay(secs(90)),
            reply(200).chunk("one").gap(secs(90)).chunk("two"),
        ]);
        let url = format!("{}/slow", listener.url());
        let began = Instant::now();
        let sent = client.get(&url).send().await;
        assert!(sent.is_ok(), "run {run}: {sent:?}");
        assert_eq!(began.elapsed().as_secs(), 30);
        let late = client.get(&url).send().await.expect_err("a timeout");
        assert!(late.is_timeout(), "run {run}: {late:?}");
        let broken = client.get(&url).send().await.expect("a head").text().await;
        assert!(broken.expect_err("a timeout").is_timeout());
        assert_eq!(began.elapsed().as_secs(), 150);
    }
}
