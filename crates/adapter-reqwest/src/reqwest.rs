//! For reqwest 0.13, and with reqwest-middleware 0.5.
//!
//! What there is to know of the layer stands at [`ConnectorLayer`].

use ::reqwest_0_13 as client;
use ::reqwest_middleware_0_5 as chain;

#[path = "layer.rs"]
mod layer;
#[path = "middleware.rs"]
mod middleware;

pub use layer::{Connector, ConnectorLayer, layer, layer_for};
pub use middleware::{Middleware, middleware, middleware_for};

/// A client that trusts nobody, and so need not read whom it could trust.
fn rootless(builder: client::ClientBuilder) -> client::ClientBuilder {
    builder.tls_certs_only(None)
}

/// Stands in for the method of that name where reqwest is built without TLS; else that goes before it.
#[allow(
    dead_code,
    reason = "which of both is called depends on the features of reqwest"
)]
trait Rootless: Sized {
    fn tls_certs_only(self, none: Option<()>) -> Self;
}

impl Rootless for client::ClientBuilder {
    fn tls_certs_only(self, _none: Option<()>) -> Self {
        self
    }
}
