//! A conversation over a WebSocket as a test declares it: what the client has to say, and what the mock says, in order.

use std::fmt;
use std::future::Future;
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::SEC_WEBSOCKET_PROTOCOL;
use serde_json::Value;

use crate::conversation::conversing::Conversation;
use crate::conversation::end::{IntoEnd, Run};
use crate::conversation::upgrade::asks_for;
use crate::conversation::websocket::expect::{Expect, Kind};
use crate::conversation::websocket::message::Message;
use crate::conversation::websocket::socket::WebSocket;
use crate::declare::DeclareError;
use crate::matching::condition::Ask;
use crate::matching::pattern::{self, Pattern};
use crate::matching::{Condition, IntoPattern};
use crate::reply::plan::{Plan, Step as Planned};
use crate::reply::{Fault, Gate, HeaderText, Reply, reply};

type Closure = Arc<dyn Fn(WebSocket) -> Run + Send + Sync>;

type Answer = Arc<dyn Fn(&Message) -> Option<Message> + Send + Sync>;

/// The beginning of a script for a WebSocket: each step is played when the one before it is done.
///
/// ```
/// # use standin_core::prelude::*;
/// # use standin_core::ws;
/// # let net = standin_core::activate().lenient();
/// mock::get("wss://x.io/live").optional().websocket(
///     ws().expect_text("hi").send_text("ho").expect(re("^a")).delay(secs(1)).close(1000, "bye"),
/// );
/// ```
pub fn ws() -> Script {
    Script {
        head: reply(101),
        protocol: None,
        pongs: true,
        steps: Vec::new(),
        rest: Rest::Refused,
        error: None,
    }
}

/// What a mock hears and says over a WebSocket, step by step; begun by [`ws`].
///
/// The handshake, masks, fragments, pongs and the answer to a close go by themselves. Verification fails where a script was not
/// played to its end: the client said something else, left too early, or never said what was expected. Behind the last step
/// the mock waits for the client to close, and what data comes then is unexpected, unless
/// [`ignore_rest`](Self::ignore_rest) or [`answer_each`](Self::answer_each) take it. Of a client a frame is taken up to 16 MiB, a
/// message up to 64 MiB.
#[derive(Clone)]
#[must_use = "a script does nothing until it is given to a mock: `.websocket(..)`"]
pub struct Script {
    head: Reply,
    protocol: Option<String>,
    /// Whether pings are answered by themselves.
    pub(crate) pongs: bool,
    pub(crate) steps: Vec<Step>,
    pub(crate) rest: Rest,
    error: Option<DeclareError>,
}

/// What is done with data behind the last step.
#[derive(Clone)]
pub(crate) enum Rest {
    Refused,
    Ignored,
    Answered(Answer),
}

#[derive(Clone)]
pub(crate) struct Step {
    pub(crate) act: Act,
    pub(crate) at: &'static Location<'static>,
}

#[derive(Clone)]
pub(crate) enum Act {
    Expect(Expect),
    Send(Message),
    Raw(Bytes),
    Wait(Duration),
    Hold(Gate),
    Run(Closure),
    Break(Fault),
}

impl Script {
    #[track_caller]
    fn step(mut self, act: Act) -> Self {
        let at = Location::caller();
        let error = match (self.steps.last().map(|step| &step.act), &act) {
            (Some(Act::Break(_) | Act::Send(Message::Close { .. })), _) => Some(
                "nothing can follow the end of a connection: close it, or break it, in the last step"
                    .to_owned(),
            ),
            (_, Act::Expect(expect)) => expect.error(),
            (_, Act::Break(fault)) if !ends_a_conversation(fault) => Some(format!(
                "{fault} cannot end a conversation: `Fault::Reset` and `Fault::Closed` can; `.hold(&gate)` and \
                 `.without_pongs()` hang"
            )),
            (_, Act::Send(Message::Ping(bytes) | Message::Pong(bytes))) if bytes.len() > 125 => {
                Some(format!(
                    "a ping or a pong carries at most 125 bytes, and not {}",
                    bytes.len()
                ))
            }
            (_, Act::Send(Message::Close { code, reason })) => wrong_close(*code, reason),
            _ => None,
        };
        if let Some(error) = error {
            self.error
                .get_or_insert_with(|| DeclareError::at(error, at));
        }
        self.steps.push(Step { act, at });
        self
    }

    /// The client says text that fits.
    #[track_caller]
    pub fn expect_text<M>(self, pattern: impl IntoPattern<M>) -> Self {
        self.expect_kind(Kind::Text, pattern.into_pattern())
    }

    /// The client says bytes that fit.
    #[track_caller]
    pub fn expect_binary<M>(self, pattern: impl IntoPattern<M>) -> Self {
        self.expect_kind(Kind::Binary, pattern.into_pattern())
    }

