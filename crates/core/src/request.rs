//! A request as matchers, closures and the journal see it: whole, typed, parsed at most once.
//!
//! It is made of the parts that the adapter already holds, without a copy; what has to be parsed (the query, a body) is
//! parsed when it is first asked for and kept. Copies share what was parsed until one of them is changed.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, COOKIE, HOST};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, Version};
use serde_core::de::DeserializeOwned;
use serde_json::Value;

use crate::body;
use crate::url::{Target, TargetRef, normal};

/// The most that a compressed body may become when it is decoded for matching, in bytes.
const DECODED_LIMIT: usize = 256 << 20;

/// The variables of a path template, in the order of the template, decoded.
pub(crate) type PathParams = Vec<(Arc<str>, String)>;

/// A request on its way through an engine.
///
/// ```
/// use standin_core::Request;
///
/// let request = Request::post("https://x.io/orders?dry=1").with_body(r#"{"sku": "A1"}"#);
/// assert_eq!(request.query("dry"), Some("1"));
/// assert_eq!(request.json::<serde_json::Value>().unwrap()["sku"], "A1");
/// ```
#[derive(Clone)]
pub struct Request {
    method: Method,
    version: Version,
    headers: HeaderMap,
    body: Bytes,
    target: Target,
    params: PathParams,
    /// What was parsed so far; most requests are matched without.
    parsed: OnceLock<Arc<Parsed>>,
}

#[derive(Default)]
struct Parsed {
    /// Why the body is not here.
    absent: Option<Absent>,
    query: OnceLock<Vec<(String, String)>>,
    decoded: OnceLock<Result<Bytes, String>>,
    json: OnceLock<Result<Value, String>>,
    form: OnceLock<Vec<(String, String)>>,
    #[cfg(feature = "multipart")]
    parts: OnceLock<Result<Vec<body::multipart::FormPart>, String>>,
    #[cfg(feature = "xml")]
    xml: OnceLock<Result<body::xml::Document, String>>,
}

/// Why a report has no body to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Absent {
    /// The journal dropped it; its length in bytes.
    Dropped(usize),
    /// It was still on its way when the report was made.
    Coming,
}

impl Request {
    /// A request without headers and body, for tests and adapters.
    ///
    /// # Panics
    /// When `uri` is not a URI.
    #[track_caller]
    pub fn new(method: Method, uri: impl AsRef<str>) -> Self {
        let text = uri.as_ref();
        match text.parse::<Uri>() {
            Ok(uri) => Self::from_parts(
                method,
                uri,
                Version::HTTP_11,
                HeaderMap::new(),
                Bytes::new(),
            ),
            Err(error) => panic!("`{text}` is not a URI: {error}"),
        }
    }

    /// What an adapter asks an engine about that opens a connection: a CONNECT to the scheme and authority of `uri`.
    pub fn connect(uri: Uri) -> Self {
        let (headers, body) = (HeaderMap::new(), Bytes::new());
        Self::from_parts(Method::CONNECT, uri, Version::HTTP_11, headers, body)
    }

    /// A GET request; see [`new`](Self::new).
    #[track_caller]
    pub fn get(uri: impl AsRef<str>) -> Self {
        Self::new(Method::GET, uri)
    }

    /// A POST request; see [`new`](Self::new).
    #[track_caller]
    pub fn post(uri: impl AsRef<str>) -> Self {
        Self::new(Method::POST, uri)
    }

    /// The request that an adapter took apart. `uri` is absolute, or has a path and the `host` header names the host.
    #[inline]
    pub fn from_parts(
        method: Method,
        uri: Uri,
        version: Version,
        headers: HeaderMap,
        body: Bytes,
    ) -> Self {
        let target = Target::of(uri, host_header(&headers));
        Self {
            method,
            version,
            headers,
            body,
            target,
            params: Vec::new(),
            parsed: OnceLock::new(),
        }
    }

    /// Nothing, in the place of a request that was moved out.
    pub(crate) fn empty() -> Self {
        Self::from_parts(
            Method::GET,
            Uri::default(),
            Version::HTTP_11,
            HeaderMap::new(),
            Bytes::new(),
        )
    }

