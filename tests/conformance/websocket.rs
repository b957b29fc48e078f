//! Conversations over WebSockets, on whatever stream a client is left with.

use std::panic::{AssertUnwindSafe, catch_unwind};

use futures_util::{SinkExt, StreamExt};
use hyper::ext::Protocol;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use standin::prelude::*;
use standin::{CallOutcome, WebSocket};
use tokio::time::Instant;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message as Said;
use tokio_tungstenite::tungstenite::protocol::Role;

use crate::client::{Client, Refused, Upgrades, get};

const URL: &str = "x.io/live";

/// Asks for a WebSocket as this client can.
async fn talk<C: Client>(client: &C) -> Result<WebSocketStream<TokioIo<Upgraded>>, Refused> {
    let mut asked = get(URL);
    let headers = asked.headers_mut();
    headers.insert("sec-websocket-version", "13".parse().expect("a value"));
    if C::SHOWS.upgrades == Upgrades::ByConnect {
        *asked.method_mut() = http::Method::CONNECT;
        let protocol = Protocol::from_static("websocket");
        asked.extensions_mut().insert(protocol);
    } else {
        for (name, value) in [
            ("connection", "upgrade"),
            ("upgrade", "websocket"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ] {
            headers.insert(name, value.parse().expect("a value"));
        }
    }
    let mut opened = client.open(asked).await?;
    let status = match C::SHOWS.upgrades {
        Upgrades::ByConnect => 200,
        _ => 101,
    };
    assert_eq!(opened.status(), status);
    let stream = TokioIo::new(hyper::upgrade::on(&mut opened).await?);
    Ok(WebSocketStream::from_raw_socket(stream, Role::Client, None).await)
}

pub async fn a_script_is_played<C: Client>() {
    if matches!(C::SHOWS.upgrades, Upgrades::Never(_)) {
        return;
    }
    let net = standin::activate();
    let asks = C::new();
    let live = mock::get(URL).websocket(
        ws().expect_text("hi")
            .send_text("ho")
            .delay(secs(30))
            .send_ping("?")
            .expect_pong()
            .close(1000, "bye"),
    );
    if C::SHOWS.upgrades == Upgrades::InProcess {
        let refused = talk(&asks).await.expect_err("no stream").text();
        assert!(refused.contains("no connection to talk on"), "{refused}");
        catch_unwind(AssertUnwindSafe(|| drop(net))).expect_err("it is told");
        return;
    }
    let mut client = talk(&asks).await.expect("a WebSocket");
    let began = Instant::now();
    client.send("hi".into()).await.expect("said");
    let said = client.next().await.expect("a message").expect("heard");
    assert_eq!(said, Said::text("ho"));
    let ping = client.next().await.expect("a message").expect("heard");
    assert_eq!((ping, began.elapsed()), (Said::Ping("?".into()), secs(30)));
    let bye = client.next().await.expect("a message").expect("heard");
    assert!(
        matches!(&bye, Said::Close(Some(close)) if close.reason == "bye"),
        "{bye:?}"
    );
    assert!(client.next().await.is_none());
    net.settled().await;
    let call = live.last_call();
    let frames: Vec<String> = call.frames().iter().map(ToString::to_string).collect();
    assert_eq!(frames.len(), 6, "{frames:?}");
    assert_eq!(call.outcome(), &CallOutcome::Answered);
}

pub async fn a_closure_talks<C: Client>() {
    if !matches!(C::SHOWS.upgrades, Upgrades::ByHeader | Upgrades::ByConnect) {
        return;
    }
    let net = standin::activate();
    let asks = C::new();
    mock::get(URL).websocket(async |socket: WebSocket| {
        while let Some(said) = socket.next().await {
            let _ = socket.send(said).await;
        }
    });
    let mut client = talk(&asks).await.expect("a WebSocket");
    for word in ["one", "two"] {
        client.send(word.into()).await.expect("said");
        let said = client.next().await.expect("a message").expect("heard");
        assert_eq!(said, Said::text(word));
    }
    client.close(None).await.expect("closed");
    while let Some(Ok(_)) = client.next().await {}
    net.settled().await;
    assert_eq!(net.calls()[0].outcome(), &CallOutcome::Answered);
}

pub async fn a_conversation_breaks_off<C: Client>() {
    if !matches!(C::SHOWS.upgrades, Upgrades::ByHeader | Upgrades::ByConnect) {
        return;
    }
    let net = standin::activate();
    let asks = C::new();
    mock::get(URL).times(2).reply(replies![
        ws().send_text("one").fault(Fault::Reset),
        ws().send_text("one").drop_connection(),
    ]);
    for _ in 0..2 {
        let mut client = talk(&asks).await.expect("a WebSocket");
        let said = client.next().await.expect("a message").expect("heard");
        assert_eq!(said, Said::text("one"));
        let broken = client.next().await.expect("an end");
        broken.expect_err("no goodbye");
    }
    net.settled().await;
    let mut calls = net.calls().into_iter();
    assert!(calls.all(|call| call.outcome() == &CallOutcome::Faulted));
}
