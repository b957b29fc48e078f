//! What hyper's client meets when all that it connects to is an engine.

#![cfg(feature = "hyper")]

use std::error::Error as _;
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::{Request, StatusCode, Uri};
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use standin_core::{CallOutcome, Engine, OwnedEngine, script};
use standin_hyper::{Connector, Error, connector_for};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tower::ServiceExt;

type Body = Empty<bytes::Bytes>;

fn client<C>(connector: C) -> Client<C, Body>
where
    C: tower_service::Service<Uri> + Clone + Send + Sync + 'static,
    C::Response: hyper_util::client::legacy::connect::Connection
        + hyper::rt::Read
        + hyper::rt::Write
        + Send
        + Unpin
        + 'static,
    C::Future: Send + Unpin + 'static,
    C::Error: Into<standin_hyper::BoxError>,
{
    Client::builder(TokioExecutor::new()).build(connector)
}

fn get(url: &str) -> Request<Body> {
    Request::get(url).body(Body::new()).expect("a request")
}

/// The io error behind a client's error.
fn io_error<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a io::Error> {
    std::iter::successors(Some(error), |error| (*error).source())
        .find_map(|error| error.downcast_ref())
}

fn engine() -> OwnedEngine {
    Engine::new().lenient()
}

#[tokio::test]
async fn an_authority_that_no_mock_has_is_refused_and_told() {
    let engine = Engine::new();
    engine.get("https://x.io/").optional().reply(200);
    let error = client(connector_for(&engine))
        .request(get("https://y.io/users"))
        .await
        .expect_err("nobody is there");
    assert!(error.is_connect(), "{error:?}");
    let cause = io_error(&error).expect("an io error");
    assert_eq!(cause.kind(), ErrorKind::ConnectionRefused);
    let typed = cause
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<Error>());
    assert!(matches!(typed, Some(Error::Unmatched(_))), "{cause:?}");
    let nearest = typed
        .and_then(|error| error.source())
        .map(ToString::to_string);
    assert!(
        nearest.as_deref().is_some_and(|text| text.contains("y.io")),
        "{nearest:?}"
    );
    let unmatched = engine.take_unmatched();
    assert_eq!(
        (unmatched.len(), unmatched[0].request().method().as_str()),
        (1, "CONNECT")
    );
}

#[tokio::test]
async fn a_mock_of_connections_has_the_bytes() {
    let engine = Engine::new();
    engine
        .tcp("redis.x.io:6379")
        .serve(script().expect("PING\r\n").send("+PONG\r\n").close());
    let there = Uri::from_static("http://redis.x.io:6379");
    let stream = connector_for(&engine).oneshot(there.clone()).await;
    let mut stream = TokioIo::new(stream.expect("connected"));
    stream.write_all(b"PING\r\n").await.expect("written");
    let mut said = String::new();
    stream.read_to_string(&mut said).await.expect("an end");
    assert_eq!(said, "+PONG\r\n");
    let refused = connector_for(&engine).oneshot(there).await;
    let refused = refused.expect_err("its use is spent");
    assert_eq!(
        io_error(&*refused).map(io::Error::kind),
        Some(ErrorKind::ConnectionRefused)
    );
    assert_eq!(engine.take_unmatched().len(), 1);
}

#[tokio::test]
async fn what_the_policy_lets_out_goes_by_the_inner_connector() {
    let real = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let address = real.local_addr().expect("its address");
    tokio::spawn(async move {
        let (mut stream, _) = real.accept().await.expect("a client");
        let mut asked = [0; 1024];
        let _ = stream.read(&mut asked).await;
        let said = b"HTTP/1.1 299 Real\r\ncontent-length: 0\r\n\r\n";
        let _ = stream.write_all(said).await;
    });
    let engine = engine();
    engine.get("https://x.io/").reply(200);
    let client = client(connector_for(&engine).or(HttpConnector::new()));
    let url = format!("http://{address}/");
    let refused = client
        .request(get(&url))
        .await
        .expect_err("the network is closed");
    assert!(refused.is_connect());
    engine.enable_network("127.0.0.1");
    assert_eq!(
        client
            .request(get(&url))
            .await
            .expect("real")
            .status()
            .as_u16(),
        299
    );
    assert_eq!(
        client
            .request(get("https://x.io/"))
            .await
            .expect("mocked")
            .status(),
        StatusCode::OK
    );
    assert_eq!(engine.calls()[1].outcome(), &CallOutcome::PassedThrough);
}

