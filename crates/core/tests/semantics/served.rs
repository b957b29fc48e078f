//! Requests as a client would make them, and what came back, in a word.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use standin_core::prelude::*;
use standin_core::{Engine, Outcome};

/// What a client saw.
#[derive(Debug, Clone)]
pub(crate) enum Served {
    Reply(Arc<Reply>),
    Passed,
    Unmatched(String),
    Failed(String),
    Ended,
}

impl Served {
    pub(crate) fn status(&self) -> u16 {
        match self {
            Self::Reply(reply) if reply.as_fault().is_none() => reply.status().as_u16(),
            _ => 0,
        }
    }

    pub(crate) fn text(&self) -> String {
        match self {
            Self::Reply(reply) => String::from_utf8_lossy(&reply.as_body().to_bytes()).into_owned(),
            other => panic!("no reply: {other:?}"),
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<String> {
        match self {
            Self::Reply(reply) => {
                let values: Vec<_> = reply
                    .headers()
                    .get_all(name)
                    .iter()
                    .map(|v| v.to_str().unwrap())
                    .collect();
                (!values.is_empty()).then(|| values.join(" | "))
            }
            other => panic!("no reply: {other:?}"),
        }
    }

    pub(crate) fn fault(&self) -> Option<Fault> {
        match self {
            Self::Reply(reply) => reply.as_fault().cloned(),
            other => panic!("no reply: {other:?}"),
        }
    }

    pub(crate) fn is_unmatched(&self) -> bool {
        matches!(self, Self::Unmatched(_))
    }
}

/// Serves a request and settles it.
pub(crate) fn ask(engine: &Engine, request: impl Into<Request>) -> Served {
    match engine.serve_blocking(request) {
        Outcome::Reply(answered) => {
            let reply = Arc::clone(&answered.reply);
            answered.ticket.settle();
            Served::Reply(reply)
        }
        Outcome::PassThrough(passed) => {
            passed.ticket.settle();
            Served::Passed
        }
        Outcome::Unmatched(unmatched) => Served::Unmatched(unmatched.to_string()),
        Outcome::Failed(failed) => Served::Failed(failed.to_string()),
        Outcome::Ended => Served::Ended,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn get(engine: &Engine, url: &str) -> Served {
    ask(engine, Request::get(url))
}

pub(crate) fn send(engine: &Engine, method: &str, url: &str) -> Served {
    ask(engine, Request::new(method.parse().unwrap(), url))
}

pub(crate) fn post(engine: &Engine, url: &str, body: &str) -> Served {
    ask(engine, Request::post(url).with_body(body.to_owned()))
}

/// The statuses of so many GET requests; 0 where there was no reply.
pub(crate) fn statuses(engine: &Engine, url: &str, times: usize) -> Vec<u16> {
    (0..times).map(|_| get(engine, url).status()).collect()
}

/// Whether a mock of `matcher` answers `request`.
pub(crate) fn matches(matcher: impl Into<standin_core::Condition>, request: Request) -> bool {
    let engine = Engine::new().lenient();
    engine.any("*").optional().matching(matcher).reply(200);
    let by_engine = ask(&engine, request).status() == 200;
    drop(engine);
    by_engine
}

/// An engine whose misses are no findings.
pub(crate) fn lenient() -> standin_core::OwnedEngine {
    Engine::new().lenient()
}

/// The message of the panic that `work` ends with.
pub(crate) fn panic_of<R>(work: impl FnOnce() -> R) -> String {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(_) => panic!("it did not panic"),
        Err(payload) => text_of(&*payload),
    }
}

pub(crate) fn text_of(payload: &(dyn Any + Send)) -> String {
    match (
        payload.downcast_ref::<String>(),
        payload.downcast_ref::<&str>(),
    ) {
        (Some(text), _) => text.clone(),
        (_, Some(text)) => (*text).to_owned(),
        _ => panic!("a panic without text"),
    }
}
