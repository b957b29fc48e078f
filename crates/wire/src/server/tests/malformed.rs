//! What is no request gets its 400, and is in the journal.

use std::future::poll_fn;
use std::pin::Pin;

use hyper::rt::Write;
use standin_core::{CallOutcome, Style};

use super::{GET, Raw, engine};

/// What is said to bytes that may be cut off by the answer.
async fn said_to(raw: &mut Raw, mut asked: &[u8]) -> String {
    while !asked.is_empty() {
        match poll_fn(|cx| Pin::new(&mut raw.0).poll_write(cx, asked)).await {
            Ok(written) => asked = &asked[written..],
            Err(_) => break,
        }
    }
    let _ = poll_fn(|cx| Pin::new(&mut raw.0).poll_flush(cx)).await;
    raw.said().await.0
}

#[tokio::test]
async fn it_gets_an_answer_and_an_entry() {
    let endless = format!("GET /a HTTP/1.1\r\nx: {}", "y".repeat(1 << 20));
    let many = format!("GET /a HTTP/1.1\r\n{}\r\n", "x-one-more: y\r\n".repeat(101));
    let long = format!("GET /{} HTTP/1.1\r\n\r\n", "y".repeat(70_000));
    for (asked, status, why) in [
        ("\0\0\0\0\r\n\r\n", "400", "invalid HTTP method"),
        ("hello\r\n\r\n", "400", "invalid HTTP"),
        ("GET /a b c HTTP/1.1\r\n\r\n", "400", "invalid HTTP"),
        (
            "GET /a HTTP/1.1\r\nno colon\r\n\r\n",
            "400",
            "invalid HTTP header",
        ),
        (
            "POST /a HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
            "400",
            "content-length",
        ),
        (
            "POST /a HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
            "400",
            "content-length",
        ),
        (
            "POST /a HTTP/1.1\r\ntransfer-encoding: gzip\r\n\r\n",
            "400",
            "transfer-encoding",
        ),
        (
            "POST /a HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n",
            "400",
            "transfer-encoding",
        ),
        (
            "CONNECT / HTTP/1.1\r\nhost: a\r\n\r\n",
            "400",
            "CONNECT names",
        ),
        (
            "CONNECT : HTTP/1.1\r\nhost: a\r\n\r\n",
            "400",
            "CONNECT names",
        ),
        (
            "CONNECT x.io:99999 HTTP/1.1\r\nhost: a\r\n\r\n",
            "400",
            "CONNECT names",
        ),
        ("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n", "400", "HTTP version"),
        (&endless, "431", "too large: at most 100 headers"),
        (&many, "431", "too large: at most 100 headers"),
        (&long, "414", "too long"),
        #[cfg(not(feature = "tls"))]
        ("\x16\x03\x01\x02\x00\x01", "400", "a TLS handshake"),
    ] {
        let engine = super::Engine::new();
        let said = said_to(&mut Raw::behind(&engine), asked.as_bytes()).await;
        assert_eq!(said.get(9..12), Some(status), "{asked:.40?}: {said}");
        let report = engine.report().render(Style::plain());
        let taken = engine.take_unmatched();
        let [call] = &taken[..] else {
            panic!("{asked:.40?}: {taken:?}")
        };
        let CallOutcome::Malformed(told) = call.outcome() else {
            panic!("{call:?}")
        };
        assert!(told.contains(why), "{asked:.40?}: {told}");
        assert_eq!(call.url(), "http://127.0.0.1:81/");
        assert!(asked.as_bytes().starts_with(call.body()), "{call:?}");
        assert!(!call.body().is_empty() && report.contains(why), "{report}");
    }
}

#[tokio::test]
async fn after_good_requests_the_entry_begins_where_the_bad_one_does() {
    for together in [false, true] {
        let engine = engine();
        engine.get("https://x.io/a").times(2).reply(200);
        let mut raw = Raw::to(&engine);
        if together {
            raw.write(format!("{GET}{GET}nonsense\r\n\r\n").as_bytes())
                .await;
        } else {
            assert!(raw.asks(GET).await.0.starts_with("HTTP/1.1 200"));
            assert!(raw.asks(GET).await.0.starts_with("HTTP/1.1 200"));
            raw.write(b"nonsense\r\n\r\n").await;
        }
        let (said, closed) = raw.said().await;
        assert!(said.contains("HTTP/1.1 400") && closed, "{said}");
        assert_eq!(engine.calls()[2].text(), "nonsense\r\n\r\n");
    }
}

#[tokio::test]
async fn frames_of_http2_that_are_none_are_told() {
    let engine = engine();
    let mut raw = Raw::to(&engine);
    let mut asked = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    asked.extend([0xff; 300]);
    said_to(&mut raw, &asked).await;
    assert!(raw.said().await.1);
    let calls = engine.calls();
    assert!(
        matches!(calls[0].outcome(), CallOutcome::Malformed(_)),
        "{calls:?}"
    );
}

#[tokio::test]
async fn who_says_nothing_or_half_says_nothing_wrong() {
    let engine = engine();
    for said in [
        "",
        "GET",
        "GET / HTTP/1.1\r\nhost:",
        "PRI * HT",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        let mut raw = Raw::to(&engine);
        raw.write(said.as_bytes()).await;
        raw.shuts().await;
        raw.said().await;
        drop(Raw::to(&engine));
    }
    assert!(engine.calls().is_empty(), "{:?}", engine.calls());
}
