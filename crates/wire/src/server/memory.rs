//! A stream between a client and its stand-in, with nothing between: no socket, no task, no thread.
//!
//! The server runs inside the client's own polls of its end, so it lives in the client's runtime and in its time, and ends with
//! the client.

use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use bytes::{Buf, BytesMut};
use hyper::rt::{Read, ReadBufCursor, Write};
use standin_core::{Fault, FaultStep};

use super::carrier::Carrier;
use super::origin::Origin;
use super::serve_connection;
#[cfg(feature = "tls")]
use super::serve_tls_connection;
use crate::seat::Seat;
#[cfg(feature = "tls")]
use crate::tls::Acceptor;

/// How many bytes may be under way in one direction before their writer waits.
const CAPACITY: usize = 256 << 10;

/// The client's end of a connection in memory. It works wherever it is polled, with any runtime or none.
#[must_use = "the connection ends when the stream is dropped"]
pub struct MemoryStream {
    pipe: Arc<Mutex<Pipe>>,
    server: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    waiting: Arc<Waiting>,
    waker: Waker,
}

/// What is under way between both ends.
#[derive(Default)]
struct Pipe {
    up: BytesMut,
    down: BytesMut,
    /// The client will write no more.
    is_up_closed: bool,
    /// The server will write no more.
    is_down_closed: bool,
    /// The server will read no more.
    is_gone: bool,
    fault: Option<Fault>,
    /// Who waits at the server's end, where that is not the server itself: what runs beside it is polled when it is woken.
    reading: Option<Waker>,
    writing: Option<Waker>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl MemoryStream {
    /// A connection to `origin`, each request on which is decided by the engine that `seat` names. With feature `tls`, the client
    /// may begin with a TLS handshake.
    pub fn new(seat: Seat, origin: Origin) -> Self {
        Self::served(|end| Box::pin(serve_connection(seat, end, origin)))
    }

    /// The same, where the client has to begin with a TLS handshake, and what is offered to it is `acceptor`'s choice.
    #[cfg(feature = "tls")]
    pub fn tls(seat: Seat, origin: Origin, acceptor: Acceptor) -> Self {
        Self::served(|end| {
            Box::pin(async move { serve_tls_connection(seat, end, origin, &acceptor).await })
        })
    }

    fn served(serve: impl FnOnce(ServerEnd) -> Pin<Box<dyn Future<Output = ()> + Send>>) -> Self {
        let pipe = Arc::<Mutex<Pipe>>::default();
        let waiting = Arc::<Waiting>::default();
        let server = serve(ServerEnd(Arc::clone(&pipe)));
        Self {
            pipe,
            server: Some(server),
            waker: Waker::from(Arc::clone(&waiting)),
            waiting,
        }
    }

    /// A connection that is there and broken.
    pub fn broken(fault: Fault) -> Self {
        let waiting = Arc::<Waiting>::default();
        let mut pipe = Pipe {
            fault: Some(fault),
            ..Pipe::default()
        };
        pipe.end();
        Self {
            pipe: Arc::new(Mutex::new(pipe)),
            server: None,
            waker: Waker::from(Arc::clone(&waiting)),
            waiting,
        }
    }

    /// Lets the server do what it can.
    fn drive(&mut self) {
        let Some(server) = &mut self.server else {
            return;
        };
        self.waiting.drives();
        let waiting = {
            let mut pipe = lock(&self.pipe);
            [pipe.reading.take(), pipe.writing.take()]
        };
        for beside in waiting.into_iter().flatten() {
            if !beside.will_wake(&self.waker) {
                beside.wake();
            }
        }
        for _ in 0..ROUNDS {
            let polled = server.as_mut().poll(&mut Context::from_waker(&self.waker));
            if polled.is_ready() {
                self.server = None;
                lock(&self.pipe).end();
                self.waiting.rests();
                return;
            }
            if self.waiting.rests() {
                return;
            }
            self.waiting.drives();
        }
        // It has more to do, and lets others go first.
        self.waiting.rests();
        self.waker.wake_by_ref();
    }

    /// Lets the server see what was written, and whoever reads see what it said to that.
    fn drive_for_reader(&mut self) {
        self.drive();
        let pipe = lock(&self.pipe);
        if !pipe.down.is_empty() || pipe.is_down_closed {
            drop(pipe);
            self.waiting.wake_reader();
        }
    }
}

impl Read for MemoryStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(read) = lock(&self.pipe).read_down(&mut buf) {
            return Poll::Ready(read);
        }
        self.waiting.reads(cx.waker());
        self.drive();
        match lock(&self.pipe).read_down(&mut buf) {
            Some(read) => Poll::Ready(read),
            None => Poll::Pending,
        }
    }
}

