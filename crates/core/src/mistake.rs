//! A declaration that cannot work says how to mend it; with `RUST_BACKTRACE=1`, as CI sets it, frames of runtimes and closures
//! would stand below, dozens of lines in which the mend is lost and which know no more than it: the panic names the user's line.
//!
//! The panic goes through the panic hook as any does, unlike that of a report: whoever counts panics or looks where one was made has
//! set a hook for it, `#[should_panic]` sees its text, and `RUST_BACKTRACE=full` shows all frames.

use std::fmt;

/// Panics at the line of the caller, with `text` and with hardly a frame below it.
#[track_caller]
#[cold]
pub(crate) fn mistaken(text: impl fmt::Display) -> ! {
    __rust_begin_short_backtrace(&text.to_string())
}

/// With this in the name of a function, std leaves out the frames of its callers from a short backtrace, as it does for those before
/// `main`. Should a later std not know the name any more, the frames are there again, and nothing else changes.
#[track_caller]
#[cold]
#[inline(never)]
fn __rust_begin_short_backtrace(text: &str) -> ! {
    panic!("{text}")
}
