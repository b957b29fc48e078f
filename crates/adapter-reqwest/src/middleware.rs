//! A request that never leaves the process: taken from the middleware chain, answered, and made a response of reqwest again.
//!
//! Built once for each version of reqwest, which the parent module calls `client` and its middleware crate `chain`.

use std::cell::Cell;
use std::future::Future;
use std::mem;
use std::pin::Pin;

use http::{Extensions, Method, Uri};
use standin_core::{Engine, RequestRef};
use standin_wire::{Error, ReplyBody, Seat, Served, Serving, bypassed, plain_body};

use super::chain::{self, Next};
use super::client::{Body, Request, Response, ResponseBuilderExt, Url};

/// A middleware that answers from the mocks of the engine that is active now, as long as it lives; without one, of the engine
/// that is active at the request.
///
/// Give it to the client last: `ClientBuilder::new(reqwest::Client::new()).with(middleware()).build()`.
pub fn middleware() -> Middleware {
    Middleware {
        seat: Seat::of_client(),
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

impl chain::Middleware for Middleware {
    /// Written out, because `async_trait` would move the request once more, and make the future twice as large.
    fn handle<'me, 'extensions, 'next, 'all>(
        &'me self,
        request: Request,
        extensions: &'extensions mut Extensions,
        next: Next<'next>,
    ) -> Pin<Box<dyn Future<Output = chain::Result<Response>> + Send + 'all>>
    where
        'me: 'all,
        'extensions: 'all,
        'next: 'all,
    {
        Box::pin(async move {
            let engine = match self.seat.asked() {
                Ok(engine) => engine,
                Err(error) => return Err(refused(error, request.url())),
            };
            if let Some(response) = at_once(&engine, &request) {
                return Ok(response);
            }
            // In a box of its own, so that the usual request is not moved for the sake of this one.
            Box::pin(serve(engine, request, extensions, next)).await
        })
    }
}

/// The response, where a look at the request is enough to know it.
fn at_once(engine: &Engine, request: &Request) -> Option<Response> {
    let body = request.body().map_or(Some(&[][..]), Body::as_bytes)?;
    let url = request.url().as_str();
    let (method, version) = (request.method(), request.version());
    let look = RequestRef::from_parts(method, url, version, request.headers(), body)?;
    let reply = engine.reply_at_once(&look)?;
    let body = plain_body(&reply, *method == Method::HEAD);
    let mut told = telling(request.url(), Body::from(body));
    reply.write_head(&mut told);
    Some(of_reqwest(told))
}

async fn serve(
    engine: Engine,
    mut request: Request,
    extensions: &mut Extensions,
    next: Next<'_>,
) -> chain::Result<Response> {
    let uri = match Uri::try_from(request.url().as_str()) {
        Ok(uri) => uri,
        Err(error) => return Err(refused(Error::Request(error.into()), request.url())),
    };
    match Serving::new(engine, asked(&mut request, uri)).await {
        Ok(Served::Reply(reply)) => {
            // Bytes are cheaper for reqwest than any body that has to be asked for them.
            let body = |body: ReplyBody| body.try_into_bytes().map_or_else(Body::wrap, Body::from);
            Ok(response(reply.map(body), &request))
        }
        Ok(Served::PassThrough(through)) => {
            let (asked, ticket) = through.into_request();
            let (parts, body) = asked.into_parts();
            *request.headers_mut() = parts.headers;
            *request.body_mut() = Some(body);
            let response = bypassed(next.run(request, extensions)).await;
            ticket.settle();
            response
        }
        Err(error) => Err(refused(error, request.url())),
    }
}

/// The chain of causes begins below what `Middleware` wraps: the words of reqwest take that place, and the error of standin is
/// the first cause.
fn refused(error: Error, url: &Url) -> chain::Error {
    let error = anyhow::Error::new(error);
    chain::Error::Middleware(error.context(format!("error sending request for url ({url})")))
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

fn response(reply: http::Response<Body>, to: &Request) -> Response {
    let (head, body) = reply.into_parts();
    let mut told = telling(to.url(), body);
    *told.status_mut() = head.status;
    *told.version_mut() = head.version;
    *told.headers_mut() = head.headers;
    told.extensions_mut().extend(head.extensions);
    of_reqwest(told)
}

thread_local! {
    /// What the last response of this thread was told its URL by: reqwest takes that out and leaves an empty map. A new one for
    /// each response would cost half as much as to find its mock.
    static SPARE: Cell<Extensions> = Cell::default();
}

/// A response that tells reqwest its URL. A builder is the only way to do that, and it costs more the more it is told.
fn telling(url: &Url, body: Body) -> http::Response<Body> {
    let mut told = http::Response::builder();
    if let Some(extensions) = told.extensions_mut() {
        *extensions = SPARE.try_with(Cell::take).unwrap_or_default();
    }
    told.url(url.clone()).body(body).unwrap_or_default()
}

fn of_reqwest(told: http::Response<Body>) -> Response {
    let mut response = Response::from(told);
    if response.extensions().is_empty() {
        let spare = mem::take(response.extensions_mut());
        // Where the thread ends, so does the map.
        let _ = SPARE.try_with(|last| last.set(spare));
    }
    response
}
