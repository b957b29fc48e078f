//! Bytes that are no HTTP: what a client says goes to the protocol of a mock of connections, and what that says goes to the client.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::task::{Context, Poll, Waker};
use std::thread::{self, ThreadId};

use bytes::{Buf, Bytes};
use hyper::rt::ReadBuf;
use standin_core::{Accepted, Carried, CatchUp, Fault, Turn};

use super::carrier::{Carrier, Wire};
use super::farewell::Farewell;
use super::hurry::hurried;
use crate::time;
#[cfg(feature = "tls")]
use crate::{seat::Seat, server::origin::Origin, server::shake_hands, tls::Acceptor};

/// How much is read at a time, in bytes.
const READ: usize = 16 << 10;

/// How often the end of another thread's poll is waited for: about a second.
const YIELDS: u32 = 1_000_000;

/// With what a client begins that wants TLS: a record of a handshake, of any version since SSL 3.
#[cfg(feature = "tls")]
const HANDSHAKE: [u8; 2] = [0x16, 0x03];

/// Carries a conversation over a stream of bytes until it is over. With feature `tls`, a client that begins with a TLS handshake
/// gets one, for `host` where it names nobody, and the conversation is the plain text inside.
///
/// It acts only while it is polled. Before its engine verifies, what a script's client has said already is taken in.
pub async fn serve_conversation<C: Carrier>(conversing: Accepted, carrier: C, host: &str) {
    let is_script = conversing.is_script();
    let engine = conversing.engine().clone();
    let carried = carry(conversing, carrier, host.to_owned());
    if !is_script {
        // Code of the test's runs where its client's runtime is, and nowhere else.
        return carried.await;
    }
    let carried = Arc::new(Followed {
        future: Mutex::new(Some(Box::pin(carried))),
        polled_by: Mutex::new(None),
        task: Mutex::new(None),
    });
    let follower: Arc<dyn CatchUp> = Arc::clone(&carried) as _;
    engine.ask_to_catch_up(Arc::downgrade(&follower));
    drop(engine);
    let _last = CatchesUp(&carried);
    poll_fn(|cx| carried.poll(cx)).await;
}

type Going = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A conversation that its task polls, and whoever verifies.
struct Followed {
    /// `None` when it is over.
    future: Mutex<Option<Going>>,
    /// The thread that has the future.
    polled_by: Mutex<Option<ThreadId>>,
    task: Mutex<Option<Waker>>,
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Followed {
    fn poll(&self, cx: &mut Context<'_>) -> Poll<()> {
        *held(&self.task) = Some(cx.waker().clone());
        self.poll_in(&mut held(&self.future), cx)
    }

    fn poll_in(&self, future: &mut Option<Going>, cx: &mut Context<'_>) -> Poll<()> {
        let Some(going_on) = future else {
            return Poll::Ready(());
        };
        *held(&self.polled_by) = Some(thread::current().id());
        let polled = going_on.as_mut().poll(cx);
        *held(&self.polled_by) = None;
        if polled.is_ready() {
            *future = None;
        }
        polled
    }

    /// The future, unless this very thread is in the middle of a poll. Another thread's poll may have looked before the client's last
    /// word came, so its end is waited for; not for ever, because a matcher of the test's own may run in it.
    fn lock(&self) -> Option<MutexGuard<'_, Option<Going>>> {
        for _ in 0..YIELDS {
            match self.future.try_lock() {
                Ok(future) => return Some(future),
                Err(TryLockError::Poisoned(future)) => return Some(future.into_inner()),
                Err(TryLockError::WouldBlock) => {}
            }
            let is_mine = *held(&self.polled_by) == Some(thread::current().id());
            if is_mine {
                return None;
            }
            thread::yield_now();
        }
        None
    }
}

impl CatchUp for Followed {
    fn catch_up(&self) {
        if let Some(mut future) = self.lock() {
            let mut cx = Context::from_waker(Waker::noop());
            let _ = hurried(|| self.poll_in(&mut future, &mut cx));
        }
        // The stream would wake nobody now.
        let task = held(&self.task).take();
        task.into_iter().for_each(Waker::wake);
    }
}

/// A runtime that ends drops its tasks, with what their clients have said before.
struct CatchesUp<'c>(&'c Followed);

impl Drop for CatchesUp<'_> {
    fn drop(&mut self) {
        self.0.catch_up();
    }
}

async fn carry<C: Carrier>(conversing: Accepted, carrier: C, host: String) {
    let is_secured = conversing.is_secured();
    let engine = conversing.engine().clone();
    #[cfg(feature = "tls")]
    let seat = Seat::of(&engine);
    let mut talk = conversing.begin(move |duration| time::sleep(&engine, duration));
    let mut wire = Wire::new(carrier, Farewell::default());
    let next = match is_secured {
        true => Next::Secure,
        false => pump(&mut wire, &mut talk, cfg!(feature = "tls")).await,
    };
    let is_asked_for = match next {
        Next::Over => return close(&mut wire).await,
        Next::Break(fault) => return wire.break_off(&fault),
        Next::Secure => !is_secured,
        #[cfg(feature = "tls")]
        Next::Sniffed(bytes) => {
            wire.give_back(bytes);
            false
        }
    };
    #[cfg(feature = "tls")]
    {
        let origin = Origin::behind(host.parse().ok());
        let acceptor = Acceptor::new().protocols::<&str>([]);
        let shaken = shake_hands(&seat, wire, &origin, &acceptor).await;
        if is_asked_for {
            talk.secured(shaken.is_some());
        }
        match shaken {
            Some(mut stream) => match pump(&mut stream, &mut talk, false).await {
                Next::Break(fault) => stream.break_off(&fault),
                // TLS within TLS is not to be had.
                _ => close(&mut stream).await,
            },
            None => talk.ended(),
        }
    }
    #[cfg(not(feature = "tls"))]
    {
        let _nobody = host;
        if is_asked_for {
            talk.secured(false);
        }
        talk.ended();
    }
    // What the protocol makes of a client that left.
    let _ = poll_fn(|cx| Poll::Ready(talk.poll(cx))).await;
}

