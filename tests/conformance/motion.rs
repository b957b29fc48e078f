//! Bodies in motion: pieces, waits between them, and what the test says while the client reads.

use std::time::Duration;

use http_body_util::BodyExt;
use standin::prelude::*;
use standin::{CallOutcome, Delay, Live};
use tokio::time::{Instant, timeout};

use crate::client::{Client, get};
use crate::faults::said_at_the_end;

const URL: &str = "x.io/slow";

/// What came, and how long that took in milliseconds of the test's time.
async fn timed<C: Client>(reply: Reply) -> (String, u128) {
    mock::get(URL).reply(reply);
    let began = Instant::now();
    let sent = C::new().get(URL).await.expect("answered");
    (sent.text(), began.elapsed().as_millis())
}

pub async fn chunks_with_gaps_take_their_time<C: Client>() {
    if !C::SHOWS.paused {
        return;
    }
    let _net = standin::activate();
    let spoken = reply(200)
        .chunk("one ")
        .gap(millis(100))
        .chunk("two ")
        .gap(millis(200))
        .chunk("three");
    assert_eq!(timed::<C>(spoken).await, ("one two three".into(), 300));
    let even = reply(200).chunks(["a", "b", "c"]).gaps(secs(10));
    assert_eq!(timed::<C>(even).await, ("abc".into(), 20_000));
    let late = reply(200)
        .body("late")
        .delay(secs(1))
        .connect_delay(secs(2))
        .body_delay(secs(4));
    assert_eq!(timed::<C>(late).await, ("late".into(), 7000));
}

pub async fn a_gate_holds_a_chunk<C: Client>() {
    if !C::SHOWS.paused {
        return;
    }
    let _net = standin::activate();
    let gate = Gate::new();
    mock::get(URL).reply(reply(200).chunk("one").gate(&gate).chunk("two"));
    let client = C::new();
    let mut opened = client.open(get(URL)).await.expect("answered");
    let first = opened
        .body_mut()
        .frame()
        .await
        .expect("a frame")
        .expect("read");
    assert_eq!(first.into_data().expect("data"), "one");
    let early = timeout(secs(3600), opened.body_mut().frame()).await;
    assert!(early.is_err(), "{early:?}");
    gate.open();
    let rest = opened.into_body().collect().await.expect("read").to_bytes();
    assert_eq!(rest, "two");
}

pub async fn a_body_dribbles_and_has_a_bandwidth<C: Client>() {
    if !C::SHOWS.paused {
        return;
    }
    let _net = standin::activate();
    let body = "z".repeat(1000);
    let dribbled = reply(200).body(&body).dribble(5, secs(50));
    assert_eq!(timed::<C>(dribbled).await, (body.clone(), 50_000));
    let narrow = reply(200).body(&body).bandwidth(100);
    assert_eq!(timed::<C>(narrow).await, (body, 10_000));
}

pub async fn a_feed_is_read_while_the_test_writes<C: Client>() {
    if !C::SHOWS.paused {
        return;
    }
    let net = standin::activate();
    let feed = Feed::new();
    mock::get(URL).reply(&feed);
    feed.send("one");
    let client = C::new();
    let mut opened = client.open(get(URL)).await.expect("answered");
    for said in ["one", "two", "three"] {
        let frame = opened
            .body_mut()
            .frame()
            .await
            .expect("a frame")
            .expect("read");
        assert_eq!(frame.into_data().expect("data"), said);
        assert!(timeout(secs(60), opened.body_mut().frame()).await.is_err());
        assert_eq!(net.calls()[0].outcome(), &CallOutcome::Pending);
        feed.send(if said == "one" { "two" } else { "three" });
    }
    feed.end();
    let rest = opened.into_body().collect().await.expect("read").to_bytes();
    assert_eq!(rest, "three");
    net.settled().await;
    assert_eq!(net.calls()[0].outcome(), &CallOutcome::Answered);
}

pub async fn a_feed_that_fails_breaks_the_body<C: Client>() {
    let net = standin::activate();
    let feed = Feed::new();
    mock::get(URL).reply(&feed);
    feed.send("one");
    feed.fail(Fault::Reset);
    let refused = C::new().get(URL).await.expect_err("broken");
    if C::SHOWS
        .faults
        .contains(&std::io::ErrorKind::ConnectionReset)
    {
        // h2 keeps no more than the words of an error that strikes within a body, and ureq calls each of them the end of its peer.
        let said = refused.text().to_lowercase();
        let is_told = ["connection reset", "peer disconnected"].map(|told| said.contains(told));
        assert!(is_told.contains(&true), "{refused:?}");
    }
    assert_eq!(net.calls()[0].outcome(), &CallOutcome::Faulted);
}

