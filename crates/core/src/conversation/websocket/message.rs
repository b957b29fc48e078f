//! What two sides say to each other over a WebSocket, and what a call keeps of it.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use serde_core::ser::SerializeStruct;
use serde_core::{Serialize, Serializer};

use crate::glimpse;

/// Characters that a line of a report or of `Debug` has for a message.
const SHOWN: usize = 100;

/// One message of a WebSocket.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Message {
    /// Text.
    Text(String),
    /// Bytes.
    Binary(Bytes),
    /// Are you there? At most 125 bytes.
    Ping(Bytes),
    /// The answer to a ping.
    Pong(Bytes),
    /// Nothing more is said.
    Close {
        /// Why, as a number; 1000 is the usual end. One may say none.
        code: Option<u16>,
        /// Why, in words.
        reason: String,
    },
}

impl Message {
    /// The text, where it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// What it carries, as bytes; of a close its reason.
    pub fn payload(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Binary(bytes) | Self::Ping(bytes) | Self::Pong(bytes) => bytes,
            Self::Close { reason, .. } => reason.as_bytes(),
        }
    }

    /// What it carries as JSON, into a type.
    ///
    /// # Errors
    /// When it is no JSON, or none of this type.
    pub fn json<T: serde_core::de::DeserializeOwned>(&self) -> serde_json::Result<T> {
        serde_json::from_slice(self.payload())
    }

    /// Whether it carries data: text or bytes.
    pub fn is_data(&self) -> bool {
        matches!(self, Self::Text(_) | Self::Binary(_))
    }

    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Binary(_) => "binary",
            Self::Ping(_) => "ping",
            Self::Pong(_) => "pong",
            Self::Close { .. } => "close",
        }
    }

    /// The kind alone.
    fn emptied(&self) -> Self {
        match self {
            Self::Text(_) => Self::Text(String::new()),
            Self::Binary(_) => Self::Binary(Bytes::new()),
            Self::Ping(_) => Self::Ping(Bytes::new()),
            Self::Pong(_) => Self::Pong(Bytes::new()),
            Self::Close { code, .. } => Self::Close {
                code: *code,
                reason: String::new(),
            },
        }
    }
}

impl From<&str> for Message {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Message {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<serde_json::Value> for Message {
    fn from(value: serde_json::Value) -> Self {
        Self::Text(value.to_string())
    }
}

impl From<Bytes> for Message {
    fn from(bytes: Bytes) -> Self {
        Self::Binary(bytes)
    }
}

impl From<Vec<u8>> for Message {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Binary(bytes.into())
    }
}

impl From<&[u8]> for Message {
    fn from(bytes: &[u8]) -> Self {
        Self::Binary(Bytes::copy_from_slice(bytes))
    }
}

impl fmt::Display for Message {
    /// Its kind and how it begins, in one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind())?;
        match self {
            Self::Text(text) => write!(f, " {:?}", glimpse::cut(text, SHOWN)),
            Self::Close { code, reason } => {
                if let Some(code) = code {
                    write!(f, " {code}")?;
                }
                match reason.is_empty() {
                    true => Ok(()),
                    false => write!(f, " {:?}", glimpse::cut(reason, SHOWN)),
                }
            }
            other if other.payload().is_empty() => Ok(()),
            other => write!(f, " {:?}", glimpse::Bytes(other.payload())),
        }
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Which side said it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// The client.
    Client,
    /// The mock.
    Mock,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Client => "client",
            Self::Mock => "mock",
        })
    }
}

impl Serialize for Side {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Client => serializer.serialize_unit_variant("Side", 0, "client"),
            Self::Mock => serializer.serialize_unit_variant("Side", 1, "mock"),
        }
    }
}

/// A message of a conversation, as the journal keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    from: Side,
    at: Duration,
    message: Message,
    len: usize,
}

impl Frame {
    #[cfg(feature = "websocket")]
    pub(crate) fn new(from: Side, at: Duration, message: Message) -> Self {
        let len = message.payload().len();
        Self {
            from,
            at,
            message,
            len,
        }
    }

    /// Without what it carried.
    pub(crate) fn emptied(self) -> Self {
        Self {
            message: self.message.emptied(),
            ..self
        }
    }

    /// Who said it.
    pub fn from(&self) -> Side {
        self.from
    }

    /// When, since the engine began.
    pub fn at(&self) -> Duration {
        self.at
    }

    /// What was said; empty where the journal dropped it to stay within its bound.
    pub fn message(&self) -> &Message {
        &self.message
    }

    /// What it carried, in bytes, whatever the journal kept of it.
    pub fn payload_len(&self) -> usize {
        self.len
    }
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.from)?;
        match self.len == self.message.payload().len() {
            true => write!(f, "{}", self.message),
            false => write!(f, "{} of {} bytes", self.message.kind(), self.len),
        }
    }
}

impl Serialize for Frame {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut frame = serializer.serialize_struct("Frame", 5)?;
        frame.serialize_field("from", &self.from)?;
        frame.serialize_field("at_ms", &(self.at.as_micros() as f64 / 1000.0))?;
        frame.serialize_field("kind", self.message.kind())?;
        frame.serialize_field("text", &self.message.as_text())?;
        frame.serialize_field("bytes", &self.len)?;
        frame.end()
    }
}
