//! Clients without an adapter, whose connections are intercepted.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::client::legacy::{self};
use hyper_util::rt::{TokioExecutor, TokioIo};
use standin_wire::tls::{Connector, TlsStream, ca_pem};
use tokio::net::TcpStream;
use tower::Service;

use crate::client::{BoxError, Client, IN_PROCESS, Opened, Shows, Upgrades, Upload, told};

/// What a socket shows: what fails at the connect is told by its kind; of one that is there, its server can do no more than reset
/// or close it.
pub const BY_SOCKET: Shows = Shows {
    network: false,
    typed: false,
    faults: &[
        io::ErrorKind::ConnectionReset,
        io::ErrorKind::ConnectionRefused,
        io::ErrorKind::TimedOut,
        io::ErrorKind::HostUnreachable,
        io::ErrorKind::NetworkUnreachable,
    ],
    version: false,
    // The server writes ahead.
    frames: false,
    upgrades: Upgrades::ByHeader,
    ..IN_PROCESS
};

/// A connection without an engine is the network's, and these tests have none.
pub fn only_with_an_engine() -> Result<(), BoxError> {
    match standin::active() {
        Some(engine) if !engine.has_ended() => Ok(()),
        _ => Err("this connection would be real".into()),
    }
}

/// Plain HTTP, whatever the suite asks by.
pub fn plain(request: &mut http::Request<Upload>) -> Result<(), BoxError> {
    let mut parts = std::mem::take(request.uri_mut()).into_parts();
    parts.scheme = Some(http::uri::Scheme::HTTP);
    *request.uri_mut() = Uri::from_parts(parts)?;
    // Who does not say so gets no trailers over HTTP/1.1.
    let trailers = http::HeaderValue::from_static("trailers");
    request.headers_mut().insert("te", trailers);
    Ok(())
}

/// hyper-util's client over its own connector.
#[derive(Clone)]
pub struct Hyper<const HTTP2: bool>(legacy::Client<HttpConnector, Upload>);

impl<const HTTP2: bool> Client for Hyper<HTTP2> {
    const SHOWS: Shows = Shows {
        // HTTP/2 has no reason phrase.
        reason: !HTTP2,
        upgrades: match HTTP2 {
            true => Upgrades::ByConnect,
            false => Upgrades::ByHeader,
        },
        ..BY_SOCKET
    };

    fn new() -> Self {
        let mut client = legacy::Client::builder(TokioExecutor::new());
        Self(client.http2_only(HTTP2).build_http())
    }

    async fn open(&self, mut request: http::Request<Upload>) -> Result<Opened, BoxError> {
        only_with_an_engine()?;
        plain(&mut request)?;
        told(self.0.request(request).await?).await
    }
}

/// hyper-util's client with TLS, verified by rustls; it offers HTTP/2 alone, or HTTP/1.1 as well.
#[derive(Clone)]
pub struct Https<const HTTP2_ALONE: bool>(legacy::Client<Secured, Upload>);

impl<const HTTP2_ALONE: bool> Client for Https<HTTP2_ALONE> {
    const SHOWS: Shows = Shows {
        // HTTP/2 is what both agree on, where it alone is offered.
        reason: false,
        upgrades: Upgrades::ByConnect,
        ..BY_SOCKET
    };

    fn new() -> Self {
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        let mut tls = Connector::trusting(ca_pem().as_bytes()).expect("a CA");
        if HTTP2_ALONE {
            tls = tls.http2_only();
        }
        let client = legacy::Client::builder(TokioExecutor::new());
        let tls = Arc::new(tls);
        Self(client.build(Secured { http, tls }))
    }

    async fn open(&self, mut request: http::Request<Upload>) -> Result<Opened, BoxError> {
        only_with_an_engine()?;
        let trailers = http::HeaderValue::from_static("trailers");
        request.headers_mut().insert("te", trailers);
        told(self.0.request(request).await?).await
    }
}

#[derive(Clone)]
struct Secured {
    http: HttpConnector,
    tls: Arc<Connector>,
}

impl Service<Uri> for Secured {
    type Response = Secure;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Secure, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.http.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let tls = Arc::clone(&self.tls);
        let host = uri.host().unwrap_or_default().to_owned();
        let connecting = self.http.call(uri);
        Box::pin(async move { Ok(Secure(tls.connect(connecting.await?, &host).await?)) })
    }
}

struct Secure(TlsStream<TokioIo<TcpStream>>);

impl Connection for Secure {
    fn connected(&self) -> Connected {
        match self.0.protocol() {
            Some(b"h2") => Connected::new().negotiated_h2(),
            _ => Connected::new(),
        }
    }
}

impl Read for Secure {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl Write for Secure {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
