//! A client that makes its system calls itself never meets a hook: the kernel has to say when it does.
//!
//! A filter of seccomp traps the calls that hooks stand for where instructions of the executable itself make them, or libc's
//! function `syscall` does. The kernel then sends SIGSYS to the thread in the place of the call, and what answers calls the hook
//! there. What that and libc call is of libc's text, and is not trapped. Rings of io_uring would pass by both: none can be made.
//!
//! `process.rs` seals; `filter.rs` is the filter, `text.rs` says which instructions are trapped, `trap.rs` answers, and
//! `registers.rs` is what of it each processor has in its own way.

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod filter;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod process;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod registers;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod text;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod trap;

use std::sync::OnceLock;

use crate::unavailable::{Unavailable, Unsealed};

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
use process::close;

static SEALED: OnceLock<Result<(), Unsealed>> = OnceLock::new();

/// Whether clients that make their system calls themselves are seen.
pub(super) fn is_sealed() -> bool {
    matches!(SEALED.get(), Some(Ok(())))
}

/// Seals this process, once.
pub(super) fn seal() -> Result<(), Unavailable> {
    let sealed = *SEALED.get_or_init(|| {
        let _bypass = standin_hooks::bypass();
        close()
    });
    sealed.map_err(Unavailable::unsealed)
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn close() -> Result<(), Unsealed> {
    Err(Unsealed::Text)
}
