//! A client that is not answered must learn why, in words and by a type that its test can ask.

use std::io;

use standin_core::{Failed, Unmatched};

/// An error of any type, as tower and hyper have it.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What the client of an in-process adapter gets in the place of a reply.
///
/// The cause is the error's `source()`: an [`io::Error`] of the fault's kind, or core's [`Unmatched`], which tells the nearest
/// mock.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The mock answers with a fault.
    #[error("the connection broke, as a mock declares")]
    Fault(#[source] io::Error),
    /// No mock matches, and the network is closed for the request.
    #[error("standin has no reply for this request")]
    Unmatched(#[source] Unmatched),
    /// A closure of the test panicked or returned an error.
    #[error("the test's own code failed while it replied")]
    Failed(#[source] Failed),
    /// The engine has ended.
    #[error(
        "the engine has ended: its owner, or the guard of `activate()`, was dropped before this request"
    )]
    Ended,
    /// There is no engine to ask.
    #[error(
        "no engine is active on this thread: put `let _net = standin::activate();` at the beginning of the test, \
         or give the adapter its engine"
    )]
    NoEngine,
    /// The adapter is in a `static`, where tests can run at once, and what asks belongs to none of them.
    #[error(
        "a client that was made in the initialiser of a `static` asks on a thread that belongs to no test, as a blocking one always \
         does, or by one connection for all, as a channel of tonic does: give each test a client of its own (`layer_for(&net)` and \
         its like), or run each test in a process of its own, as nextest does; an async client has to be asked on the thread of the \
         test, or in `engine.attach(..)`"
    )]
    Shared,
    /// A request may go to the real network, and this adapter has no way there.
    #[error(
        "the request may pass through, and this adapter has no way to the real network: use its layer, or give the connector \
         one with `.or(connector)`; a listener has none"
    )]
    NoNetwork,
    /// The mock talks with its client, and here is no connection to talk on.
    #[error("{}", Error::NO_STREAM)]
    NoStream(#[source] Failed),
    /// The body of the request is too long to be matched.
    #[error(
        "the body of the request is longer than {limit} bytes, the most that is read for matching; `read_bodies(bytes)` raises it"
    )]
    BodyTooLong {
        /// In bytes.
        limit: usize,
    },
    /// The body of the request broke off while it was read.
    #[error("the body of the request broke off while it was read")]
    RequestBody(#[source] BoxError),
    /// The request passed through, and the real server did not answer, or broke off.
    #[error("{}", Error::NO_ANSWER)]
    Upstream(#[source] BoxError),
    /// What the client asked for is no HTTP request.
    #[error("the request cannot be expressed in the types of the `http` crate")]
    Request(#[source] http::Error),
    /// The engine asks for something that this version of the adapter does not know.
    #[error("the engine and its adapter do not fit: use the same version of all standin crates")]
    Versions,
}

impl Error {
    pub(crate) const NO_STREAM: &str = "the mock talks with its client, and here is no connection to talk on: bring the client \
         to it by interception, a listener, the connector of hyper or the connector layer of reqwest";

    pub(crate) const NO_ANSWER: &str =
        "the request passed through, and the real server did not answer, or broke off";

    /// As what keeps a client from connecting.
    #[must_use]
    pub fn refused(self) -> io::Error {
        io::Error::new(io::ErrorKind::ConnectionRefused, self)
    }
}
