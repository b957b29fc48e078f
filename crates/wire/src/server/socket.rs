//! A TCP connection that two parties know: the task that serves it, and the listener that shuts it.

use std::io::{self, Read as _};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::rt::{Read, ReadBufCursor, Write};
use socket2::SockRef;
use standin_core::Fault;
use tokio::io::AsyncRead;
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

use super::carrier::Carrier;
use super::hurry::is_hurried;
use crate::time;

/// How much is read at a time, in bytes.
const READ: usize = 16 << 10;

/// See [`Carrier::grace`].
const GRACE: Duration = Duration::from_millis(20);

/// A TCP connection as [`serve_connection`](crate::serve_connection) takes it.
#[derive(Debug)]
pub struct Socket {
    /// tokio reads through a half without asking twice whether there is more; writing needs no more than to look at it.
    half: OwnedReadHalf,
    /// Kept, because zeroing it takes longer than to read a head.
    read: Box<[u8]>,
    /// Whether what came is acknowledged at once. A client with Nagle's algorithm, as hyper-util's is unless told otherwise, keeps back
    /// what it writes next until then, and the kernel puts that off by the machine's time: where time is paused, it would run on.
    is_prompt: bool,
}

impl Socket {
    /// The connection, and what shuts it.
    pub fn new(stream: TcpStream) -> (Self, Shut) {
        let (half, other) = stream.into_split();
        let read = vec![0; READ].into_boxed_slice();
        let is_prompt = !time::is_of_the_machine();
        let socket = Self {
            half,
            read,
            is_prompt,
        };
        (socket, Shut(Some(other)))
    }

    /// Acknowledges what was read; it holds until TCP thinks better of it.
    fn acknowledge(&self) {
        if !self.is_prompt {
            return;
        }
        // Who cannot have it has what others have.
        #[cfg(any(target_os = "linux", target_os = "android"))]
        let _ = SockRef::from(self.stream()).set_tcp_quickack(true);
    }

    fn stream(&self) -> &TcpStream {
        self.half.as_ref()
    }
}

/// What shuts a [`Socket`] that somebody else serves.
#[derive(Debug)]
pub struct Shut(Option<OwnedWriteHalf>);

impl Shut {
    /// Ends the connection in both directions; who serves it sees the end, and so does the client.
    pub fn shut(self) {
        if let Some(half) = &self.0 {
            // One that is shut already is what is wanted.
            let _ = SockRef::from(half.as_ref()).shutdown(std::net::Shutdown::Both);
        }
    }
}

impl Drop for Shut {
    fn drop(&mut self) {
        // A half that is dropped says goodbye, and a reset has none.
        if let Some(half) = self.0.take() {
            half.forget();
        }
    }
}

impl Carrier for Socket {
    fn grace(&self) -> Duration {
        GRACE
    }

    fn break_off(&mut self, fault: &Fault) {
        if fault.kind() == Some(io::ErrorKind::ConnectionReset) {
            // Closing then resets; should that fail, it is an end all the same.
            let _ = SockRef::from(self.stream()).set_linger(Some(Duration::ZERO));
        } else {
            // Closing a socket with unread bytes would reset it.
            let mut unread = [0; 4096];
            while self
                .stream()
                .try_read(&mut unread)
                .is_ok_and(|read| read > 0)
            {}
        }
    }
}

impl Read for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let Self { half, read, .. } = &mut *self;
        let room = buf.remaining().min(read.len());
        let mut read = tokio::io::ReadBuf::new(&mut read[..room]);
        match Pin::new(&mut *half).poll_read(cx, &mut read) {
            Poll::Ready(Ok(())) => {}
            polled if is_hurried() => {
                let mut socket = &*SockRef::from(half.as_ref());
                match socket.read(read.initialize_unfilled()) {
                    Ok(count) => read.advance(count),
                    Err(_) => return polled,
                }
            }
            polled => {
                self.acknowledge();
                return polled;
            }
        }
        buf.put_slice(read.filled());
        Poll::Ready(Ok(()))
    }
}

impl Socket {
    fn poll_try(
        &self,
        cx: &mut Context<'_>,
        write: impl Fn(&TcpStream) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.stream().poll_write_ready(cx))?;
            match write(self.stream()) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                written => return Poll::Ready(written),
            }
        }
    }
}

impl Write for Socket {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_try(cx, |stream| stream.try_write(bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(SockRef::from(self.stream()).shutdown(std::net::Shutdown::Write))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_try(cx, |stream| stream.try_write_vectored(bytes))
    }
}
