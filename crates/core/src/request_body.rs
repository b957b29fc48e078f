//! A server may look at an upload while it comes, answer in the middle of it, or send as it receives; a request that is taken in
//! whole shows none of that.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};

use crate::reply::{Fault, LiveBody};

/// The body of a request as it comes: the second parameter of a closure in [`reply`](crate::Builder::reply).
///
/// A chunk is taken from the client only when it is asked for. Where the body is known whole already (an adapter had it so, or
/// a matcher, a map or a filter had to see it), it is one chunk. What is left when this is dropped is read for the journal
/// alone.
///
/// ```
/// # use standin_core::prelude::*;
/// # let net = standin_core::activate().lenient();
/// mock::post("https://x.io/upload").optional().reply(async |_: Request, mut body: RequestBody| {
///     let mut bytes = 0;
///     while let Some(chunk) = body.chunk().await {
///         bytes += chunk.len();
///     }
///     (201, format!("{bytes} bytes"))
/// });
/// ```
///
/// As the body of a reply it goes back as it comes: `async |_: Request, body: RequestBody| (200, body)`.
pub struct RequestBody {
    left: Left,
    broken: Option<Fault>,
}

enum Left {
    Whole(Bytes),
    Coming(Pin<Box<dyn LiveBody>>),
}

impl RequestBody {
    pub(crate) fn whole(bytes: Bytes) -> Self {
        Self {
            left: Left::Whole(bytes),
            broken: None,
        }
    }

    pub(crate) fn coming(body: Pin<Box<dyn LiveBody>>) -> Self {
        Self {
            left: Left::Coming(body),
            broken: None,
        }
    }

    /// The next chunk, when it is there; `None` at the end, and where the body [broke off](Self::broke_off): what a closure
    /// replies to such a request reaches nobody, and the journal says that the client left.
    pub async fn chunk(&mut self) -> Option<Bytes> {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    /// All chunks from here to the end, in one piece.
    pub async fn rest(&mut self) -> Bytes {
        let Some(first) = self.chunk().await else {
            return Bytes::new();
        };
        let Some(second) = self.chunk().await else {
            return first;
        };
        let mut all = BytesMut::from(first);
        all.extend_from_slice(&second);
        while let Some(chunk) = self.chunk().await {
            all.extend_from_slice(&chunk);
        }
        all.freeze()
    }

    /// What broke the body off, where it did not come to its end.
    pub fn broke_off(&self) -> Option<&Fault> {
        self.broken.as_ref()
    }

    /// The next chunk, for who polls; [`chunk`](Self::chunk) is the same to be awaited.
    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        loop {
            let next = match &mut self.left {
                Left::Whole(bytes) if bytes.is_empty() => return Poll::Ready(None),
                Left::Whole(bytes) => return Poll::Ready(Some(std::mem::take(bytes))),
                Left::Coming(body) => ready!(body.as_mut().poll_chunk(cx)),
            };
            match next {
                Some(Ok(chunk)) if chunk.is_empty() => {}
                Some(Ok(chunk)) => return Poll::Ready(Some(chunk)),
                end => {
                    self.broken = end.and_then(Result::err);
                    self.left = Left::Whole(Bytes::new());
                    return Poll::Ready(None);
                }
            }
        }
    }
}

/// As the body of a reply: what breaks it breaks the reply.
impl LiveBody for RequestBody {
    fn poll_chunk(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Fault>>> {
        let next = ready!(self.poll_next(cx));
        Poll::Ready(match next {
            Some(chunk) => Some(Ok(chunk)),
            None => self.broken.take().map(Err),
        })
    }
}

impl fmt::Debug for RequestBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.broken, &self.left) {
            (Some(fault), _) => write!(f, "RequestBody(broke off: {fault})"),
            (None, Left::Whole(bytes)) => write!(f, "RequestBody({} bytes)", bytes.len()),
            (None, Left::Coming(_)) => f.write_str("RequestBody(to come)"),
        }
    }
}
