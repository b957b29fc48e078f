//! The owner of an engine that is passed around instead of activated.

use std::ops::Deref;
use std::panic::Location;
use std::thread;

use crate::engine::{Engine, Returned, Whole, close, tell_notes};

/// An engine and the duty to end it: it verifies when it drops, as the guard of `activate()` does.
///
/// A `thread_local!` is no place for it: Rust ends the process where a thread's own values panic as they drop. In a task that a
/// runtime drops, or on a thread that nobody joins, the report is printed, and fails no test.
#[derive(Debug)]
#[must_use = "the engine ends when its owner drops: keep it in a variable"]
pub struct OwnedEngine {
    engine: Engine,
    at: &'static Location<'static>,
}

impl OwnedEngine {
    #[track_caller]
    pub(crate) fn new(engine: Engine) -> Self {
        Self {
            engine,
            at: Location::caller(),
        }
    }

    /// A handle to it.
    pub fn handle(&self) -> Engine {
        self.engine.clone()
    }

    /// Requests that nothing matches leave verification content.
    pub fn lenient(self) -> Self {
        self.engine.set_lenient_in(0, true);
        self
    }
}

impl Deref for OwnedEngine {
    type Target = Engine;

    fn deref(&self) -> &Engine {
        &self.engine
    }
}

impl Drop for OwnedEngine {
    fn drop(&mut self) {
        let report = self.engine.close(Whole::Engine);
        if !report.is_ok() {
            let returned = Returned::Unseen("with `standin::activate()`, `net.run(..)` shows both");
            close(&report, self.at, thread::panicking(), returned);
        } else {
            tell_notes(&report, self.at);
        }
    }
}
