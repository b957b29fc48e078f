//! One call, as users read it: an immutable snapshot.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::ser::SerializeStruct;

use crate::journal::entries::{Entry, Settled};
use crate::reply::Reply;
use crate::report::{MockLine, RequestDump};
use crate::request::Request;

/// What happened to one request: a snapshot that does not change.
///
/// It reads as the [`Request`] itself: `call.header("accept")`, `call.json::<Order>()`.
#[derive(Clone)]
pub struct Call {
    number: u64,
    at: Duration,
    request: Request,
    dropped_body: usize,
    mock: Option<MockLine>,
    outcome: CallOutcome,
    reply: Option<Arc<Reply>>,
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CallOutcome {
    /// It is still being answered.
    Pending,
    /// A mock answered.
    Answered,
    /// A mock broke the connection.
    Faulted,
    /// It went to the real network.
    PassedThrough,
    /// No mock matched.
    Unmatched,
    /// The client left before the answer was out.
    Aborted,
    /// A closure of the test panicked with this message.
    Panicked(String),
    /// A closure of the test returned this error.
    Failed(String),
}

impl Call {
    pub(crate) fn of(number: u64, entry: &Entry) -> Self {
        let mut request = entry.record.request();
        if let Some(params) = entry.mock.as_ref().and_then(|live| live.captures(&request)) {
            request.set_params(params);
        }
        Self {
            number,
            at: entry.at(),
            request,
            dropped_body: entry.dropped(),
            mock: entry.mock.as_ref().map(|live| live.line()),
            outcome: match entry.settled {
                Settled::Pending => CallOutcome::Pending,
                Settled::Answered => CallOutcome::Answered,
                Settled::Faulted => CallOutcome::Faulted,
                Settled::PassedThrough => CallOutcome::PassedThrough,
                Settled::Unmatched => CallOutcome::Unmatched,
                Settled::Aborted => CallOutcome::Aborted,
                Settled::Panicked => CallOutcome::Panicked(entry.message().to_owned()),
                Settled::Failed => CallOutcome::Failed(entry.message().to_owned()),
            },
            reply: entry.reply.clone(),
        }
    }

    /// Its place among all calls of the engine, counted from 1.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// When it came, since the engine began.
    pub fn at(&self) -> Duration {
        self.at
    }

    /// The request, as the mock's maps made it.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// The mock that answered.
    pub fn mock(&self) -> Option<&MockLine> {
        self.mock.as_ref()
    }

    /// How it ended.
    pub fn outcome(&self) -> &CallOutcome {
        &self.outcome
    }

    /// What was answered.
    pub fn reply(&self) -> Option<&Reply> {
        self.reply.as_deref()
    }

    /// The length of a body that the journal dropped to stay within its bound; 0 when it has all.
    pub fn dropped_body(&self) -> usize {
        self.dropped_body
    }
}

impl Deref for Call {
    type Target = Request;

    fn deref(&self) -> &Request {
        &self.request
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("number", &self.number)
            .field("request", &self.request)
            .field("outcome", &self.outcome)
            .field("mock", &self.mock.as_ref().map(ToString::to_string))
            .finish()
    }
}

impl Serialize for Call {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut call = serializer.serialize_struct("Call", 6)?;
        call.serialize_field("number", &self.number)?;
        call.serialize_field("at_ms", &(self.at.as_micros() as f64 / 1000.0))?;
        call.serialize_field("request", &RequestDump::of(&self.request))?;
        call.serialize_field("mock", &self.mock)?;
        call.serialize_field("outcome", &self.outcome)?;
        call.serialize_field(
            "status",
            &self.reply.as_ref().map(|reply| reply.status().as_u16()),
        )?;
        call.end()
    }
}
