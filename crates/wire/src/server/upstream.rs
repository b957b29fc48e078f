//! On a connection that mocks claim, a single request may still be meant for the real network. The connection leads nowhere, so the
//! adapter supplies another that does.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::header::{CONNECTION, EXPECT, HOST, PROXY_AUTHORIZATION, TE, TRANSFER_ENCODING, UPGRADE};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Request, Response, Uri, Version};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper::rt::{Read, Write};
use standin_core::Upload;

use super::beside::Beside;
use super::waiting::Waiting;
use crate::error::{BoxError, Error};

/// A way to the real network for requests that pass through, one at a time: what an adapter supplies that has one.
#[derive(Clone)]
pub struct Upstream(Arc<dyn Fn(Request<PassedBody>) -> Sending + Send + Sync>);

type Sending = Pin<Box<dyn Future<Output = Result<Response<RealBody>, BoxError>> + Send>>;

impl Upstream {
    /// By a function that sends a request, whose URI is absolute, and gives the real response.
    pub fn new<F, Fut, B>(send: F) -> Self
    where
        F: Fn(Request<PassedBody>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Response<B>, BoxError>> + Send + 'static,
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        Self(Arc::new(move |request| {
            let sending = send(request);
            Box::pin(async move { Ok(sending.await?.map(real)) })
        }))
    }

    /// By a function that connects to the scheme and authority of a URL. Each request gets a connection of its own, which runs
    /// where the request runs: no task is started.
    ///
    /// It speaks the version that was negotiated; where none was, HTTP/2 to `http` URLs that the client asked for in HTTP/2, and
    /// else HTTP/1.1.
    pub fn connecting<F, Fut, S>(connect: F) -> Self
    where
        F: Fn(Uri) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(S, Option<Version>), BoxError>> + Send + 'static,
        S: Read + Write + Unpin + Send + 'static,
    {
        Self::new(move |request: Request<PassedBody>| {
            let connecting = connect(request.uri().clone());
            async move {
                let (stream, negotiated) = connecting.await?;
                let is_plain = request.uri().scheme_str() == Some("http");
                let is_http2 = match negotiated {
                    Some(version) => version == Version::HTTP_2,
                    None => is_plain && request.version() == Version::HTTP_2,
                };
                exchange(stream, is_http2, request).await
            }
        })
    }

    /// Sends a request; its headers that belong to its connection stay behind, as those of the response do.
    pub(super) async fn send(
        &self,
        mut request: Request<PassedBody>,
    ) -> Result<Response<RealBody>, BoxError> {
        let headers = request.headers_mut();
        stay_behind(headers);
        headers.remove(PROXY_AUTHORIZATION);
        headers.remove(EXPECT);
        let mut response = self.0(request).await?;
        stay_behind(response.headers_mut());
        Ok(response)
    }
}

impl fmt::Debug for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Upstream")
    }
}

/// Removes what is said between two ends of a connection alone.
fn stay_behind(headers: &mut HeaderMap) {
    let named: Vec<String> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .filter(|name| name != "te")
        .collect();
    for name in named {
        headers.remove(name);
    }
    headers.remove(CONNECTION);
    headers.remove(TRANSFER_ENCODING);
    headers.remove(UPGRADE);
    headers.remove("keep-alive");
    headers.remove("proxy-connection");
    if headers.get(TE).is_some_and(|te| te != "trailers") {
        headers.remove(TE);
    }
}

