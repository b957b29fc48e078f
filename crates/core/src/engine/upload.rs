//! A request may be decided before its body has come, and the journal shall show that body all the same.

use bytes::{Bytes, BytesMut};

use crate::engine::{Engine, wake};
use crate::journal::{Cut, Hasher};

/// The body of a request that was decided before it came, on its way to the journal.
///
/// The call is pending until the upload ends or is dropped, and then has what came. Beyond what the journal keeps of a body
/// nothing is held.
#[derive(Debug)]
#[must_use = "the call is pending as long as its body is to come"]
pub struct Upload {
    engine: Engine,
    call: u64,
    bound: usize,
    kept: BytesMut,
    length: usize,
    /// Of the whole; begun where the bound is passed.
    hasher: Option<Hasher>,
}

impl Upload {
    pub(super) fn new(engine: Engine, call: u64) -> Self {
        Self {
            bound: engine.body_bound(),
            engine,
            call,
            kept: BytesMut::new(),
            length: 0,
            hasher: None,
        }
    }

    /// The next piece.
    pub fn push(&mut self, piece: &[u8]) {
        let room = self.bound - self.kept.len();
        if piece.len() > room && self.hasher.is_none() {
            let mut hasher = Hasher::default();
            hasher.push(&self.kept);
            self.hasher = Some(hasher);
        }
        self.kept.extend_from_slice(&piece[..room.min(piece.len())]);
        self.length += piece.len();
        if let Some(hasher) = &mut self.hasher {
            hasher.push(piece);
        }
    }

    /// Nothing follows.
    pub fn end(self) {}
}

impl Drop for Upload {
    fn drop(&mut self) {
        let cut = self.hasher.take().map(|hasher| Cut {
            length: self.length,
            digest: Some(hasher.digest()),
        });
        let body = std::mem::take(&mut self.kept).freeze();
        self.engine.end_body(self.call, body, cut);
    }
}

impl Engine {
    /// Writes the body of a call that was claimed before it came.
    pub(super) fn end_body(&self, call: u64, body: Bytes, cut: Option<Cut>) {
        let mut state = self.state();
        let displaced = state.journal.end_body(call, body, cut);
        wake(state);
        drop(displaced);
    }
}
