//! What an engine served has to end with it: a connection that a pool keeps would be answered by nobody.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use crate::engine::Engine;

/// Who waits for the end of an engine.
#[derive(Debug, Default)]
pub(crate) struct Ending {
    waiting: BTreeMap<u64, Waker>,
    next: u64,
}

impl Ending {
    pub(super) fn take(&mut self) -> impl Iterator<Item = Waker> + use<> {
        std::mem::take(&mut self.waiting).into_values()
    }
}

/// Resolves when an engine ends; made by [`Engine::ended`]. It does not keep the engine alive.
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct Ended {
    engine: Engine,
    listed: Option<(u64, Waker)>,
}

impl Engine {
    /// Resolves when the owner is gone: what serves this engine ends then.
    pub fn ended(&self) -> Ended {
        Ended {
            engine: self.clone(),
            listed: None,
        }
    }
}

impl Future for Ended {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.engine.has_ended() {
            return Poll::Ready(());
        }
        if let Some((_, waker)) = &self.listed
            && waker.will_wake(cx.waker())
        {
            return Poll::Pending;
        }
        let engine = self.engine.clone();
        let mut state = engine.state();
        if engine.has_ended() {
            return Poll::Ready(());
        }
        let ending = &mut state.ending;
        let number = self.listed.take().map_or_else(
            || {
                ending.next += 1;
                ending.next
            },
            |(number, _)| number,
        );
        let old = ending.waiting.insert(number, cx.waker().clone());
        drop(state);
        drop(old);
        self.listed = Some((number, cx.waker().clone()));
        Poll::Pending
    }
}

impl Drop for Ended {
    fn drop(&mut self) {
        if let Some((number, _)) = self.listed.take() {
            let gone = self.engine.state().ending.waiting.remove(&number);
            drop(gone);
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    use super::*;

    #[derive(Default)]
    struct Woken(AtomicUsize);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn who_waits_is_woken_once_and_by_the_end_alone() {
        let engine = Engine::new();
        let woken = Arc::<Woken>::default();
        let waker = Waker::from(Arc::clone(&woken));
        let cx = &mut Context::from_waker(&waker);
        let mut ended = engine.ended();
        let mut dropped = engine.ended();
        assert!(Pin::new(&mut ended).poll(cx).is_pending());
        assert!(Pin::new(&mut ended).poll(cx).is_pending());
        assert!(Pin::new(&mut dropped).poll(cx).is_pending());
        drop(dropped);
        engine.get("https://x.io/").optional().reply(200).remove();
        assert_eq!(woken.0.load(Ordering::Relaxed), 0);
        drop(engine);
        assert_eq!(woken.0.load(Ordering::Relaxed), 1);
        assert!(Pin::new(&mut ended).poll(cx).is_ready());
    }

    #[test]
    fn an_engine_that_has_ended_keeps_nobody_waiting() {
        let handle = Engine::new().handle();
        assert!(
            Pin::new(&mut handle.ended())
                .poll(&mut Context::from_waker(Waker::noop()))
                .is_ready()
        );
    }
}
