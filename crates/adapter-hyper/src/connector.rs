//! hyper's clients shall run as they are, pool and all: they are given a connector, and whom it connects to is the engine.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};

use http::{Uri, Version};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};
use standin_core::Engine;
use standin_wire::{
    Admitted, Asker, Askers, BoxError, Error, MemoryStream, Origin, Seat, Upstream, admit,
    admit_below_tls, bypassed,
};
use tower_service::Service;

/// A connector to the mocks of the engine that is active on the thread that asks; else of the engine that is active now, as long as it
/// lives.
///
/// `https` URLs need no TLS: the stream is in memory, and the client speaks HTTP/1.1 over it, or HTTP/2 when it is told to
/// (`http2_only`). A client that shall run its own TLS puts it on top (hyper-rustls: `wrap_connector`) and trusts standin's CA: with the
/// feature `tls` of `standin` (or of `standin-wire`), the stream answers a client that begins with a handshake. An authority that no mock could have is refused with [`io::ErrorKind::ConnectionRefused`], and verification fails
/// as for a request that no mock matches.
///
/// ```
/// use http_body_util::{BodyExt, Empty};
/// use hyper_util::client::legacy::Client;
/// use hyper_util::rt::TokioExecutor;
/// use standin_core::prelude::*;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let _net = standin_core::activate();
/// mock::get("https://api.github.com/zen").reply("Keep it logically awesome.");
///
/// let client = Client::builder(TokioExecutor::new()).build(standin_hyper::connector());
/// let request = http::Request::get("https://api.github.com/zen").body(Empty::<bytes::Bytes>::new())?;
/// let said = client.request(request).await?.into_body().collect().await?.to_bytes();
/// assert_eq!(said, "Keep it logically awesome.");
/// # Ok(())
/// # }
/// ```
pub fn connector() -> Connector {
    Connector::new(Seat::of_client())
}

/// A connector to the mocks of `engine`.
pub fn connector_for(engine: &Engine) -> Connector {
    Connector::new(Seat::of(engine))
}

/// Connects to mocks; and by the connector `C` to what none of them could answer, where the network policy allows that.
///
/// A client that tests share (a `static`) asks for the test whose engine is active on the thread that asks, over HTTP/1.1 and HTTP/2: where
/// tests can run at once in the process, hyper's pool is told to leave each connection to the request that opened it. They can where
/// libtest starts threads for them; under nextest, and with `--test-threads=1`, the pool is as it is. Whoever keeps connections in another
/// way gives each test its own. With [`connector_for`] the pool is left alone.
#[derive(Debug)]
pub struct Connector<C = Nowhere> {
    seat: Seat,
    askers: Askers,
    asker: Option<Asker>,
    inner: C,
    upstream: Option<Upstream>,
    is_below_tls: bool,
}

/// Who asks clones the connector of its client, on its own thread.
impl<C: Clone> Clone for Connector<C> {
    fn clone(&self) -> Self {
        Self {
            seat: self.seat.clone(),
            askers: self.askers.clone(),
            asker: self.askers.ask(&self.seat, self.asker.as_ref()),
            inner: self.inner.clone(),
            upstream: self.upstream.clone(),
            is_below_tls: self.is_below_tls,
        }
    }
}

impl<C> Connector<C> {
    /// For a client that puts its own TLS on top: a fault of TLS strikes in its handshake, with a certificate that has really
    /// expired or is really another's, and what it says of that is what it reports. Without this, connecting fails with the error
    /// that stands for the fault, because most clients speak no TLS here.
    #[must_use]
    pub fn below_tls(self) -> Self {
        Self {
            is_below_tls: true,
            ..self
        }
    }
}

impl Connector {
    fn new(seat: Seat) -> Self {
        Self {
            seat,
            askers: Askers::default(),
            asker: None,
            inner: Nowhere(()),
            upstream: None,
            is_below_tls: false,
        }
    }

    /// With a way to the real network: for authorities that no mock could have and that the network policy lets out, and for
    /// single requests that pass through on a connection to mocks, which get a connection of their own.
    pub fn or<C>(self, inner: C) -> Connector<C>
    where
        C: Service<Uri> + Clone + Send + 'static,
        C::Response: Connection + Read + Write + Unpin + Send + 'static,
        C::Error: Into<BoxError>,
        C::Future: Send,
    {
        Connector {
            seat: self.seat,
            askers: self.askers,
            asker: self.asker,
            upstream: Some(upstream(inner.clone())),
            is_below_tls: self.is_below_tls,
            inner,
        }
    }
}

fn upstream<C>(inner: C) -> Upstream
where
    C: Service<Uri> + Clone + Send + 'static,
    C::Response: Connection + Read + Write + Unpin + Send + 'static,
    C::Error: Into<BoxError>,
    C::Future: Send,
{
    // Connectors need not be shared, and ways to the network are.
    let inner = Mutex::new(inner);
    Upstream::connecting(move |uri| {
        let inner = inner.lock().unwrap_or_else(PoisonError::into_inner).clone();
        async move {
            let stream = dial(inner, uri).await?;
            let negotiated = stream
                .connected()
                .is_negotiated_h2()
                .then_some(Version::HTTP_2);
            Ok((stream, negotiated))
        }
    })
}

