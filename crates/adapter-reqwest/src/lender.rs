//! The clients of our own whose connections are lent to the user's, one for each way to speak.
//!
//! Built once for each version of reqwest, which the parent module calls `client`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;

use standin_wire::{BoxError, Port};
use tokio::net::TcpStream;

use super::client::{Client, ClientBuilder};
use crate::lent::{Lending, NotLent, Wanted, borrow};

/// A connection that a client can use, and its far end.
pub(super) async fn connection<C: Send + 'static>() -> Result<(C, TcpStream), BoxError> {
    let port = Port::open()?;
    let url = format!("http://{}/", port.address());
    let connection = lent(plain()?, Wanted::Connection, &url).await?;
    Ok((connection, port.accept().await?))
}

/// What the user's client connects with, for a URL.
pub(super) async fn request<R: Send + 'static>(url: &str) -> Result<R, BoxError> {
    lent(plain()?, Wanted::Request, url).await
}

#[cfg(feature = "tls")]
pub(super) use self::negotiating::negotiated;

/// What says that HTTP/2 was agreed on is a connection of TLS alone.
#[cfg(feature = "tls")]
mod negotiating {
    use std::future::{Future, poll_fn};
    use std::pin::{Pin, pin};

    use hyper_util::client::legacy::connect::Connection;

    use super::*;

    /// A connection with TLS, over which HTTP/2 was agreed on, and what goes on to serve it.
    pub(in super::super) async fn negotiated<C, F>(
        serve: impl FnOnce(TcpStream) -> F + Send,
    ) -> Result<(C, Pin<Box<dyn Future<Output = ()> + Send>>), BoxError>
    where
        C: Connection + Send + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let port = Port::open()?;
        let url = format!("https://{}/", port.address());
        let mut lending = pin!(lent::<C>(secured()?, Wanted::Connection, &url));
        let mut accepting = pin!(port.accept());
        let mut serve = Some(serve);
        let mut serving: Option<Pin<Box<F>>> = None;
        // The handshake has two sides.
        let connection = poll_fn(|cx| {
            if let Some(serving) = &mut serving {
                // One that ends is told by the client's side.
                let _ = serving.as_mut().poll(cx);
            } else if let std::task::Poll::Ready(accepted) = accepting.as_mut().poll(cx) {
                match (accepted, serve.take()) {
                    (Ok(stream), Some(serve)) => serving = Some(Box::pin(serve(stream))),
                    (Err(error), _) => return std::task::Poll::Ready(Err(error.into())),
                    _ => {}
                }
                cx.waker().wake_by_ref();
            }
            lending.as_mut().poll(cx)
        });
        match (connection.await, serving) {
            (Ok(connection), Some(serving)) if connection.connected().is_negotiated_h2() => {
                Ok((connection, serving))
            }
            (Err(error), _) => Err(format!("{WITHOUT_ALPN}; it says: {error}").into()),
            _ => Err(WITHOUT_ALPN.into()),
        }
    }

    const WITHOUT_ALPN: &str = "this reqwest cannot agree on HTTP/2 by ALPN: it needs its feature `http2` and one for TLS \
                                (of reqwest 0.12 with native-tls, `native-tls-alpn`)";
}

async fn lent<T: Send + 'static>(
    lender: &Client,
    wanted: Wanted,
    url: &str,
) -> Result<T, BoxError> {
    match borrow(wanted, lender.get(url).send()).await {
        Ok(lent) => Ok(lent),
        Err(NotLent::Ended(Err(error))) => Err(error.into()),
        Err(_) => Err("standin and this version of reqwest do not fit".into()),
    }
}

/// The client whose connections are lent. It speaks no TLS, and its requests end when they have connected.
fn plain() -> Result<&'static Client, BoxError> {
    static PLAIN: OnceLock<Client> = OnceLock::new();
    built(&PLAIN, Client::builder)
}

/// The same with TLS. Nobody but this process can be at its other end, so that it has nobody to trust.
#[cfg(feature = "tls")]
fn secured() -> Result<&'static Client, BoxError> {
    static SECURED: OnceLock<Client> = OnceLock::new();
    built(&SECURED, || super::trustful(Client::builder()))
}

fn built(
    kept: &'static OnceLock<Client>,
    builder: impl Fn() -> ClientBuilder,
) -> Result<&'static Client, BoxError> {
    if let Some(client) = kept.get() {
        return Ok(client);
    }
    let build = || {
        super::rootless(builder())
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
    Ok(kept.get_or_init(|| built))
}
