//! The future that an exchange asks to be awaited: an async closure, whose panic is caught.

use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::engine::ask::message;
use crate::reply::Answer;

/// The async closure of a mock, running. Resolves even when the closure panics.
#[must_use = "a future does nothing unless it is awaited"]
pub struct Awaiting(pub(super) Pin<Box<dyn Future<Output = Answer> + Send>>);

/// What an async closure came to.
#[derive(Debug)]
pub struct Awaited(pub(super) Result<Answer, String>);

impl Future for Awaiting {
    type Output = Awaited;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Awaited> {
        let future = self.0.as_mut();
        match catch_unwind(AssertUnwindSafe(|| future.poll(cx))) {
            Ok(polled) => polled.map(|answer| Awaited(Ok(answer))),
            Err(payload) => Poll::Ready(Awaited(Err(message(payload)))),
        }
    }
}

impl fmt::Debug for Awaiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Awaiting")
    }
}
