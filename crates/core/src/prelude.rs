//! What a test writes: `use standin::prelude::*`.

pub use crate::{
    Connection, Event, Fault, Feed, Gate, Json, Reply, Request, RequestBody, absent, any, events,
    glob, mock, ndjson, not, pred, present, re, replies, reply, reply_async, reply_streamed,
    reply_with, script,
};
pub use serde_json::json;
use std::time::Duration;

#[cfg(feature = "multipart")]
pub use crate::part;
#[cfg(feature = "websocket")]
pub use crate::{Message, WebSocket, ws};

/// A duration of so many seconds.
pub fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A duration of so many milliseconds.
pub fn millis(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}
