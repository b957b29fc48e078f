//! What a test speaks after an upgrade it mostly has already, as code over tokio's traits.

use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use standin_core::{ByteStream, Fault, IntoEnd, Upgrade};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// An answer of 101 to a request that asks for an upgrade to `protocol`, and what `talk` says after it: a reply, over HTTP/1.1
/// alone. The closure is called anew for each use; dropping its stream closes the connection.
///
/// An error that it returns fails verification, and so does a panic. Where there is no connection to talk on, as in a middleware,
/// the client gets an error that says so.
///
/// ```
/// # use standin_core::prelude::*;
/// # let net = standin_core::activate().lenient();
/// mock::get("https://x.io/shout").optional().reply(standin_wire::upgrade("echo", |stream| async {
///     let (mut from, mut to) = tokio::io::split(stream);
///     tokio::io::copy(&mut from, &mut to).await
/// }));
/// ```
#[track_caller]
pub fn upgrade<F, Fut>(protocol: &str, talk: F) -> Upgrade
where
    F: Fn(Upgraded) -> Fut + Send + Sync + 'static,
    Fut: Future<Output: IntoEnd> + Send + 'static,
{
    Upgrade::new(protocol, move |stream| talk(Upgraded(stream)))
}

/// The connection after an upgrade.
pub struct Upgraded(Pin<Box<dyn ByteStream>>);

impl Upgraded {
    /// Breaks the connection so that the client sees this fault.
    pub fn break_off(mut self, fault: Fault) {
        self.0.as_mut().break_off(&fault);
    }
}

impl AsyncRead for Upgraded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        read: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let came = ready!(self.0.as_mut().poll_read(cx, read.initialize_unfilled()))?;
        read.advance(came);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Upgraded {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.0.as_mut().poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.as_mut().poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.0.as_mut().poll_shutdown(cx)
    }
}

impl fmt::Debug for Upgraded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Upgraded")
    }
}
