//! The lock of core: never poisoned, because no user code runs inside it; replaced by loom's in its models.
//!
//! `--cfg loom` alone changes nothing, because it reaches every crate of a graph: who models their own code with loom keeps an
//! engine that works outside a model. The counters of a mock (`registry/live.rs`) stay those of std: they are written only
//! inside the lock, and a claim reads them only there; what reads them outside takes them for a hint, or for a number that
//! another call may change at once.

use std::task::{Context, Waker};

#[cfg(all(loom, test))]
pub(crate) use loom::sync::atomic::{AtomicBool, Ordering};
#[cfg(not(all(loom, test)))]
pub(crate) use std::sync::atomic::{AtomicBool, Ordering};

#[cfg(all(loom, test))]
pub(crate) use loom::sync::MutexGuard;
#[cfg(not(all(loom, test)))]
pub(crate) use std::sync::MutexGuard;

#[cfg(all(loom, test))]
use loom::sync::Mutex as Inner;
#[cfg(not(all(loom, test)))]
use std::sync::Mutex as Inner;

/// A mutex without poisoning.
#[derive(Debug, Default)]
pub(crate) struct Mutex<T>(Inner<T>);

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(Inner::new(value))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        match self.0.lock() {
            Ok(guard) => guard,
            Err(poisoned) => poisoned.into_inner(),
        }
    }
}

/// What tells this thread from others that live as long.
#[inline]
pub(crate) fn this_thread() -> usize {
    thread_local!(static HERE: u8 = const { 0 });
    // The thread is ending: it is no other's home.
    HERE.try_with(|here| std::ptr::from_ref(here).addr())
        .unwrap_or(0)
}

/// Adds who polls to those that will be woken, once.
pub(crate) fn enlist(waiting: &mut Vec<Waker>, cx: &Context<'_>) {
    if !waiting.iter().any(|waker| waker.will_wake(cx.waker())) {
        waiting.push(cx.waker().clone());
    }
}
