//! Interception of a whole process asks on any thread which engine is meant, so it must hear when engines come and go.

use std::sync::OnceLock;

use crate::engine::Engine;

static OBSERVER: OnceLock<&'static dyn Observer> = OnceLock::new();

/// Hears of every engine of the process. It is called on the thread where it happens, with no lock held.
pub trait Observer: Sync {
    /// The engine became active on this thread, by `activate()` or by a scope; not where it is attached.
    fn activated(&self, engine: &Engine);

    /// The engine has ended: it answers nothing any more.
    fn ended(&self, engine: &Engine);
}

/// Sets the process's observer; whether it is this one. There can be one, which stays.
pub fn observe(observer: &'static dyn Observer) -> bool {
    let set = OBSERVER.get_or_init(|| observer);
    std::ptr::addr_eq(*set, observer)
}

pub(crate) fn activated(engine: &Engine) {
    if let Some(observer) = OBSERVER.get() {
        observer.activated(engine);
    }
}

pub(crate) fn ended(engine: &Engine) {
    if let Some(observer) = OBSERVER.get() {
        observer.ended(engine);
    }
}
