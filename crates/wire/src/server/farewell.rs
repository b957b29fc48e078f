//! A pool that several tests share would carry the request of one over the connection of another.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What a connection's keeper knows of it, and whether it shall outlive its exchange.
#[derive(Debug, Clone, Default)]
pub struct Farewell(Arc<State>);

#[derive(Debug, Default)]
struct State {
    is_said: AtomicBool,
    began: AtomicU64,
    /// Those whose reply was handed to whoever writes.
    handed: AtomicU64,
    /// Those whose reply is out.
    ended: AtomicU64,
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

    /// Whether there was a request. Until then, who is told goodbye would take it for a refusal.
    pub(super) fn has_begun(&self) -> bool {
        self.0.began.load(Ordering::SeqCst) > 0
    }

    /// Whether requests were answered, and none is under way.
    pub fn is_idle(&self) -> bool {
        let ended = self.0.ended.load(Ordering::SeqCst);
        ended > 0 && ended == self.0.began.load(Ordering::SeqCst)
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