    /// The client says something that fits, be it text or bytes.
    #[track_caller]
    pub fn expect<M>(self, pattern: impl IntoPattern<M>) -> Self {
        self.expect_kind(Kind::Data, pattern.into_pattern())
    }

    /// The client says this JSON, as text or as bytes: full equality, as `.json(..)` has it for bodies.
    #[track_caller]
    pub fn expect_json(self, value: impl Into<Value>) -> Self {
        let json = Ask::Json(Arc::new(value.into()));
        self.step(Act::Expect(Expect::new(Kind::Data, Condition(json))))
    }

    /// The client says JSON that includes this.
    #[track_caller]
    pub fn expect_json_includes(self, value: impl Into<Value>) -> Self {
        let json = Ask::JsonIncludes(Arc::new(value.into()));
        self.step(Act::Expect(Expect::new(Kind::Data, Condition(json))))
    }

    /// The client pings. Pings that no step expects are answered all the same, and go by.
    #[track_caller]
    pub fn expect_ping(self) -> Self {
        self.expect_kind(Kind::Ping, pattern::any())
    }

    /// The client says a pong. Pongs that no step expects go by.
    #[track_caller]
    pub fn expect_pong(self) -> Self {
        self.expect_kind(Kind::Pong, pattern::any())
    }

    /// The client closes, with a code that fits: `1000`, `1000..`, `any()`.
    #[track_caller]
    pub fn expect_close<M>(self, code: impl IntoPattern<M>) -> Self {
        self.expect_kind(Kind::Close, code.into_pattern())
    }

    #[track_caller]
    fn expect_kind(self, kind: Kind, pattern: Pattern) -> Self {
        self.step(Act::Expect(Expect::new(
            kind,
            Condition(Ask::Body(pattern)),
        )))
    }

    /// Says this: text, bytes, `json!(..)` or a [`Message`].
    #[track_caller]
    pub fn send(self, message: impl Into<Message>) -> Self {
        self.step(Act::Send(message.into()))
    }

    /// Says this text.
    #[track_caller]
    pub fn send_text(self, text: impl Into<String>) -> Self {
        self.step(Act::Send(Message::Text(text.into())))
    }

    /// Says these bytes.
    #[track_caller]
    pub fn send_binary(self, bytes: impl Into<Bytes>) -> Self {
        self.step(Act::Send(Message::Binary(bytes.into())))
    }

    /// Says this as JSON, in text.
    #[track_caller]
    pub fn send_json(mut self, value: impl serde_core::Serialize) -> Self {
        match serde_json::to_string(&value) {
            Ok(text) => self.send_text(text),
            Err(error) => {
                let error = DeclareError::new(format!("the message is not JSON: {error}"));
                self.error.get_or_insert(error);
                self
            }
        }
    }

    /// Pings.
    #[track_caller]
    pub fn send_ping(self, bytes: impl Into<Bytes>) -> Self {
        self.step(Act::Send(Message::Ping(bytes.into())))
    }

    /// Says a pong.
    #[track_caller]
    pub fn send_pong(self, bytes: impl Into<Bytes>) -> Self {
        self.step(Act::Send(Message::Pong(bytes.into())))
    }

    /// Writes these bytes as they are: half a frame before a [`drop_connection`](Self::drop_connection), or one that breaks the
    /// protocol. `b"\x81\x05he"` is the first part of the text "hello".
    #[track_caller]
    pub fn send_raw(self, bytes: impl Into<Bytes>) -> Self {
        self.step(Act::Raw(bytes.into()))
    }

    /// Waits, by the engine's time.
    #[track_caller]
    pub fn delay(self, duration: Duration) -> Self {
        self.step(Act::Wait(duration))
    }

    /// Waits until the test opens this gate.
    #[track_caller]
    pub fn hold(self, gate: &Gate) -> Self {
        self.step(Act::Hold(gate.clone()))
    }

    /// Closes with a code and a reason, and waits for the client to do so too. A client that closes while no more than this, or a
    /// delay before it, is left has come to the end of the script as well.
    #[track_caller]
    pub fn close(self, code: u16, reason: impl Into<String>) -> Self {
        self.step(Act::Send(Message::Close {
            code: Some(code),
            reason: reason.into(),
        }))
    }

    /// Closes the connection without a goodbye.
    #[track_caller]
    pub fn drop_connection(self) -> Self {
        self.step(Act::Break(Fault::Closed))
    }

    /// Breaks the connection in this way: `Fault::Reset`, say.
    #[track_caller]
    pub fn fault(self, fault: Fault) -> Self {
        self.step(Act::Break(fault))
    }

    /// Lets a closure talk; the script goes on when it is done. As the last step it closes with 1000 then, unless it has closed
    /// itself.
    #[track_caller]
    pub fn run<F, Fut>(self, talk: F) -> Self
    where
        F: Fn(WebSocket) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoEnd> + Send + 'static,
    {
        self.step(Act::Run(Arc::new(move |socket| {
            let talking = talk(socket);
            Box::pin(async move { talking.await.into_end() })
        })))
    }

