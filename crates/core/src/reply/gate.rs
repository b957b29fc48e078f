//! A signal that the test gives: a reply that is held at a gate goes on when the test opens it.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use crate::sync::Mutex;

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
            std::mem::take(&mut state.waiting)
        };
        waiting.into_iter().for_each(Waker::wake);
    }

    /// Holds whatever comes from now on.
    pub fn close(&self) {
        self.0.lock().open = false;
    }

    /// Whether it is open.
    pub fn is_open(&self) -> bool {
        self.0.lock().open
    }

    /// Resolves when the gate is open.
    pub fn opened(&self) -> Opened {
        Opened(self.clone())
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
pub struct Opened(Gate);

impl Future for Opened {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.0.0.lock();
        if state.open {
            return Poll::Ready(());
        }
        if !state
            .waiting
            .iter()
            .any(|waker| waker.will_wake(cx.waker()))
        {
            state.waiting.push(cx.waker().clone());
        }
        Poll::Pending
    }
}
