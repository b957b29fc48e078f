//! The client's own HTTP stack shall run for real: its pool, its parser, its timeouts. So something must speak HTTP to it.
//!
//! [`serve_connection`] does, on any byte stream, and acts only while it is polled: it starts no task and no thread. `answer.rs`
//! has the way of one request, `carrier.rs` what a stream must be able to do, `memory.rs` a stream whose server runs inside the
//! client's own polls, `listener.rs` a loopback port.

mod answer;
mod carrier;
#[cfg(feature = "listen")]
mod listener;
mod memory;
mod origin;
mod outgoing;
#[cfg(feature = "listen")]
mod socket;
#[cfg(all(test, feature = "tokio"))]
mod tests;

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use hyper::rt::Executor;
use hyper::server::conn::{http1, http2};

use self::answer::Answering;
use self::carrier::{Cut, Spoken, Wire};
use crate::seat::Seat;
#[cfg(feature = "tls")]
use crate::tls::{self, Acceptor, TlsStream};

pub use self::carrier::Carrier;
#[cfg(all(feature = "listen", feature = "tls"))]
pub use self::listener::listen_https;
#[cfg(feature = "listen")]
pub use self::listener::{Listener, listen};
pub use self::memory::MemoryStream;
pub use self::origin::Origin;

/// What a client may send as the headers of one HTTP/2 request, in bytes; HTTP/1.1 has hyper's own bound, which is near.
const HEADERS_LIMIT: u32 = 256 << 10;

/// Serves one connection until it ends: HTTP/2 where the client begins with its preface, else HTTP/1.1. With feature `tls`, a
/// client that begins with a TLS handshake gets one, and then what both agree on by ALPN.
///
/// Each request is decided by the engine that `seat` names at that moment, also on a connection that a pool keeps. What no
/// mock matches gets 501 with the report as its text, a closure that fails gets 500; without a living engine the connection is
/// closed. Dropping the future closes the stream, and the exchanges under way are aborted.
pub async fn serve_connection<C: Carrier>(seat: Seat, carrier: C, origin: Origin) {
    let cut = Cut::default();
    let mut wire = Wire::new(carrier, cut.clone());
    let Some(spoken) = wire.sniff().await else {
        return;
    };
    #[cfg(feature = "tls")]
    if spoken == Spoken::Tls {
        let acceptor = Acceptor::new();
        // Most connections are plain, and need no room for this.
        return Box::pin(serve_tls_connection(seat, wire, origin, &acceptor)).await;
    }
    serve_http(seat, wire, origin, cut, spoken == Spoken::Http2).await;
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
    let Some(stream) = shake_hands(&seat, carrier, &origin, acceptor).await else {
        return;
    };
    let is_http2 = stream.protocol().map(|protocol| protocol == b"h2");
    let cut = Cut::default();
    let mut wire = Wire::new(stream, cut.clone());
    let is_http2 = match is_http2 {
        Some(agreed) => agreed,
        None => match wire.sniff().await {
            Some(spoken) => spoken == Spoken::Http2,
            None => return,
        },
    };
    serve_http(seat, wire, origin.secured(), cut, is_http2).await;
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

async fn serve_http<C: Carrier>(
    seat: Seat,
    wire: Wire<C>,
    origin: Origin,
    cut: Cut,
    is_http2: bool,
) {
    let service = Answering::new(seat, origin, cut.clone());
    if is_http2 {
        serve_http2(wire, service, cut).await;
    } else {
        let connection = http1::Builder::new()
            .auto_date_header(false)
            .serve_connection(wire, service);
        // How it ended is told by the tickets of its exchanges.
        let _ = connection.await;
    }
}

async fn serve_http2<C: Carrier>(wire: Wire<C>, service: Answering, cut: Cut) {
    let streams = Streams::default();
    let mut connection = http2::Builder::new(streams.clone())
        .auto_date_header(false)
        .max_header_list_size(HEADERS_LIMIT)
        .serve_connection(wire, service);
    let mut running = FuturesUnordered::new();
    poll_fn(|cx| {
        loop {
            if Pin::new(&mut connection).poll(cx).is_ready() {
                return Poll::Ready(());
            }
            running.extend(std::mem::take(&mut *streams.lock()));
            while let Poll::Ready(Some(())) = running.poll_next_unpin(cx) {}
            if cut.is_made() {
                return Poll::Ready(());
            }
            if streams.lock().is_empty() {
                return Poll::Pending;
            }
        }
    })
    .await;
}

type Stream = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Takes the streams of an HTTP/2 connection, for the connection's own future to run.
#[derive(Clone, Default)]
struct Streams(Arc<Mutex<Vec<Stream>>>);

impl Streams {
    fn lock(&self) -> MutexGuard<'_, Vec<Stream>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Streams {
    fn execute(&self, stream: F) {
        self.lock().push(Box::pin(stream));
    }
}
