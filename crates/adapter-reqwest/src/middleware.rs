//! A request that never leaves the process: taken from the middleware chain, answered, and made a response of reqwest again.
//!
//! Built once for each version of reqwest, which the parent module calls `client` and its middleware crate `chain`.

use std::mem;

use async_trait::async_trait;
use http::{Extensions, Uri};
use standin_core::Engine;
use standin_wire::{Error, ReplyBody, Seat, Served, Serving};

use super::chain::{self, Next};
use super::client::{Body, Request, Response, ResponseBuilderExt, Url};

/// A middleware that answers from the mocks of the engine that is active now, as long as it lives; without one, of the engine
/// that is active at the request.
///
/// Give it to the client last: `ClientBuilder::new(reqwest::Client::new()).with(middleware()).build()`.
pub fn middleware() -> Middleware {
    Middleware {
        seat: Seat::active(),
    }
}

/// A middleware that answers from the mocks of `engine`.
pub fn middleware_for(engine: &Engine) -> Middleware {
    Middleware {
        seat: Seat::of(engine),
    }
}

/// Answers requests from mocks, in memory, and hands what may pass through to the client behind it.
///
/// What the client itself does is not done for a mocked request: default headers, redirects, cookies, decompression, and the
/// timeout of the client or the request. Faults and unmatched requests are `reqwest_middleware::Error::Middleware`, with
/// standin's [`Error`] inside.
#[derive(Debug, Clone)]
pub struct Middleware {
    seat: Seat,
}

#[async_trait]
impl chain::Middleware for Middleware {
    async fn handle(
        &self,
        mut request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> chain::Result<Response> {
        let refused = |error: Error, url: &Url| {
            // The chain of causes begins below what `Middleware` wraps: the words of reqwest take that place, and the error
            // of standin is the first cause.
            chain::Error::Middleware(
                anyhow::Error::new(error).context(format!("error sending request for url ({url})")),
            )
        };
        let engine = match self.seat.engine() {
            Ok(engine) => engine,
            Err(error) => return Err(refused(error, request.url())),
        };
        let uri = match Uri::try_from(request.url().as_str()) {
            Ok(uri) => uri,
            Err(error) => return Err(refused(Error::Request(error.into()), request.url())),
        };
        match Serving::new(engine, asked(&mut request, uri)).await {
            Ok(Served::Reply(reply)) => response(reply, request.url().clone())
                .map_err(|error| refused(error, request.url())),
            Ok(Served::PassThrough(through)) => {
                let (asked, ticket) = through.into_request();
                let (parts, body) = asked.into_parts();
                *request.headers_mut() = parts.headers;
                *request.body_mut() = Some(body);
                let response = next.run(request, extensions).await;
                ticket.settle();
                response
            }
            Err(error) => Err(refused(error, request.url())),
        }
    }
}

/// The request as the engine wants it. What it needs is moved out, not copied.
fn asked(request: &mut Request, uri: Uri) -> http::Request<Body> {
    let mut asked = http::Request::new(request.body_mut().take().unwrap_or_default());
    *asked.method_mut() = request.method().clone();
    *asked.uri_mut() = uri;
    *asked.version_mut() = request.version();
    *asked.headers_mut() = mem::take(request.headers_mut());
    asked
}

fn response(reply: http::Response<ReplyBody>, url: Url) -> Result<Response, Error> {
    let (parts, body) = reply.into_parts();
    let mut response = http::Response::builder()
        .status(parts.status)
        .version(parts.version);
    if let Some(headers) = response.headers_mut() {
        *headers = parts.headers;
    }
    if let Some(extensions) = response.extensions_mut() {
        *extensions = parts.extensions;
    }
    // Bytes are cheaper for reqwest than any body that has to be asked for them.
    let body = body.try_into_bytes().map_or_else(Body::wrap, Body::from);
    response
        .url(url)
        .body(body)
        .map(Response::from)
        .map_err(Error::Request)
}