async fn exchange<S>(
    stream: S,
    is_http2: bool,
    mut request: Request<PassedBody>,
) -> Result<Response<Driven>, BoxError>
where
    S: Read + Write + Unpin + Send + 'static,
{
    let (mut connection, answered): (Connection, Sent) = if is_http2 {
        *request.version_mut() = Version::HTTP_2;
        request.headers_mut().remove(HOST);
        let beside = Beside::default();
        let (mut sender, connection) = http2::handshake(beside.clone(), stream).await?;
        let connection = async move {
            // How it ended is told by the response.
            let _ = beside.run(connection, || false).await;
        };
        let sent = async move { sender.send_request(request).await };
        (Box::pin(connection), Box::pin(sent))
    } else {
        to_origin_form(&mut request);
        let (mut sender, connection) = http1::handshake(stream).await?;
        let connection = async move {
            let _ = connection.await;
        };
        let sent = async move { sender.send_request(request).await };
        (Box::pin(connection), Box::pin(sent))
    };
    let mut answered = pin!(answered);
    let mut is_over = false;
    let response = poll_fn(|cx| {
        is_over = is_over || connection.as_mut().poll(cx).is_ready();
        answered.as_mut().poll(cx)
    })
    .await?;
    Ok(response.map(|body| Driven {
        connection: (!is_over).then_some(connection),
        body,
    }))
}

type Connection = Pin<Box<dyn Future<Output = ()> + Send>>;
type Sent = Pin<Box<dyn Future<Output = hyper::Result<Response<Incoming>>> + Send>>;

/// HTTP/1.1 names its host in a header, and its path alone in the first line.
fn to_origin_form(request: &mut Request<PassedBody>) {
    *request.version_mut() = Version::HTTP_11;
    if !request.headers().contains_key(HOST)
        && let Some(authority) = request.uri().authority()
        && let Ok(host) = HeaderValue::from_str(authority.as_str())
    {
        request.headers_mut().insert(HOST, host);
    }
    let mut parts = http::uri::Parts::default();
    let path = request.uri().path_and_query().cloned();
    parts.path_and_query = Some(path.unwrap_or_else(|| PathAndQuery::from_static("/")));
    *request.uri_mut() = Uri::from_parts(parts).unwrap_or_default();
}

/// A real response's body, with the connection that it comes over.
struct Driven {
    connection: Option<Connection>,
    body: Incoming,
}

impl Body for Driven {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        if let Some(connection) = &mut self.connection
            && connection.as_mut().poll(cx).is_ready()
        {
            self.connection = None;
        }
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The body of a request that passes through. What passes is written to the journal.
#[derive(Debug)]
pub struct PassedBody(Passing);

enum Passing {
    Whole(Bytes),
    Coming {
        waiting: Box<Waiting>,
        upload: Option<Upload>,
    },
}

impl PassedBody {
    pub(super) fn whole(body: Bytes) -> Self {
        Self(Passing::Whole(body))
    }

    pub(super) fn coming(waiting: Waiting, upload: Option<Upload>) -> Self {
        let waiting = Box::new(waiting);
        Self(Passing::Coming { waiting, upload })
    }
}

impl fmt::Debug for Passing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(body) => write!(f, "{} bytes", body.len()),
            Self::Coming { .. } => f.write_str("coming"),
        }
    }
}

impl Body for PassedBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let piece = match &mut self.0 {
            Passing::Whole(body) if body.is_empty() => None,
            Passing::Whole(body) => Some(std::mem::take(body)),
            Passing::Coming { waiting, upload } => {
                let piece = ready!(waiting.intake.poll_next(cx)?);
                match (&piece, &mut *upload) {
                    (Some(piece), Some(upload)) => upload.push(piece),
                    (None, _) => *upload = None,
                    _ => {}
                }
                piece
            }
        };
        Poll::Ready(piece.map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        matches!(&self.0, Passing::Whole(body) if body.is_empty())
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Passing::Whole(body) => SizeHint::with_exact(body.len() as u64),
            Passing::Coming { waiting, .. } => waiting
                .known
                .map_or_else(SizeHint::default, SizeHint::with_exact),
        }
    }
}

/// The body of a real response.
pub(super) type RealBody = UnsyncBoxBody<Bytes, Error>;

fn real<B>(body: B) -> RealBody
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    body.map_err(|error| Error::Upstream(error.into()))
        .boxed_unsync()
}
