//! A fault is more than an end: the client shall see a reset, not a polite goodbye. What can show which one is the stream.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use bytes::{Buf, Bytes};
use hyper::rt::{Read, ReadBuf, ReadBufCursor, Write};
use standin_core::Fault;

pub(super) use super::cut::Cut;
use super::farewell::Farewell;
use super::heard::Heard;

/// With what a client begins that speaks HTTP/2 without having asked.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// How much is read at a time, in bytes.
const READ: usize = 16 << 10;

/// With what a client begins that wants TLS: the kind of a handshake's record. No request of HTTP does.
const TLS_HANDSHAKE: u8 = 0x16;

/// What a client begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spoken {
    Http1,
    Http2,
    Tls,
}

/// A byte stream between a client and [`serve_connection`](crate::serve_connection).
pub trait Carrier: Read + Write + Send + Unpin + 'static {
    /// Breaks the connection so that the client sees this fault, as far as the stream can show it. It is dropped next.
    fn break_off(&mut self, fault: &Fault);

    /// How long the rest of a body whose length nobody knows, and that no mock asks for, may take before the reply goes out.
    /// Over a stream on which a client's writes arrive later than they are made, the journal has the body then when a client
    /// that sends all of it first has its reply. None, unless a stream says otherwise.
    fn grace(&self) -> Duration {
        Duration::ZERO
    }
}

/// A carrier under hyper, which owns it and says no farewell: it breaks off when it is dropped.
pub(super) struct Wire<C: Carrier> {
    carrier: C,
    /// What was read to learn the version.
    before: Bytes,
    cut: Cut,
    heard: Heard,
    farewell: Farewell,
    /// Kept, because zeroing it takes longer than to read a head.
    read: Box<[u8]>,
    /// Whether hyper has written since it last flushed.
    wrote: bool,
    /// What hyper says of its own accord, to what is no request: it goes out with the end, when that is in the journal.
    held: Vec<u8>,
    is_shut: bool,
    /// How many bytes are read after the end, and thrown away.
    lingers: usize,
}

/// What a client may have under way when it hears a goodbye.
const LINGERS: usize = 1 << 20;

impl<C: Carrier> Wire<C> {
    pub(super) fn new(carrier: C, farewell: Farewell) -> Self {
        Self {
            carrier,
            before: Bytes::new(),
            cut: Cut::default(),
            heard: Heard::default(),
            read: vec![0; READ].into_boxed_slice(),
            wrote: false,
            held: Vec::new(),
            is_shut: false,
            lingers: LINGERS,
            farewell,
        }
    }

    /// What was read of it and is still to be read.
    #[cfg(feature = "tls")]
    pub(super) fn give_back(&mut self, bytes: Bytes) {
        self.before = bytes;
    }

    /// By which whoever answers ends the connection.
    pub(super) fn cut(&self) -> &Cut {
        &self.cut
    }

    pub(super) fn heard(&self) -> &Heard {
        &self.heard
    }

    pub(super) fn farewell(&self) -> &Farewell {
        &self.farewell
    }

    /// Whether these bytes are what hyper says where no request is: to any other an exchange answers.
    fn holds(&self, bytes: &[u8]) -> bool {
        let is_of_hyper = || {
            bytes.starts_with(b"HTTP/1.") && self.farewell.is_quiet() && !self.heard.is_upgraded()
        };
        !self.held.is_empty() || is_of_hyper()
    }

    /// What the client speaks; `None` when it left without a word.
    pub(super) async fn sniff(&mut self) -> Option<Spoken> {
        let mut bytes = [0; 2048];
        let mut read = ReadBuf::new(&mut bytes);
        loop {
            let before = read.filled().len();
            std::future::poll_fn(|cx| Pin::new(&mut self.carrier).poll_read(cx, read.unfilled()))
                .await
                .ok()?;
            let filled = read.filled();
            let begins = filled.len().min(PREFACE.len());
            let decided = filled.len() == before || begins == PREFACE.len();
            if decided || filled[..begins] != PREFACE[..begins] {
                self.before = Bytes::copy_from_slice(filled);
                self.heard.came(filled);
                return match *filled.first()? {
                    TLS_HANDSHAKE => Some(Spoken::Tls),
                    _ if filled.starts_with(PREFACE) => Some(Spoken::Http2),
                    _ => Some(Spoken::Http1),
                };
            }
        }
    }
}

