//! A conversation that was claimed, on its way: an adapter moves bytes between a stream and the protocol that serves it.
//!
//! Core never waits: [`Carried::poll`] says what is to be done next, and the adapter tells what it heard.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;

use crate::clock::Sleep;
use crate::conversation::{Connection, Due, Ending, Pipe, Run, Serve, Sleeper};
use crate::engine::Engine;
use crate::engine::ask::message;
use crate::journal::Settled;
use crate::network::Destination;
use crate::reply::Fault;

/// A connection that a mock has taken. Dropped without having begun, the client has left: the journal says aborted.
#[must_use = "a conversation does nothing until it begins"]
pub struct Accepted {
    pipe: Pipe,
    serve: Serve,
    to: Destination,
    duty: Duty,
}

/// A conversation that has begun.
///
/// The adapter tells what the client says ([`heard`](Self::heard), [`ended`](Self::ended)) and polls for what is to be done.
pub struct Carried {
    pipe: Pipe,
    playing: Option<Run>,
    duty: Duty,
}

/// What an adapter does next for a conversation.
#[derive(Debug)]
#[non_exhaustive]
pub enum Turn {
    /// Says this to the client.
    Write(Bytes),
    /// Shakes hands: the client begins with TLS now. [`Carried::secured`] tells what came of it.
    Secure,
    /// Ends the direction to the client; the client may still speak.
    Shutdown,
    /// Breaks the connection, which is over then.
    Break(Fault),
    /// Closes the connection.
    Over,
}

/// Whoever carries conversations for an engine, and may be behind what clients have said already.
pub trait CatchUp: Send + Sync {
    /// Takes in what has come, without waiting: the engine is about to verify.
    fn catch_up(&self);
}

/// That somebody has to say how the call ended.
struct Duty {
    engine: Engine,
    call: u64,
    is_settled: bool,
}

impl Duty {
    fn settle(&mut self, settled: Settled) {
        if !std::mem::replace(&mut self.is_settled, true) {
            self.engine.settle(self.call, settled, None);
        }
    }

    fn fail(&mut self, settled: Settled, message: &str) {
        self.is_settled = true;
        self.engine.fail(self.call, settled, message);
    }
}

impl Drop for Duty {
    fn drop(&mut self) {
        self.settle(Settled::Aborted);
    }
}

impl Accepted {
    pub(super) fn new(
        engine: &Engine,
        call: u64,
        pipe: Pipe,
        serve: Serve,
        to: Destination,
    ) -> Self {
        let duty = Duty {
            engine: engine.clone(),
            call,
            is_settled: false,
        };
        Self {
            pipe,
            serve,
            to,
            duty,
        }
    }

    /// The engine whose mock it is.
    pub fn engine(&self) -> &Engine {
        &self.duty.engine
    }

    /// Whether the client begins with TLS before anybody has said a word.
    pub fn is_secured(&self) -> bool {
        self.serve.is_secured
    }

    /// Whether it is a script, which runs no code of the test's and whose end verification asks for.
    pub fn is_script(&self) -> bool {
        self.serve.is_script
    }

    /// Begins; `sleep` is how it waits.
    pub fn begin(self, sleep: impl Fn(Duration) -> Sleep + Send + Sync + 'static) -> Carried {
        let Self {
            pipe,
            serve,
            to,
            mut duty,
        } = self;
        let sleep: Sleeper = Arc::new(sleep);
        let conversation = Connection::new(pipe.clone(), to, sleep);
        let begun = catch_unwind(AssertUnwindSafe(|| serve.begin(conversation)));
        let playing = match begun {
            Ok(playing) => Some(playing),
            Err(payload) => {
                duty.fail(Settled::Panicked, &message(payload));
                pipe.end(Ending::Fault(Fault::Reset));
                None
            }
        };
        Carried {
            pipe,
            playing,
            duty,
        }
    }
}

impl Carried {
    /// The client said this.
    pub fn heard(&mut self, bytes: &[u8]) {
        self.pipe.hear(bytes);
    }

    /// Whether nothing more is to be taken in until what was heard is read.
    pub fn is_full(&self) -> bool {
        self.pipe.is_full()
    }

    /// The client says no more.
    pub fn ended(&mut self) {
        self.pipe.hear_out();
    }

    /// Whether both sides have shaken hands.
    pub fn secured(&mut self, is_secured: bool) {
        self.pipe.secured(is_secured);
    }

    /// What is to be done next.
    pub fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Turn> {
        if let Some(playing) = &mut self.playing {
            let polled = catch_unwind(AssertUnwindSafe(|| playing.as_mut().poll(cx)));
            match polled {
                Ok(Poll::Pending) => {}
                Ok(Poll::Ready(Ok(()))) => {
                    self.playing = None;
                    self.settle();
                }
                Ok(Poll::Ready(Err(said))) => {
                    self.playing = None;
                    self.duty.fail(Settled::Failed, &said);
                    self.pipe.end(Ending::Fault(Fault::Reset));
                }
                Err(payload) => {
                    self.playing = None;
                    self.duty.fail(Settled::Panicked, &message(payload));
                    self.pipe.end(Ending::Fault(Fault::Reset));
                }
            }
        }
        if self.pipe.is_played() {
            self.settle();
        }
        match self.pipe.poll_due(cx) {
            Some(Due::Write(bytes)) => Poll::Ready(Turn::Write(bytes)),
            Some(Due::Secure) => Poll::Ready(Turn::Secure),
            Some(Due::End(Ending::Close)) => Poll::Ready(Turn::Shutdown),
            Some(Due::End(Ending::Fault(fault))) => Poll::Ready(Turn::Break(fault)),
            None if self.playing.is_none() => Poll::Ready(Turn::Over),
            None => Poll::Pending,
        }
    }

    fn settle(&mut self) {
        self.duty.settle(match self.pipe.breaks_off() {
            true => Settled::Faulted,
            false => Settled::Answered,
        });
    }
}

impl Drop for Carried {
    /// A script that was not played to its end fails, whoever left.
    fn drop(&mut self) {
        if !self.duty.is_settled
            && !self.duty.engine.has_ended()
            && let Some(broken) = self.pipe.unplayed()
        {
            let said = broken.miss().to_string();
            self.pipe.breaks(broken);
            self.duty.fail(Settled::Failed, &said);
        }
    }
}

impl Engine {
    /// Asks `carrier` before verification to take in what clients have said already; it is forgotten when it is dropped.
    pub fn ask_to_catch_up(&self, carrier: Weak<dyn CatchUp>) {
        let mut state = self.state();
        state.carriers.retain(|carrier| carrier.strong_count() > 0);
        state.carriers.push(carrier);
    }

    /// Never asked inside the lock.
    pub(super) fn catch_up(&self) {
        // Twice: who has begun meanwhile may be behind too.
        for _ in 0..2 {
            let carriers = self.state().carriers.clone();
            let carriers = carriers.iter().filter_map(Weak::upgrade);
            carriers.for_each(|carrier| carrier.catch_up());
        }
    }
}

impl fmt::Debug for Accepted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accepted")
            .field("to", &self.to)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Carried")
            .field("pipe", &self.pipe)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for dyn CatchUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CatchUp")
    }
}
