//! Waiting where there is no runtime: one thread for all that wait, which ends when nobody does.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use standin_core::{Clock, SystemClock};

static WAITING: Mutex<Waiting> = Mutex::new(Waiting {
    alarms: BTreeMap::new(),
    next: 0,
    runs_in: None,
});
static CHANGED: Condvar = Condvar::new();

pub(crate) struct Waiting {
    /// By deadline; the number keeps those of one instant apart.
    alarms: BTreeMap<(Instant, u64), Waker>,
    next: u64,
    /// The process whose thread wakes them: `fork` takes no thread along.
    runs_in: Option<u32>,
}

pub(crate) fn waiting() -> MutexGuard<'static, Waiting> {
    WAITING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Resolves when its time has come; never, where that lies beyond what the machine's clock can tell.
#[derive(Debug)]
pub(super) struct Alarm {
    deadline: Option<Instant>,
    number: Option<u64>,
}

impl Alarm {
    pub(super) fn after(duration: Duration) -> Self {
        Self {
            deadline: SystemClock.now().checked_add(duration),
            number: None,
        }
    }
}

impl Future for Alarm {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Some(deadline) = self.deadline else {
            return Poll::Pending;
        };
        if deadline <= SystemClock.now() {
            return Poll::Ready(());
        }
        let mut waiting = waiting();
        let process = std::process::id();
        let runs_in = waiting.runs_in.replace(process);
        if runs_in.is_some_and(|of| of != process) {
            // Who waits in the parent is woken there. To drop what wakes them may run code of runtimes that are not here.
            std::mem::forget(std::mem::take(&mut waiting.alarms));
        }
        let number = *self.number.get_or_insert_with(|| {
            waiting.next += 1;
            waiting.next
        });
        waiting
            .alarms
            .insert((deadline, number), cx.waker().clone());
        // Whoever sees threads begin may have locks of their own.
        drop(waiting);
        if runs_in != Some(process) {
            thread::spawn(run);
        }
        CHANGED.notify_one();
        Poll::Pending
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        if let (Some(deadline), Some(number)) = (self.deadline, self.number) {
            let gone = waiting().alarms.remove(&(deadline, number));
            CHANGED.notify_one();
            // Dropped outside the lock: a waker may run code of the runtime it belongs to.
            drop(gone);
        }
    }
}

fn run() {
    let mut waiting = waiting();
    loop {
        let Some((&(deadline, number), _)) = waiting.alarms.first_key_value() else {
            waiting.runs_in = None;
            return;
        };
        let left = deadline.saturating_duration_since(SystemClock.now());
        if left.is_zero() {
            let waker = waiting.alarms.remove(&(deadline, number));
            drop(waiting);
            waker.into_iter().for_each(Waker::wake);
            waiting = self::waiting();
        } else {
            waiting = CHANGED
                .wait_timeout(waiting, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::mpsc::{Sender, channel};
    use std::task::Wake;

    use super::*;

    struct Told(Sender<u32>, u32);

    impl Wake for Told {
        fn wake(self: Arc<Self>) {
            let _ = self.0.send(self.1);
        }
    }

    #[test]
    fn alarms_ring_in_the_order_of_their_deadlines_and_dropped_ones_never() {
        let (tell, told) = channel();
        let alarm = |name: u32, milliseconds: u64| {
            let mut alarm = Box::pin(Alarm::after(Duration::from_millis(milliseconds)));
            let waker = Waker::from(Arc::new(Told(tell.clone(), name)));
            assert!(
                alarm
                    .as_mut()
                    .poll(&mut Context::from_waker(&waker))
                    .is_pending()
            );
            (alarm, waker)
        };
        let (mut late, waker) = alarm(2, 60);
        let _early = alarm(1, 30);
        drop(alarm(3, 45));
        assert_eq!((told.recv(), told.recv()), (Ok(1), Ok(2)));
        assert!(
            late.as_mut()
                .poll(&mut Context::from_waker(&waker))
                .is_ready()
        );
    }

    #[test]
    fn a_time_that_has_come_needs_no_thread() {
        let mut alarm = Box::pin(Alarm::after(Duration::ZERO));
        assert!(
            alarm
                .as_mut()
                .poll(&mut Context::from_waker(Waker::noop()))
                .is_ready()
        );
    }
}
