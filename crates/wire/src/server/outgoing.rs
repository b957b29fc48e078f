//! A reply is answered when it was written to its end, and not when it was handed to somebody who writes.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use standin_core::{Fault, Ticket};

use super::carrier::Cut;
use super::farewell::UnderWay;
use super::upstream::RealBody;
use crate::body::{Break, ReplyBody};
use crate::error::Error;

/// Longer bodies go out in pieces of this length, so that a client that leaves in the middle is seen to.
const PIECE: usize = 256 << 10;

/// The body of a reply on a wire.
#[derive(Debug)]
pub(super) struct Outgoing(
    Kind,
    #[expect(dead_code, reason = "it counts until it is dropped")] Option<UnderWay>,
);

#[derive(Debug)]
enum Kind {
    Whole {
        left: Bytes,
        /// Settled with the last piece.
        ticket: Option<Ticket>,
        /// A length that the headers declare otherwise is theirs to tell.
        is_sized: bool,
    },
    Played {
        body: ReplyBody,
        cut: Cut,
        breaking: Option<Breaking>,
    },
    Real(RealBody),
}

/// A body on its way to its fault: what was written before goes out first.
#[derive(Debug)]
enum Breaking {
    /// The connection is ended under hyper's feet.
    Connection,
    /// The stream is, once this was flushed.
    Stream(u64, h2::Reason),
}

impl Outgoing {
    pub(super) fn whole(bytes: Bytes, ticket: Option<Ticket>, is_sized: bool) -> Self {
        let ticket = match ticket {
            Some(ticket) if bytes.is_empty() => {
                ticket.settle();
                None
            }
            ticket => ticket,
        };
        let whole = Kind::Whole {
            left: bytes,
            ticket,
            is_sized,
        };
        Self(whole, None)
    }

    pub(super) fn played(body: ReplyBody, cut: Cut) -> Self {
        let played = Kind::Played {
            body,
            cut,
            breaking: None,
        };
        Self(played, None)
    }

    /// The body of a response that was not a mock's.
    pub(super) fn real(body: RealBody) -> Self {
        Self(Kind::Real(body), None)
    }

    /// Its exchange is under way until it is dropped.
    pub(super) fn under_way(self, exchange: UnderWay) -> Self {
        Self(self.0, Some(exchange))
    }
}

impl Breaking {
    fn of(broken: Break, cut: &Cut) -> Self {
        match broken {
            Break::Fault(Fault::Hang) => {}
            Break::Fault(Fault::RstStream(code)) => {
                return Self::Stream(cut.ask(b""), code.into());
            }
            Break::Fault(fault) => cut.make(fault),
            Break::Failed(_) => cut.make(Fault::Reset),
        }
        Self::Connection
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        match &mut self.0 {
            Kind::Whole { left, is_sized, .. } if left.is_empty() => {
                if *is_sized {
                    return Poll::Ready(None);
                }
                // A body that breaks its promise ends the connection: what there is of it goes out before.
                *is_sized = true;
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Kind::Whole { left, ticket, .. } => {
                let piece = left.split_to(left.len().min(PIECE));
                if left.is_empty()
                    && let Some(ticket) = ticket.take()
                {
                    ticket.settle();
                }
                Poll::Ready(Some(Ok(Frame::data(piece))))
            }
            Kind::Played {
                body,
                cut,
                breaking,
            } => {
                if breaking.is_none() {
                    let broken = match ready!(body.poll_played(cx)) {
                        Some(Err(broken)) => broken,
                        Some(Ok(frame)) => return Poll::Ready(Some(Ok(frame))),
                        None => return Poll::Ready(None),
                    };
                    *breaking = Some(Breaking::of(broken, cut));
                    // The connection has it to write.
                    cx.waker().wake_by_ref();
                }
                if let Some(Breaking::Stream(asked, reason)) = breaking {
                    ready!(cut.poll_flushed(*asked, cx));
                    return Poll::Ready(Some(Err(Error::RequestBody(
                        h2::Error::from(*reason).into(),
                    ))));
                }
                Poll::Pending
            }
            Kind::Real(body) => Pin::new(body).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Kind::Whole { left, is_sized, .. } => *is_sized && left.is_empty(),
            Kind::Played { body, breaking, .. } => breaking.is_none() && body.is_end_stream(),
            Kind::Real(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Whole {
                left,
                is_sized: true,
                ..
            } => SizeHint::with_exact(left.len() as u64),
            Kind::Whole { .. } => SizeHint::default(),
            Kind::Played { body, .. } => body.size_hint(),
            Kind::Real(body) => body.size_hint(),
        }
    }
}
