//! A plain client of reqwest shall run as it is: pool, redirects, cookies, decompression, timeouts, retries. What is put below it is
//! whom it connects to.
//!
//! Built once for each version of reqwest, which the parent module calls `client`.

use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::OnceLock;
use std::task::{Context, Poll};

use http::Version;
use hyper::rt::{Read, Write};
use hyper_util::client::legacy::connect::Connection;
use standin_core::Engine;
use standin_wire::{
    Admitted, BoxError, Error, Origin, Port, Seat, Upstream, admit, break_socket, bypassed,
    serve_socket,
};
use tokio::net::TcpStream;
use tower_service::Service;

use super::client::Client;
use crate::destination;
use crate::lent::{Lending, NotLent, Wanted, borrow};

/// A layer by which a plain client connects to the mocks of the engine that is active on its thread when it connects; else of the
/// engine that is active now, as long as it lives.
///
/// `reqwest::Client::builder().connector_layer(layer()).build()`, or the same of `reqwest::blocking`. Its URLs stay as they are:
/// `https` and `http`, any port, addresses of IPv4 and IPv6.
pub fn layer() -> ConnectorLayer {
    ConnectorLayer {
        seat: Seat::active(),
    }
}

/// A layer by which a plain client connects to the mocks of `engine`.
pub fn layer_for(engine: &Engine) -> ConnectorLayer {
    ConnectorLayer {
        seat: Seat::of(engine),
    }
}

/// Connects a client to mocks, and to what none of them could answer where the network policy allows that; else the connection is
/// refused, and verification fails.
///
/// A connection to mocks is one over loopback that is served on the client's own runtime, whose time is its time.
///
/// - **TLS** is spoken for `https` neither: no certificate has to be trusted, and what of TLS the client is built with plays no part. So
///   nothing is negotiated: the client speaks HTTP/1.1, or HTTP/2 where that is all it speaks (`http2_prior_knowledge`), and has no
///   `tls_info`.
/// - **Proxies, resolver, `connect_timeout`**: the first two are not asked for mocks; the last holds as always. HTTP/3 goes by another way,
///   past this layer.
/// - **Unmatched** requests on a connection to mocks get 501 with the report as text. A connection that is refused is an error whose
///   `is_connect()` is true, with [`Error`] as a cause; it says how to mock it and how to let it out.
/// - **A request that passes through** alone, on an authority that mocks claim, goes out by a connection of its own, which the client's
///   connector makes.
/// - **Faults** of resolving and connecting are errors of their kind. Later ones are a reset or an end: a socket can show no others.
/// - **A client that tests share** (a `static`) connects for the test that asks, which is the one whose engine is active on that thread.
///   Its pool carries requests of tests that run at once over each other's connections, though: build it with
///   `pool_max_idle_per_host(0)`, or run each test in a process of its own. A shared blocking client connects on a thread of
///   its own, and is answered by the engine of its making alone, while that lives.
///
/// It ran on Linux alone; there is nothing in it that other systems lack. Where reqwest has `rustls-no-provider`, and no default
/// provider is installed for the process, a client with a preconfigured TLS of its own is refused with an error that says so.
#[derive(Debug, Clone)]
pub struct ConnectorLayer {
    seat: Seat,
}

impl<S> tower_layer::Layer<S> for ConnectorLayer {
    type Service = Connector<S>;

    fn layer(&self, inner: S) -> Connector<S> {
        Connector {
            seat: self.seat.clone(),
            inner,
        }
    }
}

/// The connector of a client with a [`ConnectorLayer`].
#[derive(Clone)]
pub struct Connector<S> {
    seat: Seat,
    inner: S,
}

impl<S> fmt::Debug for Connector<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector")
            .field("seat", &self.seat)
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
        let (seat, inner) = (self.seat.connecting(), self.inner.clone());
        Box::pin(async move {
            let seat = seat.map_err(Error::refused)?;
            let engine = seat.engine().map_err(Error::refused)?;
            let uri = destination::read(&request)?;
            match admit(&engine, &uri).await? {
                Admitted::Mocked => {
                    let (connection, far_end) = connected().await?;
                    let origin = Origin::of(&uri).with_upstream(upstream(inner));
                    tokio::spawn(serve_socket(seat, far_end, origin));
                    Ok(connection)
                }
                Admitted::Broken(fault) => {
                    let (connection, far_end) = connected().await?;
                    break_socket(far_end, &fault);
                    Ok(connection)
                }
                Admitted::Passed(ticket) => {
                    let connection = dial(inner, request).await?;
                    ticket.settle();
                    Ok(connection)
                }
            }
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
            let request = lent::<R>(Wanted::Request, &uri.to_string()).await?;
            let connection = dial(inner, request).await?;
            let negotiated = connection.connected().is_negotiated_h2();
            Ok((connection, negotiated.then_some(Version::HTTP_2)))
        }
    })
}

/// A connection that a client can use, and its far end.
async fn connected<C: Send + 'static>() -> Result<(C, TcpStream), BoxError> {
    let port = Port::open()?;
    let connection = lent(Wanted::Connection, &format!("http://{}/", port.address())).await?;
    Ok((connection, port.accept().await?))
}

async fn lent<T: Send + 'static>(wanted: Wanted, url: &str) -> Result<T, BoxError> {
    match borrow(wanted, lender()?.get(url).send()).await {
        Ok(lent) => Ok(lent),
        Err(NotLent::Ended(Err(error))) => Err(error.into()),
        Err(_) => Err("standin and this version of reqwest do not fit".into()),
    }
}

/// The client whose connections are lent. It speaks no TLS, and its requests end when they have connected.
fn lender() -> Result<&'static Client, BoxError> {
    static LENDER: OnceLock<Client> = OnceLock::new();
    if let Some(client) = LENDER.get() {
        return Ok(client);
    }
    let build = || {
        super::rootless(Client::builder())
            .no_proxy()
            .pool_max_idle_per_host(0)
            .connector_layer(Lending)
            .build()
    };
    // reqwest panics where rustls has no provider. The user's own client has one of its own then.
    let built = catch_unwind(AssertUnwindSafe(build)).map_err(|_| {
        "reqwest can build no client here but one with a TLS backend of its own, and standin needs one: install a default \
         provider of rustls (`CryptoProvider::install_default`) in the test"
    })?;
    let built = built?;
    Ok(LENDER.get_or_init(|| built))
}

const _: () = {
    const fn shared<T: Clone + Send + Sync + 'static>() {}
    shared::<ConnectorLayer>();
};