impl<C: Carrier> Carrier for Wire<C> {
    fn break_off(&mut self, fault: &Fault) {
        self.carrier.break_off(fault);
    }

    fn grace(&self) -> Duration {
        self.carrier.grace()
    }
}

impl<C: Carrier> Drop for Wire<C> {
    fn drop(&mut self) {
        if let Some(fault) = self.cut.fault() {
            self.carrier.break_off(fault);
            return;
        }
        let mut held = &self.held[..];
        if held.is_empty() {
            return;
        }
        // There is room for it: nothing was written before that is not out.
        let mut cx = Context::from_waker(Waker::noop());
        let mut carrier = Pin::new(&mut self.carrier);
        while let Poll::Ready(Ok(written @ 1..)) = carrier.as_mut().poll_write(&mut cx, held) {
            held = &held[written.min(held.len())..];
            if held.is_empty() {
                break;
            }
        }
        let _ = carrier.as_mut().poll_flush(&mut cx);
        let _ = carrier.poll_shutdown(&mut cx);
    }
}

impl<C: Carrier> Read for Wire<C> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        if self.before.is_empty() {
            let Self {
                carrier,
                heard,
                read,
                ..
            } = &mut *self;
            let room = buf.remaining().min(read.len());
            let mut read = ReadBuf::new(&mut read[..room]);
            let Poll::Ready(come) = Pin::new(carrier).poll_read(cx, read.unfilled()) else {
                heard.ran_dry();
                return Poll::Pending;
            };
            come?;
            heard.came(read.filled());
            buf.put_slice(read.filled());
            return Poll::Ready(Ok(()));
        }
        let taken = self.before.len().min(buf.remaining());
        buf.put_slice(&self.before[..taken]);
        self.before.advance(taken);
        Poll::Ready(Ok(()))
    }
}

impl<C: Carrier> Write for Wire<C> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.heard.answered();
        if self.holds(bytes) {
            self.held.extend_from_slice(bytes);
            return Poll::Ready(Ok(bytes.len()));
        }
        self.wrote = true;
        Pin::new(&mut self.carrier).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.held.is_empty() {
            return Poll::Ready(Ok(()));
        }
        let Self {
            carrier,
            cut,
            wrote,
            farewell,
            ..
        } = &mut *self;
        ready!(Pin::new(&mut *carrier).poll_flush(cx))?;
        farewell.flushed();
        if std::mem::take(wrote) && cut.is_waited_for() {
            // More may follow: HTTP/2 flushes frame by frame.
            cx.waker().wake_by_ref();
            return Poll::Ready(Ok(()));
        }
        cut.poll_write(carrier, cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.held.is_empty() {
            return Poll::Ready(Ok(()));
        }
        if !self.is_shut {
            ready!(Pin::new(&mut self.carrier).poll_shutdown(cx))?;
            self.is_shut = true;
        }
        // Who closes a socket that has something to read resets it, and the client loses the answer that it has not read yet. After
        // a goodbye of HTTP/2 it still says something, until it sees the end.
        while self.farewell.is_due() && self.lingers > 0 {
            let Self { carrier, read, .. } = &mut *self;
            let mut read = ReadBuf::new(read);
            let come = ready!(Pin::new(carrier).poll_read(cx, read.unfilled()));
            match (come, read.filled().len()) {
                (Ok(()), length) if length > 0 => {
                    self.lingers = self.lingers.saturating_sub(length)
                }
                _ => break,
            }
        }
        Poll::Ready(Ok(()))
    }

    fn is_write_vectored(&self) -> bool {
        self.carrier.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if let Some(first) = bytes.first()
            && self.holds(first)
        {
            return self.poll_write(cx, first);
        }
        self.heard.answered();
        self.wrote = true;
        Pin::new(&mut self.carrier).poll_write_vectored(cx, bytes)
    }
}
