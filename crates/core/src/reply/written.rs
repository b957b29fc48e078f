//! A body may depend on what the client sends meanwhile: who makes it is code that waits, not a list of chunks.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;

use crate::reply::fault::Fault;
use crate::reply::live::LiveBody;
use crate::sync::{Mutex, enlist};

/// Where the closure of [`Live::written`](crate::Live::written) writes.
pub struct Writer(Arc<Mutex<Desk>>);

/// What lies between who writes and who reads: one chunk, or the fault that ends it.
#[derive(Default)]
struct Desk {
    next: Option<Result<Bytes, Fault>>,
    waiting: Vec<Waker>,
}

impl Writer {
    /// Writes a chunk; it resolves when the chunk before was taken. The client reads it as one.
    pub async fn write(&self, chunk: impl Into<Bytes>) {
        self.put(Ok(chunk.into())).await;
    }

    /// Breaks the body with this fault, behind what was written. It does not resolve: nothing comes after it.
    pub async fn fail(&self, fault: Fault) {
        self.put(Err(fault)).await;
        std::future::pending::<()>().await;
    }

    async fn put(&self, next: Result<Bytes, Fault>) {
        let mut next = Some(next);
        poll_fn(|cx| {
            let mut desk = self.0.lock();
            if desk.next.is_some() {
                enlist(&mut desk.waiting, cx);
                return Poll::Pending;
            }
            desk.next = next.take();
            Poll::Ready(())
        })
        .await;
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Writer")
    }
}

/// A body that a future writes, which runs only as long as the body is read.
pub(super) struct Written<Fut> {
    desk: Arc<Mutex<Desk>>,
    writing: Option<Pin<Box<Fut>>>,
}

impl<Fut> Written<Fut> {
    pub(super) fn new(write: impl FnOnce(Writer) -> Fut) -> Self {
        let desk = Arc::default();
        let writer = Writer(Arc::clone(&desk));
        Self {
            desk,
            writing: Some(Box::pin(write(writer))),
        }
    }

    fn take(&self) -> Option<Result<Bytes, Fault>> {
        let (next, waiting) = {
            let mut desk = self.desk.lock();
            let next = desk.next.take()?;
            (next, std::mem::take(&mut desk.waiting))
        };
        waiting.into_iter().for_each(Waker::wake);
        Some(next)
    }
}

impl<Fut: Future<Output = ()> + Send> LiveBody for Written<Fut> {
    fn poll_chunk(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Fault>>> {
        loop {
            // What is there goes out before anything more is made.
            if let Some(next) = self.take() {
                if next.is_err() {
                    self.writing = None;
                }
                return Poll::Ready(Some(next));
            }
            let Some(writing) = &mut self.writing else {
                return Poll::Ready(None);
            };
            if writing.as_mut().poll(cx).is_ready() {
                self.writing = None;
            } else if self.desk.lock().next.is_none() {
                return Poll::Pending;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;
    use crate::reply::{Gate, Live};

    fn read(body: &mut Pin<Box<dyn LiveBody>>) -> Poll<Option<Result<Bytes, Fault>>> {
        body.as_mut()
            .poll_chunk(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn chunks_come_as_they_are_written_and_nothing_is_written_ahead() {
        let (gate, made) = (Gate::new(), Arc::new(Mutex::new(0)));
        let (held, count) = (gate.clone(), Arc::clone(&made));
        let mut body = Live::written(async move |to: Writer| {
            for _ in 0..3 {
                *count.lock() += 1;
                to.write("x").await;
            }
            held.opened().await;
            to.write("last").await;
        })
        .open();
        assert_eq!(*made.lock(), 0);
        for read_so_far in 1..=3 {
            assert_eq!(read(&mut body), Poll::Ready(Some(Ok("x".into()))));
            assert!(*made.lock() <= read_so_far + 1);
        }
        assert_eq!(read(&mut body), Poll::Pending);
        gate.open();
        assert_eq!(read(&mut body), Poll::Ready(Some(Ok("last".into()))));
        assert_eq!(read(&mut body), Poll::Ready(None));
        assert_eq!(read(&mut body), Poll::Ready(None));
    }

    #[test]
    fn a_fault_ends_it() {
        let mut body = Live::written(async move |to: Writer| {
            to.write("x").await;
            to.fail(Fault::Reset).await;
            to.write("never").await;
        })
        .open();
        assert_eq!(read(&mut body), Poll::Ready(Some(Ok("x".into()))));
        assert_eq!(read(&mut body), Poll::Ready(Some(Err(Fault::Reset))));
        assert_eq!(read(&mut body), Poll::Ready(None));
    }

    #[test]
    #[should_panic(expected = "it is for one use")]
    fn a_second_use_is_told() {
        let live = Live::written(async |_| {});
        drop(live.open());
        drop(live.open());
    }
}
