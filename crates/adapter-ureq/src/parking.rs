//! ureq blocks its caller's thread, and that thread is where the server runs: it sleeps until something can go on.

use std::io;
use std::pin::pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Instant;

use standin_core::{Clock, SystemClock};
use standin_wire::blocked;
use ureq::Timeout;
use ureq::unversioned::transport::{NextTimeout, ShutdownHandle};

/// Where the thread of a connection sleeps.
#[derive(Debug, Default)]
pub(crate) struct Parking {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    is_woken: bool,
    is_shut: bool,
}

impl Parking {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sleeps until it is woken.
    ///
    /// # Errors
    /// When the deadline comes first, or the agent was shut down.
    pub(crate) fn park(&self, deadline: Deadline) -> Result<(), ureq::Error> {
        let mut state = self.lock();
        loop {
            if state.is_shut {
                return Err(shut());
            }
            let left = match deadline.at {
                None => None,
                Some(at) => match at.saturating_duration_since(SystemClock.now()) {
                    left if left.is_zero() => return Err(ureq::Error::Timeout(deadline.reason)),
                    left => Some(left),
                },
            };
            if std::mem::take(&mut state.is_woken) {
                return Ok(());
            }
            state = match left {
                None => self
                    .changed
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner),
                Some(left) => {
                    let woken = self.changed.wait_timeout(state, left);
                    woken.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    /// # Errors
    /// When the agent was shut down.
    pub(crate) fn check(&self) -> Result<(), ureq::Error> {
        match self.lock().is_shut {
            true => Err(shut()),
            false => Ok(()),
        }
    }
}

/// Runs a future in the calling thread.
///
/// # Errors
/// When ureq will not wait any longer.
pub(crate) fn wait_for<T>(
    timeout: NextTimeout,
    future: impl Future<Output = T>,
) -> Result<T, ureq::Error> {
    let deadline = Deadline::of(timeout)?;
    let parking = Arc::<Parking>::default();
    let waker = Waker::from(Arc::clone(&parking));
    let mut future = pin!(future);
    loop {
        let polled = blocked(|| future.as_mut().poll(&mut Context::from_waker(&waker)));
        match polled {
            Poll::Ready(done) => return Ok(done),
            Poll::Pending => parking.park(deadline)?,
        }
    }
}

impl Wake for Parking {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.lock().is_woken = true;
        self.changed.notify_one();
    }
}

impl ShutdownHandle for Parking {
    fn shutdown(&self) {
        self.lock().is_shut = true;
        self.changed.notify_one();
    }
}

fn shut() -> ureq::Error {
    io::Error::new(io::ErrorKind::NotConnected, "the agent was shut down").into()
}

/// Until when ureq wants to wait, by the machine's time as all its timeouts, and which of them it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    at: Option<Instant>,
    reason: Timeout,
}

impl Deadline {
    /// # Errors
    /// When it is over already.
    pub(crate) fn of(timeout: NextTimeout) -> Result<Self, ureq::Error> {
        let reason = timeout.reason;
        if timeout.after.is_not_happening() {
            return Ok(Self { at: None, reason });
        }
        if timeout.after.is_zero() {
            return Err(ureq::Error::Timeout(reason));
        }
        let at = SystemClock.now().checked_add(*timeout.after);
        Ok(Self { at, reason })
    }
}
