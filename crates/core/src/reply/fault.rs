//! What goes wrong on purpose: faults as values.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use crate::reply::{Answer, IntoAnswer, Reply};

/// A connection fault. Where the client reports an [`io::Error`], it is of [the kind named here](Self::kind).
///
/// In process there is no connection to break: the adapter returns a typed error whose source is that `io::Error`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The peer resets the connection: [`io::ErrorKind::ConnectionReset`].
    Reset,
    /// Nothing listens: [`io::ErrorKind::ConnectionRefused`].
    Refused,
    /// The peer closes without an answer: [`io::ErrorKind::UnexpectedEof`].
    Closed,
    /// The connection breaks while the request is written: [`io::ErrorKind::BrokenPipe`].
    BrokenPipe,
    /// Connecting takes too long: [`io::ErrorKind::TimedOut`].
    TimedOut,
    /// There is no way to the host: [`io::ErrorKind::HostUnreachable`].
    Unreachable,
    /// No answer ever comes.
    Hang,
    /// Any other error, with the words of the user: [`io::ErrorKind::Other`]. [`Fault::other`] makes it.
    Other(Arc<str>),
}

impl Fault {
    /// An error with these words, as pook's `error(..)`.
    pub fn other(message: impl Into<Arc<str>>) -> Self {
        Self::Other(message.into())
    }

    /// This fault with the probability `p` (0 to 1), drawn from the engine's seed; [`or`](Chance::or) says what happens else.
    pub fn chance(self, p: f64) -> Chance {
        Chance { fault: self, p }
    }

    /// This fault after a wait.
    pub fn delay(self, delay: Duration) -> Reply {
        Reply::fault(self).delay(delay)
    }

    /// The kind of the `io::Error` that stands for it; `None` for [`Hang`](Self::Hang).
    pub fn kind(&self) -> Option<io::ErrorKind> {
        Some(match self {
            Self::Reset => io::ErrorKind::ConnectionReset,
            Self::Refused => io::ErrorKind::ConnectionRefused,
            Self::Closed => io::ErrorKind::UnexpectedEof,
            Self::BrokenPipe => io::ErrorKind::BrokenPipe,
            Self::TimedOut => io::ErrorKind::TimedOut,
            Self::Unreachable => io::ErrorKind::HostUnreachable,
            Self::Other(_) => io::ErrorKind::Other,
            Self::Hang => return None,
        })
    }

    /// The `io::Error` that the client gets; `None` for [`Hang`](Self::Hang).
    pub fn to_io_error(&self) -> Option<io::Error> {
        let kind = self.kind()?;
        Some(match self {
            Self::Other(message) => io::Error::other(message.to_string()),
            _ => io::Error::new(kind, format!("{kind} (a fault declared in the test)")),
        })
    }
}

/// A fault that happens with some probability; say what happens else with [`or`](Self::or).
#[derive(Debug, Clone)]
#[must_use = "a chance needs its other side: `.chance(0.1).or(200)`"]
pub struct Chance {
    fault: Fault,
    p: f64,
}

impl Chance {
    /// What is replied when the fault does not happen.
    #[track_caller]
    pub fn or(self, otherwise: impl IntoAnswer) -> Answer {
        Answer::chance(self.fault, self.p, otherwise.into_answer())
    }
}
