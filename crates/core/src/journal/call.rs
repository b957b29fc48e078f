//! One call, as users read it: an immutable snapshot.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use serde_core::ser::SerializeStruct;
use serde_core::{Serialize, Serializer};

use crate::conversation::{Frame, Pipe, Said, Talked};
use crate::journal::digest::Digest;
use crate::journal::entry::{Entry, Settled};
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
    body_len: usize,
    body_digest: Option<Digest>,
    mock: Option<MockLine>,
    outcome: CallOutcome,
    reply: Option<Arc<Reply>>,
    frames: Arc<[Frame]>,
    dropped_frames: usize,
    conversation: Vec<Said>,
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallOutcome {
    /// It is still being answered, or its body is still to come.
    Pending,
    /// A mock answered.
    Answered,
    /// A mock broke the connection.
    Faulted,
    /// It went to the real network.
    PassedThrough,
    /// No mock matched.
    Unmatched,
    /// What came was no request, and this is wrong with it; the call has what could be made of it, and its first bytes as the
    /// body. It is in the journal when the client has its 400; over HTTP/2, and behind another request that came with it, perhaps a
    /// moment later.
    Malformed(String),
    /// The client left before the answer was out, or before its request was whole.
    Aborted,
    /// A closure of the test panicked with this message.
    Panicked(String),
    /// A closure of the test returned this error.
    Failed(String),
}

impl Serialize for CallOutcome {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Pending => to.serialize_unit_variant("CallOutcome", 0, "pending"),
            Self::Answered => to.serialize_unit_variant("CallOutcome", 1, "answered"),
            Self::Faulted => to.serialize_unit_variant("CallOutcome", 2, "faulted"),
            Self::PassedThrough => to.serialize_unit_variant("CallOutcome", 3, "passed_through"),
            Self::Unmatched => to.serialize_unit_variant("CallOutcome", 4, "unmatched"),
            Self::Malformed(message) => {
                to.serialize_newtype_variant("CallOutcome", 5, "malformed", message)
            }
            Self::Aborted => to.serialize_unit_variant("CallOutcome", 6, "aborted"),
            Self::Panicked(message) => {
                to.serialize_newtype_variant("CallOutcome", 7, "panicked", message)
            }
            Self::Failed(message) => {
                to.serialize_newtype_variant("CallOutcome", 8, "failed", message)
            }
        }
    }
}

impl Call {
    pub(crate) fn of(number: u64, entry: &Entry) -> Self {
        let mut request = entry.record.request();
        if let Some(params) = entry.mock.as_ref().and_then(|live| live.captures(&request)) {
            request.set_params(params);
        }
        let (conversation, heard) = entry.pipe().map(Pipe::turns).unwrap_or_default();
        let heard_of = conversation.iter().filter_map(|said| match said {
            Said::Client(bytes) => Some(&bytes[..]),
            Said::Mock(_) => None,
        });
        let heard_of = heard_of.collect::<Vec<_>>().concat();
        if heard > 0 {
            request.set_body(heard_of);
        }
        let cut = entry.record.cut();
        Self {
            number,
            at: entry.at(),
            conversation,
            body_len: cut.map_or(heard.max(request.body().len()), |cut| cut.length),
            body_digest: cut.and_then(|cut| cut.digest),
            request,
            mock: entry.mock.as_ref().map(|live| live.line()),
            outcome: match entry.settled {
                Settled::Unmatched => CallOutcome::Unmatched,
                _ if entry.is_body_open => CallOutcome::Pending,
                Settled::Pending => CallOutcome::Pending,
                Settled::Answered => CallOutcome::Answered,
                Settled::Faulted => CallOutcome::Faulted,
                Settled::PassedThrough => CallOutcome::PassedThrough,
                Settled::Malformed => CallOutcome::Malformed(entry.message().to_owned()),
                Settled::Aborted => CallOutcome::Aborted,
                Settled::Panicked => CallOutcome::Panicked(entry.message().to_owned()),
                Settled::Failed => CallOutcome::Failed(entry.message().to_owned()),
            },
            reply: entry.reply().cloned(),
            frames: entry.talked().map_or(&[][..], Talked::frames).into(),
            dropped_frames: entry.talked().map_or(0, Talked::dropped),
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

    /// What was said where the call became a conversation over a WebSocket, from both sides, in order; so far, while it goes on.
    pub fn frames(&self) -> &[Frame] {
        &self.frames
    }

    /// How many more messages came than the journal keeps of one call, which is 10,000.
    pub fn dropped_frames(&self) -> usize {
        self.dropped_frames
    }

    /// What both sides said on a connection to a mock of `mock::tcp(..)`, in order, as far as it has come; of each side the first
    /// 64 KiB. What the client said is the call's body too. Empty for a request.
    pub fn conversation(&self) -> &[Said] {
        &self.conversation
    }

    /// How many bytes of the body the journal dropped to stay within its bound; 0 when it has all.
    pub fn dropped_body(&self) -> usize {
        self.body_len - self.request.body().len()
    }

    /// The length of the body as it came, in bytes, whatever the journal kept of it.
    pub fn body_len(&self) -> usize {
        self.body_len
    }

    /// The digest of the body as it came; for a shorter one that the journal dropped later there is none.
    ///
    /// ```
    /// use standin_core::{Digest, Engine, Request};
    ///
    /// let engine = Engine::new();
    /// engine.post("/upload").reply(201);
    /// let upload = vec![7; 20 << 20];
    /// engine.serve_blocking(Request::post("https://x.io/upload").with_body(upload.clone()));
    /// let call = &engine.calls()[0];
    /// assert_eq!((call.body().len(), call.body_len()), (16 << 20, 20 << 20));
    /// assert_eq!(call.body_digest(), Some(Digest::of(&upload)));
    /// ```
    pub fn body_digest(&self) -> Option<Digest> {
        match self.dropped_body() {
            0 => Some(Digest::of(self.request.body())),
            _ => self.body_digest,
        }
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
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut call = serializer.serialize_struct("Call", 7)?;
        call.serialize_field("number", &self.number)?;
        call.serialize_field("at_ms", &(self.at.as_micros() as f64 / 1000.0))?;
        call.serialize_field("request", &RequestDump::of(&self.request))?;
        call.serialize_field("mock", &self.mock)?;
        call.serialize_field("outcome", &self.outcome)?;
        call.serialize_field(
            "status",
            &self.reply.as_ref().map(|reply| reply.status().as_u16()),
        )?;
        if self.frames.is_empty() {
            call.skip_field("frames")?;
        } else {
            call.serialize_field("frames", &*self.frames)?;
        }
        call.end()
    }
}