    /// Behind the last step, says what this gives for each text or binary message, until the client closes; `None` is nothing.
    /// `ws().answer_each(|said| Some(said.clone()))` is an echo.
    pub fn answer_each(
        mut self,
        answer: impl Fn(&Message) -> Option<Message> + Send + Sync + 'static,
    ) -> Self {
        self.rest = Rest::Answered(Arc::new(answer));
        self
    }

    /// Behind the last step, whatever the client says is let be.
    pub fn ignore_rest(mut self) -> Self {
        self.rest = Rest::Ignored;
        self
    }

    /// The subprotocol that it speaks. A mock with this script answers only clients that offer it. Without, the first that a
    /// client offers is taken.
    pub fn protocol(mut self, protocol: &str) -> Self {
        self.protocol = Some(protocol.to_owned());
        self
    }

    /// Leaves pings unanswered, as a server does that hangs.
    pub fn without_pongs(mut self) -> Self {
        self.pongs = false;
        self
    }

    /// Appends a header to the answer to the handshake.
    #[track_caller]
    pub fn header(mut self, name: impl AsRef<str>, value: impl HeaderText) -> Self {
        self.head = self.head.header(name, value);
        self
    }

    /// The subprotocol that it speaks.
    pub fn subprotocol(&self) -> Option<&str> {
        self.protocol.as_deref()
    }

    pub(crate) fn conditions(&self) -> Vec<Condition> {
        let offers = self.protocol.iter().map(|protocol| {
            let token = Pattern(pattern::Kind::Token(protocol.clone()));
            Condition(Ask::Header(SEC_WEBSOCKET_PROTOCOL, token))
        });
        [asks_for("websocket")].into_iter().chain(offers).collect()
    }

    pub(crate) fn into_plan(mut self) -> Plan {
        let head = Arc::new(std::mem::replace(&mut self.head, reply(101))).finish();
        Plan::one(match (self.error.take(), head) {
            (None, Ok(head)) => Planned::Converse(Conversation::WebSocket(Arc::new(self)), head),
            (Some(error), _) | (None, Err(error)) => Planned::Invalid(error),
        })
    }
}

mod marker {
    #[derive(Debug)]
    pub struct Script;
    #[derive(Debug)]
    pub struct Talks<F>(F);
}

/// What may stand in `.websocket(..)`: a script, or a closure that talks.
///
/// `M` only keeps them apart; it is always inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot talk over a WebSocket",
    label = "neither a script nor a closure",
    note = "expected `ws().expect_text(..).send_text(..)`, or a closure over a `WebSocket` that returns a future of `()` or a \
            `Result` (the type of its parameter must be written; `ws().run(..)` infers it)"
)]
pub trait IntoScript<M> {
    /// Converts into the script.
    #[track_caller]
    fn into_script(self) -> Script;
}

#[diagnostic::do_not_recommend]
impl IntoScript<marker::Script> for Script {
    fn into_script(self) -> Script {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<F, Fut> IntoScript<marker::Talks<Fut>> for F
where
    F: Fn(WebSocket) -> Fut + Send + Sync + 'static,
    Fut: Future<Output: IntoEnd> + Send + 'static,
{
    fn into_script(self) -> Script {
        ws().run(self)
    }
}

fn ends_a_conversation(fault: &Fault) -> bool {
    matches!(
        fault,
        Fault::Reset | Fault::Closed | Fault::BrokenPipe | Fault::Other(_)
    )
}

/// Codes that no frame can carry (RFC 6455, section 7.4), and reasons that are too long for one.
pub(crate) fn wrong_close(code: Option<u16>, reason: &str) -> Option<String> {
    let is_sent = |code| matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999);
    match code {
        Some(code) if !is_sent(code) => Some(format!(
            "{code} cannot be the code of a close: those are 1000 to 1003, 1007 to 1014 and 3000 to 4999; `send_raw` \
             writes others"
        )),
        None if !reason.is_empty() => Some("a close without a code has no reason".to_owned()),
        _ if reason.len() > 123 => Some(format!(
            "the reason of a close has at most 123 bytes, and not {}",
            reason.len()
        )),
        _ => None,
    }
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expect(expect) => write!(f, "expect {expect}"),
            Self::Send(message) => write!(f, "send {message}"),
            Self::Raw(bytes) => write!(f, "send {} bytes as they are", bytes.len()),
            Self::Wait(duration) => write!(f, "wait {duration:?}"),
            Self::Hold(_) => f.write_str("wait for a gate"),
            Self::Run(_) => f.write_str("a closure"),
            Self::Break(fault) => write!(f, "break the connection: {fault:?}"),
        }
    }
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a WebSocket, steps: ")?;
        f.debug_list()
            .entries(self.steps.iter().map(|step| step.act.to_string()))
            .finish()
    }
}
