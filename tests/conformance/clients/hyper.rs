//! hyper-util's own client, over HTTP/1.1 and over HTTP/2.

use std::io::ErrorKind;

use hyper_util::client::legacy;
use hyper_util::rt::TokioExecutor;
use standin::hyper::{Connector, connector};

use crate::client::{BoxError, Client, IN_PROCESS, Opened, Shows, Upgrades, Upload, told};

#[derive(Clone)]
pub struct Hyper<const HTTP2: bool>(legacy::Client<Connector, Upload>);

impl<const HTTP2: bool> Client for Hyper<HTTP2> {
    const SHOWS: Shows = Shows {
        // There is none behind it, and over a wire an error is an answer.
        network: false,
        typed: false,
        // An end without an answer is hyper's own "incomplete message".
        faults: &[
            ErrorKind::ConnectionReset,
            ErrorKind::ConnectionRefused,
            ErrorKind::BrokenPipe,
            ErrorKind::TimedOut,
            ErrorKind::HostUnreachable,
            ErrorKind::NetworkUnreachable,
            ErrorKind::Other,
        ],
        // The version is the connection's, and HTTP/2 has no reason phrase.
        version: false,
        reason: !HTTP2,
        // The server writes ahead.
        frames: false,
        upgrades: match HTTP2 {
            true => Upgrades::ByConnect,
            false => Upgrades::ByHeader,
        },
        ..IN_PROCESS
    };

    fn new() -> Self {
        let mut client = legacy::Client::builder(TokioExecutor::new());
        Self(client.http2_only(HTTP2).build(connector()))
    }

    async fn open(&self, mut request: http::Request<Upload>) -> Result<Opened, BoxError> {
        // Who does not say so gets none over HTTP/1.1.
        let trailers = http::HeaderValue::from_static("trailers");
        request.headers_mut().insert("te", trailers);
        told(self.0.request(request).await?).await
    }
}
