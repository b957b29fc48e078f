//! Most requests are answered by a look at them; taking one apart, and owning its parts, would cost more than the answer.

use std::fmt;

use http::header::HOST;
use http::{HeaderMap, Method, Version};

use crate::url::{TargetRef, UrlRef};

/// A request as an adapter holds it, borrowed, for [`Engine::reply_at_once`](crate::Engine::reply_at_once) and
/// [`answer_at_once`](crate::Engine::answer_at_once).
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

    /// The same on a connection to this scheme and authority, which are those of a URI that is a path alone.
    #[must_use]
    pub fn over(mut self, scheme: &'r str, authority: &'r str) -> Self {
        if self.url.authority.is_empty() && self.url.path_and_query.starts_with('/') {
            self.url = self.url.over(scheme, authority);
        }
        self
    }

    /// The target, where it is in its normal form as it stands and nothing in it is unusual.
    #[inline]
    pub(crate) fn target(&self) -> Option<TargetRef<'r>> {
        if self.url.authority.is_empty() && self.url.path_and_query.starts_with('/') {
            let host = self.headers.get(HOST)?.to_str().ok()?;
            let over_plain = self.over("http", host);
            return over_plain.url.target();
        }
        self.url.target()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Request;

    #[test]
    fn the_host_header_tells_what_a_path_does_not() {
        for (uri, host, expected) in [
            ("/a?b", Some("x.io"), Some("http://x.io/a?b")),
            ("/a", Some("x.io:80"), Some("http://x.io/a")),
            ("/a", Some("localhost:81"), Some("http://localhost:81/a")),
            ("https://y.io/a", Some("x.io"), Some("https://y.io/a")),
            ("/a", Some("X.io"), None),
            ("/a", Some("x.io:"), None),
            ("/a", Some("[::1]:80"), None),
            ("/a", Some(""), None),
            ("/a", None, None),
            ("*", Some("x.io"), None),
            ("x.io:443", Some("x.io"), None),
        ] {
            let mut request = Request::get(uri);
            if let Some(host) = host {
                request = request.with_header("host", host);
            }
            let (url, request) = (request.url(), request.into_http());
            let seen = RequestRef::of(&request, &[]);
            let seen = seen.target().map(|target| target.url());
            assert_eq!(seen.as_deref(), expected, "{uri} {host:?}");
            assert!(seen.is_none_or(|seen| seen == url), "{uri} {host:?}");
        }
    }

    #[test]
    fn a_connection_tells_what_a_path_does_not() {
        for (uri, expected) in [
            ("/a?b", Some("https://y.io:8443/a?b")),
            ("http://x.io/a", Some("http://x.io/a")),
            ("*", None),
        ] {
            let request = Request::get(uri).with_header("host", "x.io").into_http();
            let seen = RequestRef::of(&request, &[]).over("https", "y.io:8443");
            assert_eq!(
                seen.target().map(|target| target.url()).as_deref(),
                expected
            );
        }
    }
}
