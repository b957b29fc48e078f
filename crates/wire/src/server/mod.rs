//! The client's own HTTP stack shall run for real: its pool, its parser, its timeouts. So something must speak HTTP to it.
//!
//! [`serve_connection`] does, on any byte stream, and acts only while it is polled: it starts no task and no thread. `answer.rs`
//! has the way of one request, `asked.rs` the head of its response, `waiting.rs` its body, `upstream.rs` its way to the real
//! network; `carrier.rs` what a stream must be able to do, `tunnel.rs` the stream within it, `conversation.rs` what mocks say there,
//! `memory.rs` a stream whose server runs inside the client's own polls, `pipe.rs` what lies between both, `listener.rs` a loopback port,
//! `listening.rs` how it is served, `bound.rs` its socket, `standby.rs` who looks after it,
//! `port.rs` one for a single connection, `bytes.rs` what is no HTTP.

mod answer;
mod asked;
mod beside;
#[cfg(feature = "listen")]
mod bound;
mod bytes;
mod carrier;
mod conversation;
mod cut;
mod farewell;
mod faults;
mod heard;
mod hurry;
#[cfg(feature = "listen")]
mod listener;
#[cfg(feature = "listen")]
mod listening;
mod memory;
mod origin;
mod outgoing;
mod pipe;
#[cfg(feature = "listen")]
mod port;
mod relay;
mod said;
#[cfg(feature = "listen")]
mod socket;
#[cfg(feature = "listen")]
mod standby;
#[cfg(all(test, feature = "tokio"))]
mod tests;
mod tunnel;
mod upstream;
mod waiting;
#[cfg(feature = "websocket")]
mod websocket;

use std::error::Error;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::pin;
use std::sync::Arc;

use hyper::server::conn::{http1, http2};
#[cfg(feature = "tls")]
use standin_core::{Fault, FaultStep};

use self::answer::{Answering, Connection};
use self::beside::Beside;
use self::carrier::{Spoken, Wire};
#[cfg(feature = "tls")]
use crate::connecting::{Met, meet};
use crate::seat::Seat;
#[cfg(feature = "tls")]
use crate::tls::{self, Acceptor, TlsStream};

pub use self::bytes::serve_conversation;
pub use self::carrier::Carrier;
pub use self::farewell::Farewell;
#[cfg(all(feature = "listen", feature = "tls"))]
pub use self::listener::listen_https;
#[cfg(feature = "listen")]
pub use self::listener::{Listener, listen};
pub use self::memory::MemoryStream;
pub use self::origin::Origin;
#[cfg(feature = "listen")]
pub use self::port::{Port, break_socket, serve_socket, talk_over_socket};
#[cfg(feature = "listen")]
pub use self::socket::{Shut, Socket};
pub use self::upstream::{PassedBody, Upstream};

/// What a client may send as the headers of one HTTP/2 request, in bytes; HTTP/1.1 has hyper's own bound, which is near.
const HEADERS_LIMIT: u32 = 256 << 10;

/// Serves one connection until it ends: HTTP/2 where the client begins with its preface, else HTTP/1.1. With feature `tls`, a
/// client that begins with a TLS handshake gets one, and then what both agree on by ALPN.
///
/// Each request is decided by the engine that `seat` names at that moment, also on a connection that a pool keeps. What no
/// mock matches gets 501 with the report as its text, a closure that fails gets 500; what is no request gets 400 or 431 and is in
/// the journal; without a living engine the connection is closed. A request that passes through goes by the
/// [`Upstream`] of `origin`. Dropping the future closes the stream, and the exchanges under way are aborted.
///
/// CONNECT opens a tunnel where a mock answers it with 2xx, or where none does and some mock could have the authority inside;
/// what comes through it is served in the same way. So a client may take the connection for one to a proxy. A listener leads a tunnel
/// that the network policy lets out to the real network, and looks at nothing in it.
pub async fn serve_connection<C: Carrier>(seat: Seat, carrier: C, origin: Origin) {
    serve_shared_connection(seat, carrier, origin, Farewell::default()).await;
}

/// As [`serve_connection`], for a keeper who may want replies to be the last of their connection.
pub async fn serve_shared_connection<C: Carrier>(
    seat: Seat,
    carrier: C,
    origin: Origin,
    farewell: Farewell,
) {
    let mut wire = Wire::new(carrier, farewell.clone());
    let Some(spoken) = wire.sniff().await else {
        return;
    };
    #[cfg(feature = "tls")]
    if spoken == Spoken::Tls {
        let acceptor = Acceptor::new();
        // Most connections are plain, and need no room for this.
        return Box::pin(serve_tls(seat, wire, origin, &acceptor, farewell)).await;
    }
    serve_http(seat, wire, origin, spoken == Spoken::Http2).await;
}

/// Serves one connection on which the client has to begin with a TLS handshake, and then speaks what both agree on by ALPN; where
/// they agree on nothing, HTTP/2 if it begins with its preface, else HTTP/1.1.
///
/// The certificate is for the name that the client asks for (SNI), else for the host of `origin`. Which URL its requests have does
/// not depend on that name: it is the origin's, or their own `host` or `:authority` says it, as
/// [`serve_connection`] has it.
#[cfg(feature = "tls")]
pub async fn serve_tls_connection<C: Carrier>(
    seat: Seat,
    carrier: C,
    origin: Origin,
    acceptor: &Acceptor,
) {
    serve_tls(seat, carrier, origin, acceptor, Farewell::default()).await;
}

