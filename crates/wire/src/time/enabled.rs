//! With tokio: its time where a runtime is, paused time included.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use ::tokio::runtime::Handle;
#[cfg(feature = "server")]
use ::tokio::runtime::RuntimeFlavor;
use ::tokio::time;
use standin_core::{Clock, Sleep, SystemClock};

use super::Task;
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

    /// A thread of the runtime's waits, and as long as it does paused time stands still. `None` outside a runtime.
    fn sleep_for_real(&self, duration: Duration) -> Option<Sleep> {
        let (held, dropped) = mpsc::channel::<()>();
        let waiting = Handle::try_current().ok()?.spawn_blocking(move || {
            // The runtime cannot end before this does, so it ends with the future.
            let _ended = dropped.recv_timeout(duration);
        });
        Some(Box::pin(async move {
            let _held = held;
            let _ended = waiting.await;
        }))
    }
}

pub(super) fn clock() -> TokioClock {
    TokioClock
}

pub(super) fn sleep(duration: Duration) -> Option<Sleep> {
    waiting()?;
    Some(Box::pin(time::sleep(duration)))
}

/// How often it is waited once more where that took longer than it should.
#[cfg(feature = "server")]
const ROUNDS: usize = 5;

/// By the machine's time, which needs no timer of the runtime's; that of several threads is never paused. Who is woken too late is on a
/// machine where others are as well.
#[cfg(feature = "server")]
pub(super) fn settled(duration: Duration) -> Option<Sleep> {
    if waiting()?.runtime_flavor() == RuntimeFlavor::CurrentThread {
        return None;
    }
    Some(Box::pin(async move {
        for _ in 0..ROUNDS {
            let began = SystemClock.now();
            if let Some(waited) = TokioClock.sleep_for_real(duration) {
                waited.await;
            }
            if SystemClock.now() - began < duration + duration / 5 {
                return;
            }
        }
    }))
}

/// The runtime whose time can be waited for here. One that the caller blocks may never come to that.
fn waiting() -> Option<Handle> {
    Handle::try_current().ok().filter(|_| !is_blocked())
}

/// Whether the time of the runtime that the caller is in is the machine's: one that was ever paused is not.
#[cfg(feature = "listen")]
pub(super) fn is_of_the_machine() -> bool {
    if Handle::try_current().is_err() {
        return true;
    }
    let before = SystemClock.now();
    let now = time::Instant::now().into_std();
    (before..=SystemClock.now()).contains(&now)
}

/// Not on one that the caller blocks.
pub(super) fn start(task: Task) -> Option<Task> {
    match waiting() {
        Some(runtime) => {
            runtime.spawn(task);
            None
        }
        None => Some(task),
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use standin_core::{Engine, Request};

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

    #[cfg(feature = "listen")]
    #[tokio::test]
    async fn paused_time_is_not_the_machines() {
        assert!((0..100).all(|_| is_of_the_machine()));
        time::pause();
        assert!(!(0..100).any(|_| is_of_the_machine()));
        time::advance(Duration::from_millis(1)).await;
        assert!(!(0..100).any(|_| is_of_the_machine()));
    }

    #[cfg(feature = "server")]
    #[tokio::test(start_paused = true)]
    async fn one_thread_alone_has_settled() {
        assert!(settled(Duration::from_millis(1)).is_none());
    }

    #[cfg(feature = "server")]
    #[test]
    fn several_threads_are_given_the_machine_s_time() {
        // Without a timer of its own.
        let mut runtime = ::tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(2).build().expect("a runtime");
        let began = SystemClock.now();
        let waiting = runtime.spawn(async {
            let settled = settled(Duration::from_millis(5)).expect("there are others");
            settled.await;
        });
        runtime.block_on(waiting).expect("no panic");
        assert!(SystemClock.now() - began >= Duration::from_millis(5));
    }

    #[tokio::test(start_paused = true)]
    async fn a_thread_that_blocks_has_no_runtime_to_wait_for() {
        let soon = TokioClock.now();
        assert!(super::super::blocked(|| TokioClock.sleep_until(soon)).is_none());
        assert!(TokioClock.sleep_until(soon).is_some());
    }

    /// Serves a request on another thread when it is told to, and not at once.
    fn client(engine: &Engine, go: mpsc::Receiver<()>) -> thread::JoinHandle<()> {
        let engine = engine.clone();
        thread::spawn(move || {
            for () in go {
                for _ in 0..2_000 {
                    thread::yield_now();
                }
                drop(engine.serve_blocking(Request::get("https://x.io/")));
            }
        })
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_for_calls_of_another_thread_is_in_real_time() {
        let engine = Engine::with_clock(TokioClock);
        let mock = engine.get("https://x.io/").times(3).reply(200);
        let (tell, go) = mpsc::channel();
        let client = client(&engine, go);
        tell.send(()).unwrap();
        mock.wait_for(1).blocking();
        let before = time::Instant::now();
        for calls in [2, 3] {
            tell.send(()).unwrap();
            mock.wait_for(calls).within(Duration::from_secs(60)).await;
        }
        assert_eq!(before.elapsed(), Duration::ZERO, "paused time stood still");
        let (real, short) = (SystemClock.now(), Duration::from_millis(20));
        let error = mock.wait_for(3).within(short).checked().await;
        assert_eq!(error, Ok(()));
        let other = engine.get("https://y.io/").optional().reply(200);
        let error = other.wait_for(1).within(short).checked().await;
        assert!(error.unwrap_err().to_string().contains("waited 20ms"));
        assert!(SystemClock.now() - real >= short);
        drop(tell);
        client.join().unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_for_calls_of_an_attached_closure_is_in_real_time() {
        let engine = Engine::with_clock(TokioClock);
        let mock = engine.get("https://x.io/").reply(200);
        let handle = engine.handle();
        let (tell, go) = mpsc::channel::<()>();
        let work = engine.attach(move || {
            go.recv().unwrap();
            for _ in 0..2_000 {
                thread::yield_now();
            }
            drop(handle.serve_blocking(Request::get("https://x.io/")));
        });
        let client = thread::spawn(work);
        tell.send(()).unwrap();
        mock.wait_for(1).within(Duration::from_secs(60)).await;
        client.join().unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_where_nobody_else_is_goes_by_the_clock() {
        let engine = Engine::with_clock(TokioClock);
        let mock = engine.get("https://x.io/").optional().reply(200);
        let before = time::Instant::now();
        let hour = Duration::from_secs(3_600);
        assert!(mock.wait_for(1).within(hour).checked().await.is_err());
        assert_eq!(before.elapsed(), hour);
    }

    #[test]
    fn without_a_runtime_it_tells_the_time_and_cannot_wait() {
        assert!(TokioClock.now() <= TokioClock.now());
        assert!(TokioClock.sleep_until(TokioClock.now()).is_none());
    }
}
