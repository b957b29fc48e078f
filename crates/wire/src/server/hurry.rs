//! A stream says that there is something to read when its runtime has had a look. Who cannot wait for that asks the system itself.

use std::cell::Cell;

thread_local! {
    static HURRIED: Cell<bool> = const { Cell::new(false) };
}

/// Runs a poll in which streams that say there is nothing ask the system whether that is so.
pub(super) fn hurried<T>(poll: impl FnOnce() -> T) -> T {
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            HURRIED.set(self.0);
        }
    }
    let _restored = Restore(HURRIED.replace(true));
    poll()
}

/// Whether the caller is in [`hurried`].
#[cfg(feature = "listen")]
pub(super) fn is_hurried() -> bool {
    HURRIED.get()
}
