//! A client of gRPC says how long its call may take; a server that has not answered by then says so in its place.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use http::header::CONTENT_TYPE;
use http::{HeaderMap, Response};
use standin_core::grpc::{self, Status};
use standin_core::{Engine, Sleep};

use crate::time;

/// A client's own timer goes first, as it does over a network, which takes its time.
const LATER: Duration = Duration::from_millis(1);

/// When the time is over that a call was given; of most requests never.
#[derive(Default)]
pub(crate) struct Deadline(
    /// In a mutex, which is never locked, because bodies are `Sync`, and a sleep is not.
    Option<Mutex<Sleep>>,
);

impl Deadline {
    /// Of a request with these headers, from now on.
    pub(crate) fn of(engine: &Engine, headers: &HeaderMap) -> Self {
        let is_grpc = || (headers.get(CONTENT_TYPE)).is_some_and(|it| grpc::is_grpc(it.as_bytes()));
        let timeout = headers.get("grpc-timeout").filter(|_| is_grpc());
        let timeout = timeout.and_then(|it| grpc::timeout(it.to_str().ok()?));
        let sleep = |timeout| Mutex::new(time::sleep(engine, LATER.saturating_add(timeout)));
        Self(timeout.map(sleep))
    }

    /// Ready when the time is over, once.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(sleep) = &mut self.0 else {
            return Poll::Pending;
        };
        let sleep = sleep.get_mut().unwrap_or_else(PoisonError::into_inner);
        let polled = sleep.as_mut().poll(cx);
        if polled.is_ready() {
            self.0 = None;
        }
        polled
    }

    /// What a future comes to; `None` where the time is over first.
    pub(crate) async fn meets<F: Future>(&mut self, future: F) -> Option<F::Output> {
        let mut future = pin!(future);
        poll_fn(|cx| match future.as_mut().poll(cx) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending => self.poll(cx).map(|()| None),
        })
        .await
    }
}

/// What is said then.
pub(crate) fn exceeded() -> Status {
    Status::deadline_exceeded("the deadline of the call was exceeded")
}

/// The same where nothing was said before.
pub(crate) fn answer<B>(body: B) -> Response<B> {
    exceeded().into_reply().head().with_body(body)
}