/// Says goodbye, so that the client has all that was said: a socket with unread bytes would be reset.
async fn close<C: Carrier>(carrier: &mut C) {
    let _ = poll_fn(|cx| Pin::new(&mut *carrier).poll_shutdown(cx)).await;
    carrier.break_off(&Fault::Closed);
}

/// Why bytes are not moved any more.
enum Next {
    Over,
    Break(Fault),
    Secure,
    /// The client has begun with TLS, by these bytes.
    #[cfg(feature = "tls")]
    Sniffed(Bytes),
}

/// Moves bytes both ways.
async fn pump<C: Carrier>(carrier: &mut C, talk: &mut Carried, sniffs: bool) -> Next {
    let mut pump = Pump {
        carrier,
        talk,
        out: Bytes::new(),
        is_flushing: false,
        is_shutting: false,
        is_heard_out: false,
        sniffs,
    };
    poll_fn(|cx| pump.poll(cx)).await
}

struct Pump<'p, C> {
    carrier: &'p mut C,
    talk: &'p mut Carried,
    out: Bytes,
    is_flushing: bool,
    is_shutting: bool,
    is_heard_out: bool,
    /// Whether nothing was said yet, so that the client may begin with TLS.
    sniffs: bool,
}

impl<C: Carrier> Pump<'_, C> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Next> {
        loop {
            let mut goes_on = self.poll_write(cx);
            if self.is_idle() {
                match self.talk.poll(cx) {
                    Poll::Ready(Turn::Write(bytes)) => {
                        self.sniffs = false;
                        self.out = bytes;
                        goes_on = true;
                    }
                    Poll::Ready(Turn::Shutdown) => {
                        self.is_shutting = true;
                        goes_on = true;
                    }
                    Poll::Ready(Turn::Secure) => return Poll::Ready(Next::Secure),
                    Poll::Ready(Turn::Break(fault)) => return Poll::Ready(Next::Break(fault)),
                    Poll::Ready(_) => return Poll::Ready(Next::Over),
                    Poll::Pending => {}
                }
            }
            if !self.is_heard_out && !self.talk.is_full() {
                match self.poll_read(cx) {
                    Poll::Ready(Some(next)) => return Poll::Ready(next),
                    Poll::Ready(None) => goes_on = true,
                    Poll::Pending => {}
                }
            }
            if !goes_on {
                return Poll::Pending;
            }
        }
    }

    fn is_idle(&self) -> bool {
        self.out.is_empty() && !self.is_flushing && !self.is_shutting
    }

    /// Whether something was written.
    fn poll_write(&mut self, cx: &mut Context<'_>) -> bool {
        let mut has_written = false;
        while !self.out.is_empty() {
            match Pin::new(&mut *self.carrier).poll_write(cx, &self.out) {
                Poll::Ready(Ok(count)) if count > 0 => {
                    self.out.advance(count);
                    self.is_flushing = true;
                    has_written = true;
                }
                Poll::Ready(_) => {
                    // Nobody is there to hear it.
                    self.out.clear();
                    self.hear_out();
                }
                Poll::Pending => return has_written,
            }
        }
        if self.is_flushing {
            match Pin::new(&mut *self.carrier).poll_flush(cx) {
                Poll::Ready(_) => self.is_flushing = false,
                Poll::Pending => return has_written,
            }
        }
        if self.is_shutting {
            match Pin::new(&mut *self.carrier).poll_shutdown(cx) {
                Poll::Ready(_) => self.is_shutting = false,
                Poll::Pending => return has_written,
            }
        }
        has_written
    }

    fn hear_out(&mut self) {
        self.is_heard_out = true;
        self.talk.ended();
    }

    fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<Option<Next>> {
        let mut bytes = [0; READ];
        let mut read = ReadBuf::new(&mut bytes);
        let polled: Poll<io::Result<()>> =
            Pin::new(&mut *self.carrier).poll_read(cx, read.unfilled());
        match polled {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Ok(())) if !read.filled().is_empty() => {}
            Poll::Ready(_) => {
                self.hear_out();
                return Poll::Ready(None);
            }
        }
        let heard = read.filled();
        #[cfg(feature = "tls")]
        if std::mem::take(&mut self.sniffs)
            && heard.starts_with(&HANDSHAKE[..heard.len().min(HANDSHAKE.len())])
        {
            return Poll::Ready(Some(Next::Sniffed(Bytes::copy_from_slice(heard))));
        }
        self.talk.heard(heard);
        Poll::Ready(None)
    }
}
