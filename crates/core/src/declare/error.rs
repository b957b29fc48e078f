//! A declaration that cannot work: what is wrong, where it was written, how to mend it.

use std::fmt;
use std::panic::Location;

/// Why a declaration, a pattern or a reply cannot work.
///
/// Builders and patterns hold the first one they meet, together with its place, so that a chain reads without `?`; the
/// terminal panics with it at the user's line, and its `try_` twin returns it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclareError {
    message: String,
    at: &'static Location<'static>,
}

impl fmt::Display for DeclareError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for DeclareError {}

impl DeclareError {
    #[track_caller]
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            at: Location::caller(),
        }
    }

    pub(crate) fn at(message: impl Into<String>, at: &'static Location<'static>) -> Self {
        Self {
            message: message.into(),
            at,
        }
    }

    /// Where the mistake was written.
    pub fn location(&self) -> &'static Location<'static> {
        self.at
    }
}
