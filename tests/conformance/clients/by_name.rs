//! A plain client of reqwest with no adapter in it, whose connections are intercepted.
//!
//! Built once for each version of reqwest.

use super::client::{self, Body, Request};
use crate::client::{BoxError, Client, Opened, Shows, Upload, told};
use crate::clients::bare::{BY_SOCKET, only_with_an_engine, plain};

#[derive(Clone)]
pub struct Bare(client::Client);

impl Client for Bare {
    const SHOWS: Shows = BY_SOCKET;

    fn new() -> Self {
        Self(
            client::Client::builder()
                .no_proxy()
                .build()
                .expect("a client"),
        )
    }

    async fn open(&self, mut request: http::Request<Upload>) -> Result<Opened, BoxError> {
        only_with_an_engine()?;
        plain(&mut request)?;
        let request =
            request.map(|upload| upload.try_into_bytes().map_or_else(Body::wrap, Body::from));
        let response = self.0.execute(Request::try_from(request)?).await?;
        told(http::Response::<Body>::from(response)).await
    }
}
