//! Both directions of a stream in memory, and its far end, at which the server is.

use std::io;
use std::mem;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::{Buf, BytesMut};
use hyper::rt::{Read, ReadBufCursor, Write};
use standin_core::{Fault, FaultStep};

use super::carrier::Carrier;

/// How many bytes may be under way in one direction before their writer waits.
const CAPACITY: usize = 256 << 10;

/// What is under way between both ends.
pub(super) struct Pipe {
    pub(super) up: BytesMut,
    pub(super) down: BytesMut,
    /// The client will write no more.
    pub(super) is_up_closed: bool,
    /// The server will write no more.
    pub(super) is_down_closed: bool,
    /// The server will read no more.
    is_gone: bool,
    pub(super) fault: Option<Fault>,
    /// By which the server is woken.
    server: Waker,
    reading: Waits,
    writing: Waits,
}

/// Who waits at the server's end.
#[derive(Default)]
pub(super) enum Waits {
    #[default]
    Nobody,
    Server,
    /// What runs beside the server, which is polled when it is woken itself.
    Beside(Waker),
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Pipe {
    pub(super) fn new(server: Waker) -> Self {
        Self {
            up: BytesMut::new(),
            down: BytesMut::new(),
            is_up_closed: false,
            is_down_closed: false,
            is_gone: false,
            fault: None,
            server,
            reading: Waits::Nobody,
            writing: Waits::Nobody,
        }
    }

    /// Those at the server's end who waited for what the client has done meanwhile.
    pub(super) fn ended_waits(&mut self) -> [Waits; 2] {
        let has_read = !self.up.is_empty() || self.is_up_closed;
        let has_room = self.down.len() < CAPACITY;
        [(has_read, &mut self.reading), (has_room, &mut self.writing)].map(|(is_over, wait)| {
            match is_over {
                true => mem::take(wait),
                false => Waits::Nobody,
            }
        })
    }

    fn waits(&self, waker: &Waker) -> Waits {
        match waker.will_wake(&self.server) {
            true => Waits::Server,
            false => Waits::Beside(waker.clone()),
        }
    }

    /// For the client: what came, then how it ended; `None` when neither is there.
    pub(super) fn read_down(&mut self, buf: &mut ReadBufCursor<'_>) -> Option<io::Result<()>> {
        if !self.down.is_empty() {
            move_into(&mut self.down, buf);
            return Some(Ok(()));
        }
        match self.error() {
            Some(error) => Some(Err(error)),
            None => self.is_down_closed.then_some(Ok(())),
        }
    }

    pub(super) fn write_up(&mut self, bytes: &[u8]) -> Option<io::Result<usize>> {
        if self.is_gone || self.is_up_closed {
            let error = self.error();
            return Some(Err(
                error.unwrap_or_else(|| io::ErrorKind::BrokenPipe.into())
            ));
        }
        write(&mut self.up, bytes).map(Ok)
    }

    /// A connection that was closed in order has no error: its end is what a reader gets.
    fn error(&self) -> Option<io::Error> {
        match self.fault.as_ref()? {
            Fault::Closed | Fault::HalfClosed | Fault::BrokenChunk | Fault::GoAway(_) => None,
            fault if fault.step() == FaultStep::Reply => None,
            fault => fault.to_io_error(),
        }
    }

    pub(super) fn end(&mut self) {
        self.is_down_closed = true;
        self.is_gone = true;
    }
}

fn move_into(bytes: &mut BytesMut, buf: &mut ReadBufCursor<'_>) {
    let taken = bytes.len().min(buf.remaining());
    buf.put_slice(&bytes[..taken]);
    bytes.advance(taken);
}

/// `None` when there is no room.
fn write(under_way: &mut BytesMut, bytes: &[u8]) -> Option<usize> {
    let room = CAPACITY.saturating_sub(under_way.len());
    if room == 0 && !bytes.is_empty() {
        return None;
    }
    let taken = room.min(bytes.len());
    under_way.extend_from_slice(&bytes[..taken]);
    Some(taken)
}

/// The server's end. Whatever the client does at its own end lets the server go on.
pub(super) struct ServerEnd(pub(super) Arc<Mutex<Pipe>>);

impl Carrier for ServerEnd {
    fn break_off(&mut self, fault: &Fault) {
        lock(&self.0).fault = Some(fault.clone());
    }
}

impl Drop for ServerEnd {
    fn drop(&mut self) {
        lock(&self.0).end();
    }
}

impl Read for ServerEnd {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let mut pipe = lock(&self.0);
        if pipe.up.is_empty() && !pipe.is_up_closed {
            pipe.reading = pipe.waits(cx.waker());
            return Poll::Pending;
        }
        move_into(&mut pipe.up, &mut buf);
        Poll::Ready(Ok(()))
    }
}

impl Write for ServerEnd {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut pipe = lock(&self.0);
        match write(&mut pipe.down, bytes) {
            Some(written) => Poll::Ready(Ok(written)),
            None => {
                pipe.writing = pipe.waits(cx.waker());
                Poll::Pending
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        lock(&self.0).is_down_closed = true;
        Poll::Ready(Ok(()))
    }
}
