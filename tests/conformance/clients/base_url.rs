//! A plain client of reqwest whose base URL is that of a listener.
//!
//! Built once for each version of reqwest.

use std::io::ErrorKind;
use std::sync::Arc;

use standin::{Listener, listen};

use super::client::{self, Body, Request};
use crate::client::{BoxError, Client, IN_PROCESS, Opened, Shows, Upgrades, Upload, told};

#[derive(Clone)]
pub struct BaseUrl {
    listener: Arc<Listener>,
    client: client::Client,
}

impl Client for BaseUrl {
    const SHOWS: Shows = Shows {
        // A listener is where requests end, and over a wire an error is an answer.
        network: false,
        typed: false,
        // A socket can be reset or closed; there is nothing else that its server could do.
        faults: &[ErrorKind::ConnectionReset],
        version: false,
        reason: true,
        frames: false,
        upgrades: Upgrades::ByHeader,
        ..IN_PROCESS
    };

    fn new() -> Self {
        let client = client::Client::builder().no_proxy().build();
        Self {
            listener: Arc::new(listen()),
            client: client.expect("a client"),
        }
    }

    async fn open(&self, mut request: http::Request<Upload>) -> Result<Opened, BoxError> {
        let host = request.uri().host().unwrap_or("").parse()?;
        let path = request
            .uri()
            .path_and_query()
            .map_or("/", |path| path.as_str());
        *request.uri_mut() = format!("{}{path}", self.listener.url()).parse()?;
        // The mocks of the suite name their hosts.
        request.headers_mut().insert("host", host);
        let trailers = http::HeaderValue::from_static("trailers");
        request.headers_mut().insert("te", trailers);
        let request =
            request.map(|upload| upload.try_into_bytes().map_or_else(Body::wrap, Body::from));
        let response = self.client.execute(Request::try_from(request)?).await?;
        told(http::Response::<Body>::from(response)).await
    }
}
