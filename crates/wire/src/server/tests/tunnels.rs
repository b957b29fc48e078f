//! A connection that a client takes for one to a proxy.

use standin_core::Fault;

use super::{Raw, engine};

const CONNECT: &str = "CONNECT x.io:80 HTTP/1.1\r\nhost: x.io:80\r\n\r\n";
const GET: &str = "GET /a HTTP/1.1\r\nhost: x.io\r\n\r\n";

#[tokio::test]
async fn a_tunnel_to_a_mocked_authority_is_opened_and_served() {
    let engine = engine();
    engine.get("http://x.io/a").times(2).reply("inside");
    let mut raw = Raw::behind(&engine);
    let (said, closed) = raw.asks(CONNECT).await;
    assert!(
        said.starts_with("HTTP/1.1 200") && said.ends_with("\r\n\r\n"),
        "{said}"
    );
    assert!(!said.contains("content-length") && !closed, "{said}");
    for _ in 0..2 {
        let (said, closed) = raw.asks(GET).await;
        assert!(said.ends_with("inside") && !closed, "{said}");
    }
    let (said, _) = raw.asks(GET).await;
    assert!(said.starts_with("HTTP/1.1 501"), "{said}");
    // The tunnel is a connection, and no call.
    assert_eq!(engine.calls().len(), 3);
    assert_eq!(engine.calls()[0].request().url(), "http://x.io/a");
}

#[tokio::test]
async fn a_tunnel_to_anybody_else_is_refused_with_the_report() {
    let engine = engine();
    engine.get("http://y.io/a").optional().reply("inside");
    let (said, _) = Raw::behind(&engine).asks(CONNECT).await;
    assert!(said.starts_with("HTTP/1.1 501"), "{said}");
    assert!(said.contains("CONNECT") && said.contains("y.io"), "{said}");
    assert_eq!(engine.take_unmatched()[0].method(), "CONNECT");
}

#[tokio::test]
async fn a_mock_for_connect_decides_by_itself() {
    let engine = engine();
    let mock = engine.method("CONNECT", "x.io:80").reply([407, 200]);
    engine.get("http://x.io/a").reply("inside");
    let (said, _) = Raw::behind(&engine).asks(CONNECT).await;
    assert!(said.starts_with("HTTP/1.1 407"), "{said}");
    let mut raw = Raw::behind(&engine);
    assert!(raw.asks(CONNECT).await.0.starts_with("HTTP/1.1 200"));
    assert!(raw.asks(GET).await.0.ends_with("inside"));
    mock.assert_called(2);
}

#[tokio::test]
async fn a_fault_inside_a_tunnel_breaks_what_carries_it() {
    let engine = engine();
    engine.get("http://x.io/a").reply(Fault::Reset);
    let mut raw = Raw::behind(&engine);
    raw.asks(CONNECT).await;
    raw.write(GET.as_bytes()).await;
    let error = raw.read().await.expect("an end").expect_err("a fault");
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn what_comes_at_once_with_its_connect_is_served_too() {
    let engine = engine();
    engine.get("http://x.io/a").reply("inside");
    let (said, _) = Raw::behind(&engine).asks(format!("{CONNECT}{GET}")).await;
    assert!(said.ends_with("inside"), "{said}");
}

#[cfg(not(feature = "tls"))]
#[tokio::test]
async fn tls_inside_is_said_to_be_not_spoken() {
    let engine = engine();
    engine.get("x.io/a").optional().reply("inside");
    let mut raw = Raw::behind(&engine);
    raw.asks(CONNECT).await;
    raw.asks([0x16, 0x03, 0x01, 0x00, 0x05, 0x01]).await;
    let calls = engine.calls();
    assert!(
        matches!(calls[0].outcome(), standin_core::CallOutcome::Malformed(why) if why.contains("TLS")),
        "{calls:?}"
    );
    assert_eq!(calls[0].request().url(), "http://x.io/");
}
