//! Bodies that are read line by line while they come: server-sent events and NDJSON.

use std::fmt::Write;
use std::time::Duration;

use bytes::Bytes;
use serde_core::Serialize;

use crate::declare::DeclareError;
use crate::reply::delay::Delay;
use crate::reply::gate::Gate;
use crate::reply::into_answer::{Answer, IntoAnswer};
use crate::reply::motion::Pause;
use crate::reply::reply::{Reply, reply};

/// One server-sent event.
///
/// ```
/// # use standin_core::prelude::*;
/// let event = Event::data("two\nlines").id("7").name("tick").retry(secs(3));
/// assert_eq!(event.to_string(), "id: 7\nevent: tick\nretry: 3000\ndata: two\ndata: lines\n\n");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Event {
    id: Option<String>,
    name: Option<String>,
    retry: Option<Duration>,
    data: Option<String>,
}

impl Event {
    /// An event with this data; each line of it is a `data` field.
    pub fn data(data: impl Into<String>) -> Self {
        Self {
            data: Some(data.into()),
            ..Self::default()
        }
    }

    /// An event whose data is JSON.
    ///
    /// # Panics
    /// When the value cannot be written as JSON.
    #[track_caller]
    pub fn json(value: impl Serialize) -> Self {
        match serde_json::to_string(&value) {
            Ok(text) => Self::data(text),
            Err(error) => panic!("the data of the event cannot be written as JSON: {error}"),
        }
    }

    /// Its id, which the client sends as `last-event-id` when it comes back.
    #[must_use]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Its name: the field `event`.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// How long the client waits before it connects again; sent in milliseconds.
    #[must_use]
    pub fn retry(mut self, after: Duration) -> Self {
        self.retry = Some(after);
        self
    }
}

/// As it is sent, the empty line included.
impl std::fmt::Display for Event {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A line break would begin another field.
        let one_line = |text: &str| text.replace(['\r', '\n'], " ");
        if let Some(id) = &self.id {
            writeln!(f, "id: {}", one_line(id))?;
        }
        if let Some(name) = &self.name {
            writeln!(f, "event: {}", one_line(name))?;
        }
        if let Some(retry) = self.retry {
            writeln!(f, "retry: {}", retry.as_millis())?;
        }
        if let Some(data) = &self.data {
            let data = data.replace("\r\n", "\n").replace('\r', "\n");
            for line in data.split('\n') {
                writeln!(f, "data: {line}")?;
            }
        }
        f.write_char('\n')
    }
}

impl From<Event> for Bytes {
    fn from(event: Event) -> Self {
        event.to_string().into()
    }
}

/// A stream of server-sent events: 200 with `text/event-stream`, one chunk for each event.
///
/// ```
/// # use standin_core::prelude::*;
/// let ticks = events()
///     .send(Event::data("1").id("1"))
///     .gap(secs(30))
///     .send(Event::json(json!({"n": 2})).id("2"))
///     .keep_alive(secs(10));
/// ```
pub fn events() -> Events {
    Events {
        steps: Vec::new(),
        keep_alive: None,
    }
}

/// Server-sent events, in order, with what stands between them; [`events`] begins them.
#[derive(Debug, Clone)]
#[must_use = "events do nothing until they are given to a mock: `.reply(..)`"]
pub struct Events {
    steps: Vec<Step>,
    keep_alive: Option<Duration>,
}

#[derive(Debug, Clone)]
enum Step {
    Send(Bytes),
    Gap(Delay),
    Gate(Gate),
}

impl Events {
    /// Sends an event.
    pub fn send(mut self, event: Event) -> Self {
        self.steps.push(Step::Send(event.into()));
        self
    }

    /// Sends a comment, which clients skip.
    pub fn comment(mut self, text: &str) -> Self {
        let lines = text.lines().map(|line| format!(": {line}\n"));
        let comment = lines.collect::<String>() + "\n";
        self.steps.push(Step::Send(comment.into()));
        self
    }

    /// Waits before what comes next.
    pub fn gap(mut self, delay: impl Into<Delay>) -> Self {
        self.steps.push(Step::Gap(delay.into()));
        self
    }

    /// Waits before what comes next until the test opens the gate.
    pub fn gate(mut self, gate: &Gate) -> Self {
        self.steps.push(Step::Gate(gate.clone()));
        self
    }

    /// Sends a comment after each `interval` of a gap that is longer; a gap that is drawn, and a gate, have none.
    #[track_caller]
    pub fn keep_alive(mut self, interval: Duration) -> Self {
        self.keep_alive = Some(interval);
        self
    }

    /// As a reply, to which the rest may be said: a status, headers, a fault behind the events.
    #[track_caller]
    pub fn into_reply(self) -> Reply {
        let mut reply = reply(200)
            .content_type("text/event-stream")
            .header("cache-control", "no-cache");
        if self.keep_alive.is_some_and(|interval| interval.is_zero()) {
            reply.hold_error(DeclareError::new(
                "a keep-alive without an interval never ends",
            ));
            return reply;
        }
        let mut chunks: Vec<Bytes> = Vec::new();
        for step in self.steps {
            match step {
                Step::Send(bytes) => chunks.push(bytes),
                Step::Gate(gate) => reply.pauses(chunks.len()).push(Pause::Until(gate)),
                Step::Gap(mut delay) => {
                    if let Some(error) = delay.error() {
                        reply.hold_error(error.clone());
                    }
                    if let (Some(mut left), Some(interval)) = (delay.fixed(), self.keep_alive) {
                        while left > interval {
                            reply.pauses(chunks.len()).push(Pause::For(interval.into()));
                            chunks.push(Bytes::from_static(b": keep-alive\n\n"));
                            left -= interval;
                        }
                        delay = left.into();
                    }
                    reply.pauses(chunks.len()).push(Pause::For(delay));
                }
            }
        }
        reply.chunks(chunks)
    }
}

impl IntoAnswer for Events {
    fn into_answer(self) -> Answer {
        self.into_reply().into_answer()
    }
}

/// A reply of JSON values, each in a line and a chunk of its own, with `application/x-ndjson`.
///
/// ```
/// # use standin_core::prelude::*;
/// let users = ndjson([json!({"id": 7}), json!({"id": 8})]).gaps(millis(5));
/// ```
#[track_caller]
pub fn ndjson<T: Serialize>(values: impl IntoIterator<Item = T>) -> Reply {
    let mut lines = Vec::new();
    for value in values {
        match serde_json::to_string(&value) {
            Ok(line) => lines.push(line + "\n"),
            Err(error) => {
                let mut reply = reply(200);
                reply.hold_error(DeclareError::new(format!(
                    "the value cannot be written as JSON: {error}"
                )));
                return reply;
            }
        }
    }
    reply(200)
        .content_type("application/x-ndjson")
        .chunks(lines)
}
