//! A stream between a client and its stand-in, with nothing between: no socket, no task, no thread.
//!
//! The server runs inside the client's own polls of its end, so it lives in the client's runtime and in its time, and ends with
//! the client.

use std::fmt;
use std::future::Future;
use std::io;
use std::mem;
use std::pin::Pin;
use std::sync::atomic::{AtomicU8, Ordering};
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
    /// By which the server is woken.
    server: Waker,
    reading: Waits,
    writing: Waits,
}

/// Who waits at the server's end.
#[derive(Default)]
enum Waits {
    #[default]
    Nobody,
    Server,
    /// What runs beside the server, which is polled when it is woken itself.
    Beside(Waker),
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
        let waiting = Arc::new(Waiting::of_new_server());
        let waker = Waker::from(Arc::clone(&waiting));
        let pipe = Arc::new(Mutex::new(Pipe::new(waker.clone())));
        let server = serve(ServerEnd(Arc::clone(&pipe)));
        Self {
            pipe,
            server: Some(server),
            waker,
            waiting,
        }
    }

    /// A connection that is there and broken.
    pub fn broken(fault: Fault) -> Self {
        let waiting = Arc::<Waiting>::default();
        let waker = Waker::from(Arc::clone(&waiting));
        let mut pipe = Pipe::new(waker.clone());
        pipe.fault = Some(fault);
        pipe.end();
        Self {
            pipe: Arc::new(Mutex::new(pipe)),
            server: None,
            waker,
            waiting,
        }
    }

    /// Lets the server do what it can; `false` where it could do nothing. `ended` are the waits at its end that are over.
    fn drive(&mut self, ended: [Waits; 2]) -> bool {
        let Some(server) = &mut self.server else {
            return false;
        };
        if ended.iter().all(|wait| matches!(wait, Waits::Nobody)) && !self.waiting.is_woken() {
            return false;
        }
        self.waiting.drives();
        for wait in ended {
            if let Waits::Beside(waker) = wait {
                waker.wake();
            }
        }
        for _ in 0..ROUNDS {
            let polled = server.as_mut().poll(&mut Context::from_waker(&self.waker));
            if polled.is_ready() {
                self.server = None;
                lock(&self.pipe).end();
                self.waiting.rests();
                return true;
            }
            if self.waiting.rests() {
                return true;
            }
            self.waiting.drives();
        }
        // It has more to do, and lets others go first.
        self.waiting.rests();
        self.waker.wake_by_ref();
        true
    }

    /// Lets the server see what was written, and whoever reads see what it said to that.
    fn drive_for_reader(&mut self, ended: [Waits; 2]) {
        if !self.drive(ended) {
            return;
        }
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
        let ended = {
            let mut pipe = lock(&self.pipe);
            if let Some(read) = pipe.read_down(&mut buf) {
                return Poll::Ready(read);
            }
            pipe.ended_waits()
        };
        self.waiting.reads(cx.waker());
        if !self.drive(ended) {
            return Poll::Pending;
        }
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
        let ended = {
            let mut pipe = lock(&self.pipe);
            if let Some(written) = pipe.write_up(bytes) {
                return Poll::Ready(written);
            }
            pipe.ended_waits()
        };
        self.waiting.writes(cx.waker());
        self.drive_for_reader(ended);
        match lock(&self.pipe).write_up(bytes) {
            Some(written) => Poll::Ready(written),
            None => Poll::Pending,
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let ended = {
            let mut pipe = lock(&self.pipe);
            if pipe.up.is_empty() {
                return Poll::Ready(Ok(()));
            }
            pipe.ended_waits()
        };
        self.drive_for_reader(ended);
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let ended = {
            let mut pipe = lock(&self.pipe);
            pipe.is_up_closed = true;
            pipe.ended_waits()
        };
        self.drive_for_reader(ended);
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
    fn new(server: Waker) -> Self {
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
    fn ended_waits(&mut self) -> [Waits; 2] {
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

/// The server was woken since it was last polled.
const WOKEN: u8 = 1;

/// The server is being polled: whoever polls it sees whether it was woken meanwhile.
const DRIVEN: u8 = 2;

/// Whoever waits at the client's end: reading and writing may be two tasks, and the server may wake for either.
#[derive(Default)]
struct Waiting {
    server: AtomicU8,
    client: Mutex<Wakers>,
}

#[derive(Default)]
struct Wakers {
    reader: Option<Waker>,
    writer: Option<Waker>,
}

impl Waiting {
    fn of_new_server() -> Self {
        Self {
            server: AtomicU8::new(WOKEN),
            client: Mutex::default(),
        }
    }

    fn reads(&self, waker: &Waker) {
        set(&mut lock(&self.client).reader, waker);
    }

    fn writes(&self, waker: &Waker) {
        set(&mut lock(&self.client).writer, waker);
    }

    fn wake_reader(&self) {
        let reader = lock(&self.client).reader.take();
        reader.into_iter().for_each(Waker::wake);
    }

    fn is_woken(&self) -> bool {
        self.server.load(Ordering::SeqCst) & WOKEN != 0
    }

    fn drives(&self) {
        self.server.store(DRIVEN, Ordering::SeqCst);
    }

    /// Whether the server was not woken while it was polled. Else it still is.
    fn rests(&self) -> bool {
        self.server.fetch_and(!DRIVEN, Ordering::SeqCst) & WOKEN == 0
    }
}

impl Wake for Waiting {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.server.fetch_or(WOKEN, Ordering::SeqCst) & DRIVEN != 0 {
            return;
        }
        // Who begins to wait after this sees that the server is woken.
        let (reader, writer) = {
            let mut client = lock(&self.client);
            (client.reader.take(), client.writer.take())
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
