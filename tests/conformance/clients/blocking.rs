//! A blocking client of reqwest with standin's connector layer: its requests, and the server of its connections, run on a thread of
//! its own, by the machine's time.
//!
//! Built once for each version of reqwest.

use std::io::Read;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame};
use hyper::ext::ReasonPhrase;
use tokio::task::{JoinHandle, spawn_blocking};

use super::client::blocking::{self, Client, Response};
use super::{Plain, layer};
use crate::client::{
    BoxError, Opened, Refused, Sent, Shows, Upgrades, Upload, get, told, unless_given_up,
};

#[derive(Clone)]
pub struct Blocking<const HTTP2: bool>(Client);

impl<const HTTP2: bool> crate::client::Client for Blocking<HTTP2> {
    const SHOWS: Shows = Shows {
        // Its response has no way to them.
        trailers: false,
        // It sends all of a body, then it waits for the reply.
        early: false,
        paused: false,
        // Its thread belongs to no test but the one that made it.
        follows: false,
        upgrades: Upgrades::Never("a blocking response does not give its stream away"),
        // A socket is a socket.
        ..<Plain<HTTP2> as crate::client::Client>::SHOWS
    };

    fn new() -> Self {
        let layer = layer();
        // It must not be built in a runtime.
        let built = thread::spawn(move || {
            let client = Client::builder();
            let client = match HTTP2 {
                true => client.http2_prior_knowledge(),
                false => client,
            };
            client.connector_layer(layer).build()
        });
        Self(built.join().expect("no panic").expect("a client"))
    }

    async fn open(&self, request: http::Request<Upload>) -> Result<Opened, BoxError> {
        self.ask(None, request).await
    }

    async fn get_within(&self, limit: Duration, url: &str) -> Option<Result<Sent, Refused>> {
        unless_given_up::<Self>(self.ask(Some(limit), get(url)).await).await
    }

    fn gave_up(error: &BoxError) -> bool {
        let error = error.downcast_ref::<super::client::Error>();
        error.is_some_and(|error| error.is_timeout() && !error.is_connect())
    }

    fn pace(duration: Duration) -> Duration {
        (duration / 5).min(Duration::from_millis(1500))
    }
}

impl<const HTTP2: bool> Blocking<HTTP2> {
    async fn ask(
        &self,
        limit: Option<Duration>,
        request: http::Request<Upload>,
    ) -> Result<Opened, BoxError> {
        let client = self.0.clone();
        let run = move || {
            let (parts, upload) = request.into_parts();
            let body = upload
                .try_into_bytes()
                .map_or_else(blocking::Body::new, blocking::Body::from);
            let asked = client
                .request(parts.method, parts.uri.to_string())
                .headers(parts.headers)
                .body(body);
            match limit {
                Some(limit) => asked.timeout(limit).send(),
                None => asked.send(),
            }
        };
        let response = spawn_blocking(run).await??;
        let mut opened = http::Response::new(());
        *opened.status_mut() = response.status();
        *opened.version_mut() = response.version();
        *opened.headers_mut() = response.headers().clone();
        if let Some(reason) = response.extensions().get::<ReasonPhrase>() {
            opened.extensions_mut().insert(reason.clone());
        }
        told(opened.map(|()| Reader(State::Waits(Some(response))))).await
    }
}

/// A body that is read piece by piece, on threads that may block.
struct Reader(State);

enum State {
    Waits(Option<Response>),
    Reads(JoinHandle<(Response, std::io::Result<Vec<u8>>)>),
}

impl Body for Reader {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        loop {
            match &mut self.0 {
                State::Waits(response) => {
                    let Some(mut response) = response.take() else {
                        return Poll::Ready(None);
                    };
                    self.0 = State::Reads(spawn_blocking(move || {
                        let mut piece = vec![0; 16 << 10];
                        let read = response.read(&mut piece).map(|read| {
                            piece.truncate(read);
                            piece
                        });
                        (response, read)
                    }));
                }
                State::Reads(reading) => {
                    let (response, read) = ready!(Pin::new(reading).poll(cx))?;
                    let goes_on = read.as_ref().is_ok_and(|piece| !piece.is_empty());
                    self.0 = State::Waits(goes_on.then_some(response));
                    return Poll::Ready(match read {
                        Ok(piece) if piece.is_empty() => None,
                        Ok(piece) => Some(Ok(Frame::data(piece.into()))),
                        Err(error) => Some(Err(error)),
                    });
                }
            }
        }
    }
}
