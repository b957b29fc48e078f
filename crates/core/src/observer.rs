//! Interception of a whole process asks on any thread which engine is meant, so it must hear when engines come and go.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, TryLockError};
use std::thread::{self, ThreadId};

use crate::engine::Engine;

static OBSERVER: OnceLock<&'static dyn Observer> = OnceLock::new();

/// The living engines that were active on some thread, and on which of them each was first; and whether several could live at once.
static LIVING: Mutex<Vec<Living>> = Mutex::new(Vec::new());
static AT_ONCE: AtomicBool = AtomicBool::new(false);

struct Living {
    engine: usize,
    thread: ThreadId,
}

/// Whether tests run at once in this process, or could: an engine was active on a thread of the kind that libtest starts for each of its
/// tests, on a thread without a name, or on two threads, and none of them had ended.
///
/// What they share, the pool of a client first of all, belongs to none of them. It is known before a second test begins, so that
/// nothing of the first one's is left for it. Tests run one by one under nextest, which has a process for each, with `--test-threads=1`,
/// which runs them on `main`, and wherever else `main` runs them.
pub fn may_run_at_once() -> bool {
    AT_ONCE.load(Ordering::SeqCst)
}

/// Whether a test on another thread may follow the one on this. A thread without a name is one that a program started for its test
/// itself; libtest names those of its tests.
fn another_may_follow() -> bool {
    match thread::current().name() {
        Some("main") => false,
        Some(_) => std::env::var_os("NEXTEST").is_none(),
        None => true,
    }
}

/// `None` where another thread has it just now, or had it when this process was forked: to wait for that might be to wait for ever.
fn living() -> Option<MutexGuard<'static, Vec<Living>>> {
    match LIVING.try_lock() {
        Ok(living) => Some(living),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

/// Whether another engine lives that was active on another thread. This one is known from now on.
fn another_lives(engine: &Engine) -> bool {
    let (engine, thread) = (engine.address(), thread::current().id());
    let Some(mut living) = living() else {
        return true;
    };
    if living.iter().all(|known| known.engine != engine) {
        living.push(Living { engine, thread });
    }
    let mut others = living.iter().filter(|known| known.engine != engine);
    others.any(|other| other.thread != thread)
}

/// Hears of every engine of the process. It is called on the thread where it happens, with no lock held.
pub trait Observer: Sync {
    /// The engine became active on this thread, by `activate()` or by a scope; not where it is attached.
    fn activated(&self, engine: &Engine);

    /// The engine has ended: it answers nothing any more.
    fn ended(&self, engine: &Engine);

    /// Whether an initialiser of a `static` runs on this thread: what is made in it belongs to the process, whoever came first.
    fn is_initialising(&self) -> bool {
        false
    }
}

/// Whether an initialiser of a `static` is known to run on this thread, which takes an observer that can tell.
pub fn is_initialising() -> bool {
    OBSERVER
        .get()
        .is_some_and(|observer| observer.is_initialising())
}

/// Sets the process's observer; whether it is this one. There can be one, which stays.
pub fn observe(observer: &'static dyn Observer) -> bool {
    let set = OBSERVER.get_or_init(|| observer);
    std::ptr::addr_eq(*set, observer)
}

pub(crate) fn activated(engine: &Engine) {
    if !may_run_at_once() && (another_may_follow() || another_lives(engine)) {
        AT_ONCE.store(true, Ordering::SeqCst);
    }
    if let Some(observer) = OBSERVER.get() {
        observer.activated(engine);
    }
}

pub(crate) fn ended(engine: &Engine) {
    if !may_run_at_once() {
        let engine = engine.address();
        // One that is not forgotten is taken for a living one, and tests for several at once.
        if let Some(mut living) = living() {
            living.retain(|known| known.engine != engine);
        }
    }
    if let Some(observer) = OBSERVER.get() {
        observer.ended(engine);
    }
}
