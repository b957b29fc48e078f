//! What is to be done for a reply, step by step, by whoever carries it out.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;

use crate::reply::fault::Fault;
use crate::reply::gate::Gate;
use crate::reply::live::Live;

/// One step of carrying a reply out.
#[derive(Clone)]
#[non_exhaustive]
pub enum Action {
    /// Wait this long in the place of a slow look-up or connect; not where the client has connected, and waited, already.
    WaitToConnect(Duration),
    /// Wait this long.
    Wait(Duration),
    /// Wait until the gate opens.
    Hold(Gate),
    /// Send this informational head (1xx), where the transport has such.
    Informational(Head),
    /// Send these bytes as they are.
    Noise(Bytes),
    /// Send the head.
    Head(Head),
    /// Send a piece of the body as a frame of its own.
    Chunk(Bytes),
    /// Send what this gives, chunk by chunk.
    Live(Live),
    /// Send the trailers.
    Trailers(HeaderMap),
    /// Break the connection in this way; nothing follows.
    Fault(Fault),
}

/// Status line and headers of a reply.
#[derive(Clone)]
pub struct Head(pub(crate) http::Response<()>);

impl Head {
    /// As a response of the `http` crate with this body.
    #[inline]
    pub fn with_body<B>(self, body: B) -> http::Response<B> {
        self.0.map(|()| body)
    }
}

/// The reason phrase of a reply, among the extensions of its response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason(pub(crate) Arc<str>);

impl Reason {
    /// The phrase.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
