//! What stands on the wire where hyper's server would not write it, as hyper's own client reads it, pool and all.

#![cfg(feature = "hyper")]

use std::error::Error;
use std::io;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use standin_core::prelude::*;
use standin_core::{CallOutcome, Engine, OwnedEngine, Reply};
use standin_hyper::{Connector, connector_for};
use standin_wire::TokioClock;
use tokio::time::Instant;

type Pooled = Client<Connector, Full<Bytes>>;

fn engine() -> OwnedEngine {
    Engine::with_clock(TokioClock)
}

fn client(engine: &Engine, http2: bool) -> Pooled {
    Client::builder(TokioExecutor::new())
        .http2_only(http2)
        .build(connector_for(engine))
}

async fn get(client: &Pooled, url: &str) -> Result<String, Box<dyn Error + Send + Sync>> {
    let asked = http::Request::get(url).body(Full::default())?;
    let body = client.request(asked).await?.into_body().collect().await?;
    Ok(String::from_utf8_lossy(&body.to_bytes()).into_owned())
}

fn kind(error: &(dyn Error + 'static)) -> Option<io::ErrorKind> {
    std::iter::successors(Some(error), |error: &&'_ (dyn Error + 'static)| {
        (*error).source()
    })
    .find_map(|error| error.downcast_ref::<io::Error>())
    .map(io::Error::kind)
}

#[tokio::test]
async fn what_was_answered_before_a_fault_arrives() {
    let engine = engine();
    let long = "z".repeat(100_000);
    engine.get("https://x.io/").reply(reply(200).body(&long));
    engine
        .get("https://x.io/")
        .times(2)
        .reply(reply(200).body(&long).breaks_after(70_000, Fault::Reset));
    for http2 in [false, true] {
        let client = client(&engine, http2);
        if !http2 {
            assert_eq!(get(&client, "https://x.io/").await.expect("whole"), long);
        }
        let asked = http::Request::get("https://x.io/")
            .body(Full::default())
            .expect("a request");
        let mut body = client.request(asked).await.expect("a head").into_body();
        let mut read = 0;
        let broken = loop {
            match body.frame().await.expect("no end") {
                Ok(frame) => read += frame.data_ref().map_or(0, Bytes::len),
                Err(broken) => break broken,
            }
        };
        assert_eq!(read, 70_000, "HTTP/2: {http2}");
        assert!(
            http2 || kind(&broken) == Some(io::ErrorKind::ConnectionReset),
            "{broken:?}"
        );
    }
}

#[tokio::test]
async fn a_stream_that_is_reset_leaves_the_others_alone() {
    let engine = engine();
    let gate = Gate::new();
    let held = engine
        .get("https://x.io/held")
        .reply(reply(200).hold(&gate).body("here"));
    engine
        .get("https://x.io/refused")
        .times(3)
        .reply(Fault::RstStream(8));
    let client = client(&engine, true);
    let asked = tokio::spawn({
        let client = client.clone();
        async move { get(&client, "https://x.io/held").await }
    });
    held.wait_for(1).await;
    for _ in 0..3 {
        get(&client, "https://x.io/refused")
            .await
            .expect_err("reset");
    }
    gate.open();
    assert_eq!(asked.await.expect("no panic").expect("answered"), "here");
}

#[tokio::test]
async fn a_refused_stream_may_be_sent_again() {
    let engine = engine();
    let flaky = engine
        .get("https://x.io/")
        .reply(replies![Fault::RefusedStream, "here"]);
    let client = client(&engine, true);
    // hyper-util sends by itself again what a server has not touched.
    let said = match get(&client, "https://x.io/").await {
        Err(_) => get(&client, "https://x.io/").await,
        said => said,
    };
    assert_eq!(said.expect("answered"), "here");
    flaky.assert_called(2);
}

#[tokio::test]
async fn a_connect_is_refused_then_slow_then_there() {
    tokio::time::pause();
    let engine = engine();
    let down = engine.get("https://x.io/a").reply(replies![
        Fault::Refused,
        Fault::Unreachable.delay(secs(5)),
        reply(200).connect_delay(secs(3)).body("here"),
    ]);
    let client = client(&engine, false);
    let began = Instant::now();
    let refused = get(&client, "https://x.io/a").await.expect_err("refused");
    assert_eq!(kind(&*refused), Some(io::ErrorKind::ConnectionRefused));
    assert_eq!(began.elapsed().as_secs(), 0);
    let unreachable = get(&client, "https://x.io/a")
        .await
        .expect_err("unreachable");
    assert_eq!(kind(&*unreachable), Some(io::ErrorKind::HostUnreachable));
    assert_eq!(began.elapsed().as_secs(), 5);
    assert_eq!(
        get(&client, "https://x.io/a").await.expect("answered"),
        "here"
    );
    assert_eq!(began.elapsed().as_secs(), 8);
    let methods: Vec<_> = down
        .calls()
        .iter()
        .map(|call| call.method().to_string())
        .collect();
    assert_eq!(methods, ["CONNECT", "CONNECT", "GET"]);
}

