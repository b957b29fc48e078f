//! A client that blocks its thread may block the very runtime by whose time a reply would wait.

use std::cell::Cell;

thread_local! {
    static BLOCKED: Cell<bool> = const { Cell::new(false) };
}

/// Runs a poll of standin's futures in a thread that blocks until they are ready: what waits in it waits by the machine's time,
/// even where there is a tokio runtime, because that may not go on before this thread does.
pub fn blocked<T>(poll: impl FnOnce() -> T) -> T {
    let _restored = Restore(BLOCKED.replace(true));
    poll()
}

/// Whether the caller is in [`blocked`].
#[cfg(any(feature = "tokio", test))]
pub(super) fn is_blocked() -> bool {
    BLOCKED.get()
}

struct Restore(bool);

impl Drop for Restore {
    fn drop(&mut self) {
        BLOCKED.set(self.0);
    }
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use super::*;

    #[test]
    fn it_lasts_as_long_as_the_poll_whichever_way_that_ends() {
        blocked(|| {
            assert!(blocked(is_blocked));
            assert!(is_blocked());
        });
        let _panicked = catch_unwind(|| blocked(|| panic!("in the poll")));
        assert!(!is_blocked());
    }
}
