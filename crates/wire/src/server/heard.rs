//! hyper refuses what is no request, and tells nobody what that was. So the stream remembers how the last thing on it began.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Bytes that are remembered.
const KEPT: usize = 256;

/// What came on a connection since the last exchange, as far as it is of use.
#[derive(Debug, Clone, Default)]
pub(super) struct Heard(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    beginning: Vec<u8>,
    /// How many requests were taken out of it.
    taken: usize,
    /// Something was said to it: what comes next begins anew.
    is_answered: bool,
    /// How often there was nothing more to read.
    dry: u64,
}

impl Heard {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn came(&self, bytes: &[u8]) {
        let mut inner = self.lock();
        if std::mem::take(&mut inner.is_answered) {
            inner.beginning.clear();
            inner.taken = 0;
        }
        let room = KEPT.saturating_sub(inner.beginning.len());
        inner
            .beginning
            .extend_from_slice(&bytes[..room.min(bytes.len())]);
    }

    pub(super) fn answered(&self) {
        self.lock().is_answered = true;
    }

    pub(super) fn ran_dry(&self) {
        self.lock().dry += 1;
    }

    /// How often there was nothing more to read.
    pub(super) fn dry(&self) -> u64 {
        self.lock().dry
    }

    /// A request without a body was taken out of what came; another may follow it.
    pub(super) fn taken(&self) {
        self.lock().taken += 1;
    }

    /// How what is no request begins, behind the requests that came with it.
    pub(super) fn beginning(&self) -> Vec<u8> {
        let inner = self.lock();
        let mut rest = &inner.beginning[..];
        for _ in 0..inner.taken {
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