    /// With one more header.
    ///
    /// # Panics
    /// When name or value cannot stand in a header.
    #[must_use]
    #[track_caller]
    pub fn with_header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let (Ok(name), Ok(value)) = (
            HeaderName::from_bytes(name.as_bytes()),
            HeaderValue::from_bytes(value.as_ref()),
        ) else {
            panic!("`{name}` or its value cannot stand in a header")
        };
        self.headers.append(name, value);
        self.refresh_target(self.uri().clone());
        self
    }

    /// With this body.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Bytes>) -> Self {
        self.set_body(body);
        self
    }

    /// The method.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The URI as the client sent it.
    pub fn uri(&self) -> &Uri {
        self.target.uri()
    }

    /// The whole URL in its normal form (scheme and host in lower case, no default port), with the query as it was sent.
    pub fn url(&self) -> String {
        self.target().url()
    }

    /// The scheme in lower case; empty when neither the URI nor the adapter told it.
    pub fn scheme(&self) -> &str {
        self.target().scheme
    }

    /// The host in its normal form, without the port; empty when the request names none.
    pub fn host(&self) -> &str {
        self.target().host
    }

    /// The port, the scheme's default filled in.
    pub fn port(&self) -> Option<u16> {
        self.target().effective_port()
    }

    /// The path in its normal form.
    pub fn path(&self) -> &str {
        self.target().path
    }

    /// The HTTP version.
    pub fn version(&self) -> Version {
        self.version
    }

    /// All headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The first value of a header, when it is there and is UTF-8.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .get(name)
            .and_then(|value| std::str::from_utf8(value.as_bytes()).ok())
    }

    /// The body as it was sent, still compressed if it was.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The body, decompressed if need be, as text of the charset that its content type names (UTF-8, Latin-1, UTF-16; else UTF-8);
    /// what is not of that charset is replaced.
    pub fn text(&self) -> Cow<'_, str> {
        body::media::charset_decode(self.content_type(), self.decoded().unwrap_or(&self.body))
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// When it is not JSON, or not a `T`.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_slice(self.decoded().unwrap_or(&self.body))
    }

    /// The body as form fields, in order.
    pub fn form(&self) -> Vec<(String, String)> {
        self.form_pairs().to_vec()
    }

    /// The first value of a query key, decoded.
    pub fn query(&self, key: &str) -> Option<&str> {
        self.query_pairs()
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.as_str())
    }

    /// The whole query, decoded, in order, repeated keys included.
    pub fn query_pairs(&self) -> &[(String, String)] {
        self.parsed()
            .query
            .get_or_init(|| self.target().query.map(normal::query).unwrap_or_default())
    }

    /// The value of a cookie.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies()
            .find(|(found, _)| *found == name)
            .map(|(_, value)| value)
    }

    /// A variable of the mock's path template, decoded: `id` of `/users/{id}`.
    pub fn path_param(&self, name: &str) -> Option<&str> {
        self.params
            .iter()
            .find(|(found, _)| &**found == name)
            .map(|(_, value)| value.as_str())
    }

    /// Changes the method; for [`map`](crate::Builder::map).
    pub fn set_method(&mut self, method: Method) {
        self.method = method;
    }

    /// Changes the URI; for [`map`](crate::Builder::map).
    pub fn set_uri(&mut self, uri: Uri) {
        self.refresh_target(uri);
    }

    /// Changes the body; for [`map`](crate::Builder::map).
    pub fn set_body(&mut self, body: impl Into<Bytes>) {
        self.body = body.into();
        self.parsed = OnceLock::new();
    }

    /// Sets a header to one value, or removes it; for [`map`](crate::Builder::map).
    pub fn set_header(&mut self, name: HeaderName, value: Option<HeaderValue>) {
        match value {
            Some(value) => self.headers.insert(name, value),
            None => self.headers.remove(name),
        };
        self.refresh_target(self.uri().clone());
    }

    /// The request as the `http` crate has it.
    pub fn into_http(self) -> http::Request<Bytes> {
        let mut request = http::Request::new(self.body);
        *request.method_mut() = self.method;
        *request.uri_mut() = self.target.into_uri();
        *request.version_mut() = self.version;
        *request.headers_mut() = self.headers;
        request
    }

    fn refresh_target(&mut self, uri: Uri) {
        self.target = Target::of(uri, host_header(&self.headers));
        self.parsed = OnceLock::new();
    }

    fn parsed(&self) -> &Parsed {
        self.parsed.get_or_init(Arc::default)
    }

    pub(crate) fn target(&self) -> TargetRef<'_> {
        self.target.as_ref()
    }

    /// Says that nothing of the body is here, and why.
    pub(crate) fn set_absent_body(&mut self, absent: Absent) {
        self.parsed = OnceLock::from(Arc::new(Parsed {
            absent: Some(absent),
            ..Parsed::default()
        }));
    }

    /// Why the body is not here; `None` when it is.
    pub(crate) fn absent_body(&self) -> Option<Absent> {
        self.parsed.get()?.absent
    }

    /// A copy with these variables of a path. What either parses is parsed for both.
    pub(crate) fn with_params(&self, params: PathParams) -> Self {
        self.parsed();
        Self {
            params,
            ..self.clone()
        }
    }

    pub(crate) fn set_params(&mut self, params: PathParams) {
        self.params = params;
    }

    pub(crate) fn content_type(&self) -> Option<&str> {
        self.headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
    }

    pub(crate) fn cookies(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers
            .get_all(COOKIE)
            .iter()
            .filter_map(|value| std::str::from_utf8(value.as_bytes()).ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name.trim(), value.trim().trim_matches('"')))
    }

    /// The body without its content encoding, or why it cannot be decoded.
    pub(crate) fn decoded(&self) -> Result<&Bytes, &str> {
        if !self.headers.contains_key(CONTENT_ENCODING) {
            return Ok(&self.body);
        }
        self.parsed()
            .decoded
            .get_or_init(|| {
                let codings: Vec<&str> = self
                    .headers
                    .get_all(CONTENT_ENCODING)
                    .iter()
                    .filter_map(|value| value.to_str().ok())
                    .collect();
                body::decode::decode(&codings.join(", "), &self.body, DECODED_LIMIT)
                    .map_err(|error| error.to_string())
            })
            .as_ref()
            .map_err(String::as_str)
    }

    /// The body as a JSON value, parsed once for all matchers.
    pub(crate) fn json_value(&self) -> Result<&Value, &str> {
        self.parsed()
            .json
            .get_or_init(|| {
                let bytes = self.decoded().map_err(str::to_owned)?;
                serde_json::from_slice(bytes).map_err(|error| error.to_string())
            })
            .as_ref()
            .map_err(String::as_str)
    }

    /// The body as form fields, parsed once for all matchers.
    pub(crate) fn form_pairs(&self) -> &[(String, String)] {
        let parse = || body::form::parse(self.decoded().unwrap_or(&self.body));
        self.parsed().form.get_or_init(parse)
    }

    /// The parts of a multipart body, parsed once for all matchers.
    #[cfg(feature = "multipart")]
    pub(crate) fn parts(&self) -> Result<&[body::multipart::FormPart], &str> {
        let parse = || {
            let bytes = self.decoded().map_err(str::to_owned)?;
            body::multipart::parse(self.content_type().unwrap_or_default(), bytes)
                .map_err(|error| error.to_string())
        };
        match self.parsed().parts.get_or_init(parse) {
            Ok(parts) => Ok(parts),
            Err(error) => Err(error),
        }
    }

    /// The body as an XML document, parsed once for all matchers.
    #[cfg(feature = "xml")]
    pub(crate) fn xml(&self) -> Result<&body::xml::Document, &str> {
        let parse = || {
            let bytes = self.decoded().map_err(str::to_owned)?;
            body::xml::Document::from_body(self.content_type(), bytes)
                .map_err(|error| error.to_string())
        };
        self.parsed()
            .xml
            .get_or_init(parse)
            .as_ref()
            .map_err(String::as_str)
    }
}

