//! A client that is only an interface is replaced by a service that asks an engine.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http_body::Body;
use standin_core::Engine;
use standin_wire::{BoxError, Error, ReplyBody, Seat, Served, Serving};

/// A service that answers from the mocks of the engine that is active now, as long as it lives; without one, of the engine that
/// is active at the request.
pub fn service() -> Service {
    Service {
        seat: Seat::of_client(),
    }
}

/// A service that answers from the mocks of `engine`.
pub fn service_for(engine: &Engine) -> Service {
    Service {
        seat: Seat::of(engine),
    }
}

/// Answers requests from mocks. It is always ready, and clones are the same.
///
/// A request that no mock matches, or that may go to the real network, is an [`Error`]: there is no network behind it.
#[derive(Debug, Clone)]
pub struct Service {
    seat: Seat,
}

impl<B> tower_service::Service<http::Request<B>> for Service
where
    B: Body + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = http::Response<ReplyBody>;
    type Error = Error;
    type Future = Answer<B>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Answer<B> {
        Answer(
            self.seat
                .asked()
                .map(|engine| Serving::new(engine, request))
                .map_err(Some),
        )
    }
}

/// The future of a [`Service`].
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct Answer<B>(Result<Serving<B>, Option<Error>>);

impl<B> Future for Answer<B>
where
    B: Body + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Output = Result<http::Response<ReplyBody>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.get_mut().0 {
            Ok(serving) => Poll::Ready(match ready!(Pin::new(serving).poll(cx))? {
                Served::Reply(response) => Ok(response),
                Served::PassThrough(_) => Err(Error::NoNetwork),
            }),
            Err(error) => error
                .take()
                .map_or(Poll::Pending, |error| Poll::Ready(Err(error))),
        }
    }
}

const _: () = {
    const fn shared<T: Clone + Send + Sync>() {}
    shared::<Service>();
};
