//! A request that passes through on a connection that mocks claim: it goes by the connector behind ours.

#![cfg(feature = "hyper")]

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response, Uri};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo};
use standin_core::{CallOutcome, Engine};
use standin_hyper::connector_for;
use tokio::net::{TcpListener, TcpStream};

/// Connects to one address, whatever the URL.
#[derive(Clone)]
struct To(SocketAddr);

impl tower_service::Service<Uri> for To {
    type Response = TokioIo<TcpStream>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<TokioIo<TcpStream>>> + Send>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _uri: Uri) -> Self::Future {
        let to = self.0;
        Box::pin(async move { Ok(TokioIo::new(TcpStream::connect(to).await?)) })
    }
}

/// Gives back what it gets, and tells the version and the host.
async fn echo(asked: Request<Incoming>) -> http::Result<Response<Incoming>> {
    let host = asked.uri().authority().map(ToString::to_string);
    let host = host.unwrap_or_else(|| asked.headers()["host"].to_str().expect("text").into());
    Response::builder()
        .status(299)
        .header("x-met", format!("{:?} at {host}", asked.version()))
        .body(asked.into_body())
}

async fn real_server(http2: bool) -> To {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("its address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (stream, service) = (TokioIo::new(stream), hyper::service::service_fn(echo));
            if http2 {
                let serving = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
                tokio::spawn(serving.serve_connection(stream, service));
            } else {
                let serving = hyper::server::conn::http1::Builder::new();
                tokio::spawn(serving.serve_connection(stream, service));
            }
        }
    });
    To(address)
}

#[tokio::test]
async fn it_reaches_the_real_server_in_the_version_of_the_client() {
    for (http2, met) in [(false, "HTTP/1.1 at x.io"), (true, "HTTP/2.0 at x.io")] {
        let engine = Engine::new();
        let through = engine.post("http://x.io/real").pass_through();
        engine.post("http://x.io/mocked").times(2).reply("mocked");
        let mut builder = Client::builder(TokioExecutor::new());
        let connector = connector_for(&engine).or(real_server(http2).await);
        let client = builder.http2_only(http2).build::<_, Full<Bytes>>(connector);
        let long = Bytes::from(vec![b'z'; 5 << 20]);
        for (path, status) in [("mocked", 200), ("real", 299), ("mocked", 200)] {
            let asked = Request::post(format!("http://x.io/{path}"))
                .body(Full::new(long.clone()))
                .expect("a request");
            let (parts, body) = client.request(asked).await.expect("answered").into_parts();
            let body = body.collect().await.expect("read").to_bytes();
            assert_eq!(parts.status.as_u16(), status);
            if status == 200 {
                assert_eq!(body, "mocked");
                continue;
            }
            assert_eq!(parts.headers["x-met"], met);
            assert!(body == long, "{} bytes", body.len());
        }
        assert_eq!(through.last_call().outcome(), &CallOutcome::PassedThrough);
        assert!(*through.last_call().body() == long);
    }
}

#[tokio::test]
async fn where_nobody_is_the_client_is_told() {
    let gone = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = gone.local_addr().expect("its address");
    drop(gone);
    let engine = Engine::new();
    engine.get("http://x.io/real").pass_through();
    let client = Client::builder(TokioExecutor::new())
        .build::<_, Full<Bytes>>(connector_for(&engine).or(To(address)));
    let asked = Request::get("http://x.io/real").body(Full::default());
    let response = client
        .request(asked.expect("a request"))
        .await
        .expect("an answer of standin's own");
    assert_eq!(response.status().as_u16(), 502);
    assert_eq!(response.headers()["x-standin"], "upstream");
}
