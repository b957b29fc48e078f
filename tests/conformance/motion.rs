//! Bodies in motion: pieces, waits between them, and what the test says while the client reads.

use std::time::Duration;

use http_body_util::BodyExt;
use standin::prelude::*;
use standin::{CallOutcome, Delay, Live};
use tokio::time::{Instant, timeout};

use crate::client::{Client, get};
use crate::faults::said_at_the_end;

const URL: &str = "x.io/slow";

/// Gets this reply with this text, and not before so many of a time that is short where it is the machine's.
#[expect(
    clippy::disallowed_methods,
    reason = "of some clients it is real time that passes"
)]
async fn takes<C: Client>(text: &str, of: u32, reply: impl FnOnce(Duration) -> Reply) {
    let one = C::pace(millis(250));
    mock::get(URL).reply(reply(one));
    let (began, real) = (Instant::now(), std::time::Instant::now());
    let sent = C::new().get(URL).await.expect("answered");
    assert_eq!(sent.text(), text);
    match C::SHOWS.paused {
        true => assert_eq!(began.elapsed(), one * of),
        false => assert!(real.elapsed() >= one * of),
    }
}

pub async fn chunks_with_gaps_take_their_time<C: Client>() {
    let _net = standin::activate();
    takes::<C>("one two three", 3, |one| {
        let first = reply(200).chunk("one ").gap(one).chunk("two ");
        first.gap(2 * one).chunk("three")
    })
    .await;
    takes::<C>("abc", 4, |one| {
        reply(200).chunks(["a", "b", "c"]).gaps(2 * one)
    })
    .await;
    takes::<C>("late", 7, |one| {
        let late = reply(200).body("late").delay(one);
        late.connect_delay(2 * one).body_delay(4 * one)
    })
    .await;
}

/// What came of a reply by when: seconds since the request, and bytes of the body by then.
async fn arrivals<C: Client>(reply: Reply) -> Vec<(u64, usize)> {
    mock::get(URL).reply(reply);
    let (client, began) = (C::new(), Instant::now());
    let mut opened = client.open(get(URL)).await.expect("answered");
    let mut came = vec![(began.elapsed().as_secs(), 0)];
    while let Some(frame) = opened.body_mut().frame().await {
        let bytes = frame.expect("read").data_ref().map_or(0, bytes::Bytes::len);
        let (now, all) = (began.elapsed().as_secs(), came[came.len() - 1].1 + bytes);
        came.retain(|(at, _)| *at != now);
        came.push((now, all));
    }
    came
}

/// Each piece comes when it is due, and neither does all of it come at the end nor does the head wait for it.
pub async fn pieces_come_when_they_are_due<C: Client>() {
    // Of who reads by the machine's time, the whole is measured.
    if !C::SHOWS.paused {
        return;
    }
    let _net = standin::activate();
    let said = |reply: Reply| reply.body("0123456789");
    for (reply, due) in [
        (
            reply(200)
                .chunk("a")
                .gap(secs(3))
                .chunk("b")
                .gap(secs(5))
                .chunk("c"),
            vec![(0, 1), (3, 2), (8, 3)],
        ),
        (
            reply(200).chunks(["a", "b", "c"]).gaps(secs(2)),
            vec![(0, 1), (2, 2), (4, 3)],
        ),
        (
            said(reply(200)).dribble(5, secs(10)),
            vec![(0, 0), (2, 2), (4, 4), (6, 6), (8, 8), (10, 10)],
        ),
        (
            said(reply(200)).dribble(2, secs(10)).delay(secs(1)),
            vec![(1, 0), (6, 5), (11, 10)],
        ),
        (
            said(reply(200)).delay(secs(1)).body_delay(secs(2)),
            vec![(1, 0), (3, 10)],
        ),
        (
            said(reply(200)).connect_delay(secs(4)).delay(secs(1)),
            vec![(5, 10)],
        ),
    ] {
        assert_eq!(arrivals::<C>(reply).await, due);
    }
    // A bandwidth has smaller steps than a second; each second has its bytes.
    let body = reply(200).body("z".repeat(1000)).bandwidth(100);
    let came = arrivals::<C>(body).await;
    assert_eq!(came.len(), 11, "{came:?}");
    for (at, bytes) in came {
        let due = usize::try_from(at).expect("few") * 100;
        assert!((due..=due + 100).contains(&bytes), "{bytes} after {at} s");
    }
}

