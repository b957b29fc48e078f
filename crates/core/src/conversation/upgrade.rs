//! HTTP/1.1 can turn a connection into one of another protocol, and what is spoken there is the test's own affair.

use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::header::{CONNECTION, UPGRADE};

use crate::conversation::conversing::Conversation;
use crate::conversation::end::{IntoEnd, Run};
use crate::conversation::stream::ByteStream;
use crate::engine::{Ended, Ticket, panic_message};
use crate::matching::Condition;
use crate::matching::condition::Ask;
use crate::matching::pattern::{Kind, Pattern};
use crate::reply::plan::{Plan, Step};
use crate::reply::{HeaderText, Reply, reply};

type Stream = Pin<Box<dyn ByteStream>>;

/// An answer of 101 and what is said after it over the bytes of the connection: a reply to a request that asks for this protocol.
///
/// A mock with this reply answers only requests whose `upgrade` header has the protocol among its own.
#[derive(Clone)]
#[must_use = "it does nothing until it is given to a mock: `.reply(..)`"]
pub struct Upgrade {
    protocol: Arc<str>,
    head: Reply,
    talk: Arc<dyn Fn(Stream) -> Run + Send + Sync>,
}

impl Upgrade {
    /// To this protocol, which `talk` then speaks; it is called anew for each use.
    #[track_caller]
    pub fn new<F, Fut>(protocol: &str, talk: F) -> Self
    where
        F: Fn(Pin<Box<dyn ByteStream>>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoEnd> + Send + 'static,
    {
        Self {
            protocol: protocol.into(),
            head: reply(101)
                .header(CONNECTION.as_str(), "upgrade")
                .header(UPGRADE.as_str(), protocol),
            talk: Arc::new(move |stream| {
                let talking = talk(stream);
                Box::pin(async move { talking.await.into_end() })
            }),
        }
    }

    /// Appends a header to the answer.
    #[track_caller]
    pub fn header(mut self, name: impl AsRef<str>, value: impl HeaderText) -> Self {
        self.head = self.head.header(name, value);
        self
    }

    /// Talks on this stream, until the closure is done.
    pub fn talk(&self, stream: Pin<Box<dyn ByteStream>>, ticket: Ticket) -> Talking {
        let ended = ticket.engine().map(|engine| engine.ended());
        match catch_unwind(AssertUnwindSafe(|| (self.talk)(stream))) {
            Ok(run) => Talking {
                run: Some(run),
                ended,
                ticket: Some(ticket),
            },
            Err(payload) => {
                let _ = ticket.panicked(panic_message(payload));
                Talking {
                    run: None,
                    ended: None,
                    ticket: None,
                }
            }
        }
    }

    pub(crate) fn condition(&self) -> Condition {
        asks_for(&self.protocol)
    }

    pub(crate) fn into_plan(self) -> Plan {
        let head = Arc::new(self.head.clone());
        Plan::one(match head.finish() {
            Ok(head) => Step::Converse(Conversation::Upgrade(Arc::new(self)), head),
            Err(error) => Step::Invalid(error),
        })
    }
}

/// Requests that ask for an upgrade to this protocol.
pub(crate) fn asks_for(protocol: &str) -> Condition {
    Condition(Ask::Header(
        UPGRADE,
        Pattern(Kind::Token(protocol.to_owned())),
    ))
}

impl fmt::Debug for Upgrade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an upgrade to {}", self.protocol)
    }
}

/// A conversation under way. It ends with its closure, or with its engine; dropped before, the client has left.
#[must_use = "a future does nothing unless it is awaited"]
pub struct Talking {
    run: Option<Run>,
    ended: Option<Ended>,
    ticket: Option<Ticket>,
}

impl Future for Talking {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Self { run, ended, ticket } = &mut *self;
        let Some(running) = run else {
            return Poll::Ready(());
        };
        let has_ended = ended
            .as_mut()
            .is_some_and(|ended| Pin::new(ended).poll(cx).is_ready());
        let polled = match has_ended {
            true => None,
            false => match catch_unwind(AssertUnwindSafe(|| running.as_mut().poll(cx))) {
                Ok(Poll::Pending) => return Poll::Pending,
                Ok(Poll::Ready(end)) => Some(Ok(end)),
                Err(payload) => Some(Err(panic_message(payload))),
            },
        };
        match (ticket.take(), polled) {
            (Some(ticket), Some(Ok(Ok(())))) => ticket.settle(),
            (Some(ticket), Some(Ok(Err(error)))) => drop(ticket.refuse(&error)),
            (Some(ticket), Some(Err(message))) => drop(ticket.panicked(message)),
            (ticket, _) => drop(ticket),
        }
        *run = None;
        Poll::Ready(())
    }
}

impl fmt::Debug for Talking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Talking")
    }
}
