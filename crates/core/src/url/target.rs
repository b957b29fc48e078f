//! What a request is addressed to, in the normal form that declarations have too.
//!
//! It arrives in four forms (RFC 9112, section 3.2): a whole URL, a path with the host in a header, `host:port` for
//! CONNECT, and `*`. Most are normal already, so a target keeps the `http::Uri` as it came, whose text is shared, and owns
//! only what had to change.

use std::borrow::Cow;

use http::Uri;

use super::{TargetRef, normal};

#[derive(Debug, Clone)]
pub(crate) struct Target {
    uri: Uri,
    scheme: &'static str,
    port: Option<u16>,
    /// Where the host stands in the authority of `uri`: looking for it takes longer than all else here.
    host_at: (u32, u32),
    /// What is not in `uri` as it has to be; most requests are normal, and then there is nothing.
    changed: Option<Box<Changed>>,
}

#[derive(Debug, Clone, Default)]
struct Changed {
    scheme: Option<String>,
    host: Option<String>,
    path: Option<String>,
}

impl Target {
    /// The target of a request that came over plain text, should its URL not say.
    pub(crate) fn of(uri: Uri, host_header: Option<&str>) -> Self {
        Self::over("http", uri, host_header)
    }

    /// The target of a request; `carrier` is the scheme of the connection, for a URL that names none.
    ///
    /// A host in the URL goes before the header. Without either, the host is "". CONNECT to port 443 means https.
    pub(crate) fn over(carrier: &'static str, uri: Uri, host_header: Option<&str>) -> Self {
        let mut changed = Changed::default();
        let mut host_at = (0, 0);
        let port = match uri.authority() {
            Some(authority) => {
                let host = authority.host();
                match normal::host(host) {
                    Cow::Borrowed(normal) => {
                        let start = host_end(authority.as_str(), host) - host.len();
                        host_at = (start as u32, normal.len() as u32);
                    }
                    Cow::Owned(normal) => changed.host = Some(normal),
                }
                let port = &authority.as_str()[host_end(authority.as_str(), host)..];
                port.strip_prefix(':').and_then(|port| port.parse().ok())
            }
            None => {
                let (host, port) = split_port(host_header.unwrap_or("").trim());
                changed.host = Some(normal::host(host).into_owned());
                port
            }
        };
        let scheme = match uri.scheme_str() {
            Some("https") => "https",
            Some("http") => "http",
            Some(scheme) => match &*normal::scheme(scheme) {
                "http" => "http",
                "https" => "https",
                other => {
                    changed.scheme = Some(other.to_owned());
                    ""
                }
            },
            None if uri.authority().is_some() && port == Some(443) => "https",
            None => carrier,
        };
        let default = normal::default_port(changed.scheme.as_deref().unwrap_or(scheme));
        let port = port.filter(|port| default != Some(*port));
        if !is_authority_form(&uri) {
            match normal::path(raw_path(&uri)) {
                Cow::Borrowed(same) if same.len() == uri.path().len() => {}
                other => changed.path = Some(other.into_owned()),
            }
        }
        let is_changed =
            changed.scheme.is_some() || changed.host.is_some() || changed.path.is_some();
        Self {
            uri,
            scheme,
            port,
            host_at,
            changed: is_changed.then(|| Box::new(changed)),
        }
    }

    /// The URI as it came.
    pub(crate) fn uri(&self) -> &Uri {
        &self.uri
    }

    /// Gives the URI back.
    pub(crate) fn into_uri(self) -> Uri {
        self.uri
    }

    /// The target as mocks see it. The scheme is `https` for a request over `wss`.
    pub(crate) fn as_ref(&self) -> TargetRef<'_> {
        let changed = self.changed.as_deref();
        TargetRef {
            scheme: changed
                .and_then(|changed| changed.scheme.as_deref())
                .unwrap_or(self.scheme),
            host: match changed.and_then(|changed| changed.host.as_deref()) {
                Some(host) => host,
                None => self.host_in_uri(),
            },
            port: self.port,
            path: match changed.and_then(|changed| changed.path.as_deref()) {
                Some(path) => path,
                None => raw_path(&self.uri),
            },
            query: self.uri.query(),
        }
    }

    fn host_in_uri(&self) -> &str {
        let (start, len) = (self.host_at.0 as usize, self.host_at.1 as usize);
        self.uri
            .authority()
            .map_or("", |authority| &authority.as_str()[start..start + len])
    }
}

