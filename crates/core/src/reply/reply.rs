//! One reply: status, headers, body, and what happens before and after them.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, SET_COOKIE, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Version};

use crate::declare::DeclareError;
use crate::reply::body::{Body, IntoBody};
use crate::reply::fault::Fault;
use crate::reply::gate::Gate;
use crate::reply::into_answer::IntoStatus;

/// A reply with this status and nothing else yet.
///
/// ```
/// # use standin_core::prelude::*;
/// let created = reply(201).header("location", "/orders/8").body("done");
/// ```
#[track_caller]
pub fn reply(status: impl IntoStatus) -> Reply {
    match status.into_status() {
        Ok(status) => Reply::new(status),
        Err(error) => Reply {
            error: Some(error),
            ..Reply::new(StatusCode::OK)
        },
    }
}

/// A plan for one answer. It is a value: nothing happens until an adapter carries it out.
#[derive(Clone)]
#[must_use = "a reply does nothing until it is given to a mock: `.reply(..)`"]
pub struct Reply {
    status: StatusCode,
    reason: Option<Arc<str>>,
    version: Option<Version>,
    headers: HeaderMap,
    body: Body,
    content_type: Option<Cow<'static, str>>,
    trailers: HeaderMap,
    before: Vec<Pause>,
    fault: Option<Fault>,
    pub(crate) error: Option<DeclareError>,
}

#[derive(Clone)]
enum Pause {
    For(Duration),
    Until(Gate),
}

impl Reply {
    pub(crate) fn new(status: StatusCode) -> Self {
        Self {
            status,
            reason: None,
            version: None,
            headers: HeaderMap::new(),
            body: Body::Empty,
            content_type: None,
            trailers: HeaderMap::new(),
            before: Vec::new(),
            fault: None,
            error: None,
        }
    }

    pub(crate) fn fault(fault: Fault) -> Self {
        Self {
            fault: Some(fault),
            ..Self::new(StatusCode::OK)
        }
    }

    /// Appends a header; repeated names stay repeated.
    #[track_caller]
    pub fn header(mut self, name: impl AsRef<str>, value: impl HeaderText) -> Self {
        if let Some((name, value)) = self.checked(name.as_ref(), value) {
            self.headers.append(name, value);
        }
        self
    }

    /// Sets a header to this value alone.
    #[track_caller]
    pub fn set_header(mut self, name: impl AsRef<str>, value: impl HeaderText) -> Self {
        if let Some((name, value)) = self.checked(name.as_ref(), value) {
            self.headers.insert(name, value);
        }
        self
    }

    /// Sets a cookie; attributes stand behind the value: `.cookie("sid", "7; Path=/; HttpOnly")`.
    #[track_caller]
    pub fn cookie(self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        self.header(
            SET_COOKIE.as_str(),
            format!("{}={}", name.as_ref(), value.as_ref()),
        )
    }

    /// The content type; `json`, `text`, `html`, `xml` and `form` are aliases, as pook has them.
    #[track_caller]
    pub fn content_type(self, content_type: &str) -> Self {
        let expanded = crate::body::media::full_name(content_type);
        self.set_header(CONTENT_TYPE.as_str(), expanded.to_string())
    }

    /// The body. It brings its content type along, unless a header says another.
    #[track_caller]
    pub fn body(mut self, body: impl IntoBody) -> Self {
        let payload = body.into_body();
        match payload.bytes {
            Ok(bytes) if bytes.is_empty() => self.body = Body::Empty,
            Ok(bytes) => self.body = Body::Whole(bytes),
            Err(error) => self.hold_error(error),
        }
        self.content_type = payload.content_type;
        self
    }

    /// A JSON body, of anything that can be serialised.
    #[track_caller]
    pub fn json(self, value: impl serde::Serialize) -> Self {
        self.body(crate::Json(value))
    }

    /// An XML body: text with the content type `application/xml`.
    #[track_caller]
    pub fn xml(mut self, document: impl Into<String>) -> Self {
        self = self.body(document.into());
        self.content_type = Some("application/xml".into());
        self
    }

    /// A body in pieces whose boundaries the client sees; no `content-length` is sent.
    pub fn chunks<B: Into<Bytes>>(mut self, chunks: impl IntoIterator<Item = B>) -> Self {
        self.body = Body::Chunks(chunks.into_iter().map(Into::into).collect());
        self.content_type
            .get_or_insert(Cow::Borrowed("application/octet-stream"));
        self
    }

    /// Appends a trailer, sent after the body.
    #[track_caller]
    pub fn trailer(mut self, name: impl AsRef<str>, value: impl HeaderText) -> Self {
        if let Some((name, value)) = self.checked(name.as_ref(), value) {
            self.trailers.append(name, value);
        }
        self
    }

    /// The reason phrase of HTTP/1.1. In process the reply carries it as an extension of the type [`Reason`].
    pub fn reason(mut self, reason: impl Into<Arc<str>>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    /// The HTTP version that the reply claims.
    pub fn version(mut self, version: Version) -> Self {
        self.version = Some(version);
        self
    }

    /// Waits before the head is sent, by the clock of whoever carries the reply out.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.before.push(Pause::For(delay));
        self
    }

