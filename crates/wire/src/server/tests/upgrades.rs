//! A connection that becomes one of another protocol.

use std::panic::{AssertUnwindSafe, catch_unwind};

use standin_core::prelude::{replies, reply};
use standin_core::{CallOutcome, Fault, OwnedEngine, Upgrade};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{GET, Raw, engine};
use crate::{Upgraded, upgrade};

const ASKS: &str =
    "GET /a HTTP/1.1\r\nhost: x.io\r\nconnection: upgrade\r\nupgrade: Shout, other\r\n\r\n";

/// Says back what it hears, louder, until the client leaves.
fn shout() -> Upgrade {
    upgrade("shout", |mut stream: Upgraded| async move {
        let mut heard = [0; 64];
        loop {
            let length = stream.read(&mut heard).await?;
            if length == 0 {
                return std::io::Result::Ok(());
            }
            heard[..length].make_ascii_uppercase();
            stream.write_all(&heard[..length]).await?;
            stream.flush().await?;
        }
    })
}

/// Its verification does.
fn fails(engine: OwnedEngine) {
    catch_unwind(AssertUnwindSafe(|| drop(engine))).expect_err("a failure");
}

#[tokio::test]
async fn a_mock_talks_after_its_101() {
    let engine = engine();
    let mock = engine
        .get("https://x.io/a")
        .reply(shout().header("x-loud", "1"));
    let mut raw = Raw::to(&engine);
    let (said, closed) = raw.asks(ASKS).await;
    assert!(
        said.starts_with("HTTP/1.1 101 Switching Protocols\r\n"),
        "{said}"
    );
    for line in [
        "upgrade: shout\r\n",
        "connection: upgrade\r\n",
        "x-loud: 1\r\n",
    ] {
        assert!(said.contains(line), "{said}");
    }
    assert!(
        said.ends_with("\r\n\r\n") && !said.contains("content-length") && !closed,
        "{said}"
    );
    for word in ["hello", "there"] {
        let (said, closed) = raw.asks(word).await;
        assert_eq!((said, closed), (word.to_uppercase(), false));
    }
    assert_eq!(*mock.last_call().outcome(), CallOutcome::Pending);
    raw.shuts().await;
    assert!(raw.said().await.1);
    assert_eq!(*mock.last_call().outcome(), CallOutcome::Answered);
}

#[tokio::test]
async fn what_comes_with_the_request_is_heard_too() {
    let engine = engine();
    engine.get("https://x.io/a").reply(shout());
    let (said, _) = Raw::to(&engine).asks(format!("{ASKS}early")).await;
    assert!(said.ends_with("\r\n\r\nEARLY"), "{said}");
}

#[tokio::test]
async fn who_asks_for_no_upgrade_or_another_is_not_matched() {
    let engine = engine();
    engine.get("https://x.io/a").optional().reply(shout());
    for asks in [GET.to_owned(), ASKS.replace("Shout, ", "")] {
        let (said, _) = Raw::to(&engine).asks(asks).await;
        assert!(said.starts_with("HTTP/1.1 501"), "{said}");
        assert!(
            said.contains("header `upgrade`") && said.contains("shout"),
            "{said}"
        );
    }
}

#[tokio::test]
async fn it_is_an_element_of_a_sequence_as_any_reply() {
    let engine = engine();
    engine.get("https://x.io/a").reply(replies![503, shout()]);
    let mut raw = Raw::to(&engine);
    assert!(raw.asks(ASKS).await.0.starts_with("HTTP/1.1 503"));
    assert!(raw.asks(ASKS).await.0.starts_with("HTTP/1.1 101"));
    assert_eq!(raw.asks("again").await.0, "AGAIN");
}

#[tokio::test]
async fn a_client_that_leaves_is_told_of_and_a_closure_that_fails_too() {
    let engine = engine();
    let never = upgrade("shout", |stream: Upgraded| async move {
        let _held = stream;
        std::future::pending::<()>().await;
    });
    let errs = upgrade("shout", |_: Upgraded| async { Err::<(), _>("no voice") });
    let panics = upgrade("shout", |_: Upgraded| async { assert_eq!(1, 2, "hoarse") });
    let mock = engine
        .get("https://x.io/a")
        .reply(replies![never, errs, panics]);
    for _ in 0..3 {
        let mut raw = Raw::to(&engine);
        raw.asks(ASKS).await;
    }
    let outcomes: Vec<CallOutcome> = mock
        .calls()
        .iter()
        .map(|call| call.outcome().clone())
        .collect();
    assert_eq!(
        outcomes[..2],
        [CallOutcome::Aborted, CallOutcome::Failed("no voice".into())]
    );
    assert!(matches!(&outcomes[2], CallOutcome::Panicked(said) if said.contains("hoarse")));
    let report = engine.report().to_string();
    assert!(
        report.contains("no voice") && report.contains("hoarse"),
        "{report}"
    );
    fails(engine);
}

#[tokio::test]
async fn a_fault_ends_it_as_the_real_thing() {
    let engine = engine();
    engine
        .get("https://x.io/a")
        .reply(upgrade("shout", |stream: Upgraded| async {
            stream.break_off(Fault::Reset);
        }));
    let mut raw = Raw::to(&engine);
    raw.write(ASKS.as_bytes()).await;
    let mut said = Vec::new();
    let error = loop {
        match raw.read().await.expect("an end") {
            Ok(bytes) => said.extend(bytes),
            Err(error) => break error,
        }
    };
    assert!(said.starts_with(b"HTTP/1.1 101"));
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn it_ends_with_its_engine() {
    let engine = engine();
    engine.get("https://x.io/a").reply(shout());
    let mut raw = Raw::to(&engine);
    raw.asks(ASKS).await;
    drop(engine);
    assert!(raw.said().await.1);
}

#[tokio::test]
async fn a_101_that_nobody_follows_up_closes_the_connection() {
    let engine = engine();
    engine.get("https://x.io/a").times(2).reply(
        reply(101)
            .header("upgrade", "shout")
            .header("connection", "upgrade"),
    );
    let (said, closed) = Raw::to(&engine).asks(ASKS).await;
    assert!(said.starts_with("HTTP/1.1 101") && closed, "{said}");
    // Who asks for no upgrade gets an answer all the same.
    let (said, closed) = Raw::to(&engine).asks(GET).await;
    assert!(closed, "{said}");
}

#[tokio::test]
async fn over_the_version_before_there_is_no_upgrade() {
    let engine = engine();
    engine.get("https://x.io/a").reply(shout());
    let asks = ASKS.replace("HTTP/1.1", "HTTP/1.0");
    let (said, _) = Raw::to(&engine).asks(asks).await;
    assert!(
        said.contains(" 500 ") && said.contains("HTTP/1.0"),
        "{said}"
    );
    fails(engine);
}
