//! Most requests are answered by a look at them; taking one apart, and owning its parts, would cost more than the answer.

use std::fmt;

use http::{HeaderMap, Method, Version};

use crate::url::UrlRef;

/// A request as an adapter holds it, borrowed, for [`Engine::reply_at_once`](crate::Engine::reply_at_once).
#[derive(Clone, Copy)]
pub struct RequestRef<'r> {
    pub(crate) method: &'r Method,
    pub(crate) url: UrlRef<'r>,
    pub(crate) version: Version,
    pub(crate) headers: &'r HeaderMap,
    pub(crate) body: &'r [u8],
}

impl<'r> RequestRef<'r> {
    /// A request of the `http` crate, whatever type its own body has, with its whole body.
    pub fn of<B>(request: &'r http::Request<B>, body: &'r [u8]) -> Self {
        Self {
            method: request.method(),
            url: UrlRef::of_uri(request.uri()),
            version: request.version(),
            headers: request.headers(),
            body,
        }
    }

    /// A request whose URL is text; `None` when that is not a whole URL as clients write it.
    #[inline]
    pub fn from_parts(
        method: &'r Method,
        url: &'r str,
        version: Version,
        headers: &'r HeaderMap,
        body: &'r [u8],
    ) -> Option<Self> {
        Some(Self {
            method,
            url: UrlRef::of_text(url)?,
            version,
            headers,
            body,
        })
    }

    /// The method.
    pub fn method(&self) -> &'r Method {
        self.method
    }
}

impl fmt::Debug for RequestRef<'_> {
    /// As [`Request`](crate::Request) does: no secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestRef")
            .field("method", &self.method)
            .field("headers", &self.headers.len())
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish()
    }
}
