//! Answers that are none: what stands on the wire in their place.

use std::fmt;
use std::future::pending;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response};
use standin_core::{Fault, Head};

use super::answer::Answer;
use super::carrier::Cut;
use super::outgoing::Outgoing;

/// The headers of `Fault::TooManyHeaders`: ten times what clients take.
const MANY: usize = 1000;

/// There is no answer: the connection ends, or the stream of HTTP/2 with this reason.
#[derive(Debug)]
pub(super) struct Broken(pub(super) Option<h2::Error>);

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection breaks off")
    }
}

impl std::error::Error for Broken {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.as_ref().map(|error| error as _)
    }
}

/// Carries out a fault in the place of an answer.
pub(super) async fn carry_out(cut: &Cut, fault: Fault) -> Answer {
    match fault {
        fault if fault.never_ends() => pending().await,
        Fault::RstStream(code) => Err(Broken(Some(h2::Reason::from(code).into()))),
        Fault::RefusedStream => Err(Broken(Some(h2::Reason::REFUSED_STREAM.into()))),
        Fault::TooManyHeaders => {
            let mut response = Response::new(Outgoing::whole(Bytes::new(), None, true));
            for number in 0..MANY {
                if let Ok(name) = HeaderName::try_from(format!("x-standin-{number}")) {
                    let value = HeaderValue::from_static("1");
                    response.headers_mut().insert(name, value);
                }
            }
            Ok(response)
        }
        fault => cut.end(fault).await,
    }
}

/// What a report tells of an informational head that a client of HTTP/2 did not get.
pub(super) fn unsent(head: &Head) -> String {
    let status = head.clone().with_body(()).status().as_u16();
    format!(
        "the informational reply {status} was not sent: hyper's server writes none over HTTP/2; a client of HTTP/1.1 gets it"
    )
}

/// An informational head as HTTP/1.1 writes it; hyper's server writes none.
pub(super) fn informational(head: Head) -> Vec<u8> {
    let head = head.with_body(());
    let status = head.status();
    let reason = status.canonical_reason().unwrap_or("Informational");
    let mut written = format!("HTTP/1.1 {} {reason}\r\n", status.as_u16()).into_bytes();
    for (name, value) in head.headers() {
        for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
            written.extend_from_slice(part);
        }
    }
    written.extend_from_slice(b"\r\n");
    written
}
