//! A signal that the test gives: a reply that is held at a gate goes on when the test opens it.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use crate::sync::{Mutex, enlist};

/// A gate that is closed until the test opens it. Clones are the same gate.
///
/// ```
/// # use standin_core::prelude::*;
/// let gate = Gate::new();
/// let held = reply(200).hold(&gate);
/// gate.open();
/// ```
#[derive(Clone, Default)]
pub struct Gate(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    open: bool,
    /// How often it was opened.
    openings: u64,
    waiting: Vec<Waker>,
}

impl Gate {
    /// A closed gate.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets everything through that waits here or will come.
    pub fn open(&self) {
        let waiting = {
            let mut state = self.0.lock();
            state.open = true;
            state.openings += 1;
            std::mem::take(&mut state.waiting)
        };
        waiting.into_iter().for_each(Waker::wake);
    }

    /// Holds whatever comes from now on; what waited when it was opened goes on.
    pub fn close(&self) {
        self.0.lock().open = false;
    }

    /// Whether it is open.
    pub fn is_open(&self) -> bool {
        self.0.lock().open
    }

    /// Resolves when the gate is open.
    pub fn opened(&self) -> Opened {
        Opened {
            gate: self.clone(),
            since: None,
        }
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_open() {
            "Gate(open)"
        } else {
            "Gate(closed)"
        })
    }
}

/// Resolves when its [`Gate`] is open.
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct Opened {
    gate: Gate,
    /// The openings that there were when it began to wait.
    since: Option<u64>,
}

impl Future for Opened {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Self { gate, since } = &mut *self;
        let mut state = gate.0.lock();
        if state.open || *since.get_or_insert(state.openings) != state.openings {
            return Poll::Ready(());
        }
        enlist(&mut state.waiting, cx);
        Poll::Pending
    }
}
