//! ureq asks for blocking calls with a timeout; the server of a stream in memory is a future. The calling thread runs it.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll, Waker, ready};

use hyper::rt::{Read, ReadBuf, Write};
use standin_core::{Accepted, Fault};
use standin_wire::{MemoryStream, Origin, Seat, blocked};
use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::transport::{Buffers, LazyBuffers, NextTimeout, ShutdownHandle, Transport};

use crate::parking::{Deadline, Parking};
use crate::place::Place;
use crate::upstream::upstream;

/// A connection to mocks.
#[derive(Debug)]
pub(crate) struct Mocked {
    /// Never locked: ureq wants a transport that is `Sync`, and calls it by `&mut` alone.
    stream: Mutex<MemoryStream>,
    buffers: LazyBuffers,
    parking: Arc<Parking>,
    waker: Waker,
    place: Place,
    is_tls: bool,
}

impl Mocked {
    pub(crate) fn new(place: Place, uri: &Uri, config: &Config) -> Self {
        let seat = Seat::of(&place.engine);
        let origin = Origin::of(uri).with_upstream(upstream(config));
        Self::over(MemoryStream::new(seat, origin), place, uri, config)
    }

    /// A connection that is there and broken.
    pub(crate) fn broken(fault: Fault, place: Place, uri: &Uri, config: &Config) -> Self {
        Self::over(MemoryStream::broken(fault), place, uri, config)
    }

    /// A connection that a mock of connections hears and answers.
    pub(crate) fn conversation(
        accepted: Accepted,
        place: Place,
        uri: &Uri,
        config: &Config,
    ) -> Self {
        let host = uri.host().unwrap_or("").to_owned();
        Self::over(
            MemoryStream::conversation(accepted, host),
            place,
            uri,
            config,
        )
    }

    fn over(stream: MemoryStream, place: Place, uri: &Uri, config: &Config) -> Self {
        let parking = Arc::<Parking>::default();
        Self {
            stream: Mutex::new(stream),
            buffers: LazyBuffers::new(config.input_buffer_size(), config.output_buffer_size()),
            waker: Waker::from(Arc::clone(&parking)),
            parking,
            is_tls: uri.scheme_str() == Some("https"),
            place,
        }
    }

    pub(crate) fn shutdown_handle(&self) -> Weak<dyn ShutdownHandle> {
        let weak: Weak<Parking> = Arc::downgrade(&self.parking);
        weak
    }

    /// Runs the server until `poll` is ready.
    fn run<T>(
        &mut self,
        timeout: NextTimeout,
        mut poll: impl FnMut(
            Pin<&mut MemoryStream>,
            &mut LazyBuffers,
            &mut Context<'_>,
        ) -> Poll<io::Result<T>>,
    ) -> Result<T, Error> {
        let deadline = Deadline::of(timeout)?;
        self.parking.check()?;
        let stream = self.stream.get_mut();
        let stream = stream.unwrap_or_else(PoisonError::into_inner);
        let mut cx = Context::from_waker(&self.waker);
        loop {
            let polled = blocked(|| poll(Pin::new(&mut *stream), &mut self.buffers, &mut cx));
            match polled {
                Poll::Ready(done) => return Ok(done?),
                Poll::Pending => self.parking.park(deadline)?,
            }
        }
    }
}

impl Transport for Mocked {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let mut written = 0;
        self.run(timeout.for_write(), |mut stream, buffers, cx| {
            while written < amount {
                let rest = &buffers.output()[written..amount];
                match ready!(stream.as_mut().poll_write(cx, rest)) {
                    // A socket takes bytes that its peer does not read any more. What the peer said before it left, or the
                    // fault by which it did, comes with the next read.
                    Err(error) if error.kind() == io::ErrorKind::BrokenPipe => written = amount,
                    Ok(0) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                    Ok(more) => written += more,
                    Err(error) => return Poll::Ready(Err(error)),
                }
            }
            stream.poll_flush(cx)
        })
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.run(timeout.for_read(), |stream, buffers, cx| {
            let mut read = ReadBuf::new(buffers.input_append_buf());
            ready!(stream.poll_read(cx, read.unfilled()))?;
            let amount = read.filled().len();
            buffers.input_appended(amount);
            Poll::Ready(Ok(amount > 0))
        })
    }

    fn is_open(&mut self) -> bool {
        if !self.place.still(true) || self.parking.check().is_err() {
            return false;
        }
        let stream = self.stream.get_mut();
        let stream = Pin::new(stream.unwrap_or_else(PoisonError::into_inner));
        let mut unexpected = [0];
        let mut read = ReadBuf::new(&mut unexpected);
        let mut cx = Context::from_waker(Waker::noop());
        blocked(|| stream.poll_read(&mut cx, read.unfilled())).is_pending()
    }

    fn is_tls(&self) -> bool {
        self.is_tls
    }
}