/// The future of a [`Connector`].
type Connecting<S> = Pin<Box<dyn Future<Output = Result<Stream<S>, BoxError>> + Send>>;

impl<C> Service<Uri> for Connector<C>
where
    C: Service<Uri> + Clone + Send + 'static,
    C::Error: Into<BoxError>,
    C::Future: Send,
{
    type Response = Stream<C::Response>;
    type Error = BoxError;
    type Future = Connecting<C::Response>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let seat = Asker::seat(self.asker.as_ref(), &self.seat);
        let (inner, askers) = (self.inner.clone(), self.askers.clone());
        let is_below_tls = self.is_below_tls && uri.scheme_str() == Some("https");
        let origin = match &self.upstream {
            Some(upstream) => Origin::of(&uri).with_upstream(upstream.clone()),
            None => Origin::of(&uri),
        };
        Box::pin(async move {
            let seat = seat.map_err(Error::refused)?;
            let engine = seat.engine().map_err(Error::refused)?;
            let admitted = match is_below_tls {
                true => admit_below_tls(&engine, &uri).await?,
                false => admit(&engine, &uri).await?,
            };
            let is_single = askers.is_single(&seat);
            let stream = match admitted {
                Admitted::Mocked if is_single => MemoryStream::new(seat, origin),
                // A request that found another connection meanwhile leaves this one to anybody, and nothing tells here.
                Admitted::Mocked => MemoryStream::opened(askers.open(seat, true), origin),
                Admitted::Broken(fault) => MemoryStream::broken(fault),
                Admitted::Served(accepted) => {
                    MemoryStream::conversation(*accepted, uri.host().unwrap_or("").to_owned())
                }
                Admitted::Passed(ticket) => {
                    let kind = Kind::Real(dial(inner, uri).await?);
                    ticket.settle();
                    return Ok(Stream { kind, is_single });
                }
            };
            let kind = Kind::Mocked(stream);
            Ok(Stream { kind, is_single })
        })
    }
}

async fn dial<C>(mut inner: C, uri: Uri) -> Result<C::Response, BoxError>
where
    C: Service<Uri>,
    C::Error: Into<BoxError>,
{
    let connected = async {
        std::future::poll_fn(|cx| inner.poll_ready(cx)).await?;
        inner.call(uri).await
    };
    bypassed(connected).await.map_err(Into::into)
}

/// There is no real network behind this connector.
#[derive(Debug, Clone)]
pub struct Nowhere(());

impl Service<Uri> for Nowhere {
    type Response = Nothing;
    type Error = io::Error;
    type Future = std::future::Ready<Result<Nothing, io::Error>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), io::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _uri: Uri) -> Self::Future {
        std::future::ready(Err(Error::NoNetwork.refused()))
    }
}

/// A connection to mocks, in memory, or a real one.
#[derive(Debug)]
pub struct Stream<S = Nothing> {
    kind: Kind<S>,
    /// Whether a pool shall leave it alone.
    is_single: bool,
}

#[derive(Debug)]
enum Kind<S> {
    Mocked(MemoryStream),
    Real(S),
}

/// The stream of a connection that never is.
#[derive(Debug)]
pub enum Nothing {}

impl Connection for Nothing {
    fn connected(&self) -> Connected {
        match *self {}
    }
}

impl Read for Nothing {
    fn poll_read(
        self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
        _buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        match *self {}
    }
}

impl Write for Nothing {
    fn poll_write(
        self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
        _bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match *self {}
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match *self {}
    }

    fn poll_shutdown(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match *self {}
    }
}

impl<S: Connection> Connection for Stream<S> {
    fn connected(&self) -> Connected {
        let connected = match &self.kind {
            Kind::Mocked(_) => Connected::new(),
            Kind::Real(real) => real.connected(),
        };
        if self.is_single {
            connected.poison();
        }
        connected
    }
}

impl<S: Read + Unpin> Read for Stream<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut self.get_mut().kind {
            Kind::Mocked(stream) => Pin::new(stream).poll_read(cx, buf),
            Kind::Real(real) => Pin::new(real).poll_read(cx, buf),
        }
    }
}

impl<S: Write + Unpin> Write for Stream<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.get_mut().kind {
            Kind::Mocked(stream) => Pin::new(stream).poll_write(cx, bytes),
            Kind::Real(real) => Pin::new(real).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().kind {
            Kind::Mocked(stream) => Pin::new(stream).poll_flush(cx),
            Kind::Real(real) => Pin::new(real).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().kind {
            Kind::Mocked(stream) => Pin::new(stream).poll_shutdown(cx),
            Kind::Real(real) => Pin::new(real).poll_shutdown(cx),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match &self.kind {
            Kind::Mocked(stream) => stream.is_write_vectored(),
            Kind::Real(real) => real.is_write_vectored(),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match &mut self.get_mut().kind {
            Kind::Mocked(stream) => Pin::new(stream).poll_write_vectored(cx, bytes),
            Kind::Real(real) => Pin::new(real).poll_write_vectored(cx, bytes),
        }
    }
}

const _: () = {
    const fn shared<T: Clone + Send + Sync>() {}
    shared::<Connector>();
};
