//! hyper refuses what is no request, and tells nobody what that was. So the stream remembers how the last thing on it began.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes that are remembered.
const KEPT: usize = 256;

/// What came on a connection since the last exchange, as far as it is of use. The connection alone writes it, and polls whoever
/// reads it, so that nothing here has to be waited for.
#[derive(Debug, Clone, Default)]
pub(super) struct Heard(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    beginning: Mutex<Vec<u8>>,
    /// How many requests were taken out of it.
    taken: AtomicUsize,
    /// Something was said to it: what comes next begins anew.
    is_answered: AtomicBool,
    /// How often there was nothing more to read.
    dry: AtomicU64,
    /// A request asked for something else than HTTP, which may follow.
    is_upgraded: AtomicBool,
}

impl Heard {
    pub(super) fn came(&self, bytes: &[u8]) {
        let mut beginning = self
            .0
            .beginning
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if self.0.is_answered.load(Relaxed) {
            self.0.is_answered.store(false, Relaxed);
            self.0.taken.store(0, Relaxed);
            beginning.clear();
        }
        let room = KEPT.saturating_sub(beginning.len());
        beginning.extend_from_slice(&bytes[..room.min(bytes.len())]);
    }

    pub(super) fn answered(&self) {
        self.0.is_answered.store(true, Relaxed);
    }

    pub(super) fn upgraded(&self) {
        self.0.is_upgraded.store(true, Relaxed);
    }

    pub(super) fn is_upgraded(&self) -> bool {
        self.0.is_upgraded.load(Relaxed)
    }

    pub(super) fn ran_dry(&self) {
        self.0.dry.store(self.dry() + 1, Relaxed);
    }

    /// How often there was nothing more to read.
    pub(super) fn dry(&self) -> u64 {
        self.0.dry.load(Relaxed)
    }

    /// A request without a body was taken out of what came; another may follow it.
    pub(super) fn taken(&self) {
        let taken = self.0.taken.load(Relaxed);
        self.0.taken.store(taken + 1, Relaxed);
    }

    /// How what is no request begins, behind the requests that came with it.
    pub(super) fn beginning(&self) -> Vec<u8> {
        let beginning = self
            .0
            .beginning
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let mut rest = &beginning[..];
        for _ in 0..self.0.taken.load(Relaxed) {
            let end = rest.windows(4).position(|window| window == b"\r\n\r\n");
            rest = end.map_or(&[][..], |at| &rest[at + 4..]);
        }
        rest.to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_an_answer_begins_anew() {
        let heard = Heard::default();
        heard.came(b"GET / HTTP/1.1\r\n");
        heard.came(b"\r\nwhat");
        heard.taken();
        assert_eq!(heard.beginning(), b"what");
        heard.answered();
        assert_eq!(heard.beginning(), b"what");
        heard.came(&[7; 1000]);
        assert_eq!(heard.beginning(), [7; KEPT]);
    }
}