pub async fn a_live_body_is_made_for_each_use<C: Client>() {
    let _net = standin::activate();
    let count = Live::of(|| (0..3).map(|n| format!("{n},")));
    mock::get(URL)
        .times(2)
        .reply(reply(200).body(count).trailer("x-sum", "3"));
    for _ in 0..2 {
        let sent = C::new().get(URL).await.expect("answered");
        assert_eq!(sent.text(), "0,1,2,");
        assert_eq!(sent.trailers.len(), usize::from(C::SHOWS.trailers));
    }
}

pub async fn a_live_body_that_panics_fails_the_test<C: Client>() {
    let net = standin::activate();
    let broken = Live::of(|| (0..3).map(|n| if n < 2 { "z" } else { panic!("no piece 2") }));
    mock::get(URL).reply(broken);
    C::new().get(URL).await.expect_err("broken");
    let said = said_at_the_end(net);
    assert!(
        said.contains("the live body panicked: no piece 2"),
        "{said}"
    );
}

pub async fn events_come_one_by_one<C: Client>() {
    if !C::SHOWS.paused {
        return;
    }
    let _net = standin::activate();
    let ticks = events()
        .send(Event::data("1").id("1").name("tick"))
        .gap(secs(25))
        .send(Event::data("two\nlines"))
        .keep_alive(secs(10));
    mock::get(URL).reply(ticks);
    let began = Instant::now();
    let sent = C::new().get(URL).await.expect("answered");
    assert_eq!(sent.header("content-type"), ["text/event-stream"]);
    assert_eq!(
        sent.text(),
        "id: 1\nevent: tick\ndata: 1\n\n: keep-alive\n\n: keep-alive\n\ndata: two\ndata: lines\n\n"
    );
    assert_eq!(began.elapsed(), secs(25));
}

pub async fn lines_of_json_come_one_by_one<C: Client>() {
    let _net = standin::activate();
    mock::get(URL).reply(ndjson([json!({"id": 7}), json!([8])]).gaps(secs(1)));
    let sent = C::new().get(URL).await.expect("answered");
    assert_eq!(sent.header("content-type"), ["application/x-ndjson"]);
    assert_eq!(sent.text(), "{\"id\":7}\n[8]\n");
}

pub async fn a_delay_is_drawn_and_repeats<C: Client>() {
    if !C::SHOWS.paused {
        return;
    }
    let drawn = || async {
        let _net = standin::activate();
        mock::get(URL)
            .times(3)
            .reply(reply(200).delay(millis(10)..=millis(5000)));
        mock::get(URL).reply(reply(200).delay(Delay::log_normal(secs(1), 0.5)));
        mock::get(URL)
            .times(2)
            .reply(reply(200).delay(Delay::computed(secs)));
        let mut waits: Vec<Duration> = Vec::new();
        for _ in 0..6 {
            let began = Instant::now();
            C::new().get(URL).await.expect("answered");
            waits.push(began.elapsed());
        }
        waits
    };
    let waits = drawn().await;
    assert!(
        waits[..3]
            .iter()
            .all(|wait| (10..=5001).contains(&wait.as_millis())),
        "{waits:?}"
    );
    assert!(waits[0] != waits[1] && waits[1] != waits[2], "{waits:?}");
    assert_eq!(waits[4..], [secs(1), secs(2)]);
}

pub async fn a_long_delay_fires_the_timeout_of_the_client<C: Client>() {
    if !C::SHOWS.paused {
        return;
    }
    let _net = standin::activate();
    mock::get(URL).reply(reply(200).delay(secs(90)));
    let began = Instant::now();
    assert!(timeout(secs(60), C::new().get(URL)).await.is_err());
    assert_eq!(began.elapsed(), secs(60));
}

pub async fn waiting_for_a_call_takes_no_time<C: Client>() {
    if !C::SHOWS.paused {
        return;
    }
    let _net = standin::activate();
    let mock = mock::get(URL).reply(replies![reply(200).delay(secs(40)), 200]);
    let began = Instant::now();
    let client = C::new();
    let asked = tokio::spawn(async move {
        client.get(URL).await?;
        client.get(URL).await.map(|sent| sent.status)
    });
    mock.wait_for(2).within(secs(60)).await;
    assert_eq!(began.elapsed(), secs(40));
    assert_eq!(asked.await.expect("no panic").expect("answered"), 200);
}

pub async fn a_stream_and_a_reader_are_bodies<C: Client>() {
    let _net = standin::activate();
    let pieces =
        || futures_util::stream::iter(["one ", "two"].map(Ok::<_, std::convert::Infallible>));
    mock::get(URL).times(2).reply(standin::stream(pieces));
    let long = "z".repeat(100_000);
    let file = long.clone();
    mock::get(URL).reply(standin::read(move || std::io::Cursor::new(file.clone())));
    for said in ["one two", "one two", &long] {
        assert_eq!(C::new().get(URL).await.expect("answered").text(), said);
    }
    let broken = || futures_util::stream::iter([Ok("one "), Err("the disk is gone")]);
    mock::get(URL).reply(standin::stream(broken));
    C::new().get(URL).await.expect_err("broken");
}