#[cfg(feature = "tls")]
async fn serve_tls<C: Carrier>(
    seat: Seat,
    carrier: C,
    origin: Origin,
    acceptor: &Acceptor,
    farewell: Farewell,
) {
    let stream = match meets(&seat, &origin).await {
        Ok(None) => shake_hands(&seat, carrier, &origin, acceptor).await,
        // What the client says to that is its own affair, and no finding.
        Ok(Some(fault)) => acceptor.betray(carrier, origin.host(), &fault).await,
        Err(_) => None,
    };
    let Some(stream) = stream else {
        return;
    };
    let agreed = stream.protocol().map(|protocol| protocol == b"h2");
    let mut wire = Wire::new(stream, farewell);
    let is_http2 = match agreed {
        Some(agreed) => agreed,
        None => match wire.sniff().await {
            Some(spoken) => spoken == Spoken::Http2,
            None => return,
        },
    };
    serve_http(seat, wire, origin.secured(), is_http2).await;
}

/// The fault that a client meets in its handshake. It is asked for here, where there is one.
#[cfg(feature = "tls")]
async fn meets(seat: &Seat, origin: &Origin) -> io::Result<Option<Fault>> {
    let Ok(engine) = seat.engine() else {
        return Ok(None);
    };
    let met = meet(&engine, origin.meets(&engine, FaultStep::Tls)).await?;
    Ok(match met {
        Met::Broken(fault) => Some(fault),
        Met::Open | Met::Serve(_) | Met::LetOut(_) => None,
    })
}

/// A client that does not trust the certificate is gone before it says a request, and the test is over before its goodbye is
/// read. So the engine has a note about each handshake that goes on.
#[cfg(feature = "tls")]
async fn shake_hands<C: Carrier>(
    seat: &Seat,
    carrier: C,
    origin: &Origin,
    acceptor: &Acceptor,
) -> Option<TlsStream<C>> {
    let engine = seat.engine().ok();
    let wants_http_1 = origin.wants_http_1(engine.as_ref());
    let http_1_first = wants_http_1.then(|| acceptor.clone().http1_first());
    let acceptor = http_1_first.as_ref().unwrap_or(acceptor);
    let mut going_on = None;
    let answered = |host: &str| {
        let note = tls::unfinished(host);
        if let Some(engine) = &engine {
            engine.note(&note);
        }
        going_on = Some(note);
    };
    let accepted = acceptor
        .accept_and_tell(carrier, origin.host(), answered)
        .await;
    if let Some(engine) = &engine {
        if let Err(error) = &accepted {
            engine.note(error.told());
        }
        if let Some(note) = going_on {
            engine.withdraw_note(&note);
        }
    }
    accepted.ok()
}

async fn serve_http<C: Carrier>(seat: Seat, wire: Wire<C>, origin: Origin, is_http2: bool) {
    let connection = Arc::new(Connection {
        seat,
        origin,
        cut: wire.cut().clone(),
        heard: wire.heard().clone(),
        beside: Beside::default(),
        farewell: wire.farewell().clone(),
        grace: wire.grace(),
        is_http2,
    });
    let beside = connection.beside.clone();
    let service = Answering::new(Arc::clone(&connection));
    let is_over = || connection.cut.is_made();
    if is_http2 {
        let served = http2::Builder::new(beside.clone())
            .auto_date_header(false)
            .enable_connect_protocol()
            .max_header_list_size(HEADERS_LIMIT)
            .serve_connection(wire, service);
        let mut served = pin!(served);
        let mut says_farewell = false;
        let served = poll_fn(|cx| {
            if !says_farewell && connection.farewell.is_due() {
                says_farewell = true;
                served.as_mut().graceful_shutdown();
            }
            served.as_mut().poll(cx)
        });
        let ended = beside.run(served, is_over).await;
        connection.tell(ended);
    } else {
        let served = http1::Builder::new()
            .auto_date_header(false)
            .serve_connection(wire, service)
            .with_upgrades();
        let mut served = pin!(served);
        let ended = beside.run(served.as_mut(), is_over).await;
        // Before it is dropped, and with it what it has still to say.
        connection.tell(ended);
    }
}

impl Connection {
    /// Tells of what was no request. How else a connection ended is told by the tickets of its exchanges.
    fn tell(&self, ended: Option<Result<(), hyper::Error>>) {
        let beginning = self.heard.beginning();
        if let Some(Err(error)) = ended
            && !self.cut.is_made()
            && let Some(why) = malformed(&error, self.is_http2, &beginning)
            && let Ok(engine) = self.seat.engine()
        {
            engine.malformed(&self.origin.url(), &why, &beginning);
        }
    }
}

/// What was wrong with what a client sent, where that is why its connection ended.
fn malformed(error: &hyper::Error, is_http2: bool, beginning: &[u8]) -> Option<String> {
    if beginning.starts_with(&[0x16, 0x03]) {
        return Some("a TLS handshake on a connection that is plain HTTP".to_owned());
    }
    if error.is_parse_too_large() && !is_http2 {
        // hyper's own bounds.
        let most = "at most 100 headers are taken, 64 KiB of a URL, and 400 KiB in all";
        return Some(format!("{error}: {most}"));
    }
    if error.is_parse() {
        return Some(error.to_string());
    }
    let causes = || std::iter::successors(error.source(), |cause| (*cause).source());
    let is_heard = is_http2 && !error.is_user() && !error.is_canceled();
    // A client that is gone said nothing wrong, nor one that complains.
    let is_innocent = |cause: &(dyn Error + 'static)| {
        let complaint = cause.downcast_ref::<h2::Error>();
        cause.is::<io::Error>() || complaint.is_some_and(h2::Error::is_remote)
    };
    (is_heard && !causes().any(is_innocent)).then(|| {
        causes()
            .last()
            .map_or(error.to_string(), ToString::to_string)
    })
}
