//! A tunnel to what no mock claims leads to the real network, where the policy lets it: bytes go to and fro, and nobody looks at them.

use std::fmt;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::uri::Authority;
use hyper::rt::{Read, ReadBuf, Write};
use standin_core::Ended;

/// How much is on its way in a direction, in bytes.
const PIECE: usize = 16 << 10;

/// A byte stream of any type.
pub(super) trait Duplex: Read + Write + Unpin + Send {}

impl<T: Read + Write + Unpin + Send> Duplex for T {}

type Dialling = Pin<Box<dyn Future<Output = io::Result<Box<dyn Duplex>>> + Send>>;

/// How to reach the far end of a tunnel.
#[derive(Clone)]
pub(super) struct Dial(Arc<dyn Fn(Authority) -> Dialling + Send + Sync>);

impl Dial {
    /// By TCP, on the runtime of the caller.
    #[cfg(feature = "listen")]
    pub(super) fn tcp() -> Self {
        Self(Arc::new(|authority| {
            Box::pin(async move {
                let host = authority.host();
                let host = host
                    .strip_prefix('[')
                    .and_then(|host| host.strip_suffix(']'))
                    .unwrap_or(host);
                let port = authority.port_u16().unwrap_or(443);
                let stream = tokio::net::TcpStream::connect((host, port)).await?;
                // Whose bytes these are decides about delays.
                let _ = stream.set_nodelay(true);
                let (socket, _shut) = super::socket::Socket::new(stream);
                Ok(Box::new(socket) as Box<dyn Duplex>)
            })
        }))
    }

    pub(super) async fn dial(&self, to: Authority) -> io::Result<Box<dyn Duplex>> {
        self.0(to).await
    }
}

impl fmt::Debug for Dial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Dial")
    }
}

/// Carries bytes both ways until both ends have ended, one of them has broken, or the engine has ended.
pub(super) async fn relay(mut near: impl Duplex, mut far: impl Duplex, mut ended: Ended) {
    let (mut there, mut back) = (Way::new(), Way::new());
    let mut there_over = false;
    let mut back_over = false;
    poll_fn(|cx| {
        if pin!(&mut ended).poll(cx).is_ready() {
            return Poll::Ready(());
        }
        for (over, way, forth) in [
            (&mut there_over, &mut there, true),
            (&mut back_over, &mut back, false),
        ] {
            if *over {
                continue;
            }
            let carried = match forth {
                true => way.carry(cx, &mut near, &mut far),
                false => way.carry(cx, &mut far, &mut near),
            };
            match carried {
                Poll::Ready(Ok(())) => *over = true,
                Poll::Ready(Err(_)) => return Poll::Ready(()),
                Poll::Pending => {}
            }
        }
        match there_over && back_over {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    })
    .await;
}

/// One of both directions.
struct Way {
    piece: Box<[u8]>,
    /// Where what is still to be written stands.
    waits: std::ops::Range<usize>,
    is_flushed: bool,
    has_ended: bool,
}

impl Way {
    fn new() -> Self {
        Self {
            piece: vec![0; PIECE].into_boxed_slice(),
            waits: 0..0,
            is_flushed: true,
            has_ended: false,
        }
    }

    /// Ready when all is over there, and the other end has been told.
    fn carry(
        &mut self,
        cx: &mut Context<'_>,
        from: &mut impl Duplex,
        to: &mut impl Duplex,
    ) -> Poll<io::Result<()>> {
        loop {
            while !self.waits.is_empty() {
                let bytes = &self.piece[self.waits.clone()];
                let written = ready!(Pin::new(&mut *to).poll_write(cx, bytes))?;
                if written == 0 {
                    return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
                }
                self.waits.start += written;
                self.is_flushed = false;
            }
            if self.has_ended {
                return Pin::new(&mut *to).poll_shutdown(cx);
            }
            let mut read = ReadBuf::new(&mut self.piece);
            match Pin::new(&mut *from).poll_read(cx, read.unfilled()) {
                Poll::Ready(come) => come?,
                Poll::Pending if self.is_flushed => return Poll::Pending,
                Poll::Pending => {
                    ready!(Pin::new(&mut *to).poll_flush(cx))?;
                    self.is_flushed = true;
                    return Poll::Pending;
                }
            }
            self.waits = 0..read.filled().len();
            self.has_ended = self.waits.is_empty();
        }
    }
}
