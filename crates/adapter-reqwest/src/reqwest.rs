//! For reqwest 0.13, and with reqwest-middleware 0.5.
//!
//! What there is to know of the layer stands at [`ConnectorLayer`].

use ::reqwest_0_13 as client;
use ::reqwest_middleware_0_5 as chain;

#[path = "layer.rs"]
mod layer;
#[path = "lender.rs"]
mod lender;
#[path = "middleware.rs"]
mod middleware;

pub use layer::{Connector, ConnectorLayer, layer, layer_for};
pub use middleware::{Middleware, middleware, middleware_for};

/// A client that trusts nobody, and so need not read whom it could trust.
fn rootless(builder: client::ClientBuilder) -> client::ClientBuilder {
    builder.tls_certs_only(None)
}

/// A client that takes whoever answers.
#[cfg(feature = "tls")]
fn trustful(builder: client::ClientBuilder) -> client::ClientBuilder {
    builder.danger_accept_invalid_certs(true)
}

/// Stands in for the methods of these names where reqwest is built without TLS; else those go before them.
#[allow(
    dead_code,
    reason = "which of them are called depends on the features of reqwest"
)]
trait Rootless: Sized {
    fn tls_certs_only(self, none: Option<()>) -> Self;
    fn danger_accept_invalid_certs(self, accepts: bool) -> Self;
}

impl Rootless for client::ClientBuilder {
    fn tls_certs_only(self, _none: Option<()>) -> Self {
        self
    }

    fn danger_accept_invalid_certs(self, _accepts: bool) -> Self {
        self
    }
}
