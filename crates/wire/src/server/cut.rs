//! What hyper will not write: bytes between two answers, half a head, the end of a connection in the middle.
//!
//! A [`Cut`] is known to whoever answers and to the stream under hyper. What is said on it goes out when hyper has written and
//! flushed all that it has, which is so between two frames of HTTP/2 too.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use bytes::{Buf, Bytes, BytesMut};
use hyper::rt::ReadBuf;
use standin_core::Fault;

use super::carrier::Carrier;

/// Of an endless header, written before others may go on.
const AT_ONCE: usize = 64 << 10;

/// A header that never ends, a piece of it.
const ENDLESS: &[u8] = &[b'a'; 4096];

#[derive(Debug, Clone, Default)]
pub(super) struct Cut(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    /// Whether there is anything to be done when hyper has flushed.
    busy: AtomicBool,
    over: AtomicBool,
    fault: OnceLock<Fault>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    noise: BytesMut,
    asked: u64,
    flushed: u64,
    waiting: Vec<Waker>,
    end: Option<End>,
}

/// How the connection ends.
#[derive(Debug)]
enum End {
    Said(Bytes),
    Endless(Bytes),
    /// It is shut in one direction, and read to its end.
    Half(bool),
}

impl End {
    fn of(fault: &Fault) -> Self {
        Self::Said(match fault {
            Fault::Garbage(bytes) => bytes.clone(),
            Fault::HeadCut => {
                Bytes::from_static(b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-len")
            }
            Fault::BrokenChunk => Bytes::from_static(b"no length\r\n"),
            Fault::GoAway(code) => {
                let mut frame = BytesMut::from(&b"\0\0\x08\x07\0\0\0\0\0\0\0\0\0"[..]);
                frame.extend_from_slice(&code.to_be_bytes());
                frame.freeze()
            }
            Fault::EndlessHeader => {
                return Self::Endless(Bytes::from_static(b"HTTP/1.1 200 OK\r\nx-standin: "));
            }
            Fault::HalfClosed => return Self::Half(false),
            _ => Bytes::new(),
        })
    }
}

impl Cut {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the connection by this fault, once what was answered before is written. Made once.
    /// The connection has to be polled then: whoever makes it wakes its own task.
    pub(super) fn make(&self, fault: Fault) {
        let end = End::of(&fault);
        if self.0.fault.set(fault).is_ok() {
            self.lock().end = Some(end);
            self.0.busy.store(true, Ordering::Release);
        }
    }

    /// The fault by which the connection ends.
    pub(super) fn fault(&self) -> Option<&Fault> {
        self.0.fault.get()
    }

    /// Whether the connection has ended by it, and nothing is left to be done.
    pub(super) fn is_made(&self) -> bool {
        self.0.over.load(Ordering::Acquire)
    }

    /// Whether there is something to be said when hyper has flushed all that it has.
    pub(super) fn is_waited_for(&self) -> bool {
        self.0.busy.load(Ordering::Acquire)
    }

    /// Ends the connection, of which nothing more comes.
    pub(super) async fn end<T>(&self, fault: Fault) -> T {
        self.make(fault);
        let mut is_told = false;
        poll_fn(|cx| {
            if !std::mem::replace(&mut is_told, true) {
                cx.waker().wake_by_ref();
            }
            Poll::Pending
        })
        .await
    }

    /// Says these bytes, and waits until they and all before them are written.
    pub(super) async fn say(&self, bytes: &[u8]) {
        let asked = self.ask(bytes);
        let mut is_told = false;
        poll_fn(|cx| {
            if !std::mem::replace(&mut is_told, true) {
                cx.waker().wake_by_ref();
            }
            self.poll_flushed(asked, cx)
        })
        .await;
    }

    /// Says these bytes; [`poll_flushed`](Self::poll_flushed) tells when they and all before them are written.
    pub(super) fn ask(&self, bytes: &[u8]) -> u64 {
        let mut state = self.lock();
        state.noise.extend_from_slice(bytes);
        state.asked += 1;
        let asked = state.asked;
        drop(state);
        self.0.busy.store(true, Ordering::Release);
        asked
    }

    pub(super) fn poll_flushed(&self, asked: u64, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.lock();
        if state.flushed >= asked {
            return Poll::Ready(());
        }
        if !state
            .waiting
            .iter()
            .any(|other| other.will_wake(cx.waker()))
        {
            state.waiting.push(cx.waker().clone());
        }
        Poll::Pending
    }

    /// Writes what was said. `carrier` has nothing of hyper's left to write.
    pub(super) fn poll_write<C: Carrier>(
        &self,
        carrier: &mut C,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.0.busy.load(Ordering::Acquire) {
            return Poll::Ready(Ok(()));
        }
        let mut state = self.lock();
        while !state.noise.is_empty() {
            let written = ready!(Pin::new(&mut *carrier).poll_write(cx, &state.noise))?;
            state.noise.advance(written);
        }
        ready!(Pin::new(&mut *carrier).poll_flush(cx))?;
        state.flushed = state.asked;
        let waiting = std::mem::take(&mut state.waiting);
        let Some(end) = &mut state.end else {
            self.0.busy.store(false, Ordering::Release);
            drop(state);
            waiting.into_iter().for_each(Waker::wake);
            return Poll::Ready(Ok(()));
        };
        // One that cannot be said is an end all the same.
        let _ = ready!(end.poll(carrier, cx));
        drop(state);
        waiting.into_iter().for_each(Waker::wake);
        self.0.over.store(true, Ordering::Release);
        Poll::Pending
    }
}

impl End {
    fn poll<C: Carrier>(&mut self, carrier: &mut C, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Said(bytes) => {
                while !bytes.is_empty() {
                    let written = ready!(Pin::new(&mut *carrier).poll_write(cx, bytes))?;
                    bytes.advance(written);
                }
                Pin::new(carrier).poll_flush(cx)
            }
            Self::Endless(begin) => {
                let mut left = AT_ONCE;
                while left > 0 {
                    let piece = if begin.is_empty() {
                        ENDLESS
                    } else {
                        &begin[..]
                    };
                    let written = ready!(Pin::new(&mut *carrier).poll_write(cx, piece))?;
                    begin.advance(written.min(begin.len()));
                    left = left.saturating_sub(written);
                }
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Self::Half(is_shut) => {
                if !*is_shut {
                    ready!(Pin::new(&mut *carrier).poll_shutdown(cx))?;
                    *is_shut = true;
                }
                loop {
                    let mut bytes = [0; 4096];
                    let mut read = ReadBuf::new(&mut bytes);
                    ready!(Pin::new(&mut *carrier).poll_read(cx, read.unfilled()))?;
                    if read.filled().is_empty() {
                        return Poll::Ready(Ok(()));
                    }
                }
            }
        }
    }
}
