//! A stream between a client and its stand-in, with nothing between: no socket, no task, no thread.
//!
//! The server runs inside the client's own polls of its end, so it lives in the client's runtime and in its time, and ends with
//! the client.

use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use hyper::rt::{Read, ReadBufCursor, Write};
use standin_core::{Accepted, Fault};

use super::bytes::serve_conversation;
use super::origin::Origin;
use super::pipe::{Pipe, ServerEnd, Waits, lock};
#[cfg(feature = "tls")]
use super::serve_tls_connection;
use super::{serve_connection, serve_shared_connection};
use crate::askers::Opened;
use crate::seat::Seat;
#[cfg(feature = "tls")]
use crate::tls::Acceptor;

/// The client's end of a connection in memory. It works wherever it is polled, with any runtime or none.
#[must_use = "the connection ends when the stream is dropped"]
pub struct MemoryStream {
    pipe: Arc<Mutex<Pipe>>,
    server: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    waiting: Arc<Waiting>,
    waker: Waker,
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

    /// A connection to `origin` that a client keeps which tests may share.
    pub fn opened(opened: Opened, origin: Origin) -> Self {
        let Opened { seat, farewell } = opened;
        Self::served(|end| Box::pin(serve_shared_connection(seat, end, origin, farewell)))
    }

    /// A connection to `host` that a mock of connections hears and answers.
    pub fn conversation(accepted: Accepted, host: String) -> Self {
        Self::served(|end| Box::pin(async move { serve_conversation(accepted, end, &host).await }))
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

/// How often the server goes on at once when it has woken itself: enough for all that is under way.
const ROUNDS: usize = 128;

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

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use hyper::rt::ReadBuf;

    use super::*;

    /// A server that reads all it can; how often it was polled, and by which it can be woken.
    #[derive(Default)]
    struct Polled {
        times: AtomicUsize,
        waker: Mutex<Option<Waker>>,
    }

    fn counted() -> (MemoryStream, Arc<Polled>) {
        let polled = Arc::<Polled>::default();
        let seen = Arc::clone(&polled);
        let stream = MemoryStream::served(|mut end| {
            Box::pin(std::future::poll_fn(move |cx| {
                seen.times.fetch_add(1, Ordering::SeqCst);
                set(&mut lock(&seen.waker), cx.waker());
                let mut bytes = [0; 8];
                let mut read = ReadBuf::new(&mut bytes);
                while Pin::new(&mut end).poll_read(cx, read.unfilled()).is_ready() {
                    if read.filled().is_empty() {
                        return Poll::Ready(());
                    }
                    read = ReadBuf::new(&mut bytes);
                }
                Poll::Pending
            }))
        });
        (stream, polled)
    }

    #[test]
    fn the_server_is_polled_when_it_has_something_to_do() {
        let (mut stream, polled) = counted();
        let cx = &mut Context::from_waker(Waker::noop());
        let times = || polled.times.load(Ordering::SeqCst);
        let read = |stream: &mut MemoryStream, cx: &mut Context<'_>| {
            let mut bytes = [0; 8];
            let mut read = ReadBuf::new(&mut bytes);
            Pin::new(stream).poll_read(cx, read.unfilled()).is_ready()
        };
        assert!(!read(&mut stream, cx) && !read(&mut stream, cx));
        assert_eq!(times(), 1, "it begins, and waits");
        assert!(Pin::new(&mut stream).poll_write(cx, b"a").is_ready());
        assert!(Pin::new(&mut stream).poll_flush(cx).is_ready());
        assert_eq!(times(), 2, "something was written");
        assert!(Pin::new(&mut stream).poll_flush(cx).is_ready() && !read(&mut stream, cx));
        assert_eq!(times(), 2, "nothing has happened");
        lock(&polled.waker).take().unwrap().wake();
        assert!(!read(&mut stream, cx) && !read(&mut stream, cx));
        assert_eq!(times(), 3, "it was woken");
        assert!(Pin::new(&mut stream).poll_shutdown(cx).is_ready());
        assert_eq!(times(), 4, "the client has ended");
        assert!(read(&mut stream, cx), "and so has the server");
    }
}
