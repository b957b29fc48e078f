//! A request on a wire names its path and perhaps its host; which URL the client meant is known to the connection.

use http::header::HOST;
use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderMap, HeaderValue, Request, Uri};
use standin_core::RequestRef;

#[cfg(feature = "tls")]
use standin_core::{Connect, Destination, Engine, FaultStep};

use super::relay::Dial;
use super::upstream::Upstream;

/// Who says whom a request is for.
enum Named<'r> {
    /// The connection.
    Here(&'r Authority),
    /// Its `host` header.
    There(&'r HeaderValue),
}

/// Whom the client of a connection thinks it talks to.
#[derive(Debug, Clone)]
pub struct Origin {
    scheme: Scheme,
    authority: Option<Authority>,
    /// Whether the client connected to that very name, so that a `host` header is a header as others are.
    is_named: bool,
    /// Whether its engine was asked while the client connected.
    was_met: bool,
    is_single_file: bool,
    upstream: Option<Upstream>,
    dial: Option<Dial>,
}

impl Origin {
    /// The client connects to the scheme and authority of this URL; a request's path is taken from there.
    pub fn of(url: &Uri) -> Self {
        Self {
            scheme: url.scheme().cloned().unwrap_or(Scheme::HTTP),
            authority: url.authority().cloned(),
            is_named: true,
            was_met: true,
            is_single_file: false,
            upstream: None,
            dial: None,
        }
    }

    /// A plain connection to an address that may stand for any host: the `host` header tells it, and without one it is
    /// `authority`.
    pub fn behind(authority: Option<Authority>) -> Self {
        Self {
            scheme: Scheme::HTTP,
            authority,
            is_named: false,
            was_met: false,
            is_single_file: false,
            upstream: None,
            dial: None,
        }
    }

    /// The same where the engine was asked while the client connected, as it is of one that has connected by its name: a
    /// connection that is slow to be made is not waited for again.
    #[must_use]
    pub fn met(self) -> Self {
        Self {
            was_met: true,
            ..self
        }
    }

    /// The same where nobody can say of two requests at once whose each is, as of a pool that tests share: by ALPN the client is given
    /// HTTP/1.1, if it takes that, unless a mock declares what HTTP/2 alone can carry out.
    #[must_use]
    pub fn single_file(self) -> Self {
        Self {
            is_single_file: true,
            ..self
        }
    }

    /// Whether its URLs are those of plain HTTP.
    pub(super) fn is_plain(&self) -> bool {
        self.scheme == Scheme::HTTP
    }

    pub(super) fn was_met(&self) -> bool {
        self.was_met
    }

    /// What its client meets at this step of connecting.
    #[cfg(feature = "tls")]
    pub(super) fn meets(&self, engine: &Engine, step: FaultStep) -> Connect {
        let Some(authority) = &self.authority else {
            return Connect::Open(None);
        };
        let to = Destination::new("https", authority.host(), authority.port_u16());
        match self.is_named {
            true => engine.connect_at(&to, step),
            false => engine.accept_at(&to, step),
        }
    }

    /// Whether its client has to get by without HTTP/2, where it can.
    #[cfg(feature = "tls")]
    pub(super) fn wants_http_1(&self, engine: Option<&Engine>) -> bool {
        let wanted = engine.zip(self.authority.as_ref());
        let wanted = wanted.and_then(|(engine, authority)| {
            let to = Destination::new("https", authority.host(), authority.port_u16());
            engine.wanted_version(&to, self.is_named)
        });
        wanted.map_or(self.is_single_file, |version| {
            version == http::Version::HTTP_11
        })
    }

    /// For a client that names nobody in its handshake.
    #[cfg(feature = "tls")]
    pub(super) fn host(&self) -> &str {
        self.authority.as_ref().map_or("localhost", Authority::host)
    }

    /// The same behind TLS.
    #[cfg(feature = "tls")]
    pub(super) fn secured(mut self) -> Self {
        self.scheme = Scheme::HTTPS;
        self
    }

    /// With a way to the real network, for requests that pass through.
    #[must_use]
    pub fn with_upstream(self, upstream: Upstream) -> Self {
        Self {
            upstream: Some(upstream),
            ..self
        }
    }

    /// With a way for tunnels to the real network.
    #[cfg(feature = "listen")]
    pub(super) fn with_tunnels(self, dial: Dial) -> Self {
        Self {
            dial: Some(dial),
            ..self
        }
    }

    /// The way of tunnels to the real network, where there is one.
    pub(super) fn dial(&self) -> Option<&Dial> {
        self.dial.as_ref()
    }

    /// The way to the real network, where the adapter has one.
    pub(super) fn upstream(&self) -> Option<&Upstream> {
        self.upstream.as_ref()
    }

    /// What a tunnel to `authority` leads to, through this connection.
    pub(super) fn within(&self, authority: Authority) -> Self {
        Self {
            scheme: Scheme::HTTP,
            authority: Some(authority),
            is_named: true,
            was_met: true,
            is_single_file: self.is_single_file,
            upstream: self.upstream.clone(),
            dial: self.dial.clone(),
        }
    }

    /// Its URL, as far as it is known.
    pub(super) fn url(&self) -> Uri {
        let mut parts = http::uri::Parts::default();
        parts.path_and_query = Some(PathAndQuery::from_static("/"));
        if let Some(authority) = &self.authority {
            parts.scheme = Some(self.scheme.clone());
            parts.authority = Some(authority.clone());
        }
        Uri::from_parts(parts).unwrap_or_default()
    }

    /// The whole URL of a request that leaves, as far as it can be known: with the host that its header names, where it named
    /// none in its first line.
    pub(super) fn absolute(&self, uri: Uri, headers: &HeaderMap) -> Uri {
        if uri.authority().is_some() {
            return uri;
        }
        let named = headers
            .get(HOST)
            .and_then(|host| host.as_bytes().try_into().ok());
        let mut parts = uri.clone().into_parts();
        parts.authority = named.or_else(|| self.authority.clone());
        parts.scheme = parts.authority.is_some().then(|| self.scheme.clone());
        Uri::from_parts(parts).unwrap_or(uri)
    }

    /// A request without a body, as far as a look at it tells its URL.
    pub(super) fn look_at<'r, B>(&'r self, request: &'r Request<B>) -> RequestRef<'r> {
        let seen = RequestRef::of(request, &[]);
        let authority = match self.names(request.headers()) {
            Some(Named::Here(authority)) => Some(authority.as_str()),
            Some(Named::There(host)) => host.to_str().ok(),
            None => None,
        };
        match authority {
            Some(authority) => seen.over(self.scheme.as_str(), authority),
            None => seen,
        }
    }

    /// Whom a request is for whose URI does not say; `None` where nobody says it, or where plain is what it is taken for.
    fn names<'r>(&'r self, headers: &'r HeaderMap) -> Option<Named<'r>> {
        if !self.is_named
            && let Some(host) = headers.get(HOST).filter(|host| !host.is_empty())
        {
            return (self.scheme != Scheme::HTTP).then_some(Named::There(host));
        }
        self.authority.as_ref().map(Named::Here)
    }

    /// The whole URL of a request, as far as it can be known.
    pub(super) fn complete(&self, uri: Uri, headers: &HeaderMap) -> Uri {
        if uri.authority().is_some() {
            return uri;
        }
        let authority = match self.names(headers) {
            Some(Named::Here(authority)) => Some(authority.clone()),
            Some(Named::There(host)) => Authority::try_from(host.as_bytes()).ok(),
            None => None,
        };
        let Some(authority) = authority else {
            return uri;
        };
        let mut parts = uri.clone().into_parts();
        // `OPTIONS *` has no URL of this form.
        if parts
            .path_and_query
            .as_ref()
            .is_none_or(|path| path.as_str() == "*")
        {
            return uri;
        }
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(authority);
        Uri::from_parts(parts).unwrap_or(uri)
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn headers(host: Option<&'static str>) -> HeaderMap {
        host.map(|host| (HOST, HeaderValue::from_static(host)))
            .into_iter()
            .collect()
    }

    #[test]
    fn the_name_that_was_connected_to_goes_before_the_header() {
        let origin = Origin::of(&Uri::from_static("https://x.io:8443/a"));
        for (uri, host, expected) in [
            ("/b?c", Some("other.io"), "https://x.io:8443/b?c"),
            ("/b", None, "https://x.io:8443/b"),
            ("http://y.io/", None, "http://y.io/"),
            ("*", None, "*"),
            ("y.io:443", None, "y.io:443"),
        ] {
            let completed = origin.complete(Uri::from_static(uri), &headers(host));
            assert_eq!(completed.to_string(), expected);
        }
    }

    #[cfg(feature = "tls")]
    #[test]
    fn behind_tls_the_url_is_https() {
        let origin = Origin::behind(Some(Authority::from_static("127.0.0.1:81"))).secured();
        for (host, expected) in [
            (Some("x.io:444"), "https://x.io:444/b"),
            (Some("not a host"), "/b"),
            (None, "https://127.0.0.1:81/b"),
        ] {
            let completed = origin.complete(Uri::from_static("/b"), &headers(host));
            assert_eq!(completed.to_string(), expected);
        }
    }

    #[test]
    fn behind_an_address_the_header_tells_the_host() {
        let origin = Origin::behind(Some(Authority::from_static("127.0.0.1:81")));
        for (host, expected) in [
            (Some("x.io"), "/b"),
            (Some(""), "http://127.0.0.1:81/b"),
            (None, "http://127.0.0.1:81/b"),
        ] {
            let completed = origin.complete(Uri::from_static("/b"), &headers(host));
            assert_eq!(completed.to_string(), expected);
        }
        assert_eq!(
            Origin::behind(None).complete(Uri::from_static("/b"), &headers(None)),
            "/b"
        );
    }
}
