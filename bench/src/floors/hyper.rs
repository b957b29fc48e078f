//! What does a request over a connection cost without a mock server? hyper, answering the same thing always.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::thread::JoinHandle;

use bytes::Bytes;
use http::Response;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::client;

/// Serves one connection until its client leaves.
pub async fn connection(stream: impl AsyncRead + AsyncWrite + Unpin) {
    let service = service_fn(|request: http::Request<Incoming>| async move {
        drop(request);
        Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(b"ok"))))
    });
    // A client that leaves early is no concern of a floor.
    _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

/// Serves whoever connects, on the runtime that polls it; its connections end with that runtime.
pub async fn accept(listener: TcpListener) {
    loop {
        let (stream, _) = listener.accept().await.expect("loopback accepts");
        stream.set_nodelay(true).expect("a socket has the option");
        tokio::spawn(connection(stream));
    }
}

/// A server on a thread of its own, as the peers run theirs.
pub struct Server {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub fn start() -> Self {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("loopback has a port");
        listener
            .set_nonblocking(true)
            .expect("a socket has the option");
        let address = listener
            .local_addr()
            .expect("a bound socket has an address");
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            client::runtime().block_on(async {
                let listener = TcpListener::from_std(listener).expect("the runtime has a reactor");
                tokio::select! {
                    () = accept(listener) => {}
                    _ = stopped => {}
                }
            });
        });
        Self {
            address,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the server's thread ends");
        }
    }
}
