//! A plain client of reqwest with standin's connector layer, over HTTP/1.1 and over HTTP/2.
//!
//! Built once for each version of reqwest.

use std::io::ErrorKind;

use super::client::{Body, Client, Request};
use super::layer;
use crate::client::{BoxError, IN_PROCESS, Opened, Shows, Upgrades, Upload, told};

#[derive(Clone)]
pub struct Plain<const HTTP2: bool>(Client);

impl<const HTTP2: bool> crate::client::Client for Plain<HTTP2> {
    const SHOWS: Shows = Shows {
        // There is one behind it, and these tests have none: crates/adapter-reqwest/tests/layer has a real server.
        network: false,
        typed: false,
        // What fails at the connect is told by its kind. Of a socket that is there, its server can do no more than reset or close it.
        faults: &[
            ErrorKind::ConnectionReset,
            ErrorKind::ConnectionRefused,
            ErrorKind::TimedOut,
            ErrorKind::HostUnreachable,
            ErrorKind::NetworkUnreachable,
        ],
        // The version is the connection's, and HTTP/2 has no reason phrase.
        version: false,
        reason: !HTTP2,
        // The server writes ahead.
        frames: false,
        upgrades: match HTTP2 {
            true => Upgrades::Never("reqwest has no words for an extended CONNECT"),
            false => Upgrades::ByHeader,
        },
        ..IN_PROCESS
    };

    fn new() -> Self {
        let client = Client::builder();
        let client = match HTTP2 {
            true => client.http2_prior_knowledge(),
            false => client,
        };
        Self(client.connector_layer(layer()).build().expect("a client"))
    }

    async fn open(&self, mut request: http::Request<Upload>) -> Result<Opened, BoxError> {
        // Who does not say so gets none over HTTP/1.1.
        let trailers = http::HeaderValue::from_static("trailers");
        request.headers_mut().insert("te", trailers);
        let request =
            request.map(|upload| upload.try_into_bytes().map_or_else(Body::wrap, Body::from));
        let response = self.0.execute(Request::try_from(request)?).await?;
        told(http::Response::<Body>::from(response)).await
    }
}
