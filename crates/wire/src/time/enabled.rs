//! With tokio: its time where a runtime is, paused time included.

use std::time::{Duration, Instant};

use ::tokio::runtime::Handle;
use ::tokio::time;
use standin_core::{Clock, Sleep, SystemClock};

use super::Task;

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

    /// `None` outside a runtime.
    fn sleep_until(&self, deadline: Instant) -> Option<Sleep> {
        Handle::try_current().ok()?;
        Some(Box::pin(time::sleep_until(deadline.into())))
    }
}

pub(super) fn clock() -> TokioClock {
    TokioClock
}

pub(super) fn sleep(duration: Duration) -> Option<Sleep> {
    Handle::try_current().ok()?;
    Some(Box::pin(time::sleep(duration)))
}

pub(super) fn start(task: Task) -> Option<Task> {
    match Handle::try_current() {
        Ok(runtime) => {
            runtime.spawn(task);
            None
        }
        Err(_) => Some(task),
    }
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

    #[test]
    fn without_a_runtime_it_tells_the_time_and_cannot_wait() {
        assert!(TokioClock.now() <= TokioClock.now());
        assert!(TokioClock.sleep_until(TokioClock.now()).is_none());
    }
}
