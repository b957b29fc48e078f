//! A pool that several tests share would carry the request of one over the connection of another.

use std::fmt;
use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::Poll;
use std::time::Duration;

use crate::time::settled;

/// How long a goodbye waits on a runtime of several threads. A client of hyper's gives up a request that is answered already, and reqwest
/// sends it again, when GOAWAY comes before the task that sent it ran once more: on another thread, which may not have a processor.
const SETTLES: Duration = Duration::from_millis(10);

/// What a connection's keeper knows of it, and whether it shall outlive its exchange.
#[derive(Clone, Default)]
pub struct Farewell(Arc<State>);

#[derive(Default)]
struct State {
    is_said: AtomicBool,
    /// Whether there is a first answer, which waits for the goodbye to go ahead of it.
    is_due: AtomicBool,
    began: AtomicU64,
    /// Those whose reply was handed to whoever writes.
    handed: AtomicU64,
    /// Those whose reply is out.
    ended: AtomicU64,
    /// Called once.
    crowded: OnceLock<Box<dyn Fn() + Send + Sync>>,
    was_crowded: AtomicBool,
}

impl fmt::Debug for Farewell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Farewell")
            .field("is_said", &self.is_said())
            .finish_non_exhaustive()
    }
}

impl Farewell {
    /// Each reply from now on is the last of its connection, and tells the client so: HTTP/1.1 by `connection: close`, HTTP/2 by
    /// GOAWAY.
    pub fn say(&self) {
        self.0.is_said.store(true, Ordering::SeqCst);
    }

    /// Whether replies end their connection.
    pub fn is_said(&self) -> bool {
        self.0.is_said.load(Ordering::SeqCst)
    }

    /// Whether HTTP/2 has to say goodbye now. It does so ahead of its first answer: earlier, requests would be lost that a client
    /// has not sent yet, and later, the next one would come.
    pub(super) fn is_due(&self) -> bool {
        self.is_said() && self.0.is_due.load(Ordering::SeqCst)
    }

    /// Calls `tell`, once, when a second request comes by HTTP/2 ahead of the first answer, where that says goodbye: nobody knows
    /// whether whoever asks it is the one who connected. Later calls change nothing.
    pub fn when_crowded(&self, tell: impl Fn() + Send + Sync + 'static) {
        let _ = self.0.crowded.set(Box::new(tell));
    }

    /// A request has come by HTTP/2.
    pub(super) fn crowd(&self) {
        let is_crowded = self.0.began.load(Ordering::SeqCst) > 1 && self.is_said();
        if is_crowded
            && !self.0.was_crowded.swap(true, Ordering::SeqCst)
            && let Some(tell) = self.0.crowded.get()
        {
            tell();
        }
    }

    /// Lets the goodbye go ahead, where there is one; it goes when the connection is polled next.
    pub(super) async fn ahead(&self) {
        if !self.is_said() || self.0.is_due.load(Ordering::SeqCst) {
            return;
        }
        if let Some(settled) = settled(SETTLES) {
            settled.await;
        }
        if self.0.is_due.swap(true, Ordering::SeqCst) {
            return;
        }
        let mut has_waited = false;
        poll_fn(|cx| {
            if std::mem::replace(&mut has_waited, true) {
                return Poll::Ready(());
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }

    /// Whether requests were answered, and none is under way.
    pub fn is_idle(&self) -> bool {
        self.0.ended.load(Ordering::SeqCst) > 0 && self.is_quiet()
    }

    /// Whether no exchange is under way, nor ever was.
    pub(super) fn is_quiet(&self) -> bool {
        self.0.ended.load(Ordering::SeqCst) == self.0.began.load(Ordering::SeqCst)
    }

    /// What was handed over is out.
    pub(super) fn flushed(&self) {
        let handed = self.0.handed.load(Ordering::SeqCst);
        // The connection alone writes it, and to write it so that all see it takes longer than to look.
        if self.0.ended.load(Ordering::SeqCst) != handed {
            self.0.ended.store(handed, Ordering::SeqCst);
        }
    }

    pub(super) fn begin(&self) -> UnderWay {
        self.0.began.fetch_add(1, Ordering::SeqCst);
        UnderWay(self.clone())
    }
}

/// An exchange of a connection, until it is dropped and what was written of it is flushed.
#[derive(Debug)]
pub(super) struct UnderWay(Farewell);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.0.handed.fetch_add(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_is_idle_between_its_exchanges() {
        let farewell = Farewell::default();
        assert!(!farewell.is_idle(), "the first request is still to come");
        let first = farewell.begin();
        let second = farewell.begin();
        drop(first);
        farewell.flushed();
        assert!(!farewell.is_idle());
        drop(second);
        farewell.flushed();
        assert!(farewell.is_idle());
        drop(farewell.begin());
        assert!(!farewell.is_idle(), "its reply may not be out");
    }
}
