//! A TCP connection that two parties know: the task that serves it, and the listener that shuts it.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::rt::{Read, ReadBufCursor, Write};
use socket2::SockRef;
use standin_core::Fault;
use tokio::net::TcpStream;

use super::carrier::Carrier;

/// How much is read at a time, in bytes.
const READ: usize = 16 << 10;

/// One of the listener's connections.
pub(super) struct Socket {
    stream: Arc<TcpStream>,
    /// Kept, because zeroing it takes longer than to read a head.
    read: Box<[u8]>,
}

impl Socket {
    pub(super) fn new(stream: Arc<TcpStream>) -> Self {
        let read = vec![0; READ].into_boxed_slice();
        Self { stream, read }
    }
}

impl Carrier for Socket {
    fn break_off(&mut self, fault: &Fault) {
        if *fault == Fault::Reset {
            // Closing then resets; should that fail, it is an end all the same.
            let _ = SockRef::from(&*self.stream).set_linger(Some(Duration::ZERO));
        } else {
            // Closing a socket with unread bytes would reset it.
            let mut unread = [0; 4096];
            while self.stream.try_read(&mut unread).is_ok_and(|read| read > 0) {}
        }
    }
}

impl Read for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let Self {
            stream,
            read: bytes,
        } = &mut *self;
        let room = buf.remaining().min(bytes.len());
        loop {
            ready!(stream.poll_read_ready(cx))?;
            match stream.try_read(&mut bytes[..room]) {
                Ok(read) => {
                    buf.put_slice(&bytes[..read]);
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl Socket {
    fn poll_try(
        &self,
        cx: &mut Context<'_>,
        write: impl Fn(&TcpStream) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.stream.poll_write_ready(cx))?;
            match write(&self.stream) {
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
        Poll::Ready(SockRef::from(&*self.stream).shutdown(std::net::Shutdown::Write))
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
