//! After CONNECT or an upgrade the bytes of a connection are no longer its own: they are a stream within the stream.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::header::{CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use http::uri::Authority;
use http::{Response, StatusCode, Uri};
use hyper::rt::{Read, ReadBuf, ReadBufCursor, Write};
use hyper::upgrade::OnUpgrade;
use standin_core::{ByteStream, Engine, Fault, Request, Ticket};

use super::answer::Connection;
use super::asked::Asked;
use super::carrier::{Carrier, Cut};
use super::origin::Origin;
use super::outgoing::Outgoing;
use super::relay::relay;
use super::serve_connection;
use crate::error::Error;
use crate::seat::Seat;

/// The stream that is left when a request was for one, with its way to break the connection that carries it.
#[derive(Debug)]
pub(super) struct Upgraded {
    stream: hyper::upgrade::Upgraded,
    /// Of the connection below; HTTP/2 has none, because other streams live on it.
    cut: Option<Cut>,
}

impl Upgraded {
    pub(super) fn new(stream: hyper::upgrade::Upgraded, cut: Option<Cut>) -> Self {
        Self { stream, cut }
    }
}

impl Carrier for Upgraded {
    fn break_off(&mut self, fault: &Fault) {
        if let Some(cut) = &self.cut {
            cut.make(fault.clone());
        }
    }
}

impl ByteStream for Upgraded {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let mut read = ReadBuf::new(buffer);
        ready!(Read::poll_read(self, cx, read.unfilled()))?;
        Poll::Ready(Ok(read.filled().len()))
    }

    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Write::poll_write(self, cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Write::poll_flush(self, cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Write::poll_shutdown(self, cx)
    }

    fn break_off(mut self: Pin<&mut Self>, fault: &Fault) {
        Carrier::break_off(&mut *self, fault);
    }
}

impl Read for Upgraded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl Write for Upgraded {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bytes)
    }
}

/// Whether a CONNECT can lead to this: hyper lets by a path, `:` and ports that are none.
pub(super) fn names_somebody(uri: &Uri) -> bool {
    let Some(authority) = uri.authority() else {
        return false;
    };
    let (all, host) = (authority.as_str(), authority.host());
    let place = all.rsplit_once('@').map_or(all, |(_, place)| place);
    let has_port = place.len() > host.len();
    !host.is_empty() && (!has_port || authority.port_u16().is_some())
}

/// What a CONNECT asks for.
pub(super) struct Tunnel {
    upgrade: OnUpgrade,
    authority: Authority,
}

impl Tunnel {
    pub(super) fn to(asked: &Request, upgrade: OnUpgrade) -> Option<Self> {
        let authority = asked.uri().authority()?.clone();
        Some(Self { upgrade, authority })
    }

    /// Leads to the real network, where there is a way.
    pub(super) async fn lead(
        self,
        connection: &Connection,
        asked: Asked,
        engine: &Engine,
        ticket: Ticket,
    ) -> Response<Outgoing> {
        let Some(dial) = connection.origin.dial() else {
            drop(ticket);
            let said = Error::NoNetwork.to_string();
            return asked.said(StatusCode::NOT_IMPLEMENTED, "no-network", said);
        };
        let dialled = dial.dial(self.authority).await;
        ticket.settle();
        let far = match dialled {
            Ok(far) => far,
            Err(error) => {
                let said = format!("{}: {error}", Error::NO_ANSWER);
                return asked.said(StatusCode::BAD_GATEWAY, "upstream", said);
            }
        };
        let (upgrade, ended) = (self.upgrade, engine.ended());
        connection.beside.add(async move {
            if let Ok(near) = upgrade.await {
                relay(near, far, ended).await;
            }
        });
        bare(asked.said(StatusCode::OK, "tunnel", String::new()))
    }

    /// Says yes, and serves what comes through it.
    pub(super) fn open(self, connection: &Connection, asked: Asked) -> Response<Outgoing> {
        self.open_with(
            connection,
            asked.said(StatusCode::OK, "tunnel", String::new()),
        )
    }

    /// The same, with a mock's own answer.
    pub(super) fn open_with(
        self,
        connection: &Connection,
        response: Response<Outgoing>,
    ) -> Response<Outgoing> {
        let cut = (!connection.is_http2).then(|| connection.cut.clone());
        let (seat, within) = (
            connection.seat.clone(),
            connection.origin.within(self.authority),
        );
        let upgrade = self.upgrade;
        connection.beside.add(async move {
            // A client that leaves before it has its tunnel wants none.
            if let Ok(stream) = upgrade.await {
                inside(seat, Upgraded::new(stream, cut), within).await;
            }
        });
        bare(response)
    }
}

/// What opens a tunnel has no body.
fn bare(mut response: Response<Outgoing>) -> Response<Outgoing> {
    let headers = response.headers_mut();
    for name in [CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING] {
        headers.remove(name);
    }
    response
}

/// A connection is served within another's, so its type must not hold its own.
fn inside(
    seat: Seat,
    stream: Upgraded,
    origin: Origin,
) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(serve_connection(seat, stream, origin))
}