/// A gate before the head and one within the body, each opened at its time, hold what is behind them and no more.
pub async fn gates_let_through_what_is_behind_them<C: Client>() {
    // Who blocks the thread that reads cannot open a gate there meanwhile.
    if !C::SHOWS.paused {
        return;
    }
    let _net = standin::activate();
    let (head, body) = (Gate::new(), Gate::new());
    let (first, second) = (head.clone(), body.clone());
    let opens = tokio::spawn(async move {
        for (after, gate) in [(secs(30), first), (secs(40), second)] {
            let never = std::future::pending::<()>();
            timeout(after, never).await.expect_err("time has passed");
            gate.open();
        }
    });
    let held = reply(200).hold(&head).chunk("one").gate(&body).gap(secs(5));
    assert_eq!(arrivals::<C>(held.chunk("two")).await, [(30, 3), (75, 6)]);
    opens.await.expect("opened");
}

pub async fn a_gate_holds_a_chunk<C: Client>() {
    // Who blocks the thread that reads cannot open a gate there meanwhile.
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
    let _net = standin::activate();
    let body = "z".repeat(1000);
    takes::<C>(&body, 5, |one| reply(200).body(&body).dribble(5, 5 * one)).await;
    let (all, by) = (body.len() as u128 * 1000, |one: Duration| one.as_millis());
    takes::<C>(&body, 4, |one| {
        let bytes = u64::try_from(all / by(4 * one)).expect("few bytes");
        reply(200).body(&body).bandwidth(bytes)
    })
    .await;
}

pub async fn a_feed_is_read_while_the_test_writes<C: Client>() {
    // Who blocks the thread that reads cannot write there meanwhile.
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
    let _net = standin::activate();
    let gap = 5 * C::pace(secs(1));
    let ticks = events()
        .send(Event::data("1").id("1").name("tick"))
        .gap(gap)
        .send(Event::data("two\nlines"))
        .keep_alive(gap * 2 / 5);
    mock::get(URL).reply(ticks);
    let began = Instant::now();
    let sent = C::new().get(URL).await.expect("answered");
    assert_eq!(sent.header("content-type"), ["text/event-stream"]);
    assert_eq!(
        sent.text(),
        "id: 1\nevent: tick\ndata: 1\n\n: keep-alive\n\n: keep-alive\n\ndata: two\ndata: lines\n\n"
    );
    assert!(!C::SHOWS.paused || began.elapsed() == gap);
}

pub async fn lines_of_json_come_one_by_one<C: Client>() {
    let _net = standin::activate();
    mock::get(URL).reply(ndjson([json!({"id": 7}), json!([8])]).gaps(C::pace(secs(1))));
    let sent = C::new().get(URL).await.expect("answered");
    assert_eq!(sent.header("content-type"), ["application/x-ndjson"]);
    assert_eq!(sent.text(), "{\"id\":7}\n[8]\n");
}

pub async fn a_delay_is_drawn_and_repeats<C: Client>() {
    // The length of a wait is told by a clock that stands still otherwise.
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
    let _net = standin::activate();
    mock::get(URL).reply(reply(200).delay(C::pace(secs(90))));
    let (began, limit) = (Instant::now(), C::pace(secs(6)));
    assert!(C::new().get_within(limit, URL).await.is_none());
    assert!(!C::SHOWS.paused || began.elapsed() == limit);
}

pub async fn waiting_for_a_call_takes_no_time<C: Client>() {
    // By the machine's time it takes all of it.
    if !C::SHOWS.paused {
        return;
    }
    for run in 0..100 {
        let _net = standin::activate();
        let mock = mock::get(URL).reply(replies![reply(200).delay(secs(40)), 200]);
        let never = mock::get("x.io/never").optional().reply(200);
        let began = Instant::now();
        let client = C::new();
        let asked = tokio::spawn(async move {
            client.get(URL).await?;
            client.get(URL).await.map(|sent| sent.status)
        });
        mock.wait_for(2).within(secs(60)).await;
        assert_eq!(began.elapsed(), secs(40), "run {run}");
        assert_eq!(asked.await.expect("no panic").expect("answered"), 200);
        let waited = never.wait_for(1).within(secs(60)).checked().await;
        waited.expect_err("nobody called");
        assert_eq!(began.elapsed(), secs(100), "run {run}");
    }
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