#[tokio::test]
async fn early_hints_come_before_the_reply() {
    tokio::time::pause();
    let engine = engine();
    let hinted = |body: &'static str| -> Reply {
        reply(200)
            .early_hints(["</a.css>; rel=preload", "</b.js>; rel=preload"])
            .delay(secs(2))
            .informational(102, [("x-step", "2")])
            .body(body)
    };
    engine
        .get("https://x.io/")
        .reply(replies![hinted("one"), hinted("two")]);
    let client = client(&engine, false);
    for body in ["one", "two"] {
        let mut asked = http::Request::get("https://x.io/")
            .body(Full::<Bytes>::default())
            .expect("a request");
        let came = Arc::new(Mutex::new(Vec::new()));
        let (heard, began) = (Arc::clone(&came), Instant::now());
        hyper::ext::on_informational(&mut asked, move |head| {
            let links = head.headers().get_all("link").iter().count();
            let mut heard = heard.lock().expect("no panic");
            heard.push((head.status().as_u16(), links, began.elapsed().as_secs()));
        });
        let response = client.request(asked).await.expect("answered");
        assert_eq!(response.status(), 200);
        let said = response
            .into_body()
            .collect()
            .await
            .expect("read")
            .to_bytes();
        assert_eq!(said, body);
        assert_eq!(*came.lock().expect("no panic"), [(103, 2, 0), (102, 0, 2)]);
    }
}

#[tokio::test]
async fn hints_that_http2_cannot_carry_are_told() {
    let engine = engine();
    engine
        .get("https://x.io/")
        .reply(reply(200).early_hints(["</a.css>"]));
    let asked = http::Request::get("https://x.io/")
        .version(http::Version::HTTP_2)
        .body(Full::<Bytes>::default())
        .expect("a request");
    let response = client(&engine, true).request(asked).await;
    assert_eq!(response.expect("answered").status(), 200);
    let notes = engine.report().notes;
    assert!(
        notes[0].starts_with("the informational reply 103 was not sent"),
        "{notes:?}"
    );
}

#[tokio::test]
async fn an_early_reply_comes_before_the_body_and_the_journal_has_none() {
    let engine = engine();
    let early = engine.post("https://x.io/").reply(reply(413).early());
    let late = engine.post("https://x.io/").reply(200);
    for (mock, status, body) in [(early, 413, ""), (late, 200, "order")] {
        let client = client(&engine, false);
        let asked = http::Request::post("https://x.io/")
            .body(Full::from("order"))
            .expect("a request");
        assert_eq!(
            client.request(asked).await.expect("answered").status(),
            status
        );
        assert_eq!(mock.last_call().text(), body);
    }
}

#[tokio::test]
async fn what_has_no_meaning_says_so_and_fails_the_test() {
    let engine = engine().lenient();
    engine.get("https://x.io/").times(2).reply(Fault::GoAway(0));
    let said = get(&client(&engine, false), "https://x.io/")
        .await
        .expect("an answer");
    assert!(
        said.contains("Fault::GoAway(0) has no meaning here: HTTP/1.1 has no frames"),
        "{said}"
    );
    get(&client(&engine, true), "https://x.io/")
        .await
        .expect_err("it has one there");
    let outcomes: Vec<_> = engine
        .calls()
        .iter()
        .map(|call| call.outcome().clone())
        .collect();
    assert!(matches!(&outcomes[0], CallOutcome::Failed(why) if why.contains("no frames")));
    assert_eq!(outcomes[1], CallOutcome::Faulted);
    let report = engine.report().to_string();
    assert!(report.contains("HTTP/1.1 has no frames"), "{report}");
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(engine))).expect_err("it fails");
}

#[tokio::test]
async fn a_body_left_half_read_ends_a_feed() {
    let engine = engine();
    let feed = Feed::new();
    let fed = engine.get("https://x.io/").reply(reply(200).body(&feed));
    let client = client(&engine, false);
    feed.send("one");
    let asked = http::Request::get("https://x.io/")
        .body(Full::default())
        .expect("a request");
    let mut body = client.request(asked).await.expect("answered").into_body();
    let frame = body.frame().await.expect("a frame").expect("read");
    assert_eq!(frame.into_data().expect("data"), "one");
    drop(body);
    drop(client);
    engine.settled().await;
    assert_eq!(fed.last_call().outcome(), &CallOutcome::Aborted);
}