impl Write for MemoryStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if let Some(written) = lock(&self.pipe).write_up(bytes) {
            return Poll::Ready(written);
        }
        self.waiting.writes(cx.waker());
        self.drive_for_reader();
        match lock(&self.pipe).write_up(bytes) {
            Some(written) => Poll::Ready(written),
            None => Poll::Pending,
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !lock(&self.pipe).up.is_empty() {
            self.drive_for_reader();
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        lock(&self.pipe).is_up_closed = true;
        self.drive_for_reader();
        Poll::Ready(Ok(()))
    }
}

impl fmt::Debug for MemoryStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pipe = lock(&self.pipe);
        f.debug_struct("MemoryStream")
            .field("to_server", &pipe.up.len())
            .field("to_client", &pipe.down.len())
            .field("open", &!pipe.is_down_closed)
            .finish()
    }
}

impl Pipe {
    /// For the client: what came, then how it ended; `None` when neither is there.
    fn read_down(&mut self, buf: &mut ReadBufCursor<'_>) -> Option<io::Result<()>> {
        if !self.down.is_empty() {
            move_into(&mut self.down, buf);
            return Some(Ok(()));
        }
        match self.error() {
            Some(error) => Some(Err(error)),
            None => self.is_down_closed.then_some(Ok(())),
        }
    }

    fn write_up(&mut self, bytes: &[u8]) -> Option<io::Result<usize>> {
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

    fn end(&mut self) {
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

/// How often the server goes on at once when it has woken itself: enough for all that is under way.
const ROUNDS: usize = 128;

/// The server's end. Whatever the client does at its own end lets the server go on.
struct ServerEnd(Arc<Mutex<Pipe>>);

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
            set(&mut pipe.reading, cx.waker());
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
                set(&mut pipe.writing, cx.waker());
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

/// Whoever waits at the client's end: reading and writing may be two tasks, and the server may wake for either.
#[derive(Default)]
struct Waiting(Mutex<Wakers>);

#[derive(Default)]
struct Wakers {
    reader: Option<Waker>,
    writer: Option<Waker>,
    /// Whether the server is being polled, and whether it was woken meanwhile.
    is_driven: bool,
    is_woken: bool,
}

impl Waiting {
    fn reads(&self, waker: &Waker) {
        set(&mut lock(&self.0).reader, waker);
    }

    fn writes(&self, waker: &Waker) {
        set(&mut lock(&self.0).writer, waker);
    }

    fn wake_reader(&self) {
        let reader = lock(&self.0).reader.take();
        reader.into_iter().for_each(Waker::wake);
    }

    fn drives(&self) {
        lock(&self.0).is_driven = true;
    }

    /// Whether the server was not woken while it was polled.
    fn rests(&self) -> bool {
        let mut wakers = lock(&self.0);
        wakers.is_driven = false;
        !std::mem::take(&mut wakers.is_woken)
    }
}

impl Wake for Waiting {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let (reader, writer) = {
            let mut wakers = lock(&self.0);
            if wakers.is_driven {
                wakers.is_woken = true;
                return;
            }
            (wakers.reader.take(), wakers.writer.take())
        };
        let same = reader
            .as_ref()
            .zip(writer.as_ref())
            .is_some_and(|(a, b)| a.will_wake(b));
        reader.into_iter().for_each(Waker::wake);
        writer.into_iter().filter(|_| !same).for_each(Waker::wake);
    }
}

fn set(place: &mut Option<Waker>, waker: &Waker) {
    if place.as_ref().is_none_or(|old| !old.will_wake(waker)) {
        *place = Some(waker.clone());
    }
}
