//! Time is an input: an engine asks its clock, and whoever makes the engine chooses it.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant};

/// A future that resolves when a time has come.
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The time of an engine.
pub trait Clock: Send + Sync + 'static {
    /// Now.
    fn now(&self) -> Instant;

    /// Resolves at `deadline`; `None` when this clock cannot wait, and the adapter uses a timer of its own.
    fn sleep_until(&self, deadline: Instant) -> Option<Sleep>;

    /// Resolves after so much real time, however this clock runs; while it is waited for, a clock that runs ahead when nothing
    /// is left to do stands still. `None` when it cannot, as unless said otherwise.
    fn sleep_for_real(&self, _duration: Duration) -> Option<Sleep> {
        None
    }
}

impl fmt::Debug for dyn Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

/// The machine's monotonic clock. It tells the time and cannot wait: core has no runtime.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place where the time comes in"
    )]
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn sleep_until(&self, _deadline: Instant) -> Option<Sleep> {
        None
    }
}
