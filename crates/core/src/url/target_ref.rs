//! What a request is addressed to, borrowed: mocks are looked for and asked by it, whoever owns the text.
//!
//! Most URLs are in their normal form as they come, and a mock that asks for no more than method and URL is found by them
//! without a copy and without a parsed URI. Whatever is not that simple becomes a [`Target`](super::Target).

use http::Uri;

use super::normal;

/// The longest URL that the `http` crate takes, in bytes.
const LONGEST: usize = u16::MAX as usize - 1;

/// A target in its normal form.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TargetRef<'u> {
    /// "" where it is not known.
    pub(crate) scheme: &'u str,
    /// "" when the request names none.
    pub(crate) host: &'u str,
    /// `None` when it is the default port of the scheme.
    pub(crate) port: Option<u16>,
    /// Begins with a slash, but for `*`, and for CONNECT where it is "".
    pub(crate) path: &'u str,
    /// As received, without its `?`.
    pub(crate) query: Option<&'u str>,
}

impl TargetRef<'_> {
    /// The port, the default of the scheme filled in.
    pub(crate) fn effective_port(&self) -> Option<u16> {
        self.port.or_else(|| normal::default_port(self.scheme))
    }

    /// The whole URL, with the query as received; only path and query when the host is unknown; `x.io:443` for a CONNECT, which says no
    /// more.
    pub(crate) fn url(&self) -> String {
        let Self {
            scheme,
            host,
            path,
            query,
            ..
        } = *self;
        let length = scheme.len() + host.len() + path.len() + query.map_or(0, str::len) + 10;
        let mut url = String::with_capacity(length);
        if !host.is_empty() {
            let is_connect = path.is_empty();
            if !is_connect {
                url.extend([scheme, "://"]);
            }
            url.push_str(host);
            // By its port alone is such a one of https.
            if let Some(port) = self
                .port
                .or((is_connect && scheme == "https").then_some(443))
            {
                url.extend([":", &port.to_string()]);
            }
        }
        // The URL of `OPTIONS *` is its host alone (RFC 9112, section 3.3).
        if host.is_empty() || path != "*" {
            url.push_str(path);
        }
        if let Some(query) = query {
            url.extend(["?", query]);
        }
        url
    }
}

/// A URL in its parts, as it was sent: together they are what the `http` crate makes of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct UrlRef<'u> {
    pub(crate) scheme: &'u str,
    pub(crate) authority: &'u str,
    pub(crate) path_and_query: &'u str,
    /// Where the path ends.
    path_end: usize,
    /// All of it, where it was one text.
    whole: &'u str,
}

impl<'u> UrlRef<'u> {
    /// Takes a whole URL apart; `None` when the `http` crate might not take it.
    #[inline]
    pub(crate) fn of_text(text: &'u str) -> Option<Self> {
        let (scheme, rest) = match text.strip_prefix("https://") {
            Some(rest) => ("https", rest),
            None => ("http", text.strip_prefix("http://")?),
        };
        let (authority, rest) = rest.split_at(rest.bytes().position(|byte| byte == b'/')?);
        let before = text.len() - rest.len();
        let path_end = rest.bytes().position(|byte| matches!(byte, b'?' | b'#'));
        let path_end = path_end.unwrap_or(rest.len());
        let (path, after) = rest.split_at(path_end);
        let query = after.split_once('#').map_or(after, |(query, _)| query);
        let stands = |byte| matches!(byte, b'!'..=b'~') && !matches!(byte, b'"' | b'<' | b'>');
        let length = path.len() + query.len();
        (text.len() <= LONGEST && query.bytes().all(stands)).then_some(Self {
            scheme,
            authority,
            path_and_query: &rest[..length],
            path_end,
            whole: &text[..before + length],
        })
    }

    #[inline]
    pub(crate) fn of_uri(uri: &'u Uri) -> Self {
        let authority = uri.authority().map(|authority| authority.as_str());
        let path_and_query = uri.path_and_query();
        Self {
            scheme: uri.scheme_str().unwrap_or_default(),
            authority: authority.unwrap_or_default(),
            path_and_query: path_and_query.map_or("", |path| path.as_str()),
            path_end: path_and_query.map_or(0, |path| path.path().len()),
            whole: "",
        }
    }

    /// A path alone, on a connection to this scheme and authority.
    pub(crate) fn over(self, scheme: &'u str, authority: &'u str) -> Self {
        Self {
            scheme,
            authority,
            ..self
        }
    }

