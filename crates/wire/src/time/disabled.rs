//! Without tokio: the machine's time, and no runtime that could wait.

use std::time::Duration;

use standin_core::{Sleep, SystemClock};

use super::Task;

pub(super) fn clock() -> SystemClock {
    SystemClock
}

pub(super) fn sleep(_duration: Duration) -> Option<Sleep> {
    None
}

#[cfg(feature = "server")]
pub(super) fn settled(_duration: Duration) -> Option<Sleep> {
    None
}

pub(super) fn start(task: Task) -> Option<Task> {
    Some(task)
}
