//! With tokio: its time where a runtime is, paused time included.

use std::time::{Duration, Instant};

use ::tokio::runtime::Handle;
use ::tokio::time;
use standin_core::{Clock, Sleep, SystemClock};

use super::blocked::is_blocked;

/// The time of the tokio runtime that the caller is in, and the machine's where there is none.
///
/// Under `tokio::time::pause` it stands still, and what waits by it wakes at once when nothing else is left to do.
#[derive(Debug, Clone, Copy, Default)]
pub struct TokioClock;

impl Clock for TokioClock {
    fn now(&self) -> Instant {
        match Handle::try_current() {
            Ok(_) => time::Instant::now().into_std(),
            Err(_) => SystemClock.now(),
        }
    }

    /// `None` outside a runtime, and in a thread that blocks.
    fn sleep_until(&self, deadline: Instant) -> Option<Sleep> {
        waiting()?;
        Some(Box::pin(time::sleep_until(deadline.into())))
    }
}

pub(super) fn clock() -> TokioClock {
    TokioClock
}

pub(super) fn sleep(duration: Duration) -> Option<Sleep> {
    waiting()?;
    Some(Box::pin(time::sleep(duration)))
}

/// The runtime whose time can be waited for here. One that the caller blocks may never come to that.
fn waiting() -> Option<Handle> {
    Handle::try_current().ok().filter(|_| !is_blocked())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn paused_time_is_the_time() {
        let before = TokioClock.now();
        TokioClock
            .sleep_until(before + Duration::from_secs(30))
            .expect("a runtime is here")
            .await;
        assert_eq!(TokioClock.now() - before, Duration::from_secs(30));
    }

    #[tokio::test(start_paused = true)]
    async fn a_thread_that_blocks_has_no_runtime_to_wait_for() {
        let soon = TokioClock.now();
        assert!(super::super::blocked(|| TokioClock.sleep_until(soon)).is_none());
        assert!(TokioClock.sleep_until(soon).is_some());
    }

    #[test]
    fn without_a_runtime_it_tells_the_time_and_cannot_wait() {
        assert!(TokioClock.now() <= TokioClock.now());
        assert!(TokioClock.sleep_until(TokioClock.now()).is_none());
    }
}
