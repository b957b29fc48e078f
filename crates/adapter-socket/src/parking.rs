//! A client that blocks in a hook waits there for what a mock says, by the machine's time.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use standin_core::{Clock, SystemClock};
use standin_wire::blocked;

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits for `future` on this thread; `None` when that took longer than `limit`.
pub(crate) fn wait<F: Future>(future: F, limit: Option<Duration>) -> Option<F::Output> {
    let deadline: Option<Instant> = limit.and_then(|limit| SystemClock.now().checked_add(limit));
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut cx = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(done) = blocked(|| future.as_mut().poll(&mut cx)) {
            return Some(done);
        }
        match deadline {
            None => thread::park(),
            Some(deadline) => {
                let left = deadline.saturating_duration_since(SystemClock.now());
                if left.is_zero() {
                    return None;
                }
                thread::park_timeout(left);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    #[test]
    fn it_waits_as_long_as_it_may() {
        assert_eq!(wait(ready(1), None), Some(1));
        assert_eq!(wait(pending::<()>(), Some(Duration::from_millis(5))), None);
        let gate = standin_core::Gate::new();
        let opens = gate.clone();
        thread::spawn(move || opens.open());
        let opened = wait(gate.opened(), Some(Duration::from_secs(60)));
        assert_eq!(opened, Some(()));
    }
}
