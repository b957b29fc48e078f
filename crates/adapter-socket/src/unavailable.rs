//! Whose connections are not intercepted must hear it, and what to use in its place.

use std::fmt;

/// Why connections of this process are not intercepted, or not all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unavailable(Why);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    hooked,
    expect(dead_code, reason = "the reason of the other platforms")
)]
#[cfg_attr(
    not(hooked),
    expect(dead_code, reason = "the reasons of the platform that has hooks")
)]
enum Why {
    Platform,
    SwitchedOff,
    Misspelt,
    Shadowed(&'static str),
    Observed,
    #[cfg(hooked)]
    Unsealed(Unsealed),
}

/// Why system calls that pass by libc are not intercepted.
#[cfg(hooked)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unsealed {
    /// The processor is none that is known, or the text of the executable cannot be told.
    Text,
    /// This descriptor is a ring of io_uring.
    Ring(i32),
    /// No signal can be answered: the code of the error.
    Handler(i32),
    /// The kernel takes no filter: the code of the error.
    Filter(i32),
    /// This thread has a filter of its own.
    Thread(i32),
    /// The kernel took the filter, and traps nothing.
    Unheard,
}

impl Unavailable {
    #[cfg(not(hooked))]
    pub(crate) const PLATFORM: Self = Self(Why::Platform);
    #[cfg(hooked)]
    pub(crate) const SWITCHED_OFF: Self = Self(Why::SwitchedOff);
    #[cfg(hooked)]
    pub(crate) const OBSERVED: Self = Self(Why::Observed);
    #[cfg(hooked)]
    pub(crate) const MISSPELT: Self = Self(Why::Misspelt);

    #[cfg(hooked)]
    pub(crate) fn shadowed(function: &'static str) -> Self {
        Self(Why::Shadowed(function))
    }

    #[cfg(hooked)]
    pub(crate) fn unsealed(why: Unsealed) -> Self {
        Self(Why::Unsealed(why))
    }
}

const INSTEAD: &str = "give the client an adapter (`standin::reqwest`, `standin::hyper`, `standin::tower`, `standin::ureq`) or a base URL \
                       (`standin::listen()`)";

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Why::Platform => write!(
                f,
                "connections are intercepted on Linux with glibc only, in an executable that is linked dynamically: {INSTEAD}"
            ),
            Why::SwitchedOff => write!(
                f,
                "connections are not intercepted, because STANDIN_INTERCEPT=off is set: {INSTEAD}"
            ),
            Why::Misspelt => write!(
                f,
                "connections are not intercepted, because STANDIN_INTERCEPT is neither `on` nor `sealed` nor `off`"
            ),
            Why::Shadowed(function) => write!(
                f,
                "connections of shared libraries (libcurl, libpq) are not intercepted, and go where they want, because these do not \
                 call standin's `{function}`: the executable was linked with `--exclude-libs`. Link tests without it, or give these \
                 libraries a base URL (`standin::listen()`); clients in Rust are intercepted all the same"
            ),
            Why::Observed => write!(
                f,
                "connections are not intercepted, because something else observes the engines of this process: {INSTEAD}"
            ),
            #[cfg(hooked)]
            Why::Unsealed(why) => {
                write!(
                    f,
                    "system calls that pass by libc are not intercepted, because "
                )?;
                why.fmt(f)
            }
        }
    }
}

#[cfg(hooked)]
impl fmt::Display for Unsealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error = std::io::Error::from_raw_os_error;
        match *self {
            Self::Text => write!(
                f,
                "where the executable's instructions are cannot be told here: the seal is for x86_64 and aarch64"
            ),
            Self::Ring(descriptor) => write!(
                f,
                "descriptor {descriptor} is a ring of io_uring already: seal before what made it begins, first thing in `main` or in the \
                 first test"
            ),
            Self::Handler(errno) => write!(f, "SIGSYS cannot be answered: {}", error(errno)),
            Self::Filter(errno) => write!(
                f,
                "the kernel takes no filter of seccomp: {}; the container has to permit `seccomp` and `prctl` (Docker's own profile \
                 does), and the kernel has to have CONFIG_SECCOMP_FILTER",
                error(errno)
            ),
            Self::Thread(thread) => write!(
                f,
                "thread {thread} has a filter of seccomp of its own: seal before it is set, or whoever sets it has to set it for \
                 all threads (SECCOMP_FILTER_FLAG_TSYNC)"
            ),
            Self::Unheard => write!(
                f,
                "the kernel took the filter of seccomp and traps nothing: an emulator of system calls (gVisor, QEMU, valgrind) stands in \
                 its place, or something else took SIGSYS over"
            ),
        }
    }
}

impl std::error::Error for Unavailable {}
