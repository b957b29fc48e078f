//! rustls reads no socket and writes none: it is fed with what came, and tells what has to go out.

use std::fmt;
use std::future::poll_fn;
use std::io::{self, BufRead, Write as _};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::rt::{Read, ReadBuf, ReadBufCursor, Write};
use rustls::Connection;
use standin_core::Fault;

use super::acceptor::Stopped;
use crate::server::Carrier;

/// How much is read at a time, in bytes: a record and its header fit.
const READ: usize = 17 << 10;

/// One end of a connection with TLS on a carrier `C`, after the handshake: the server's by [`Acceptor`](super::Acceptor), the
/// client's by [`Connector`](super::Connector).
pub struct TlsStream<C> {
    carrier: C,
    tls: Connection,
    /// What was read from the carrier, and where in it that stands which rustls has not taken yet.
    input: Box<[u8]>,
    start: usize,
    end: usize,
    is_closing: bool,
}

impl<C> TlsStream<C> {
    pub(super) fn new(carrier: C, tls: impl Into<Connection>) -> Self {
        Self {
            carrier,
            tls: tls.into(),
            input: vec![0; READ].into_boxed_slice(),
            start: 0,
            end: 0,
            is_closing: false,
        }
    }

    /// The name that the client asked for (SNI), at the server's end.
    pub fn server_name(&self) -> Option<&str> {
        match &self.tls {
            Connection::Server(tls) => tls.server_name(),
            Connection::Client(_) => None,
        }
    }

    /// What both sides agreed to speak (ALPN).
    pub fn protocol(&self) -> Option<&[u8]> {
        self.tls.alpn_protocol()
    }

    /// The stream below.
    pub fn carrier(&self) -> &C {
        &self.carrier
    }
}

impl<C: Read + Write + Unpin> TlsStream<C> {
    /// Whatever stops it, the client is told in the words of TLS, as far as it still listens. `answered` is told for whom the
    /// certificate is, before that is sent.
    pub(super) async fn handshake(
        &mut self,
        host: &str,
        answered: impl FnOnce(&str),
    ) -> Result<(), Stopped> {
        let mut answered = Some(answered);
        let shaken = poll_fn(|cx| self.poll_handshake(cx, host, &mut answered)).await;
        if shaken.is_err() {
            let _ = poll_fn(|cx| self.poll_goodbye(cx)).await;
        }
        shaken
    }

    fn poll_handshake(
        &mut self,
        cx: &mut Context<'_>,
        host: &str,
        answered: &mut Option<impl FnOnce(&str)>,
    ) -> Poll<Result<(), Stopped>> {
        loop {
            // Told before the client can act on it.
            if self.tls.wants_write()
                && let Some(answered) = answered.take()
            {
                answered(self.server_name().unwrap_or(host));
            }
            ready!(self.poll_send(cx))?;
            if !self.tls.is_handshaking() {
                // What was sent last is still to go out.
                return Pin::new(&mut self.carrier)
                    .poll_flush(cx)
                    .map_err(Stopped::Io);
            }
            let _ = Pin::new(&mut self.carrier).poll_flush(cx)?;
            if !ready!(self.poll_receive(cx))? {
                return Poll::Ready(Err(Stopped::Io(io::ErrorKind::UnexpectedEof.into())));
            }
        }
    }

    /// Sends what is left, then ends the writing side.
    fn poll_goodbye(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_send(cx))?;
        Pin::new(&mut self.carrier).poll_shutdown(cx)
    }

    /// Writes to the carrier what rustls has for it.
    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut out = Out {
            carrier: &mut self.carrier,
            cx,
        };
        while self.tls.wants_write() {
            match self.tls.write_tls(&mut out) {
                Ok(0) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Poll::Pending,
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Gives rustls what the carrier has; false at its end.
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool, Stopped>> {
        if self.start == self.end {
            let mut read = ReadBuf::new(&mut self.input);
            ready!(Pin::new(&mut self.carrier).poll_read(cx, read.unfilled()))?;
            (self.start, self.end) = (0, read.filled().len());
            if self.end == 0 {
                // An empty reader is how rustls learns of the end.
                self.tls.read_tls(&mut io::empty())?;
                return Poll::Ready(Ok(false));
            }
        }
        let is_first = self.tls.is_handshaking() && self.server_name().is_none();
        let mut rest = &self.input[self.start..self.end];
        let first = rest[0];
        self.tls.read_tls(&mut rest)?;
        self.start = self.end - rest.len();
        match self.tls.process_new_packets() {
            Ok(_) => Poll::Ready(Ok(true)),
            Err(rustls::Error::InvalidMessage(_)) if is_first && first.is_ascii_alphabetic() => {
                Poll::Ready(Err(Stopped::NotTls))
            }
            Err(error) => {
                // The alert that says why.
                let _ = self.poll_send(cx);
                Poll::Ready(Err(error.into()))
            }
        }
    }
}

impl<C: Carrier> Carrier for TlsStream<C> {
    /// Without a goodbye of TLS: to the client it is a connection that broke, and not one that was closed in order.
    fn break_off(&mut self, fault: &Fault) {
        self.carrier.break_off(fault);
    }

    fn grace(&self) -> Duration {
        self.carrier.grace()
    }
}

impl<C: Read + Write + Unpin> Read for TlsStream<C> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            let mut reader = self.tls.reader();
            match reader.fill_buf() {
                Ok(plain) => {
                    let taken = plain.len().min(buf.remaining());
                    buf.put_slice(&plain[..taken]);
                    reader.consume(taken);
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
            ready!(self.poll_receive(cx))?;
            // An update of keys may have to be answered.
            let _ = self.poll_send(cx)?;
        }
    }
}

impl<C: Read + Write + Unpin> Write for TlsStream<C> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_send(cx))?;
        let written = self.tls.writer().write(bytes)?;
        let _ = self.poll_send(cx)?;
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_send(cx))?;
        Pin::new(&mut self.carrier).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.is_closing {
            self.is_closing = true;
            self.tls.send_close_notify();
        }
        self.poll_goodbye(cx)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_send(cx))?;
        let written = self.tls.writer().write_vectored(bytes)?;
        let _ = self.poll_send(cx)?;
        Poll::Ready(Ok(written))
    }
}

impl<C: fmt::Debug> fmt::Debug for TlsStream<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsStream")
            .field("carrier", &self.carrier)
            .field("server_name", &self.server_name())
            .finish_non_exhaustive()
    }
}

/// A carrier as a writer that may have no room.
struct Out<'a, 'b, C> {
    carrier: &'a mut C,
    cx: &'a mut Context<'b>,
}

impl<C: Write + Unpin> Out<'_, '_, C> {
    fn now<T>(polled: Poll<io::Result<T>>) -> io::Result<T> {
        match polled {
            Poll::Ready(done) => done,
            Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
        }
    }
}

impl<C: Write + Unpin> io::Write for Out<'_, '_, C> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Self::now(Pin::new(&mut *self.carrier).poll_write(self.cx, bytes))
    }

    fn write_vectored(&mut self, bytes: &[io::IoSlice<'_>]) -> io::Result<usize> {
        Self::now(Pin::new(&mut *self.carrier).poll_write_vectored(self.cx, bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Self::now(Pin::new(&mut *self.carrier).poll_flush(self.cx))
    }
}
