//! A reply may wait. Whose time it waits by decides whether a test is fast, and whether a paused clock stays paused.

mod blocked;
mod timer;

#[cfg(feature = "tokio")]
mod enabled;
#[cfg(feature = "tokio")]
use enabled as runtime;
#[cfg(not(feature = "tokio"))]
mod disabled;
#[cfg(not(feature = "tokio"))]
use disabled as runtime;

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use standin_core::{Clock, Engine, Sleep};

pub use blocked::blocked;
#[cfg(feature = "tokio")]
pub use enabled::TokioClock;
pub(crate) use timer::{Waiting, waiting};

/// The clock of an engine that a test makes: tokio's time where there is a runtime (with the feature `tokio`), else the
/// machine's.
pub fn clock() -> impl Clock {
    runtime::clock()
}

/// Waits this long by the engine's clock; where that cannot wait, by the caller's runtime; without one, by a timer of our own.
pub fn sleep(engine: &Engine, duration: Duration) -> Sleep {
    let clock = engine.clock();
    let by_clock = clock
        .now()
        .checked_add(duration)
        .and_then(|deadline| clock.sleep_until(deadline));
    by_clock
        .or_else(|| runtime::sleep(duration))
        .unwrap_or_else(|| Box::pin(timer::Alarm::after(duration)))
}

/// Whether the caller's time is the machine's, and no time of a runtime that was paused.
#[cfg(feature = "listen")]
pub(crate) fn is_of_the_machine() -> bool {
    runtime::is_of_the_machine()
}

/// Lets the caller's runtime come to what it had to do before, for so long; `None` where one thread does that in its order.
#[cfg(feature = "server")]
pub(crate) fn settled(duration: Duration) -> Option<Sleep> {
    runtime::settled(duration)
}

/// Work that nobody waits for.
pub(crate) type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Starts work on the caller's runtime; without one, gives it back.
pub(crate) fn start(task: Task) -> Option<Task> {
    runtime::start(task)
}
