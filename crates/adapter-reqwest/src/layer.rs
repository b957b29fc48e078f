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

use http::Uri;
use standin_core::{Engine, Fault, Ticket};
use standin_wire::{
    Admitted, BoxError, Carrier, Error, Origin, Port, Seat, Socket, admit, serve_socket,
};
use tower_service::Service;

use super::client::Client;
use crate::destination;
use crate::lent::{Lending, NotLent, borrow};

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
/// - **A request that passes through** alone, on an authority that mocks claim, gets 501 too: a connection is mocked as a whole, or real as a
///   whole.
/// - **Faults**: a reset and an end are what a socket can show; others end the connection.
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
    S: Service<R, Error = BoxError> + Clone + Send + 'static,
    S::Response: Send + 'static,
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
                Admitted::Mocked => mocked(seat, uri, None).await,
                Admitted::Broken(fault) => mocked(seat, uri, Some(fault)).await,
                Admitted::Passed(ticket) => real(inner, request, ticket).await,
            }
        })
    }
}

async fn real<S, R>(mut inner: S, request: R, ticket: Ticket) -> Result<S::Response, BoxError>
where
    S: Service<R, Error = BoxError>,
{
    poll_fn(|cx| inner.poll_ready(cx)).await?;
    let connected = inner.call(request).await?;
    ticket.settle();
    Ok(connected)
}

async fn mocked<C: Send + 'static>(
    seat: Seat,
    uri: Uri,
    broken: Option<Fault>,
) -> Result<C, BoxError> {
    let port = Port::open()?;
    let asked = lender()?.get(format!("http://{}/", port.address())).send();
    let connection = match borrow::<C, _>(asked).await {
        Ok(connection) => connection,
        Err(NotLent::Ended(Err(error))) => return Err(error.into()),
        Err(_) => return Err("standin and this version of reqwest do not fit".into()),
    };
    let far_end = port.accept().await?;
    if let Some(fault) = broken {
        Socket::new(far_end).0.break_off(&fault);
        return Ok(connection);
    }
    tokio::spawn(serve_socket(seat, far_end, Origin::of(&uri)));
    Ok(connection)
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
