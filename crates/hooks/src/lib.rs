//! An executable that defines `connect` wins over libc for its whole process; a library that shall answer it needs that one
//! symbol, once, and nothing else.
//!
//! This crate defines the symbols. Each goes on to the next definition (`RTLD_NEXT`: libc's, or that of a preloaded library)
//! until a [`Table`] is installed, and whenever its entry of the table says [`None`]. What a table's function calls itself is not
//! answered again, and one that panics passes through.
//!
//! It is small and rarely released, because a process can hold one version of it only. Users want the crate `standin`.
//!
//! # Where
//!
//! On Linux with glibc, linked dynamically. Elsewhere ([`SUPPORTED`] is false) nothing is defined and there is nothing to install.
//!
//! # What must be known of it
//!
//! - Without a table a hook is one atomic load and a call. It takes no lock, allocates nothing, and keeps `errno`.
//! - With a table, a hook runs Rust code on the caller's stack, which may take locks and allocate: `connect`, which POSIX lets
//!   a signal handler call, may then deadlock when the handler interrupted the allocator.
//! - Calls that libc makes inside itself are not seen.

#[cfg(hooked)]
mod guard;
#[cfg(hooked)]
mod symbols;
#[cfg(hooked)]
mod table;
#[cfg(hooked)]
mod thread;

#[cfg(hooked)]
pub use guard::{Bypass, bypass};
#[cfg(hooked)]
pub use symbols::{check, real};
#[cfg(hooked)]
pub use table::{Table, install};
#[cfg(hooked)]
pub use thread::{Heritage, Threads, install_threads};

/// Whether the symbols are defined here: on Linux with glibc, not in a static executable, not under miri.
pub const SUPPORTED: bool = cfg!(hooked);