fn host_header(headers: &HeaderMap) -> Option<&str> {
    headers.get(HOST).and_then(|value| value.to_str().ok())
}

impl<B: Into<Bytes>> From<http::Request<B>> for Request {
    #[inline]
    fn from(request: http::Request<B>) -> Self {
        let (parts, body) = request.into_parts();
        Self::from_parts(
            parts.method,
            parts.uri,
            parts.version,
            parts.headers,
            body.into(),
        )
    }
}

impl fmt::Debug for Request {
    /// Method, URL and sizes; no header values, because they may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field(
                "url",
                &crate::glimpse::cut(&crate::secret::url(&self.url()), 2_000),
            )
            .field("headers", &self.headers.len())
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_share_what_was_parsed_until_one_is_changed() {
        let request = Request::post("https://x.io/?q=1").with_body("[1]");
        let mut copy = request.with_params(PathParams::new());
        assert!(std::ptr::eq(
            copy.json_value().unwrap(),
            request.json_value().unwrap()
        ));
        assert!(std::ptr::eq(copy.form_pairs(), request.form_pairs()));
        copy.set_body("[2]");
        assert_eq!(request.json::<Vec<u8>>().unwrap(), [1]);
        assert_eq!(copy.json_value().unwrap()[0], 2);
    }

    #[cfg(all(feature = "multipart", feature = "xml"))]
    #[test]
    fn a_body_is_parsed_once() {
        let request = Request::post("https://x.io/")
            .with_header("content-type", "multipart/form-data; boundary=b")
            .with_body("--b\r\ncontent-disposition: form-data; name=a\r\n\r\n1\r\n--b--\r\n");
        assert_eq!(request.parts().unwrap().len(), 1);
        assert!(std::ptr::eq(
            request.parts().unwrap(),
            request.parts().unwrap()
        ));
        let request = request.with_body("<a/>");
        assert!(std::ptr::eq(request.xml().unwrap(), request.xml().unwrap()));
        assert!(request.parts().is_err());
    }
}
