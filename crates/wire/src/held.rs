//! A forked child has one thread, and what the others were changing stays as it was in that moment: nobody shall be changing anything.

use std::fmt;
use std::sync::MutexGuard;

use crate::time::{self, Waiting};

/// What all connections of a process share, which nobody else changes while this lives.
pub struct Held {
    _waiting: MutexGuard<'static, Waiting>,
    #[cfg(feature = "tls")]
    _leaves: MutexGuard<'static, crate::tls::Leaves>,
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held").finish_non_exhaustive()
    }
}

/// Holds what all connections of a process share, for who copies the process (`fork`): no thread may be started, and none of it asked for,
/// by who has it.
pub fn hold() -> Held {
    Held {
        _waiting: time::waiting(),
        #[cfg(feature = "tls")]
        _leaves: crate::tls::leaves(),
    }
}
