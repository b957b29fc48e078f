//! Replies that wait do so by the test's time.

use standin::prelude::*;
use tokio::time::Instant;

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
    let limit = C::pace(secs(29));
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
