//! What a test writes: `use standin::prelude::*`.

pub use crate::{
    Connection, Event, Fault, Feed, Gate, Json, Message, Reply, Request, RequestBody, WebSocket,
    absent, any, events, glob, mock, ndjson, not, part, pred, present, re, replies, reply,
    reply_async, reply_streamed, reply_with, script, ws,
};
pub use serde_json::json;
use std::time::Duration;

/// A duration of so many seconds.
pub fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A duration of so many milliseconds.
pub fn millis(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}