/// `Uri::path` is "/" where there is no path; CONNECT has none and means none.
fn raw_path(uri: &Uri) -> &str {
    if is_authority_form(uri) {
        ""
    } else {
        uri.path()
    }
}

fn is_authority_form(uri: &Uri) -> bool {
    uri.scheme().is_none() && uri.authority().is_some() && uri.path_and_query().is_none()
}

/// Where the host ends in its authority, of which it is a part.
fn host_end(authority: &str, host: &str) -> usize {
    host.as_ptr().addr() - authority.as_ptr().addr() + host.len()
}

fn split_port(authority: &str) -> (&str, Option<u16>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => {
            (host, port.parse().ok())
        }
        _ => (authority, None),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn target(uri: &str, host: Option<&str>) -> Target {
        Target::of(uri.parse().expect("a URI"), host)
    }

    #[test]
    fn every_form_of_target_becomes_one() {
        let table = [
            ("http://x.io/a?b=1", None, "http", "x.io", None, "/a"),
            ("HTTP://X.io:80/%7ea/../b", None, "http", "x.io", None, "/b"),
            ("https://x.io.:443", None, "https", "x.io", None, "/"),
            (
                "https://x.io:8443/",
                Some("other.io"),
                "https",
                "x.io",
                Some(8443),
                "/",
            ),
            ("http://u:p@x.io:443/", None, "http", "x.io", Some(443), "/"),
            ("wss://x.io/ws", None, "https", "x.io", None, "/ws"),
            ("ws://x.io:80/ws", None, "http", "x.io", None, "/ws"),
            ("/a", Some("X.io"), "http", "x.io", None, "/a"),
            ("/a", Some("x.io:80"), "http", "x.io", None, "/a"),
            (
                "/a",
                Some("localhost:8080"),
                "http",
                "localhost",
                Some(8080),
                "/a",
            ),
            ("/a", Some("[::1]:8080"), "http", "[::1]", Some(8080), "/a"),
            ("/a", Some("[0::1]"), "http", "[::1]", None, "/a"),
            ("/a", Some("::1"), "http", "[::1]", None, "/a"),
            ("/a", None, "http", "", None, "/a"),
            ("*", Some("x.io"), "http", "x.io", None, "*"),
            ("x.io:443", None, "https", "x.io", None, ""),
            ("X.io:8080", None, "http", "x.io", Some(8080), ""),
            ("ftp://x.io:21/a", None, "ftp", "x.io", Some(21), "/a"),
        ];
        for (uri, header, scheme, host, port, path) in table {
            let it = target(uri, header);
            let it = it.as_ref();
            assert_eq!(
                (it.scheme, it.host, it.port, it.path),
                (scheme, host, port, path),
                "{uri}"
            );
        }
    }

    #[test]
    fn a_normal_target_owns_nothing() {
        let it = target("https://x.io:8080/users/7?q=1", None);
        assert!(it.changed.is_none());
    }

    #[test]
    fn the_scheme_of_the_connection_stands_in() {
        let it = Target::over("https", "/a".parse().expect("a URI"), Some("x.io:443"));
        assert_eq!(it.as_ref().url(), "https://x.io/a");
        assert_eq!(it.as_ref().effective_port(), Some(443));
    }

    #[test]
    fn the_url_has_the_query_as_received() {
        for (uri, header, expected) in [
            ("HTTP://x.io:80/a?B=%7e+1", None, "http://x.io/a?B=%7e+1"),
            ("/a?", Some("x.io:81"), "http://x.io:81/a?"),
            ("/a?b", None, "/a?b"),
            ("*", Some("x.io"), "http://x.io"),
            ("x.io:444", None, "x.io:444"),
            ("x.io:443", None, "x.io:443"),
        ] {
            assert_eq!(target(uri, header).as_ref().url(), expected);
        }
    }

    proptest! {
        #[test]
        fn no_host_header_panics(header in "(\\[|\\]|:|@|[0-9]|\\PC){0,10}", path in "/(%|\\.|/|[a-z]){0,8}") {
            let it = target(&path, Some(&header));
            let it = it.as_ref();
            prop_assert!(it.url().contains(it.path));
        }
    }
}
