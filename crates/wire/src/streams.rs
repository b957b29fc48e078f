//! What a test has already as a `Stream` or an `AsyncRead` shall be the body of a reply as it is.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use standin_core::{Fault, Live, LiveBody};
use tokio::io::{AsyncRead, ReadBuf};

use crate::error::BoxError;

/// How much is read at a time, in bytes.
const READ: usize = 16 << 10;

/// A body whose chunks are those of a [`Stream`], which `make` makes at each use.
///
/// An error of the stream breaks the body: one that holds an [`io::Error`] as the [`Fault`] of its kind, any other in its own
/// words.
///
/// ```
/// # use standin_core::prelude::*;
/// # use std::convert::Infallible;
/// # use futures_util::stream;
/// # let net = standin_core::activate().lenient();
/// let pieces = || stream::iter(["one", "two"].map(Ok::<_, Infallible>));
/// mock::get("https://x.io/live").optional().reply(standin_wire::stream(pieces));
/// ```
pub fn stream<S, B, E>(make: impl Fn() -> S + Send + Sync + 'static) -> Live
where
    S: Stream<Item = Result<B, E>> + Send + 'static,
    B: Into<Bytes>,
    E: Into<BoxError>,
{
    Live::new(move || Streamed(Box::pin(make())))
}

/// A body that is read from an [`AsyncRead`], which `make` makes at each use; each read is a chunk.
///
/// ```
/// # use standin_core::prelude::*;
/// # let net = standin_core::activate().lenient();
/// let bytes = || std::io::Cursor::new("read me");
/// mock::get("https://x.io/file").optional().reply(standin_wire::read(bytes));
/// ```
pub fn read<R>(make: impl Fn() -> R + Send + Sync + 'static) -> Live
where
    R: AsyncRead + Send + 'static,
{
    Live::new(move || Read {
        from: Box::pin(make()),
        buffer: vec![0; READ].into_boxed_slice(),
    })
}

struct Streamed<S>(Pin<Box<S>>);

impl<S, B, E> LiveBody for Streamed<S>
where
    S: Stream<Item = Result<B, E>> + Send,
    B: Into<Bytes>,
    E: Into<BoxError>,
{
    fn poll_chunk(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Fault>>> {
        let next = ready!(self.0.as_mut().poll_next(cx));
        Poll::Ready(next.map(|item| item.map(Into::into).map_err(|error| fault(&*error.into()))))
    }
}

struct Read<R> {
    from: Pin<Box<R>>,
    buffer: Box<[u8]>,
}

impl<R: AsyncRead + Send> LiveBody for Read<R> {
    fn poll_chunk(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Fault>>> {
        let Self { from, buffer } = &mut *self;
        let mut read = ReadBuf::new(buffer);
        Poll::Ready(match ready!(from.as_mut().poll_read(cx, &mut read)) {
            Err(error) => Some(Err(fault(&error))),
            Ok(()) if read.filled().is_empty() => None,
            Ok(()) => Some(Ok(Bytes::copy_from_slice(read.filled()))),
        })
    }
}

/// The fault that comes nearest to an error.
fn fault(error: &(dyn std::error::Error + 'static)) -> Fault {
    match error.downcast_ref::<io::Error>().map(io::Error::kind) {
        Some(io::ErrorKind::ConnectionReset) => Fault::Reset,
        Some(io::ErrorKind::BrokenPipe) => Fault::BrokenPipe,
        Some(io::ErrorKind::UnexpectedEof) => Fault::Closed,
        Some(io::ErrorKind::TimedOut) => Fault::TimedOut,
        _ => Fault::other(error.to_string()),
    }
}
