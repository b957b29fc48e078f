//! A closure may take a body as it comes, and leave it when it has seen enough: what it leaves is read on for the journal.

use std::error::Error as _;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use bytes::Bytes;
use http_body::Body;
use standin_core::{Exchange, Fault, LiveBody, Upload};

use crate::error::{BoxError, Error};
use crate::intake::Intake;

/// The body of a request in the hands of a closure.
struct Lent<B> {
    intake: Option<(Intake<B>, Upload)>,
    /// A client that asks first is not told to send what nobody asked for.
    is_to_be_read: bool,
    loan: Loan<B>,
}

/// What whoever lent the body knows of it.
pub(crate) struct Loan<B>(Arc<Mutex<State<B>>>);

struct State<B> {
    is_over: bool,
    returned: Option<(Intake<B>, Upload)>,
    broken: Option<Error>,
    waiting: Option<Waker>,
}

impl<B> Loan<B> {
    fn state(&self) -> MutexGuard<'_, State<B>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// With what the body broke off, where it did.
    pub(crate) fn broken(&self) -> Option<Error> {
        self.state().broken.take()
    }
}

impl<B> Clone for Loan<B> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<B> Loan<B>
where
    B: Body + Send + 'static,
    B::Error: Into<BoxError>,
{
    /// Lends a body to the closure that an exchange is about to begin.
    pub(crate) fn new(exchange: &mut Exchange, intake: Intake<B>, asks_first: bool) -> Self {
        let upload = exchange.upload();
        let loan = Self(Arc::new(Mutex::new(State {
            is_over: upload.is_none(),
            returned: None,
            broken: None,
            waiting: None,
        })));
        exchange.stream(Lent {
            intake: upload.map(|upload| (intake, upload)),
            is_to_be_read: !asks_first,
            loan: loan.clone(),
        });
        loan
    }

    /// Waits until the closure has left the body, and reads what is left of it.
    pub(crate) async fn read_on(self) {
        let returned = poll_fn(|cx| {
            let mut state = self.state();
            if state.is_over {
                return Poll::Ready(state.returned.take());
            }
            state.waiting = Some(cx.waker().clone());
            Poll::Pending
        });
        if let Some((intake, upload)) = returned.await {
            intake.read_on(upload).await;
        }
    }
}

impl<B> LiveBody for Lent<B>
where
    B: Body + Send + 'static,
    B::Error: Into<BoxError>,
{
    fn poll_chunk(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Fault>>> {
        self.is_to_be_read = true;
        let Some((intake, upload)) = &mut self.intake else {
            return Poll::Ready(None);
        };
        let next = match ready!(intake.poll_next(cx)) {
            Ok(Some(chunk)) => {
                upload.push(&chunk);
                return Poll::Ready(Some(Ok(chunk)));
            }
            Ok(None) => None,
            Err(error) => {
                let why = error.source().map(ToString::to_string);
                self.loan.state().broken = Some(error);
                Some(Err(Fault::other(why.unwrap_or_default())))
            }
        };
        self.intake = None;
        Poll::Ready(next)
    }
}

impl<B> Drop for Lent<B> {
    fn drop(&mut self) {
        let left = self.intake.take().filter(|_| self.is_to_be_read);
        let waiting = {
            let mut state = self.loan.state();
            state.is_over = true;
            state.returned = left;
            state.waiting.take()
        };
        if let Some(waiting) = waiting {
            waiting.wake();
        }
    }
}
