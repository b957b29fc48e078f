//! Code inside a hook calls libc too, and must reach libc.

use std::cell::Cell;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    /// Neither lazily made nor dropped: usable on any thread at any time.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// While it lives, hooks of this thread pass through.
#[derive(Debug)]
#[must_use = "hooks pass through as long as it lives"]
pub struct Bypass {
    was: bool,
    _of_this_thread: PhantomData<*const ()>,
}

/// Makes the hooks of this thread pass through until the guard drops.
pub fn bypass() -> Bypass {
    Bypass {
        was: INSIDE
            .try_with(|inside| inside.replace(true))
            .unwrap_or(true),
        _of_this_thread: PhantomData,
    }
}

impl Drop for Bypass {
    fn drop(&mut self) {
        let _ = INSIDE.try_with(|inside| inside.set(self.was));
    }
}

/// Asks a function of a table: `None` when it says so, when it panics, and inside a hook. Only an answer changes `errno`.
pub(crate) fn ask<T>(function: impl FnOnce() -> Option<T>) -> Option<T> {
    if INSIDE.try_with(Cell::get).unwrap_or(true) {
        return None;
    }
    let errno = errno();
    let _bypass = bypass();
    let answer = catch_unwind(AssertUnwindSafe(function)).unwrap_or(None);
    if answer.is_none() {
        set_errno(errno);
    }
    answer
}

fn errno() -> libc::c_int {
    // SAFETY: it points to this thread's own `errno`, which always exists.
    unsafe { *libc::__errno_location() }
}

pub(crate) fn set_errno(errno: libc::c_int) {
    // SAFETY: it points to this thread's own `errno`, which always exists.
    unsafe { *libc::__errno_location() = errno }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inside_a_hook_nobody_is_asked() {
        let asked = ask(|| ask(|| Some(1)).or(Some(2)));
        assert_eq!(asked, Some(2));
        assert_eq!(ask(|| Some(1)), Some(1));
        let _bypass = bypass();
        assert_eq!(ask(|| Some(1)), None);
    }

    #[test]
    fn a_panic_passes_through_and_keeps_errno() {
        set_errno(7);
        let asked: Option<()> = ask(|| {
            set_errno(8);
            std::panic::resume_unwind(Box::new("a hook's own mistake"))
        });
        assert_eq!((asked, errno()), (None, 7));
        let answered = ask(|| {
            set_errno(8);
            Some(1)
        });
        assert_eq!(answered, Some(1));
        assert_eq!(errno(), 8);
    }
}
