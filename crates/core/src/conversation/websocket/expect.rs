//! What a step of a script expects of the client. A message is asked as the body of a request is, and explained in the same way.

use std::fmt;

use crate::conversation::websocket::message::Message;
use crate::matching::Condition;
use crate::matching::condition::Ask;
use crate::matching::pattern::Kind as Shape;
use crate::miss::{Miss, Part};
use crate::request::Request;

/// Of what kind the message has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Binary,
    /// Either of them.
    Data,
    Ping,
    Pong,
    Close,
}

#[derive(Clone)]
pub(crate) struct Expect {
    kind: Kind,
    condition: Condition,
}

impl Kind {
    fn is(self, message: &Message) -> bool {
        match message {
            Message::Text(_) => matches!(self, Self::Text | Self::Data),
            Message::Binary(_) => matches!(self, Self::Binary | Self::Data),
            Message::Ping(_) => self == Self::Ping,
            Message::Pong(_) => self == Self::Pong,
            Message::Close { .. } => self == Self::Close,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Binary => "binary",
            Self::Data => "text or binary",
            Self::Ping => "ping",
            Self::Pong => "pong",
            Self::Close => "close",
        }
    }
}

impl Expect {
    pub(crate) fn new(kind: Kind, condition: Condition) -> Self {
        Self { kind, condition }
    }

    pub(crate) fn error(&self) -> Option<String> {
        self.condition.error().map(ToString::to_string)
    }

    /// Whether a message that is not this goes by: pings and pongs come when they like.
    pub(crate) fn lets_by(&self, message: &Message) -> bool {
        matches!(message, Message::Ping(_) | Message::Pong(_)) && !self.kind.is(message)
    }

    /// Asks the message; user code may run.
    ///
    /// # Errors
    /// When it is another.
    pub(crate) fn check(&self, message: &Message) -> Result<(), Box<Miss>> {
        if !self.kind.is(message) {
            let miss = Miss::new(Part::Message, self.to_string()).received(message.to_string());
            return Err(Box::new(miss));
        }
        let asked = as_request(message);
        let fits = match &self.condition.0 {
            _ if matches!(self.kind, Kind::Ping | Kind::Pong) => true,
            // A message may be empty, and is one all the same.
            Ask::Body(pattern) => pattern.accepts_one(asked.body()),
            _ => self.condition.accepts(&asked),
        };
        if fits {
            return Ok(());
        }
        let mut miss = self.condition.explain(&asked);
        miss.part = match self.kind {
            Kind::Close => Part::Custom("code of the close".to_owned()),
            _ if miss.part == Part::Json => Part::Custom("json message".to_owned()),
            _ => Part::Message,
        };
        if message.payload().is_empty() {
            miss.hint = Some("the message is empty".to_owned());
        }
        Err(Box::new(miss))
    }
}

/// Of a close its code.
fn as_request(message: &Message) -> Request {
    let request = Request::post("ws://standin/");
    match message {
        Message::Close { code, .. } => {
            // What is reserved for none.
            request.with_body(code.unwrap_or(1005).to_string())
        }
        other => request.with_body(other.payload().to_vec()),
    }
}

impl fmt::Display for Expect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.name())?;
        match &self.condition.0 {
            _ if matches!(self.kind, Kind::Ping | Kind::Pong) => Ok(()),
            Ask::Body(pattern) => match &pattern.0 {
                Shape::Text(text) => write!(f, " {:?}", crate::glimpse::cut(text, 100)),
                _ => write!(f, " {}", self.condition.expected()),
            },
            _ => write!(f, " {}", self.condition.expected()),
        }
    }
}