/// Counts the connections that are made.
#[derive(Clone)]
struct Counting(Connector, Arc<AtomicUsize>);

impl tower_service::Service<Uri> for Counting {
    type Response = <Connector as tower_service::Service<Uri>>::Response;
    type Error = <Connector as tower_service::Service<Uri>>::Error;
    type Future = <Connector as tower_service::Service<Uri>>::Future;

    fn poll_ready(
        &mut self,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Result<(), Self::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.call(uri)
    }
}

#[tokio::test]
async fn a_pool_keeps_its_connections_and_asks_for_each_request() {
    let engine = engine();
    let connections = Arc::new(AtomicUsize::new(0));
    let client = client(Counting(connector_for(&engine), Arc::clone(&connections)));
    for status in [200, 503, 418] {
        engine.get("https://x.io/").reply(status);
        let response = client
            .request(get("https://x.io/"))
            .await
            .expect("answered");
        assert_eq!(response.status().as_u16(), status);
        response.into_body().collect().await.expect("read");
    }
    let unmatched = client
        .request(get("https://x.io/"))
        .await
        .expect("answered");
    assert_eq!(unmatched.status().as_u16(), 501);
    assert_eq!(unmatched.headers()["x-standin"], "unmatched");
    assert_eq!(connections.load(Ordering::Relaxed), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_tasks_on_many_threads_are_answered() {
    for http2 in [false, true] {
        let engine = engine();
        let mock =
            engine
                .get("https://x.io/{n}")
                .times(400)
                .reply(|asked: &standin_core::Request| {
                    asked.path_param("n").unwrap_or_default().to_owned()
                });
        let mut builder = Client::builder(TokioExecutor::new());
        let client: Client<_, Body> = builder.http2_only(http2).build(connector_for(&engine));
        let asked: Vec<_> = (0..400)
            .map(|n| {
                let client = client.clone();
                tokio::spawn(async move {
                    let response = client
                        .request(get(&format!("https://x.io/{n}")))
                        .await
                        .expect("answered");
                    let said = response
                        .into_body()
                        .collect()
                        .await
                        .expect("read")
                        .to_bytes();
                    assert_eq!(said, n.to_string());
                })
            })
            .collect();
        for one in asked {
            one.await.expect("no panic");
        }
        mock.assert_called(400);
    }
}

#[tokio::test]
async fn a_hundred_mebibytes_stream_to_a_client_that_reads() {
    let engine = engine();
    let chunk = bytes::Bytes::from(vec![b'z'; 1 << 20]);
    engine
        .get("https://x.io/")
        .times(2)
        .reply(standin_core::reply(200).chunks(vec![chunk; 100]));
    for http2 in [false, true] {
        let mut builder = Client::builder(TokioExecutor::new());
        let client: Client<_, Body> = builder.http2_only(http2).build(connector_for(&engine));
        let mut body = client
            .request(get("https://x.io/"))
            .await
            .expect("answered")
            .into_body();
        let mut length = 0;
        while let Some(frame) = body.frame().await {
            length += frame
                .expect("a frame")
                .into_data()
                .map_or(0, |data| data.len());
        }
        assert_eq!(length, 100 << 20);
    }
}

#[tokio::test]
async fn a_connection_needs_no_runtime_of_tokio() {
    let engine = engine();
    engine.get("https://x.io/").reply("here");
    let stream = connector_for(&engine)
        .oneshot(Uri::from_static("https://x.io"))
        .await
        .expect("connected");
    let asked = std::thread::spawn(move || {
        let said = block_on(async move {
            let (mut sender, connection) = hyper::client::conn::http1::handshake(stream)
                .await
                .expect("ready");
            let asked = Request::get("/")
                .header("host", "x.io")
                .body(Body::new())
                .expect("a request");
            let mut connection = Box::pin(connection);
            let mut answered = Box::pin(async move {
                let response = sender.send_request(asked).await.expect("answered");
                response
                    .into_body()
                    .collect()
                    .await
                    .expect("read")
                    .to_bytes()
            });
            std::future::poll_fn(|cx| {
                let _ = connection.as_mut().poll(cx);
                answered.as_mut().poll(cx)
            })
            .await
        });
        assert_eq!(said, "here");
    });
    asked.join().expect("no panic");
}

/// The smallest of executors: it polls until there is a result.
fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    loop {
        if let std::task::Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return output;
        }
        std::thread::yield_now();
    }
}
