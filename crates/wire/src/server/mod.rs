//! The client's own HTTP stack shall run for real: its pool, its parser, its timeouts. So something must speak HTTP to it.
//!
//! [`serve_connection`] does, on any byte stream, and acts only while it is polled: it starts no task and no thread. `answer.rs`
//! has the way of one request, `waiting.rs` its body, `upstream.rs` its way to the real network; `carrier.rs` what a stream must be
//! able to do, `tunnel.rs` the stream within it, `memory.rs` a stream whose server runs inside the client's own polls, `listener.rs`
//! a loopback port.

mod answer;
mod beside;
mod carrier;
mod heard;
#[cfg(feature = "listen")]
mod listener;
mod memory;
mod origin;
mod outgoing;
#[cfg(feature = "listen")]
mod socket;
#[cfg(all(test, feature = "tokio"))]
mod tests;
mod tunnel;
mod upstream;
mod waiting;

use std::error::Error;
use std::io;

use hyper::server::conn::{http1, http2};

use self::answer::Answering;
use self::beside::Beside;
use self::carrier::{Cut, Wire};
use self::heard::Heard;
use crate::seat::Seat;

pub use self::carrier::Carrier;
#[cfg(feature = "listen")]
pub use self::listener::{Listener, listen};
pub use self::memory::MemoryStream;
pub use self::origin::Origin;
pub use self::upstream::{PassedBody, Upstream};

/// What a client may send as the headers of one HTTP/2 request, in bytes; HTTP/1.1 has hyper's own bound, which is near.
const HEADERS_LIMIT: u32 = 256 << 10;

/// Serves one connection until it ends: HTTP/2 where the client begins with its preface, else HTTP/1.1.
///
/// Each request is decided by the engine that `seat` names at that moment, also on a connection that a pool keeps. What no
/// mock matches gets 501 with the report as its text, a closure that fails gets 500; what is no request gets 400 or 431 and is in
/// the journal; without a living engine the connection is closed. A request that passes through goes by the
/// [`Upstream`] of `origin`. Dropping the future closes the stream, and the exchanges under way are aborted.
///
/// CONNECT opens a tunnel where a mock answers it with 2xx, or where none does and some mock could have the authority inside;
/// what comes through it is served in the same way. So a client may take the connection for one to a proxy.
pub async fn serve_connection<C: Carrier>(seat: Seat, carrier: C, origin: Origin) {
    let (cut, heard, beside) = (Cut::default(), Heard::default(), Beside::default());
    let grace = carrier.grace();
    let mut wire = Wire::new(carrier, cut.clone(), heard.clone());
    let Some(is_http2) = wire.sniff().await else {
        return;
    };
    let service = Answering::new(answer::Connection {
        seat: seat.clone(),
        origin: origin.clone(),
        cut: cut.clone(),
        heard: heard.clone(),
        beside: beside.clone(),
        grace,
        is_http2,
    });
    let is_over = || cut.is_made();
    let ended = if is_http2 {
        let connection = http2::Builder::new(beside.clone())
            .auto_date_header(false)
            .max_header_list_size(HEADERS_LIMIT)
            .serve_connection(wire, service);
        beside.run(connection, is_over).await
    } else {
        let connection = http1::Builder::new()
            .auto_date_header(false)
            .serve_connection(wire, service)
            .with_upgrades();
        beside.run(connection, is_over).await
    };
    // How else it ended is told by the tickets of its exchanges.
    if let Some(Err(error)) = ended
        && !cut.is_made()
        && let Some(why) = malformed(&error, is_http2, &heard.beginning())
        && let Ok(engine) = seat.engine()
    {
        engine.malformed(&origin.url(), &why, &heard.beginning());
    }
}

/// What was wrong with what a client sent, where that is why its connection ended.
fn malformed(error: &hyper::Error, is_http2: bool, beginning: &[u8]) -> Option<String> {
    if beginning.starts_with(&[0x16, 0x03]) {
        return Some("a TLS handshake on a connection that is plain HTTP".to_owned());
    }
    if error.is_parse() {
        return Some(error.to_string());
    }
    let causes = || std::iter::successors(error.source(), |cause| (*cause).source());
    let is_heard = is_http2 && !error.is_user() && !error.is_canceled();
    // A client that is gone said nothing wrong.
    (is_heard && causes().all(|cause| !cause.is::<io::Error>())).then(|| {
        causes()
            .last()
            .map_or(error.to_string(), ToString::to_string)
    })
}
