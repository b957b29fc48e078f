//! A test may want some requests mocked and others real: the layer answers the first and forwards the others.

use std::fmt;
use std::future::{Future, poll_fn};
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use standin_core::Engine;
use standin_wire::{BoxError, ReplyBody, Seat, Served, Serving, bypassed};

/// A layer that answers from the mocks of the engine that is active now, as long as it lives; without one, of the engine that is
/// active at the request.
pub fn layer() -> Layer {
    Layer {
        seat: Seat::of_client(),
    }
}

/// A layer that answers from the mocks of `engine`.
pub fn layer_for(engine: &Engine) -> Layer {
    Layer {
        seat: Seat::of(engine),
    }
}

/// Wraps a client in [`Layered`].
#[derive(Debug, Clone)]
pub struct Layer {
    seat: Seat,
}

impl<S> tower_layer::Layer<S> for Layer {
    type Service = Layered<S>;

    fn layer(&self, inner: S) -> Layered<S> {
        Layered {
            seat: self.seat.clone(),
            inner,
        }
    }
}

/// Answers what mocks match, and forwards to the inner service what a pass-through mock or the network policy lets through.
///
/// It is always ready: the inner service is asked whether it is only for what is forwarded. A request that may not leave is a
/// standin [`Error`](crate::Error) in the box.
#[derive(Debug, Clone)]
pub struct Layered<S> {
    seat: Seat,
    inner: S,
}

impl<S, B, R> tower_service::Service<http::Request<B>> for Layered<S>
where
    S: tower_service::Service<http::Request<B>, Response = http::Response<R>>
        + Clone
        + Send
        + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send,
    B: Body + From<Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = http::Response<ResponseBody<R>>;
    type Error = BoxError;
    type Future = Forwarded<S, B, R>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        Forwarded(match self.seat.asked() {
            Ok(engine) => State::Serving(Serving::new(engine, request), self.inner.clone()),
            Err(error) => State::Refused(error.into()),
        })
    }
}

/// The future of a [`Layered`] service.
#[must_use = "a future does nothing unless it is awaited"]
pub struct Forwarded<S, B, R>(State<S, B, R>);

type Forwarding<R> =
    Pin<Box<dyn Future<Output = Result<http::Response<ResponseBody<R>>, BoxError>> + Send>>;

#[expect(
    clippy::large_enum_variant,
    reason = "a box for the request is what the short way does without"
)]
enum State<S, B, R> {
    Serving(Serving<B>, S),
    Forwarding(Forwarding<R>),
    Refused(BoxError),
    Done,
}

/// The inner service is not called before it is in a box.
impl<S, B, R> Unpin for Forwarded<S, B, R> {}

impl<S, B, R> Future for Forwarded<S, B, R>
where
    S: tower_service::Service<http::Request<B>, Response = http::Response<R>> + Send + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send,
    B: Body + From<Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Output = Result<http::Response<ResponseBody<R>>, BoxError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        loop {
            match mem::replace(&mut self.0, State::Done) {
                State::Serving(mut serving, mut inner) => {
                    let Poll::Ready(served) = Pin::new(&mut serving).poll(cx) else {
                        self.0 = State::Serving(serving, inner);
                        return Poll::Pending;
                    };
                    let through = match served? {
                        Served::Reply(response) => {
                            return Poll::Ready(Ok(response.map(ResponseBody::Mocked)));
                        }
                        Served::PassThrough(through) => through,
                    };
                    self.0 = State::Forwarding(Box::pin(async move {
                        let (request, ticket) = through.into_request();
                        let forwarded = async {
                            poll_fn(|cx| inner.poll_ready(cx)).await?;
                            inner.call(request).await
                        };
                        let response = bypassed(forwarded).await;
                        ticket.settle();
                        Ok(response.map_err(Into::into)?.map(ResponseBody::Real))
                    }));
                }
                State::Forwarding(mut forwarding) => {
                    let polled = forwarding.as_mut().poll(cx);
                    if polled.is_pending() {
                        self.0 = State::Forwarding(forwarding);
                    }
                    return polled;
                }
                State::Refused(error) => return Poll::Ready(Err(error)),
                State::Done => return Poll::Pending,
            }
        }
    }
}

impl<S, B, R> fmt::Debug for Forwarded<S, B, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            State::Serving(..) => "Forwarded(asking)",
            State::Forwarding(_) => "Forwarded(forwarding)",
            State::Refused(_) => "Forwarded(refused)",
            State::Done => "Forwarded(done)",
        })
    }
}

/// The body of a mock's reply, or of the real one.
#[derive(Debug)]
pub enum ResponseBody<R> {
    /// Of a mock.
    Mocked(ReplyBody),
    /// Of the inner service.
    Real(R),
}

impl<R> Body for ResponseBody<R>
where
    R: Body<Data = Bytes> + Unpin,
    R::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match self.get_mut() {
            Self::Mocked(body) => Pin::new(body).poll_frame(cx).map_err(Into::into),
            Self::Real(body) => Pin::new(body).poll_frame(cx).map_err(Into::into),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Mocked(body) => body.is_end_stream(),
            Self::Real(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Mocked(body) => body.size_hint(),
            Self::Real(body) => body.size_hint(),
        }
    }
}
