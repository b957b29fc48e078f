//! A body is in the journal whether or not a mock looks at it, and the reply shall not wait for one that nobody looks at.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use hyper::body::Incoming;
use standin_core::{Engine, Exchange, Upload};

use super::heard::Heard;
use crate::error::Error;
use crate::intake::{Intake, Progress};
use crate::lent::Loan;
use crate::time;

/// How often a connection is let go round for what it has read and not yet handed over.
const ROUNDS: u32 = 8;

/// A body that is still to come.
pub(super) struct Waiting {
    /// Whoever asks first whether to send is not told to before somebody wants the body.
    pub(super) asks_first: bool,
    /// A closure takes it as it comes.
    pub(super) is_streamed: bool,
    pub(super) known: Option<u64>,
    pub(super) intake: Intake<Incoming>,
}

impl Waiting {
    /// Reads what is there before the engine is asked: all, where the length is known.
    pub(super) async fn ahead(
        &mut self,
        engine: &Engine,
        heard: &Heard,
        grace: Duration,
    ) -> Result<Progress, Error> {
        if self.asks_first || self.is_streamed {
            return Ok(Progress::Open);
        }
        match self.known {
            Some(length) if length > engine.body_limit() as u64 => Ok(Progress::Open),
            Some(_) => {
                self.intake.fill(usize::MAX).await?;
                Ok(Progress::Ended)
            }
            None => match self.at_hand(engine, heard, grace).await? {
                Progress::Ended if self.intake.len() > engine.body_limit() => Ok(Progress::Open),
                progress => Ok(progress),
            },
        }
    }

    /// Reads until the stream has nothing more, and what is left of the grace has passed.
    async fn at_hand(
        &mut self,
        engine: &Engine,
        heard: &Heard,
        grace: Duration,
    ) -> Result<Progress, Error> {
        let (mut rounds, mut dry) = (0, heard.dry());
        let mut grace = pin!((!grace.is_zero()).then(|| time::sleep(engine, grace)));
        poll_fn(|cx| {
            let before = self.intake.len();
            match self.intake.poll_at_hand(cx) {
                Poll::Ready(Ok(Progress::Open)) if !self.intake.is_full() => {}
                polled => return polled,
            }
            // What the connection has read it hands over when it is polled again.
            if self.intake.len() > before {
                (rounds, dry) = (0, heard.dry());
            }
            if rounds < ROUNDS && (rounds == 0 || heard.dry() == dry) {
                rounds += 1;
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            match grace.as_mut().as_pin_mut() {
                Some(grace) => grace.poll(cx).map(|()| Ok(Progress::Open)),
                None => Poll::Ready(Ok(Progress::Open)),
            }
        })
        .await
    }

    pub(super) async fn whole(&mut self, limit: usize) -> Result<Bytes, Error> {
        if self.known.is_some_and(|length| length > limit as u64) {
            return Err(Error::BodyTooLong { limit });
        }
        self.intake.whole(limit).await
    }

    /// Hands the body to a closure that takes it as it comes.
    pub(super) fn lend(self, exchange: &mut Exchange) -> Loan<Incoming> {
        Loan::new(exchange, self.intake, self.asks_first)
    }

    /// Reads on beside the reply; `None` where the client was not told to send.
    pub(super) fn read_on(self, upload: Upload) -> Option<impl Future<Output = ()> + Send> {
        (!self.asks_first).then(|| self.intake.read_on(upload))
    }
}
