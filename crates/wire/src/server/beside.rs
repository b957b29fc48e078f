//! A connection has more to do than its requests: bodies are read on when their reply is out, and a tunnel goes on when its request
//! is over. No task is started for that; the connection's own future runs it.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use hyper::rt::Executor;

type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What runs beside a connection: the streams of HTTP/2 too.
#[derive(Clone, Default)]
pub(super) struct Beside(Arc<Added>);

/// What is not run yet; mostly there is nothing, and then nothing is locked.
#[derive(Default)]
struct Added {
    is_any: AtomicBool,
    work: Mutex<Vec<Work>>,
}

impl Beside {
    pub(super) fn add(&self, work: impl Future<Output = ()> + Send + 'static) {
        let mut added = self.0.work.lock().unwrap_or_else(PoisonError::into_inner);
        added.push(Box::pin(work));
        self.0.is_any.store(true, Ordering::Release);
    }

    fn is_any(&self) -> bool {
        self.0.is_any.load(Ordering::Acquire)
    }

    fn take(&self) -> Vec<Work> {
        let mut added = self.0.work.lock().unwrap_or_else(PoisonError::into_inner);
        self.0.is_any.store(false, Ordering::Release);
        std::mem::take(&mut *added)
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
                let is_any = self.is_any();
                if is_over() || (ended.is_some() && running.is_empty() && !is_any) {
                    return Poll::Ready(());
                }
                if !is_any {
                    return Poll::Pending;
                }
            }
        })
        .await;
        ended
    }

    fn work(&self, running: &mut FuturesUnordered<Work>, cx: &mut Context<'_>) {
        if self.is_any() {
            running.extend(self.take());
        }
        if !running.is_empty() {
            while let Poll::Ready(Some(())) = running.poll_next_unpin(cx) {}
        }
    }
}

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Beside {
    fn execute(&self, stream: F) {
        self.add(stream);
    }
}
