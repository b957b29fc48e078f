//! Core has no I/O, and a closure that talks on a connection needs a stream: so the adapter that has one says what it can do.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::reply::Fault;

/// The bytes of a connection in both directions, of whatever kind it is.
pub trait ByteStream: Send {
    /// Reads into `buffer`; 0 is the end.
    ///
    /// # Errors
    /// When the connection broke.
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>>;

    /// Writes from `bytes`, as many as there is room for.
    ///
    /// # Errors
    /// When the connection broke.
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>>;

    /// Brings on its way what was written.
    ///
    /// # Errors
    /// When the connection broke.
    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Says that nothing more will be written.
    ///
    /// # Errors
    /// When the connection broke.
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Breaks the connection so that the client sees this fault, as far as the stream can show it. It is dropped next.
    fn break_off(self: Pin<&mut Self>, fault: &Fault);
}
