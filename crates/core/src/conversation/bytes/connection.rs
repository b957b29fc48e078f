//! The test's end of a stream of bytes, whatever carries it and whichever runtime polls it.

use std::fmt;
use std::future::poll_fn;
use std::io;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;

use super::broken::{Broken, Wanted};
use super::pipe::{Ending, Pipe, Sleeper};
use crate::network::Destination;
use crate::reply::Fault;

/// One connection of a client to a mock of `mock::tcp(..)`, for the closure that serves it.
///
/// What is read is taken off; what is sent goes out in order. When the closure is done the connection is closed, after all that
/// was sent.
///
/// ```
/// # use standin_core::prelude::*;
/// # let net = standin_core::activate();
/// use standin_core::Connection;
///
/// mock::tcp("redis.example.com:6379").optional().serve(async |mut io: Connection| {
///     while let Some(line) = io.read_line().await? {
///         io.send(if line == "PING" { "+PONG\r\n" } else { "-ERR\r\n" });
///     }
///     std::io::Result::Ok(())
/// });
/// ```
pub struct Connection {
    pipe: Pipe,
    to: Destination,
    sleep: Sleeper,
}

impl Connection {
    pub(crate) fn new(pipe: Pipe, to: Destination, sleep: Sleeper) -> Self {
        Self { pipe, to, sleep }
    }

    pub(super) fn pipe(&self) -> &Pipe {
        &self.pipe
    }

    /// Where the client connected to.
    pub fn destination(&self) -> &Destination {
        &self.to
    }

    /// What has come, as soon as anything has; empty when the client says no more.
    pub async fn read(&mut self) -> Bytes {
        poll_fn(|cx| self.poll_read(cx, usize::MAX)).await
    }

    /// As [`read`](Self::read), at most so many bytes: for who implements a runtime's traits.
    pub fn poll_read(&mut self, cx: &mut Context<'_>, most: usize) -> Poll<Bytes> {
        self.pipe.poll_read(cx, most)
    }

    /// The next so many bytes.
    ///
    /// # Errors
    /// [`UnexpectedEof`](io::ErrorKind::UnexpectedEof), when the client says no more before.
    pub async fn read_exact(&mut self, count: usize) -> io::Result<Bytes> {
        let bytes = poll_fn(|cx| self.pipe.poll_exact(cx, count)).await;
        match bytes.len() {
            length if length == count => Ok(bytes),
            length => Err(eof(format!("the client said {length} bytes of {count}"))),
        }
    }

    /// What comes up to `end`, and `end` itself.
    ///
    /// # Errors
    /// [`UnexpectedEof`](io::ErrorKind::UnexpectedEof), when the client says no more before.
    pub async fn read_until(&mut self, end: impl AsRef<[u8]>) -> io::Result<Bytes> {
        let end = end.as_ref();
        let bytes = poll_fn(|cx| self.pipe.poll_until(cx, end)).await;
        match bytes.ends_with(end) {
            true => Ok(bytes),
            false => Err(eof(format!(
                "the client said {} bytes without the end that was waited for",
                bytes.len()
            ))),
        }
    }

    /// The next line without its end, which is `\n` or `\r\n`; bytes that are not UTF-8 are replaced. `None` when the client says
    /// no more.
    ///
    /// # Errors
    /// [`UnexpectedEof`](io::ErrorKind::UnexpectedEof), when the client says no more in the middle of a line.
    pub async fn read_line(&mut self) -> io::Result<Option<String>> {
        let line = poll_fn(|cx| self.pipe.poll_until(cx, b"\n")).await;
        if line.is_empty() {
            return Ok(None);
        }
        match line.strip_suffix(b"\n") {
            Some(line) => {
                let line = line.strip_suffix(b"\r").unwrap_or(line);
                Ok(Some(String::from_utf8_lossy(line).into_owned()))
            }
            None => Err(eof("the client said half a line".to_owned())),
        }
    }

    /// Reads exactly these bytes. Where others come the test fails, with expected against received and the line of this call.
    ///
    /// # Errors
    /// [`InvalidData`](io::ErrorKind::InvalidData), when others come or none.
    #[track_caller]
    pub fn expect(
        &mut self,
        bytes: impl AsRef<[u8]>,
    ) -> Pin<Box<dyn Future<Output = io::Result<()>> + Send + '_>> {
        let at = Location::caller();
        let expected = Bytes::copy_from_slice(bytes.as_ref());
        let pipe = &self.pipe;
        Box::pin(async move {
            let heard = poll_fn(|cx| pipe.poll_these(cx, &expected)).await;
            heard.map_err(|received| {
                let broken = Broken {
                    step: format!("io.expect(..) at {}:{}", at.file(), at.line()),
                    expected: Wanted::These(expected),
                    received,
                };
                let said = broken.miss().to_string();
                pipe.breaks(broken);
                io::Error::new(io::ErrorKind::InvalidData, said)
            })
        })
    }

    /// Says this to the client. It is on its way as soon as the closure waits for something, or is done.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.pipe.send(bytes.as_ref());
    }

    /// Ends this direction after what was sent; the client may still speak.
    pub fn close(&mut self) {
        self.pipe.end(Ending::Close);
    }

    /// Breaks the connection after what was sent: `Fault::Reset` resets it, any other closes it.
    pub fn break_off(&mut self, fault: Fault) {
        self.pipe.end(Ending::Fault(fault));
    }

    /// Waits so long by the client's time, paused time included.
    pub async fn wait(&mut self, duration: Duration) {
        (self.sleep)(duration).await;
    }

    /// Shakes hands with the client, which begins with TLS now; what follows is the plain text inside. For STARTTLS and its like.
    ///
    /// # Errors
    /// When the client does not, or the adapter has no TLS (feature `tls`).
    pub async fn start_tls(&mut self) -> io::Result<()> {
        poll_fn(|cx| self.pipe.poll_secured(cx)).await
    }
}

fn eof(said: String) -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, said)
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("to", &self.to)
            .field("pipe", &self.pipe)
            .finish_non_exhaustive()
    }
}
