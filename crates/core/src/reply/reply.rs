//! One reply: status, headers, body, and what happens before and after them.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, SET_COOKIE, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Version};

use crate::declare::DeclareError;
use crate::reply::action::{Head, Reason};
use crate::reply::body::{Body, IntoBody};
use crate::reply::fault::Fault;
use crate::reply::header_text::HeaderText;
use crate::reply::into_answer::IntoStatus;
use crate::reply::motion::{Motion, Pause, is_still};

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
    pub(super) version: Option<Version>,
    headers: HeaderMap,
    pub(super) body: Body,
    content_type: Option<Cow<'static, str>>,
    /// Few replies have any.
    pub(super) trailers: Option<Box<HeaderMap>>,
    pub(super) before: Vec<Pause>,
    pub(super) motion: Option<Box<Motion>>,
    fault: Option<Fault>,
    pub(crate) error: Option<DeclareError>,
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
            trailers: None,
            before: Vec::new(),
            motion: None,
            fault: None,
            error: None,
        }
    }

    #[track_caller]
    pub(crate) fn fault(fault: Fault) -> Self {
        // It needs a body to be in.
        if fault == Fault::BrokenChunk {
            return Self::new(StatusCode::OK).breaks_after(0, fault);
        }
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
        match payload.body {
            Ok(body) => self.body = body,
            Err(error) => self.hold_error(error),
        }
        self.content_type = payload.content_type;
        self
    }

    /// A JSON body, of anything that can be serialised.
    #[track_caller]
    pub fn json(self, value: impl serde_core::Serialize) -> Self {
        self.body(crate::Json(value))
    }

    /// An XML body: text with the content type `application/xml`.
    #[track_caller]
    pub fn xml(mut self, document: impl Into<String>) -> Self {
        self = self.body(document.into());
        self.content_type = Some("application/xml".into());
        self
    }

    /// A body in pieces whose boundaries the client sees; no `content-length` is sent. It takes the place of any body so far;
    /// [`chunk`](Self::chunk) adds to it.
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
            self.trailers.get_or_insert_default().append(name, value);
        }
        self
    }

    /// The reason phrase of HTTP/1.1. In process the reply carries it as an extension of the type [`Reason`].
    pub fn reason(mut self, reason: impl Into<Arc<str>>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    /// The HTTP version that the reply claims in process. On a connection it is the connection's: `HTTP_2` asks a server that may choose
    /// to agree on that with a client that offers it.
    pub fn version(mut self, version: Version) -> Self {
        self.version = Some(version);
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
            && is_still(self.motion.as_deref(), self.trailers.as_deref(), &self.body)
    }

    /// The head, ready to be sent.
    #[inline]
    pub fn head(&self) -> Head {
        let mut head = http::Response::new(());
        self.write_head(&mut head);
        Head(head)
    }

    /// Makes the head of `response` this one's; its other extensions stay.
    #[inline]
    pub fn write_head<B>(&self, response: &mut http::Response<B>) {
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers.clone();
        if let Some(version) = self.version {
            *response.version_mut() = version;
        }
        if let Some(reason) = &self.reason {
            response.extensions_mut().insert(Reason(Arc::clone(reason)));
        }
    }

    /// Fills in what was not said: content type and content length.
    pub(crate) fn finish(mut self: Arc<Self>) -> Result<Arc<Self>, DeclareError> {
        Arc::make_mut(&mut self).fill_in()?;
        Ok(self)
    }

    fn fill_in(&mut self) -> Result<(), DeclareError> {
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        self.check_motion()?;
        let bodiless = self.status.is_informational()
            || self.status == StatusCode::NO_CONTENT
            || self.status == StatusCode::NOT_MODIFIED;
        if !bodiless && self.headers.is_empty() {
            // Room for the two that follow, and not for the eight that a first one makes.
            self.headers = HeaderMap::with_capacity(2);
        }
        if let Some(content_type) = self.content_type.take()
            && !self.headers.contains_key(CONTENT_TYPE)
            && (!self.body.is_empty() || self.is_unsized())
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
        if !bodiless
            && !self.is_unsized()
            && self.trailers.is_none()
            && !self.headers.contains_key(CONTENT_LENGTH)
            && !self.headers.contains_key(TRANSFER_ENCODING)
        {
            self.headers
                .insert(CONTENT_LENGTH, length_value(self.body.len()));
        }
        Ok(())
    }

    pub(crate) fn take_response(response: http::Response<()>) -> Self {
        let (parts, ()) = response.into_parts();
        Self {
            headers: parts.headers,
            version: Some(parts.version),
            ..Self::new(parts.status)
        }
    }

    /// Nothing of the user's code any more: what the journal keeps when the engine ends.
    pub(crate) fn without_closures(&self) -> Self {
        Self {
            body: match &self.body {
                Body::Live(_) => Body::Empty,
                known => known.clone(),
            },
            motion: None,
            before: Vec::new(),
            ..self.clone()
        }
    }

    #[track_caller]
    pub(super) fn checked(
        &mut self,
        name: &str,
        value: impl HeaderText,
    ) -> Option<(HeaderName, HeaderValue)> {
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

    pub(super) fn hold_error(&mut self, error: DeclareError) {
        self.error.get_or_insert(error);
    }
}

/// The value of `content-length`. That of most bodies is static text: clones of any other count references.
fn length_value(length: usize) -> HeaderValue {
    /// 0 to 999, in three digits each.
    static DIGITS: [u8; 3000] = {
        let mut digits = [0; 3000];
        let mut n = 0;
        while n < 1000 {
            digits[3 * n] = b'0' + (n / 100) as u8;
            digits[3 * n + 1] = b'0' + (n / 10 % 10) as u8;
            digits[3 * n + 2] = b'0' + (n % 10) as u8;
            n += 1;
        }
        digits
    };
    let zeros = usize::from(length < 100) + usize::from(length < 10);
    let digits = (length < 1000).then(|| &DIGITS[3 * length + zeros..3 * length + 3]);
    match digits.map(str::from_utf8) {
        Some(Ok(digits)) => HeaderValue::from_static(digits),
        _ => HeaderValue::from(length),
    }
}
