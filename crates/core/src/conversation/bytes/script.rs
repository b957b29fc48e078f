//! What shall be heard and said, line by line: the conversation that a test expects.

use std::fmt;
use std::panic::Location;
use std::time::Duration;

use bytes::Bytes;

use super::broken::described;
use crate::declare::DeclareError;
use crate::matching::{IntoPattern, Pattern};
use crate::reply::{Fault, Gate};

/// A conversation as it is expected, step by step.
///
/// Other bytes than expected fail the test, with expected against received and the line of the step; so does a script that is
/// not played to its end, and whatever the client says after it, unless [`ignore_rest`](Self::ignore_rest) is the last step.
/// Where the script does not close, the client does.
#[derive(Clone)]
#[must_use = "a script is played where it is served: `mock::tcp(..).serve(script()..)`"]
pub struct ByteScript {
    pub(super) steps: Vec<Step>,
    pub(super) error: Option<DeclareError>,
}

#[derive(Clone)]
pub(super) struct Step {
    pub(super) act: Act,
    pub(super) at: &'static Location<'static>,
}

#[derive(Clone)]
pub(super) enum Act {
    These(Bytes),
    Line(Pattern),
    Until(Bytes, Pattern),
    Skip(usize),
    Send(Bytes),
    Wait(Duration),
    Hold(Gate),
    StartTls,
    ExpectClose,
    IgnoreRest,
    Close,
    Fault(Fault),
}

/// The beginning of a script.
///
/// ```
/// # use standin_core::prelude::*;
/// # let net = standin_core::activate();
/// mock::tcp("redis.example.com:6379")
///     .optional()
///     .serve(script().expect("PING\r\n").send("+PONG\r\n").close());
/// ```
pub fn script() -> ByteScript {
    ByteScript {
        steps: Vec::new(),
        error: None,
    }
}

impl ByteScript {
    #[track_caller]
    fn then(mut self, act: Act) -> Self {
        if let Some(last) = self.steps.last()
            && matches!(last.act, Act::Close | Act::Fault(_) | Act::IgnoreRest)
        {
            let last = last.name();
            return self.refuse(format!(
                "`{last}` ends the script, and something follows it"
            ));
        }
        self.steps.push(Step {
            act,
            at: Location::caller(),
        });
        self
    }

    #[track_caller]
    fn refuse(mut self, why: impl Into<String>) -> Self {
        self.error.get_or_insert(DeclareError::new(why.into()));
        self
    }

    /// Hears exactly these bytes.
    #[track_caller]
    pub fn expect(self, bytes: impl AsRef<[u8]>) -> Self {
        match bytes.as_ref() {
            [] => self.refuse(
                "nothing at all is always heard: `.expect_close()` waits for the client's end",
            ),
            bytes => self.then(Act::These(Bytes::copy_from_slice(bytes))),
        }
    }

    /// Hears a line, whose text without its end (`\n` or `\r\n`) fits: `.expect_line(re("^EHLO "))`.
    #[track_caller]
    pub fn expect_line<M>(self, pattern: impl IntoPattern<M>) -> Self {
        let pattern = pattern.into_pattern();
        self.patterned(pattern, Act::Line)
    }

    /// Hears all up to `end`, and `end`; what stands before it fits.
    #[track_caller]
    pub fn expect_until<M>(self, end: impl AsRef<[u8]>, pattern: impl IntoPattern<M>) -> Self {
        let end = Bytes::copy_from_slice(end.as_ref());
        if end.is_empty() {
            return self.refuse("something has to end here, and it is empty");
        }
        let pattern = pattern.into_pattern();
        self.patterned(pattern, |pattern| Act::Until(end, pattern))
    }

    #[track_caller]
    fn patterned(mut self, pattern: Pattern, act: impl FnOnce(Pattern) -> Act) -> Self {
        match pattern.error() {
            Some(error) => {
                self.error.get_or_insert(error.clone());
                self
            }
            None => self.then(act(pattern)),
        }
    }

    /// Hears so many bytes, whichever they are.
    #[track_caller]
    pub fn skip(self, bytes: usize) -> Self {
        self.then(Act::Skip(bytes))
    }

    /// Says this.
    #[track_caller]
    pub fn send(self, bytes: impl AsRef<[u8]>) -> Self {
        self.then(Act::Send(Bytes::copy_from_slice(bytes.as_ref())))
    }

    /// Waits so long by the client's time, paused time included.
    #[track_caller]
    pub fn delay(self, duration: Duration) -> Self {
        self.then(Act::Wait(duration))
    }

    /// Waits until the test opens the gate.
    #[track_caller]
    pub fn hold(self, gate: &Gate) -> Self {
        self.then(Act::Hold(gate.clone()))
    }

    /// Shakes hands: the client begins with TLS now, and what follows is the plain text inside.
    #[track_caller]
    pub fn start_tls(self) -> Self {
        self.then(Act::StartTls)
    }

    /// Hears that the client says no more.
    #[track_caller]
    pub fn expect_close(self) -> Self {
        self.then(Act::ExpectClose)
    }

    /// Whatever the client says from here on is heard and not looked at.
    #[track_caller]
    pub fn ignore_rest(self) -> Self {
        self.then(Act::IgnoreRest)
    }

    /// Closes the connection, after all that was said.
    #[track_caller]
    pub fn close(self) -> Self {
        self.then(Act::Close)
    }

    /// Breaks the connection: `Fault::Reset` resets it, `Fault::Hang` says nothing for ever, any other closes it.
    #[track_caller]
    pub fn fault(self, fault: Fault) -> Self {
        self.then(Act::Fault(fault))
    }
}

impl Step {
    /// What it is called in a test.
    pub(super) fn name(&self) -> &'static str {
        match &self.act {
            Act::These(_) => ".expect(..)",
            Act::Line(_) => ".expect_line(..)",
            Act::Until(..) => ".expect_until(..)",
            Act::Skip(_) => ".skip(..)",
            Act::Send(_) => ".send(..)",
            Act::Wait(_) => ".delay(..)",
            Act::Hold(_) => ".hold(..)",
            Act::StartTls => ".start_tls()",
            Act::ExpectClose => ".expect_close()",
            Act::IgnoreRest => ".ignore_rest()",
            Act::Close => ".close()",
            Act::Fault(_) => ".fault(..)",
        }
    }
}

/// As it is written in a test.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.act {
            Act::These(bytes) => write!(f, ".expect({})", described(bytes)),
            Act::Line(pattern) => write!(f, ".expect_line({pattern})"),
            Act::Until(end, pattern) => {
                write!(f, ".expect_until({}, {pattern})", described(end))
            }
            Act::Skip(count) => write!(f, ".skip({count})"),
            Act::Send(bytes) => write!(f, ".send({})", described(bytes)),
            Act::Wait(duration) => write!(f, ".delay({duration:?})"),
            Act::Hold(_) => f.write_str(".hold(..)"),
            Act::StartTls => f.write_str(".start_tls()"),
            Act::ExpectClose => f.write_str(".expect_close()"),
            Act::IgnoreRest => f.write_str(".ignore_rest()"),
            Act::Close => f.write_str(".close()"),
            Act::Fault(fault) => write!(f, ".fault({fault})"),
        }
    }
}

impl fmt::Debug for ByteScript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("script()")?;
        self.steps.iter().try_for_each(|step| write!(f, "{step}"))
    }
}
