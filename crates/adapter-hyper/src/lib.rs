//! Code that is generic over `tower::Service<http::Request<B>>` can be given standin in the place of its HTTP client.
//!
//! [`service`] answers every request from mocks; what no mock matches is an error. [`layer`] wraps a real client: mocks answer,
//! and what a pass-through mock or the network policy lets through is forwarded. With the feature `hyper`, `connector` puts
//! standin below hyper's own client.
//!
//! ```
//! use standin_core::prelude::*;
//! use tower::ServiceExt;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let _net = standin_core::activate();
//! mock::get("https://api.github.com/zen").reply("Keep it logically awesome.");
//!
//! let request = http::Request::get("https://api.github.com/zen").body(String::new())?;
//! let response = standin_hyper::service().oneshot(request).await?;
//! assert_eq!(response.status(), 200);
//! # Ok(())
//! # }
//! ```

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "hyper")]
mod connector;
mod layer;
mod service;

#[cfg(feature = "hyper")]
#[cfg_attr(docsrs, doc(cfg(feature = "hyper")))]
pub use connector::{Connector, Nothing, Nowhere, Stream, connector, connector_for};
pub use layer::{Forwarded, Layer, Layered, ResponseBody, layer, layer_for};
pub use service::{Answer, Service, service, service_for};
pub use standin_wire::{BoxError, Error, ReplyBody};
