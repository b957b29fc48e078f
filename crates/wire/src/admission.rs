//! A client connects before it asks. Whether that connection is one to mocks has to be decided by its authority alone.

use std::io;

use bytes::Bytes;
use http::{HeaderMap, Method, Uri, Version};
use standin_core::{Destination, Engine, Fault, FaultStep, Outcome, Request, Ticket};

use crate::connecting::{Met, connect};
use crate::error::Error;

/// A connection that may be made.
#[derive(Debug)]
pub enum Admitted {
    /// To mocks: one of them could answer on it.
    Mocked,
    /// To mocks, one of which breaks it with this fault as soon as it is there.
    Broken(Fault),
    /// To the real network. The ticket is settled when it stands.
    Passed(Ticket),
}

/// Whether a mock could answer on a connection to the scheme and authority of `uri`. Where none could, the engine decides as about
/// a request: the network policy may let it out, or it is unmatched, and in the journal.
///
/// It waits as long as a mock declares that connecting takes, and for a fault of TLS there is no other place.
///
/// # Errors
/// What a mock declares that connecting fails with; else of kind [`ConnectionRefused`](io::ErrorKind::ConnectionRefused), with an
/// [`Error`] inside that says why.
pub async fn admit(engine: &Engine, uri: &Uri) -> Result<Admitted, io::Error> {
    if engine.has_ended() {
        return Err(Error::Ended.refused());
    }
    let scheme = uri.scheme_str().unwrap_or("http");
    let destination = Destination::new(scheme, uri.host().unwrap_or(""), uri.port_u16());
    if engine.claims(&destination) {
        return match connect(engine, &destination).await? {
            Met::Open => Ok(Admitted::Mocked),
            Met::Broken(fault) if fault.step() == FaultStep::Tls => Err(fault
                .to_io_error()
                .unwrap_or_else(|| Error::Versions.refused())),
            Met::Broken(fault) => Ok(Admitted::Broken(fault)),
        };
    }
    let connect = Request::from_parts(
        Method::CONNECT,
        uri.clone(),
        Version::HTTP_11,
        HeaderMap::new(),
        Bytes::new(),
    );
    let why = match engine.serve(connect).await {
        Outcome::PassThrough(passed) => return Ok(Admitted::Passed(passed.ticket)),
        Outcome::Unmatched(unmatched) => Error::Unmatched(unmatched),
        Outcome::Failed(failed) => Error::Failed(failed),
        Outcome::Ended => Error::Ended,
        _ => Error::Versions,
    };
    Err(why.refused())
}
