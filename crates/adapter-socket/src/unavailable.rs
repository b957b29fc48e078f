//! Whose connections are not intercepted must hear it, and what to use in its place.

use std::fmt;

/// Why connections of this process are not intercepted.
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
    Shadowed(&'static str),
    Observed,
}

impl Unavailable {
    #[cfg(not(hooked))]
    pub(crate) const PLATFORM: Self = Self(Why::Platform);
    #[cfg(hooked)]
    pub(crate) const SWITCHED_OFF: Self = Self(Why::SwitchedOff);
    #[cfg(hooked)]
    pub(crate) const OBSERVED: Self = Self(Why::Observed);

    #[cfg(hooked)]
    pub(crate) fn shadowed(function: &'static str) -> Self {
        Self(Why::Shadowed(function))
    }
}

const INSTEAD: &str = "give the client an adapter (`standin::reqwest`, `standin::hyper`, `standin::tower`) or a base URL \
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
            Why::Shadowed(function) => write!(
                f,
                "connections are not intercepted, because the process does not call standin's `{function}`: the executable was \
                 linked with `--exclude-libs`, or a library is preloaded that defines it; {INSTEAD}"
            ),
            Why::Observed => write!(
                f,
                "connections are not intercepted, because something else observes the engines of this process: {INSTEAD}"
            ),
        }
    }
}

impl std::error::Error for Unavailable {}
