//! A plain client of reqwest shall run as it is: pool, redirects, cookies, decompression, timeouts, retries. What is put below it is
//! whom it connects to.
//!
//! Built once for each version of reqwest, which the parent module calls `client`.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};

use http::Version;
use hyper::rt::{Read, Write};
use hyper_util::client::legacy::connect::Connection;
use standin_core::Engine;
use standin_wire::{
    Admitted, Asker, Askers, BoxError, Error, Origin, Seat, Upstream, admit, break_socket,
    bypassed, serve_socket, talk_over_socket,
};
use tokio::task;
use tower_service::Service;

use super::lender;
use crate::destination;

/// A layer by which a plain client connects to the mocks of the engine that is active on its thread when it connects; else of the
/// engine that is active now, as long as it lives.
///
/// `reqwest::Client::builder().connector_layer(layer()).build()`, or the same of `reqwest::blocking`. Its URLs stay as they are:
/// `https` and `http`, any port, addresses of IPv4 and IPv6.
pub fn layer() -> ConnectorLayer {
    ConnectorLayer::new(Seat::of_client())
}

/// A layer by which a plain client connects to the mocks of `engine`.
pub fn layer_for(engine: &Engine) -> ConnectorLayer {
    ConnectorLayer::new(Seat::of(engine))
}

/// Connects a client to mocks, and to what none of them could answer where the network policy allows that; else the connection is
/// refused, and verification fails.
///
/// A connection to mocks is one over loopback that is served on the client's own runtime, whose time is its time.
///
/// - **TLS** is spoken for `https` neither: no certificate has to be trusted, and what of TLS the client is built with plays no part. So
///   nothing is negotiated: the client speaks HTTP/1.1, or HTTP/2 where that is all it speaks (`http2_prior_knowledge`), and has no
///   `tls_info`. Where a test is about HTTP/2 by ALPN, [`with_alpn`](Self::with_alpn) has it.
/// - **Proxies, resolver, `connect_timeout`**: the first two are not asked for mocks; the last holds as always. HTTP/3 goes by another way,
///   past this layer.
/// - **Unmatched** requests on a connection to mocks get 501 with the report as text. A connection that is refused is an error whose
///   `is_connect()` is true, with [`Error`] as a cause; it says how to mock it and how to let it out.
/// - **A request that passes through** alone, on an authority that mocks claim, goes out by a connection of its own, which the client's
///   connector makes.
/// - **Faults** of resolving and connecting are errors of their kind. Later ones are a reset or an end: a socket can show no others.
/// - **A client that tests share** (a `static`) asks for the test whose engine is active on the thread that asks. Where tests can run at
///   once in the process, each reply over HTTP/1.1 says `connection: close`, and so no connection of one test carries a request of another.
///   They can where libtest starts threads for them; under nextest, and with `--test-threads=1`, the pool is as it is. What passes through
///   to the real network by a client that several tests have asked by goes out request by request. Each stream of HTTP/2 is for the only
///   test that asks by that client just then; where several do, it is refused, and the report says so: over HTTP/2 a client that tests
///   share at once is of no use. So is a connection that was kept when tests began that nobody could foresee. A shared blocking client
///   asks on a thread of its own: one that is made in the initialiser of a `static` is refused with an error that says what to do, where
///   interception is there to see that; else it is answered by the engine of its making alone, while that lives. With [`layer_for`] the
///   pool is left alone.
///
/// It ran on Linux alone; there is nothing in it that other systems lack. Where reqwest has `rustls-no-provider`, and no default
/// provider is installed for the process, a client with a preconfigured TLS of its own is refused with an error that says so.
#[derive(Debug, Clone)]
pub struct ConnectorLayer {
    seat: Seat,
    has_alpn: bool,
}

impl ConnectorLayer {
    fn new(seat: Seat) -> Self {
        Self {
            seat,
            has_alpn: false,
        }
    }

    /// The client is told that HTTP/2 was agreed on by ALPN, for `https` URLs, as most real servers do.
    ///
    /// TLS is spoken then, of which the client under test sees no more than that. It needs a reqwest with its feature `http2` and one for
    /// TLS; else each connect fails, and says so. Not for a client that is `http1_only`.
    #[cfg(feature = "tls")]
    #[cfg_attr(docsrs, doc(cfg(feature = "tls")))]
    #[must_use]
    pub fn with_alpn(self) -> Self {
        Self {
            has_alpn: true,
            ..self
        }
    }
}

impl<S> tower_layer::Layer<S> for ConnectorLayer {
    type Service = Connector<S>;

