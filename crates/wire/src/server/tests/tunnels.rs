//! A connection that a client takes for one to a proxy.

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::{http1, http2};
use standin_core::Fault;

use super::super::{MemoryStream, Origin};
use super::{Raw, engine};
use crate::Seat;

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
    assert!(
        said.contains("a connection to") && said.contains("x.io"),
        "{said}"
    );
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

#[derive(Clone)]
struct Tasks;

impl<F: Future<Output = ()> + Send + 'static> hyper::rt::Executor<F> for Tasks {
    fn execute(&self, task: F) {
        tokio::spawn(task);
    }
}

#[tokio::test]
async fn a_tunnel_in_a_stream_of_http_2_is_served_too() {
    let engine = engine();
    engine.get("http://x.io/a").times(2).reply("inside");
    engine.get("http://beside.io/").reply("beside");
    let stream = MemoryStream::new(Seat::of(&engine), Origin::behind(None));
    let (mut sender, connection) = http2::handshake(Tasks, stream).await.expect("HTTP/2");
    tokio::spawn(connection);
    let connect = |to: &str| {
        http::Request::connect(to)
            .body(Empty::<Bytes>::new())
            .expect("a request")
    };
    let mut opened = sender
        .send_request(connect("x.io:80"))
        .await
        .expect("answered");
    assert_eq!(opened.status(), 200);
    let tunnel = hyper::upgrade::on(&mut opened).await.expect("a stream");
    let (mut within, inside) = http1::handshake(tunnel).await.expect("HTTP/1.1");
    tokio::spawn(inside);
    for _ in 0..2 {
        let asked = http::Request::get("/a")
            .header("host", "x.io")
            .body(Empty::<Bytes>::new());
        let said = within
            .send_request(asked.expect("a request"))
            .await
            .expect("answered");
        let said = said.into_body().collect().await.expect("a body").to_bytes();
        assert_eq!(said, "inside");
    }
    // Another stream of the connection goes on beside it.
    let asked = http::Request::get("http://beside.io/").body(Empty::<Bytes>::new());
    let beside = sender
        .send_request(asked.expect("a request"))
        .await
        .expect("answered");
    assert_eq!(beside.status(), 200);
    let refused = sender
        .send_request(connect("y.io:443"))
        .await
        .expect("answered");
    assert_eq!(refused.status(), 501);
    assert_eq!(engine.take_unmatched()[0].method(), "CONNECT");
}

#[tokio::test]
async fn what_the_policy_lets_out_goes_nowhere_without_a_way() {
    let engine = engine();
    engine.enable_network("x.io");
    let (said, _) = Raw::behind(&engine).asks(CONNECT).await;
    assert!(
        said.starts_with("HTTP/1.1 501") && said.contains("no-network"),
        "{said}"
    );
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
