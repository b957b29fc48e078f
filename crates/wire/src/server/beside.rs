//! A connection has more to do than its requests: bodies are read on when their reply is out, and a tunnel goes on when its request
//! is over. No task is started for that; the connection's own future runs it.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use hyper::rt::Executor;

type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What runs beside a connection: the streams of HTTP/2 too.
#[derive(Clone, Default)]
pub(super) struct Beside(Arc<Mutex<Vec<Work>>>);

impl Beside {
    pub(super) fn add(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.lock().push(Box::pin(work));
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Work>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a connection, and what is added meanwhile, until both are done or `is_over` says so.
    pub(super) async fn run<T>(
        &self,
        connection: impl Future<Output = T>,
        is_over: impl Fn() -> bool,
    ) -> Option<T> {
        let mut connection = pin!(connection);
        let mut ended = None;
        let mut running = FuturesUnordered::new();
        poll_fn(|cx| {
            loop {
                if ended.is_none()
                    && let Poll::Ready(end) = connection.as_mut().poll(cx)
                {
                    ended = Some(end);
                }
                self.work(&mut running, cx);
                if is_over() || (ended.is_some() && running.is_empty() && self.lock().is_empty()) {
                    return Poll::Ready(());
                }
                if self.lock().is_empty() {
                    return Poll::Pending;
                }
            }
        })
        .await;
        ended
    }

    fn work(&self, running: &mut FuturesUnordered<Work>, cx: &mut Context<'_>) {
        running.extend(std::mem::take(&mut *self.lock()));
        while let Poll::Ready(Some(())) = running.poll_next_unpin(cx) {}
    }
}

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Beside {
    fn execute(&self, stream: F) {
        self.add(stream);
    }
}