    /// Waits before the head is sent until the test opens the gate.
    pub fn hold(mut self, gate: &Gate) -> Self {
        self.before.push(Pause::Until(gate.clone()));
        self
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers, the automatic ones included once the reply belongs to a mock.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The body.
    pub fn as_body(&self) -> &Body {
        &self.body
    }

    /// The fault that stands in the place of an answer.
    pub fn as_fault(&self) -> Option<&Fault> {
        self.fault.as_ref()
    }

    /// Whether it can be sent at once and whole: nothing to wait for, no fault, no chunks, no trailers.
    pub fn is_plain(&self) -> bool {
        self.before.is_empty()
            && self.fault.is_none()
            && self.trailers.is_empty()
            && !matches!(self.body, Body::Chunks(_))
    }

    /// The head, ready to be sent.
    pub fn head(&self) -> Head {
        let mut head = http::Response::new(());
        *head.status_mut() = self.status;
        *head.headers_mut() = self.headers.clone();
        if let Some(version) = self.version {
            *head.version_mut() = version;
        }
        if let Some(reason) = &self.reason {
            head.extensions_mut().insert(Reason(Arc::clone(reason)));
        }
        Head(head)
    }

    /// What has to be done, step by step, by whoever carries the reply out.
    pub fn actions(&self) -> impl Iterator<Item = Action> + '_ {
        let before = self.before.iter().map(|pause| match pause {
            Pause::For(duration) => Action::Wait(*duration),
            Pause::Until(gate) => Action::Hold(gate.clone()),
        });
        let fault = self.fault.iter().cloned().map(Action::Fault);
        let answers = self.fault.is_none();
        let head = answers.then(|| Action::Head(self.head()));
        let chunks: &[Bytes] = match &self.body {
            _ if !answers => &[],
            Body::Empty => &[],
            Body::Whole(bytes) => std::slice::from_ref(bytes),
            Body::Chunks(chunks) => chunks,
        };
        let trailers =
            (answers && !self.trailers.is_empty()).then(|| Action::Trailers(self.trailers.clone()));
        before
            .chain(fault)
            .chain(head)
            .chain(chunks.iter().cloned().map(Action::Chunk))
            .chain(trailers)
    }

    /// Fills in what was not said: content type and content length.
    pub(crate) fn finish(mut self) -> Result<Arc<Self>, DeclareError> {
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        if let Some(content_type) = self.content_type.take()
            && !self.headers.contains_key(CONTENT_TYPE)
            && (!self.body.is_empty() || matches!(self.body, Body::Chunks(_)))
        {
            let value = match content_type {
                Cow::Borrowed(text) => Ok(HeaderValue::from_static(text)),
                Cow::Owned(text) => HeaderValue::try_from(text),
            };
            match value {
                Ok(value) => {
                    self.headers.insert(CONTENT_TYPE, value);
                }
                Err(_) => {
                    return Err(DeclareError::new(
                        "the content type cannot stand in a header",
                    ));
                }
            }
        }
        let bodiless = self.status.is_informational()
            || self.status == StatusCode::NO_CONTENT
            || self.status == StatusCode::NOT_MODIFIED;
        if !bodiless
            && !matches!(self.body, Body::Chunks(_))
            && self.trailers.is_empty()
            && !self.headers.contains_key(CONTENT_LENGTH)
            && !self.headers.contains_key(TRANSFER_ENCODING)
        {
            self.headers
                .insert(CONTENT_LENGTH, HeaderValue::from(self.body.len()));
        }
        Ok(Arc::new(self))
    }

    pub(crate) fn take_response(response: http::Response<()>) -> Self {
        let (parts, ()) = response.into_parts();
        Self {
            headers: parts.headers,
            version: Some(parts.version),
            ..Self::new(parts.status)
        }
    }

    #[track_caller]
    fn checked(&mut self, name: &str, value: impl HeaderText) -> Option<(HeaderName, HeaderValue)> {
        let Ok(header) = HeaderName::from_bytes(name.as_bytes()) else {
            self.hold_error(DeclareError::new(format!(
                "`{name}` cannot be the name of a header"
            )));
            return None;
        };
        match value.header_value() {
            Some(value) => Some((header, value)),
            None => {
                self.hold_error(DeclareError::new(format!(
                    "the value of the header `{name}` holds a character that cannot stand in a header"
                )));
                None
            }
        }
    }

    fn hold_error(&mut self, error: DeclareError) {
        self.error.get_or_insert(error);
    }
}

/// The reason phrase of a reply, among the extensions of its response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason(pub(crate) Arc<str>);

impl Reason {
    /// The phrase.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Text that may be the value of a header: text, bytes, a number.
pub trait HeaderText {
    /// The value, or `None` when it holds what no header may hold.
    fn header_value(self) -> Option<HeaderValue>;
}

macro_rules! header_text {
    ($($kind:ty),*) => {$(
        impl HeaderText for $kind {
            fn header_value(self) -> Option<HeaderValue> {
                HeaderValue::from_bytes(self.as_ref()).ok()
            }
        }
    )*};
}
header_text!(&str, String, &String, &[u8], Vec<u8>);

macro_rules! header_number {
    ($($kind:ty),*) => {$(
        impl HeaderText for $kind {
            fn header_value(self) -> Option<HeaderValue> {
                Some(HeaderValue::from(self))
            }
        }
    )*};
}
header_number!(i16, i32, i64, u16, u32, u64, usize);

impl HeaderText for HeaderValue {
    fn header_value(self) -> Option<HeaderValue> {
        Some(self)
    }
}

/// Status line and headers of a reply.
#[derive(Clone)]
pub struct Head(http::Response<()>);

impl Head {
    /// As a response of the `http` crate with this body.
    pub fn with_body<B>(self, body: B) -> http::Response<B> {
        self.0.map(|()| body)
    }
}

/// One step of carrying a reply out.
#[derive(Clone)]
#[non_exhaustive]
pub enum Action {
    /// Wait this long.
    Wait(Duration),
    /// Wait until the gate opens.
    Hold(Gate),
    /// Send the head.
    Head(Head),
    /// Send a piece of the body as a frame of its own.
    Chunk(Bytes),
    /// Send the trailers.
    Trailers(HeaderMap),
    /// Break the connection in this way; nothing follows.
    Fault(Fault),
}
