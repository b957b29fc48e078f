//! A single request that passes through on a connection that mocks claim.

use bytes::Bytes;
use http::Response;
use http_body_util::{BodyExt, Full};
use standin_core::CallOutcome;

use super::{GET, Raw, engine};
use crate::{BoxError, Origin, PassedBody, Upstream};

fn origin() -> Origin {
    Origin::of(&"https://x.io".parse().expect("a URL"))
}

/// Answers 299 with what it was sent.
async fn real(request: http::Request<PassedBody>) -> Result<Response<Full<Bytes>>, BoxError> {
    let (parts, body) = request.into_parts();
    let sent = body.collect().await?.to_bytes();
    let said = format!(
        "{} {} {sent:?} {:?}",
        parts.method, parts.uri, parts.headers
    );
    Ok(Response::builder()
        .status(299)
        .header("connection", "close, x-hop")
        .header("x-hop", "1")
        .body(Full::new(said.into()))?)
}

#[tokio::test]
async fn it_goes_by_the_upstream_and_the_next_one_by_a_mock() {
    let engine = engine();
    let through = engine.get("https://x.io/a").pass_through();
    engine.get("https://x.io/a").reply("mocked");
    let mut raw = Raw::at(&engine, origin().with_upstream(Upstream::new(real)));
    let asked = GET.replace(
        "\r\n\r\n",
        "\r\nconnection: x-mine\r\nx-mine: 1\r\nx: 2\r\n\r\n",
    );
    let (said, closed) = raw.asks(asked).await;
    assert!(said.starts_with("HTTP/1.1 299") && !closed, "{said}");
    assert!(said.contains("GET https://x.io/a b\"\""), "{said}");
    assert!(
        said.contains("\"x\": \"2\"") && !said.contains("x-mine"),
        "{said}"
    );
    assert!(
        !said.contains("x-hop") && !said.contains("connection"),
        "{said}"
    );
    assert_eq!(through.last_call().outcome(), &CallOutcome::PassedThrough);
    assert!(raw.asks(GET).await.0.ends_with("mocked"));
}

#[tokio::test]
async fn its_body_goes_with_it_and_is_in_the_journal() {
    let engine = engine();
    let through = engine.post("https://x.io/a").times(3).pass_through();
    let head = "POST /a HTTP/1.1\r\nhost: x.io\r\n";
    for rest in [
        "content-length: 5\r\n\r\nhello",
        "transfer-encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
        "expect: 100-continue\r\ncontent-length: 5\r\n\r\nhello",
    ] {
        let mut raw = Raw::at(&engine, origin().with_upstream(Upstream::new(real)));
        let (said, _) = raw.asks(format!("{head}{rest}")).await;
        assert!(said.contains("HTTP/1.1 299"), "{said}");
        assert!(
            said.contains("b\"hello\"") && !said.contains("expect"),
            "{said}"
        );
        assert_eq!(through.last_call().text(), "hello");
    }
}

#[tokio::test]
async fn bodies_stream_both_ways_at_once() {
    let engine = engine();
    let through = engine.post("https://x.io/a").pass_through();
    // Gives back each piece as it comes.
    let echo = |request: http::Request<PassedBody>| async {
        Ok::<_, BoxError>(Response::new(request.into_body()))
    };
    let mut raw = Raw::at(&engine, origin().with_upstream(Upstream::new(echo)));
    let head = "POST /a HTTP/1.1\r\nhost: x.io\r\ntransfer-encoding: chunked\r\n\r\n";
    let (said, _) = raw.asks(format!("{head}2\r\nhe\r\n")).await;
    assert!(said.ends_with("\r\n\r\n2\r\nhe\r\n"), "{said}");
    assert_eq!(raw.asks("3\r\nllo\r\n").await.0, "3\r\nllo\r\n");
    assert_eq!(raw.asks("0\r\n\r\n").await.0, "0\r\n\r\n");
    assert_eq!(through.last_call().text(), "hello");
    assert_eq!(through.last_call().outcome(), &CallOutcome::PassedThrough);
}

#[tokio::test]
async fn without_an_upstream_or_an_answer_the_client_is_told() {
    let engine = engine();
    engine.get("https://x.io/a").times(2).pass_through();
    let (said, _) = Raw::to(&engine).asks(GET).await;
    assert!(
        said.starts_with("HTTP/1.1 501") && said.contains("no-network"),
        "{said}"
    );
    let gone = Upstream::new(|_| async { Err::<Response<Full<Bytes>>, BoxError>("gone".into()) });
    let (said, _) = Raw::at(&engine, origin().with_upstream(gone))
        .asks(GET)
        .await;
    assert!(
        said.starts_with("HTTP/1.1 502") && said.ends_with(": gone"),
        "{said}"
    );
}