    fn layer(&self, inner: S) -> Connector<S> {
        Connector {
            seat: self.seat.clone(),
            has_alpn: self.has_alpn,
            askers: Askers::default(),
            asker: None,
            inner,
        }
    }
}

/// The connector of a client with a [`ConnectorLayer`].
pub struct Connector<S> {
    seat: Seat,
    has_alpn: bool,
    askers: Askers,
    asker: Option<Asker>,
    inner: S,
}

/// Who asks clones the connector of its client, on its own thread.
impl<S: Clone> Clone for Connector<S> {
    fn clone(&self) -> Self {
        Self {
            seat: self.seat.clone(),
            has_alpn: self.has_alpn,
            askers: self.askers.clone(),
            asker: self.askers.ask(&self.seat, self.asker.as_ref()),
            inner: self.inner.clone(),
        }
    }
}

impl<S> fmt::Debug for Connector<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector")
            .field("seat", &self.seat)
            .field("askers", &self.askers)
            .field("asks", &self.asker.is_some())
            .finish_non_exhaustive()
    }
}

/// The future of a [`Connector`].
type Connecting<C> = Pin<Box<dyn Future<Output = Result<C, BoxError>> + Send>>;

impl<S, R> Service<R> for Connector<S>
where
    R: fmt::Debug + Send + 'static,
    S: Service<R, Error = BoxError> + Clone + Send + Sync + 'static,
    S::Response: Connection + Read + Write + Unpin + Send + 'static,
    S::Future: Send,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Connecting<S::Response>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: R) -> Self::Future {
        let (seat, inner, askers) = (
            Asker::seat(self.asker.as_ref(), &self.seat),
            self.inner.clone(),
            self.askers.clone(),
        );
        #[cfg(feature = "tls")]
        let has_alpn = self.has_alpn;
        Box::pin(async move {
            let task = task::try_id();
            let seat = seat.map_err(Error::refused)?;
            let engine = seat.engine().map_err(Error::refused)?;
            let uri = destination::read(&request)?;
            match admit(&engine, &uri).await? {
                Admitted::Mocked => {}
                Admitted::Broken(fault) => {
                    let (connection, far_end) = lender::connection().await?;
                    break_socket(far_end, &fault);
                    return Ok(connection);
                }
                Admitted::Served(accepted) => {
                    let (connection, far_end) = lender::connection().await?;
                    let host = uri.host().unwrap_or("").to_owned();
                    tokio::spawn(talk_over_socket(*accepted, far_end, host));
                    return Ok(connection);
                }
                // In the pool, another test could take what this one is let out by.
                Admitted::Passed(ticket) if askers.is_shared() => ticket.settle(),
                Admitted::Passed(ticket) => {
                    let connection = dial(inner, request).await?;
                    ticket.settle();
                    return Ok(connection);
                }
            }
            let origin = Origin::of(&uri).with_upstream(upstream(inner));
            #[cfg(feature = "tls")]
            if has_alpn && uri.scheme_str() == Some("https") {
                let serve =
                    |far_end| serve_socket(engine, askers.open(seat, false), far_end, origin);
                let (connection, serving) = lender::negotiated(serve).await?;
                tokio::spawn(serving);
                return Ok(connection);
            }
            let (connection, far_end) = lender::connection().await?;
            // hyper goes on connecting on a task of its own when the request has found another connection meanwhile.
            let is_left = task::try_id() != task;
            let opened = askers.open(seat, is_left);
            tokio::spawn(serve_socket(engine, opened, far_end, origin));
            Ok(connection)
        })
    }
}

/// By the client's own connector.
async fn dial<S, R>(mut inner: S, request: R) -> Result<S::Response, BoxError>
where
    S: Service<R, Error = BoxError>,
{
    bypassed(async {
        poll_fn(|cx| inner.poll_ready(cx)).await?;
        inner.call(request).await
    })
    .await
}

/// The way of single requests that pass through: each by a connection of its own.
fn upstream<S, R>(inner: S) -> Upstream
where
    R: Send + 'static,
    S: Service<R, Error = BoxError> + Clone + Send + Sync + 'static,
    S::Response: Connection + Read + Write + Unpin + Send + 'static,
    S::Future: Send,
{
    Upstream::connecting(move |uri| {
        let inner = inner.clone();
        async move {
            let request = lender::request::<R>(&uri.to_string()).await?;
            let connection = dial(inner, request).await?;
            let negotiated = connection.connected().is_negotiated_h2();
            Ok((connection, negotiated.then_some(Version::HTTP_2)))
        }
    })
}

const _: () = {
    const fn shared<T: Clone + Send + Sync + 'static>() {}
    shared::<ConnectorLayer>();
};
