//! Code over `tower::Service`: the service alone, and the layer over a client.

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use tower::{Layer as _, ServiceExt, service_fn};

use super::network;
use crate::client::{BoxError, Client, IN_PROCESS, Opened, Shows, Upload};

#[derive(Clone)]
pub struct Service(standin::tower::Service);

impl Client for Service {
    /// A service has nothing behind it.
    const SHOWS: Shows = Shows {
        network: false,
        ..IN_PROCESS
    };

    fn new() -> Self {
        Self(standin::tower::service())
    }

    async fn open(&self, request: http::Request<Upload>) -> Result<Opened, BoxError> {
        let response = self.0.clone().oneshot(request).await?;
        Ok(response.map(|body| Box::pin(body.map_err(Into::into)) as _))
    }
}

#[derive(Clone)]
pub struct Layer(standin::tower::Layer);

impl Client for Layer {
    const SHOWS: Shows = IN_PROCESS;

    fn new() -> Self {
        Self(standin::tower::layer())
    }

    async fn open(&self, request: http::Request<Upload>) -> Result<Opened, BoxError> {
        let response = self.0.layer(service_fn(real)).oneshot(request).await?;
        Ok(response.map(|body| Box::pin(body) as _))
    }
}

async fn real(request: http::Request<Upload>) -> Result<http::Response<Full<Bytes>>, BoxError> {
    Ok(network::answer(request).await)
}
