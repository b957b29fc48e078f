//! Mocks that talk over WebSockets, with the clients that people use, on each way by which they come.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use hyper_util::rt::TokioIo;
use standin::prelude::*;
use standin::{CallOutcome, Frame, Guard, Listener, Side};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{self, Message as Said};
use tokio_tungstenite::{WebSocketStream, client_async, connect_async};
use tower::ServiceExt;

const LIVE: &str = "wss://x.io/live";

/// Over a stream in memory, with no TLS between.
async fn connected() -> WebSocketStream<impl AsyncRead + AsyncWrite + Unpin> {
    let uri = http::Uri::from_static("https://x.io/live");
    let stream = standin::hyper::connector()
        .oneshot(uri)
        .await
        .expect("a stream");
    client_async(LIVE, TokioIo::new(stream))
        .await
        .expect("a WebSocket")
        .0
}

fn lines(frames: &[Frame]) -> Vec<String> {
    frames.iter().map(ToString::to_string).collect()
}

/// The report with which its verification fails.
fn report(net: Guard) -> String {
    let report = net.report().to_string();
    let failed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(net)));
    assert!(failed.is_err(), "it verifies: {report}");
    report
}

#[tokio::test(start_paused = true)]
async fn a_script_is_played_and_kept() {
    let net = standin::activate();
    let live = mock::get(LIVE).websocket(
        ws().expect_text("hi")
            .send_text("ho")
            .expect(re("^a"))
            .send_json(json!({"n": 1}))
            .delay(secs(30))
            .close(1000, "bye"),
    );
    let mut client = connected().await;
    client.send("hi".into()).await.unwrap();
    assert_eq!(client.next().await.unwrap().unwrap(), Said::text("ho"));
    client.send(Said::binary("abc")).await.unwrap();
    assert_eq!(
        client.next().await.unwrap().unwrap(),
        Said::text(r#"{"n":1}"#)
    );
    let before = tokio::time::Instant::now();
    let Some(Ok(Said::Close(Some(close)))) = client.next().await else {
        panic!("no close");
    };
    assert_eq!(
        (close.code, close.reason.as_str()),
        (CloseCode::Normal, "bye")
    );
    assert!(
        before.elapsed() >= secs(30) && before.elapsed() < secs(31),
        "the paused time alone"
    );
    assert!(client.next().await.is_none());

    let call = live.last_call();
    assert_eq!(*call.outcome(), CallOutcome::Answered);
    assert_eq!(
        lines(call.frames()),
        [
            r#"client: text "hi""#,
            r#"mock: text "ho""#,
            r#"client: binary b"abc""#,
            r#"mock: text "{\"n\":1}""#,
            r#"mock: close 1000 "bye""#,
            r#"client: close 1000 "bye""#,
        ]
    );
    assert_eq!(call.frames()[4].from(), Side::Mock);
    assert!(call.frames()[4].at() - call.frames()[3].at() >= secs(30));
    assert_eq!(call.reply().unwrap().status(), 101);
    drop(net);
}

#[tokio::test]
async fn a_closure_talks() {
    let _net = standin::activate();
    mock::get("wss://x.io/{room}").websocket(|socket: WebSocket| async move {
        let room = socket
            .request()
            .path_param("room")
            .unwrap_or("?")
            .to_owned();
        socket.send(format!("welcome to {room}")).await?;
        while let Some(said) = socket.next().await {
            socket.send(said).await?;
        }
        Ok::<_, standin::Gone>(())
    });
    let mut client = connected().await;
    assert_eq!(
        client.next().await.unwrap().unwrap(),
        Said::text("welcome to live")
    );
    for said in ["one", "two"] {
        client.send(said.into()).await.unwrap();
        assert_eq!(client.next().await.unwrap().unwrap(), Said::text(said));
    }
    client.close(None).await.unwrap();
    assert!(matches!(
        client.next().await,
        Some(Ok(Said::Close(_))) | None
    ));
}

#[tokio::test]
async fn a_closure_that_is_done_closes_and_one_that_fails_fails_the_test() {
    let net = standin::activate();
    let talks = replies![
        ws().run(|socket| async move { socket.send("bye").await }),
        ws().run(|_| async { Err::<(), _>("no such room") }),
        ws().run(|_| async { assert_eq!(1, 2, "a slip") }),
        ws().answer_each(|said| Some(said.clone())),
    ];
    let live = mock::get(LIVE).reply(talks);
    let codes = [CloseCode::Normal, CloseCode::Error, CloseCode::Error];
    for code in codes {
        let mut client = connected().await;
        let close = loop {
            match client.next().await {
                Some(Ok(Said::Close(close))) => break close.expect("a code"),
                Some(Ok(_)) => {}
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(close.code, code);
    }
    let mut client = connected().await;
    client.send("echo".into()).await.unwrap();
    assert_eq!(client.next().await.unwrap().unwrap(), Said::text("echo"));
    assert_eq!(
        *live.calls()[1].outcome(),
        CallOutcome::Failed("no such room".into())
    );
    assert!(
        matches!(live.calls()[2].outcome(), CallOutcome::Panicked(said) if said.contains("a slip"))
    );
    let report = report(net);
    assert!(
        report.contains("no such room") && report.contains("a slip"),
        "{report}"
    );
}

#[tokio::test]
async fn a_message_that_does_not_fit_is_explained_and_closes() {
    let net = standin::activate();
    mock::get(LIVE).websocket(
        ws().expect_text("hi")
            .send_text("ho")
            .expect_json(json!({"sku": "A1"}))
            .close(1000, ""),
    );
    let mut client = connected().await;
    client.send("hi".into()).await.unwrap();
    client.next().await.unwrap().unwrap();
    client.send(r#"{"sku": "B1"}"#.into()).await.unwrap();
    let Some(Ok(Said::Close(Some(close)))) = client.next().await else {
        panic!("no close");
    };
    assert_eq!(close.code, CloseCode::Policy);
    assert!(
        close.reason.as_str().starts_with("standin: expected"),
        "{close:?}"
    );
    let report = report(net);
    for line in [
        "1 script was not played to its end",
        r#"the script of mock::get("wss://x.io/live") at tests/websocket.rs:"#,
        "2 of 4 steps",
        "/sku",
        r#"mock: text "ho""#,
        "on GET https://x.io/live",
    ] {
        assert!(report.contains(line), "{line}: {report}");
    }
}

#[tokio::test]
async fn a_script_that_waits_or_whose_client_left_fails_the_test() {
    let left = |client: WebSocketStream<_>| drop(client);
    let net = standin::activate();
    mock::get(LIVE).websocket(ws().expect_text("hi").close(1000, ""));
    left(connected().await);
    let told = report(net);
    assert!(
        told.contains("0 of 2 steps") && told.contains("the client left"),
        "{told}"
    );
    assert!(
        told.contains(r#"still to come: expect text "hi" at tests/websocket.rs:"#),
        "{told}"
    );

    let net = standin::activate();
    mock::get(LIVE).websocket(ws().expect_text("hi").close(1000, ""));
    let _client = connected().await;
    let told = report(net);
    assert!(
        told.contains("still to come") && !told.contains("left"),
        "{told}"
    );

    let net = standin::activate();
    mock::get(LIVE).websocket(ws().expect_text("hi").send_text("ho"));
    let mut client = connected().await;
    client.close(None).await.unwrap();
    client.next().await;
    assert!(report(net).contains("the client closed"));
}

#[tokio::test]
async fn who_says_more_than_the_script_has_fails_the_test_unless_it_is_let_be() {
    let net = standin::activate();
    mock::get(LIVE).websocket(ws().expect_text("hi"));
    let mut client = connected().await;
    client.send("hi".into()).await.unwrap();
    client.send("and more".into()).await.unwrap();
    assert!(matches!(
        client.next().await,
        Some(Ok(Said::Close(Some(_))))
    ));
    let told = report(net);
    assert!(
        told.contains("was at its end, and the client said more") && told.contains("and more"),
        "{told}"
    );

    let _net = standin::activate();
    mock::get(LIVE).websocket(ws().expect_text("hi").ignore_rest());
    let mut client = connected().await;
    client.send("hi".into()).await.unwrap();
    client.send("and more".into()).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn pings_are_answered_while_the_script_waits_unless_it_says_otherwise() {
    let net = standin::activate();
    let gate = Gate::new();
    let live = mock::get(LIVE).reply(replies![
        ws().hold(&gate).send_text("on"),
        ws().without_pongs().expect_ping().send_text("heard"),
        ws().send_ping("?").expect_pong().expect_close(1000),
    ]);
    let mut client = connected().await;
    client.send(Said::Ping("a".into())).await.unwrap();
    assert_eq!(
        client.next().await.unwrap().unwrap(),
        Said::Pong("a".into())
    );
    gate.open();
    assert_eq!(client.next().await.unwrap().unwrap(), Said::text("on"));

    let mut client = connected().await;
    client.send(Said::Ping("b".into())).await.unwrap();
    assert_eq!(client.next().await.unwrap().unwrap(), Said::text("heard"));
    assert!(tokio::time::timeout(secs(60), client.next()).await.is_err());

    let mut client = connected().await;
    assert_eq!(
        client.next().await.unwrap().unwrap(),
        Said::Ping("?".into())
    );
    client.flush().await.unwrap();
    let close = tungstenite::protocol::CloseFrame {
        code: CloseCode::Normal,
        reason: "done".into(),
    };
    client.close(Some(close)).await.unwrap();
    assert!(matches!(client.next().await, Some(Ok(Said::Close(_)))));
    let said = lines(live.last_call().frames());
    assert_eq!(
        said[1..3],
        ["client: pong b\"?\"", "client: close 1000 \"done\""]
    );
    drop(net);
}

#[tokio::test]
async fn a_connection_is_dropped_in_the_middle_of_a_frame_or_broken() {
    let _net = standin::activate();
    mock::get(LIVE).reply(replies![
        ws().send_raw(b"\x81\x05he".as_slice()).drop_connection(),
        ws().send_text("ho").fault(Fault::Reset),
    ]);
    let mut client = connected().await;
    let error = client.next().await.unwrap().unwrap_err();
    assert!(
        matches!(error, tungstenite::Error::Protocol(_)),
        "{error:?}"
    );
    let mut client = connected().await;
    assert_eq!(client.next().await.unwrap().unwrap(), Said::text("ho"));
    let error = client.next().await.unwrap().unwrap_err();
    let tungstenite::Error::Io(error) = error else {
        panic!("{error:?}")
    };
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn a_handshake_may_be_refused_as_any_request_and_a_client_try_again() {
    let _net = standin::activate();
    mock::get(LIVE).reply(replies![
        (401, "who are you?"),
        ws().protocol("chat").header("x-room", "7")
    ]);
    let request = || {
        let request = tungstenite::client::IntoClientRequest::into_client_request(LIVE);
        let mut request = request.unwrap();
        let offers = http::HeaderValue::from_static("sound, chat");
        request
            .headers_mut()
            .insert("sec-websocket-protocol", offers);
        request
    };
    let stream =
        || standin::hyper::connector().oneshot(http::Uri::from_static("https://x.io/live"));
    let refused = client_async(request(), TokioIo::new(stream().await.unwrap()))
        .await
        .unwrap_err();
    let tungstenite::Error::Http(response) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(response.status(), 401);
    let (_client, response) = client_async(request(), TokioIo::new(stream().await.unwrap()))
        .await
        .unwrap();
    assert_eq!(response.headers()["sec-websocket-protocol"], "chat");
    assert_eq!(response.headers()["x-room"], "7");
}

#[tokio::test]
async fn who_asks_for_no_websocket_is_told_what_is_missing() {
    let net = standin::activate();
    mock::get(LIVE).optional().websocket(ws().protocol("chat"));
    let error = standin::tower::service()
        .oneshot(
            http::Request::get("https://x.io/live")
                .body(String::new())
                .unwrap(),
        )
        .await
        .unwrap_err();
    assert!(matches!(error, standin::Error::Unmatched(_)));
    let told = report(net);
    assert!(
        told.contains("header `upgrade`") && told.contains("header `sec-websocket-protocol`"),
        "{told}"
    );
}

#[tokio::test]
async fn where_there_is_no_connection_an_error_says_which_adapter_has_one() {
    let net = standin::activate();
    mock::get(LIVE).websocket(ws());
    let request = http::Request::get("https://x.io/live")
        .header("upgrade", "websocket")
        .body(String::new());
    let error = standin::tower::service()
        .oneshot(request.unwrap())
        .await
        .unwrap_err();
    assert!(
        matches!(error, standin::Error::NoStream(_)) && error.to_string().contains("connector"),
        "{error}"
    );
    assert!(report(net).contains("no connection to talk on"));
}

/// Says `hi` at a URL, and hears `ho`.
async fn says_hi(url: &str) {
    let (mut client, _) = connect_async(url).await.expect("a WebSocket");
    client.send("hi".into()).await.unwrap();
    assert_eq!(client.next().await.unwrap().unwrap(), Said::text("ho"));
    assert!(matches!(client.next().await, Some(Ok(Said::Close(_)))));
    assert!(client.next().await.is_none());
}

fn hi() -> standin::Script {
    ws().expect_text("hi")
        .send_text("ho")
        .delay(Duration::from_millis(1))
        .close(1000, "bye")
}

#[tokio::test]
async fn by_a_listener() {
    let net = standin::activate();
    let server: Listener = standin::listen();
    mock::get("/live").websocket(hi());
    net.run(async { says_hi(&format!("ws://{}/live", server.address())).await })
        .await;
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[tokio::test(start_paused = true)]
async fn by_interception() {
    let net = standin::activate();
    mock::get("ws://x.io/live").websocket(hi());
    net.run(async { says_hi("ws://x.io/live").await }).await;
}

#[tokio::test]
async fn by_the_client_of_hyper_util() {
    let _net = standin::activate();
    mock::get(LIVE).websocket(hi());
    let client = hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new())
        .build::<_, String>(standin::hyper::connector());
    let request = http::Request::get("https://x.io/live")
        .header("connection", "upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    let response = client
        .request(request.body(String::new()).unwrap())
        .await
        .unwrap();
    assert_eq!(response.status(), 101);
    assert_eq!(
        response.headers()["sec-websocket-accept"],
        "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    );
    let upgraded = hyper::upgrade::on(response).await.unwrap();
    let role = tungstenite::protocol::Role::Client;
    let mut client = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), role, None).await;
    client.send("hi".into()).await.unwrap();
    assert_eq!(client.next().await.unwrap().unwrap(), Said::text("ho"));
}

#[tokio::test]
async fn by_the_layer_of_reqwest() {
    let net = standin::activate();
    mock::get("https://x.io/live").websocket(hi());
    let client = reqwest::Client::builder()
        .http1_only()
        .connector_layer(standin::reqwest::layer())
        .build()
        .unwrap();
    net.run(async {
        let response = client
            .get("https://x.io/live")
            .header("connection", "upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 101);
        let upgraded = response.upgrade().await.unwrap();
        let role = tungstenite::protocol::Role::Client;
        let mut client = WebSocketStream::from_raw_socket(upgraded, role, None).await;
        client.send("hi".into()).await.unwrap();
        assert_eq!(client.next().await.unwrap().unwrap(), Said::text("ho"));
        assert!(matches!(client.next().await, Some(Ok(Said::Close(_)))));
    })
    .await;
}
