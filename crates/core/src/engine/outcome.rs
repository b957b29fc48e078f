//! What an engine decided about a request, for whoever brought it to carry out.

use std::fmt;
use std::sync::Arc;

use crate::conversation::Conversing;
use crate::engine::Engine;
use crate::engine::unmatched::Unmatched;
use crate::journal::Settled;
use crate::registry::Live;
use crate::reply::Reply;
use crate::request::Request;

/// The engine's decision. Whoever brought the request carries it out.
#[derive(Debug)]
#[must_use = "a decision does nothing until it is carried out"]
#[non_exhaustive]
pub enum Outcome {
    /// A mock answers.
    Reply(Answered),
    /// The request goes to the real network.
    PassThrough(Passed),
    /// No mock matches.
    Unmatched(Unmatched),
    /// A mock talks with the client, on the connection that the request came over.
    Converse(Conversing),
    /// A closure of the test panicked or returned an error.
    Failed(Failed),
    /// A tunnel is opened, because some mock could have what comes through it; asked for by
    /// [`Exchange::tunnelling`](crate::Exchange::tunnelling), and not in the journal, as a connection is not.
    Tunnel,
    /// The engine has ended.
    Ended,
}

/// A mock's answer, and the ticket by which its end is told.
#[derive(Debug)]
#[non_exhaustive]
pub struct Answered {
    /// What to carry out.
    pub reply: Arc<Reply>,
    /// To be settled when that is done.
    pub ticket: Ticket,
}

/// A request that is let through, and the ticket by which its end is told.
#[derive(Debug)]
#[non_exhaustive]
pub struct Passed {
    /// The request as it came.
    pub request: Box<Request>,
    /// To be settled when the real answer is there.
    pub ticket: Ticket,
}

/// The duty to tell how an exchange ended. Dropped unsettled, the client has left: the journal says aborted.
#[derive(Debug)]
pub struct Ticket(Option<Open>);

/// A call that is not settled yet.
#[derive(Debug)]
struct Open {
    engine: Engine,
    call: u64,
    reply: Option<Arc<Reply>>,
}

impl Ticket {
    pub(crate) fn new(engine: Engine, call: u64, reply: Option<Arc<Reply>>) -> Self {
        Self(Some(Open {
            engine,
            call,
            reply,
        }))
    }

    /// Of a reply that was settled with the claim.
    pub(crate) fn settled() -> Self {
        Self(None)
    }

    /// Somebody else settles the call.
    pub(crate) fn hand_over(mut self) {
        self.0 = None;
    }

    /// The reply was carried out, its fault included.
    pub fn settle(mut self) {
        if let Some(open) = self.0.take() {
            let settled = match &open.reply {
                Some(reply) if reply.as_fault().or(reply.breaks().map(|it| it.1)).is_some() => {
                    Settled::Faulted
                }
                Some(_) => Settled::Answered,
                None => Settled::PassedThrough,
            };
            open.engine.settle(open.call, settled, open.reply);
        }
    }
}

impl Ticket {
    /// The reply ended with a fault that it did not declare: one of its live body's.
    pub fn fault(mut self) {
        if let Some(open) = self.0.take() {
            open.engine.settle(open.call, Settled::Faulted, open.reply);
        }
    }

    /// The reply cannot be carried out here, for this reason: the journal says so, and verification fails with it.
    pub fn refuse(self, why: &str) -> Failed {
        let mock = self.fail(Settled::Failed, why);
        Failed::new("the reply", mock, "failed", why.to_owned())
    }

    /// A closure that talked with the client panicked.
    pub(crate) fn panicked(self, message: String) -> Failed {
        let mock = self.fail(Settled::Panicked, &message);
        Failed::new("a closure", mock, "panicked", message)
    }

    /// How reports speak of the mock.
    fn fail(mut self, settled: Settled, why: &str) -> String {
        let mock = match self.0.take() {
            Some(open) => {
                open.engine.fail(open.call, settled, why);
                let state = open.engine.state();
                let entry = state.journal.get(open.call);
                entry.and_then(|entry| entry.mock.clone())
            }
            None => None,
        };
        mock.map_or_else(|| "a mock".to_owned(), |live| live.line().to_string())
    }

    /// The engine and the call, as long as that is not settled.
    #[cfg(feature = "websocket")]
    pub(crate) fn call(&self) -> Option<(&Engine, u64)> {
        self.0.as_ref().map(|open| (&open.engine, open.call))
    }

    /// The engine, as long as the call is not settled.
    pub(crate) fn engine(&self) -> Option<&Engine> {
        self.0.as_ref().map(|open| &open.engine)
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if let Some(open) = self.0.take() {
            open.engine.settle(open.call, Settled::Aborted, open.reply);
        }
    }
}

/// The error of a client whose request met a closure that panicked or returned an error. Verification fails with it too.
#[derive(Debug, Clone)]
pub struct Failed(Box<Failure>);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Failure {
            what,
            mock,
            verb,
            message,
        } = &*self.0;
        write!(f, "{what} of {mock} {verb}: {message}")
    }
}

impl std::error::Error for Failed {}

#[derive(Debug, Clone)]
struct Failure {
    what: &'static str,
    mock: String,
    verb: &'static str,
    message: String,
}

impl Failed {
    pub(crate) fn new(
        what: &'static str,
        mock: String,
        verb: &'static str,
        message: String,
    ) -> Self {
        Self(Box::new(Failure {
            what,
            mock,
            verb,
            message,
        }))
    }

    pub(crate) fn panicked(live: &Live, message: String) -> Self {
        Self::new("a closure", live.line().to_string(), "panicked", message)
    }

    /// What the closure said.
    pub fn message(&self) -> &str {
        &self.0.message
    }
}
