//! A client connects before it asks. Whether that connection is one to mocks has to be decided by its authority alone.

use std::io;

use http::Uri;
use standin_core::{Accepted, Destination, Engine, Fault, FaultStep, Outcome, Request, Ticket};

use crate::connecting::{Met, connect, connect_below_tls};
use crate::error::Error;

/// A connection that may be made.
#[derive(Debug)]
pub enum Admitted {
    /// To mocks: one of them could answer on it.
    Mocked,
    /// To mocks, one of which breaks it with this fault as soon as it is there.
    Broken(Fault),
    /// To a mock of connections, which hears and answers the bytes.
    Served(Box<Accepted>),
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
    admit_by(engine, uri, false).await
}

/// As [`admit`], for a client that puts TLS on top, where the stream answers: a fault of TLS strikes in its handshake.
///
/// # Errors
/// As those of [`admit`].
pub async fn admit_below_tls(engine: &Engine, uri: &Uri) -> Result<Admitted, io::Error> {
    admit_by(engine, uri, true).await
}

async fn admit_by(engine: &Engine, uri: &Uri, is_below_tls: bool) -> Result<Admitted, io::Error> {
    if engine.has_ended() {
        return Err(Error::Ended.refused());
    }
    let scheme = uri.scheme_str().unwrap_or("http");
    let destination = Destination::new(scheme, uri.host().unwrap_or(""), uri.port_u16());
    if engine.claims(&destination) {
        let met = match is_below_tls {
            true => connect_below_tls(engine, &destination).await?,
            false => connect(engine, &destination).await?,
        };
        return match met {
            Met::Open => Ok(Admitted::Mocked),
            Met::Serve(accepted) => Ok(Admitted::Served(accepted)),
            Met::LetOut(ticket) => Ok(Admitted::Passed(ticket)),
            Met::Broken(fault) if fault.step() == FaultStep::Tls => Err(fault
                .to_io_error()
                .unwrap_or_else(|| Error::Versions.refused())),
            Met::Broken(fault) => Ok(Admitted::Broken(fault)),
        };
    }
    let asked = Request::connect(uri.clone());
    let_out(engine.serve(asked).await)
        .map(Admitted::Passed)
        .map_err(Error::refused)
}

/// What an engine decided about a connection that no mock claims, asked with [`Request::connect`].
///
/// # Errors
/// With why it is not to be made.
pub fn let_out(decided: Outcome) -> Result<Ticket, Error> {
    Err(match decided {
        Outcome::PassThrough(passed) => return Ok(passed.ticket),
        Outcome::Unmatched(unmatched) => Error::Unmatched(unmatched),
        Outcome::Failed(failed) => Error::Failed(failed),
        Outcome::Ended => Error::Ended,
        _ => Error::Versions,
    })
}
