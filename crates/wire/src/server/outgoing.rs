//! A reply is answered when it was written to its end, and not when it was handed to somebody who writes.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use standin_core::Ticket;

use super::upstream::RealBody;
use crate::body::ReplyBody;
use crate::error::Error;

/// Longer bodies go out in pieces of this length, so that a client that leaves in the middle is seen to.
const PIECE: usize = 256 << 10;

/// The body of a reply on a wire.
#[derive(Debug)]
pub(super) struct Outgoing(Kind);

#[derive(Debug)]
enum Kind {
    Whole {
        left: Bytes,
        /// Settled with the last piece.
        ticket: Option<Ticket>,
        /// A length that the headers declare otherwise is theirs to tell.
        is_sized: bool,
    },
    Played(ReplyBody),
    Real(RealBody),
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
        Self(Kind::Whole {
            left: bytes,
            ticket,
            is_sized,
        })
    }

    pub(super) fn played(body: ReplyBody) -> Self {
        Self(Kind::Played(body))
    }

    /// The body of a response that was not a mock's.
    pub(super) fn real(body: RealBody) -> Self {
        Self(Kind::Real(body))
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
            Kind::Played(body) => Pin::new(body).poll_frame(cx),
            Kind::Real(body) => Pin::new(body).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Kind::Whole { left, is_sized, .. } => *is_sized && left.is_empty(),
            Kind::Played(body) => body.is_end_stream(),
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
            Kind::Played(body) => body.size_hint(),
            Kind::Real(body) => body.size_hint(),
        }
    }
}