    /// Of what [`write`](Self::write) writes, in bytes.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        match self.whole.len() {
            0 => self.pieces().into_iter().map(str::len).sum(),
            whole => whole,
        }
    }

    /// Appends the text of the URI that it is.
    #[inline]
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        if !self.whole.is_empty() {
            return out.extend_from_slice(self.whole.as_bytes());
        }
        for piece in self.pieces() {
            out.extend_from_slice(piece.as_bytes());
        }
    }

    fn pieces(&self) -> [&'u str; 4] {
        match (self.scheme, self.authority) {
            ("", "") => ["", "", "", self.path_and_query],
            // The target of a CONNECT, which has no path.
            ("", authority) => ["", "", authority, ""],
            (scheme, authority) => [scheme, "://", authority, self.path_and_query],
        }
    }

    /// The target, where it is in its normal form as it stands and nothing in it is unusual.
    #[inline]
    pub(crate) fn target(&self) -> Option<TargetRef<'u>> {
        let default_port = match self.scheme {
            "https" => 443,
            "http" => 80,
            _ => return None,
        };
        let host_end = self.authority.bytes().position(|byte| !is_of_name(byte));
        let (host, port) = match host_end {
            None => (self.authority, None),
            Some(end) => {
                let (host, port) = self.authority.split_at(end);
                (host, Some(port.strip_prefix(':')?.parse().ok()?))
            }
        };
        let (path, query) = self.path_and_query.split_at(self.path_end);
        let is_normal =
            !host.is_empty() && !host.ends_with('.') && normal::is_normal_path(path.as_bytes());
        is_normal.then_some(TargetRef {
            scheme: self.scheme,
            host,
            port: port.filter(|port| *port != default_port),
            path,
            query: query.strip_prefix('?'),
        })
    }
}

/// Whether a name or an IPv4 address in its normal form may have it.
fn is_of_name(byte: u8) -> bool {
    NAME[usize::from(byte)]
}

/// Looked up, because every byte of every host asks.
const NAME: [bool; 256] = {
    let mut of_name = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        of_name[byte as usize] = matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_');
        byte += 1;
    }
    of_name
};

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::url::Target;

    /// Whatever is looked at is what a [`Target`] makes of it, and the `http` crate takes it.
    fn agrees(text: &str) -> bool {
        let Some(url) = UrlRef::of_text(text) else {
            return false;
        };
        let Some(seen) = url.target() else {
            return false;
        };
        let uri: Uri = text.parse().expect("what is looked at is a URI");
        let of_uri = UrlRef::of_uri(&uri);
        assert_eq!(
            (url.scheme, url.authority, url.path_and_query),
            (of_uri.scheme, of_uri.authority, of_uri.path_and_query),
            "{text}"
        );
        let target = Target::of(uri, None);
        let target = target.as_ref();
        assert_eq!(
            (seen.scheme, seen.host, seen.port, seen.path, seen.query),
            (
                target.scheme,
                target.host,
                target.port,
                target.path,
                target.query
            ),
            "{text}"
        );
        true
    }

    #[test]
    fn the_usual_url_is_looked_at() {
        for text in [
            "https://api.github.com/users/7",
            "http://localhost:8080/",
            "https://x.io:443/a%2Fb?q=1&q=%7e#here",
            "http://127.0.0.1/a?",
            "https://x.io/a?{b}|c",
        ] {
            assert!(agrees(text), "{text}");
        }
    }

    #[test]
    fn what_is_not_normal_or_not_whole_is_taken_the_long_way() {
        for text in [
            "https://X.io/",
            "https://x.io./",
            "https://[::1]/",
            "https://u:p@x.io/",
            "https://x.io/%7ea",
            "https://x.io/a/../b",
            "https://x.io",
            "https://x.io?q",
            "https://x.io/?a\"b",
            "https://x.io:/",
            "https:///a",
            "ws://x.io/",
            "/a",
        ] {
            assert!(!agrees(text), "{text}");
        }
        let long = format!("https://x.io/{}", "a".repeat(LONGEST));
        assert!(UrlRef::of_text(&long).is_none());
    }

    proptest! {
        #[test]
        fn a_look_never_differs_from_a_parsed_uri(text in "https?://[a-zA-Z0-9.:@_\\[\\]-]{0,8}(/|//|%2[eEfF]|%|\\.|[a-z?#&=\"{|\u{e9}]){0,10}") {
            agrees(&text);
        }
    }
}
