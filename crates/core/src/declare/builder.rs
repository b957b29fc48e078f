//! The fluent declaration: one builder for a mock of an engine, for a declaration without one, and for a shared base.
//!
//! What differs is the state `S` alone: [`Mock`](crate::Mock) registers at its terminal, a [`Draft`](crate::Draft) becomes a
//! [`Declaration`], a [`Base`](crate::Base) is the beginning of many.

use std::fmt::Display;
use std::panic::Location;
use std::sync::Arc;

use bytes::Bytes;
use http::Method;
use serde_json::Value;

use crate::declare::authority;
use crate::declare::declaration::{Declaration, Methods, Url};
use crate::declare::error::DeclareError;
use crate::declare::into_url::IntoUrl;
use crate::declare::times::IntoTimes;
use crate::matching::condition::Condition;
use crate::matching::pattern::Kind;
use crate::matching::{IntoPattern, matchers};
use crate::reply::Plan;
use crate::request::Request;
use crate::url::UrlPattern;

/// A declaration in the making. The methods narrow which requests it answers; all of them hold together.
///
/// A mistake is kept until the terminal, which panics with it at the user's line.
#[must_use = "a mock is registered by its terminal: end the chain with `.reply(..)`"]
#[derive(Debug)]
pub struct Builder<S> {
    pub(crate) declaration: Declaration,
    pub(crate) state: S,
}

impl Declaration {
    /// The beginning of every declaration: any request, once, no reply yet.
    #[track_caller]
    pub(crate) fn begin(function: &'static str, methods: Methods, url: impl IntoUrl) -> Self {
        let mut conditions = Vec::new();
        let (url, error) = match url.into_url().map(|spec| spec.url) {
            // A closure over the URL is asked where closures are: last, and once.
            Ok(Url::Text(pattern)) if pattern.is_user_code() => {
                conditions.push(matchers::url(pattern));
                (Url::Parsed(Arc::new(UrlPattern::any())), None)
            }
            Ok(url) => (url, None),
            Err(error) => (Url::Parsed(Arc::new(UrlPattern::any())), Some(error)),
        };
        Self {
            methods,
            url,
            conditions,
            filters: Vec::new(),
            maps: Vec::new(),
            observers: Vec::new(),
            times: None,
            persist: false,
            optional: false,
            cycle: false,
            priority: None,
            name: None,
            plan: Plan::none(),
            function,
            at: Location::caller(),
            error,
        }
    }

    pub(super) fn hold(&mut self, error: DeclareError) {
        self.error.get_or_insert(error);
    }

    pub(super) fn change_url(&mut self, change: impl FnOnce(&mut UrlPattern)) {
        match &mut self.url {
            Url::Parsed(url) => change(Arc::make_mut(url)),
            Url::Text(pattern) => {
                let pattern = pattern.clone();
                let mut url = UrlPattern::any();
                change(&mut url);
                self.conditions.push(matchers::url(pattern));
                self.url = Url::Parsed(Arc::new(url));
            }
        }
    }
}

/// # Which requests
impl<S> Builder<S> {
    fn with(mut self, condition: Condition) -> Self {
        self.declaration.conditions.push(condition);
        self
    }

    /// This method, standard ones in any case; called again, one more. It is for what begins with `any`: a mock that begins
    /// with a verb has its method already.
    #[track_caller]
    pub fn method(mut self, method: &str) -> Self {
        let parsed = parse_method(method);
        self.add_method(parsed);
        self
    }

    /// One of these methods, besides those named before; for what begins with `any`, as [`method`](Self::method) is.
    #[track_caller]
    pub fn methods<'m>(mut self, methods: impl IntoIterator<Item = &'m str>) -> Self {
        let mut is_empty = true;
        for method in methods {
            is_empty = false;
            let parsed = parse_method(method);
            self.add_method(parsed);
        }
        if is_empty {
            self.declaration.hold(DeclareError::new(
                "there is no method in the list: name one, or leave `methods` out",
            ));
        }
        self
    }

    #[track_caller]
    fn add_method(&mut self, method: Result<Method, DeclareError>) {
        let method = match method {
            Ok(method) => method,
            Err(error) => return self.declaration.hold(error),
        };
        let declaration = &mut self.declaration;
        match declaration.function {
            "any" => {}
            "base" => {
                return declaration.hold(DeclareError::new(
                    "a base has no method, because each of its mocks begins with its own: leave it out, or use \
                     `mock::any(url).methods([..])`",
                ));
            }
            _ => {
                let error = format!(
                    "this mock answers {} already: use `mock::any(url).methods([..])` for several methods",
                    declaration.methods
                );
                return declaration.hold(DeclareError::new(error));
            }
        }
        declaration.methods = match std::mem::replace(&mut declaration.methods, Methods::Any) {
            Methods::Any => Methods::One(method),
            Methods::One(first) => Methods::Several(vec![first, method]),
            Methods::Several(mut several) => {
                several.push(method);
                Methods::Several(several)
            }
            Methods::Connection => Methods::Connection,
        };
    }

    /// The host: a name, `name:port`, `*.example.com`, `*`, or a pattern. Text narrows the URL; without a port it means any.
    #[track_caller]
    pub fn host<M>(mut self, host: impl IntoPattern<M>) -> Self {
        let pattern = host.into_pattern();
        if let Kind::Text(text) = &pattern.0 {
            self.declaration.narrow_host(text);
            return self;
        }
        self.with(matchers::host(pattern))
    }

    /// The scheme.
    #[track_caller]
    pub fn scheme<M>(self, scheme: impl IntoPattern<M>) -> Self {
        self.with(matchers::scheme(scheme))
    }

    /// The port, the scheme's default filled in; where the URL names none, this takes the place of the default.
    #[track_caller]
    pub fn port<M>(mut self, port: impl IntoPattern<M>) -> Self {
        let pattern = port.into_pattern();
        match authority::port_of(&pattern) {
            Some(Ok(port)) => self.declaration.narrow_port(port),
            Some(Err(error)) => self.declaration.hold(error),
            None => {
                self.declaration.widen_port();
                return self.with(matchers::port(pattern));
            }
        }
        self
    }

    /// The path: text (a template too, as in a URL) takes the place of the URL's path, a pattern is asked besides it.
    #[track_caller]
    pub fn path<M>(mut self, path: impl IntoPattern<M>) -> Self {
        let pattern = path.into_pattern();
        if let Kind::Text(text) = &pattern.0 {
            let text = if text.starts_with('/') {
                text.clone()
            } else {
                format!("/{text}")
            };
            match UrlPattern::parse(&text) {
                Ok(parsed) => {
                    let query = parsed.query;
                    let path = parsed.path;
                    self.declaration.change_url(|url| {
                        url.path = path;
                        url.query.extend(query);
                    });
                }
                Err(error) => self
                    .declaration
                    .hold(DeclareError::new(error.of("path", &text))),
            }
            return self;
        }
        self.with(matchers::path(pattern))
    }

    /// A path that is `prefix` or below it, by whole segments.
    pub fn path_prefix(self, prefix: &str) -> Self {
        self.with(matchers::path_prefix(prefix))
    }

    /// A variable of the path template: `.path_param("id", re("^[0-9]+$"))`.
    #[track_caller]
    pub fn path_param<M>(self, name: &str, value: impl IntoPattern<M>) -> Self {
        self.with(matchers::path_param(name, value))
    }

    /// A query key, decoded; any of its values when it is repeated.
    #[track_caller]
    pub fn query<M>(self, key: &str, value: impl IntoPattern<M>) -> Self {
        self.with(matchers::query(key, value))
    }

    /// All these values of a repeated query key, in any order; further ones are allowed.
    pub fn query_all<V: Display>(self, key: &str, values: impl IntoIterator<Item = V>) -> Self {
        self.with(matchers::query_all(key, values))
    }

    /// Exactly these pairs in any order, and no other.
    pub fn query_exact<K: Into<String>, V: Display>(
        self,
        pairs: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        self.with(matchers::query_exact(pairs))
    }

    /// A header, its name in any case; any of its values when it is repeated.
    #[track_caller]
    pub fn header<M>(self, name: &str, value: impl IntoPattern<M>) -> Self {
        self.with(matchers::header(name, value))
    }

    /// These headers and no other, but for those that the transport writes.
    #[track_caller]
    pub fn headers_exact<M, V: IntoPattern<M>>(
        self,
        headers: impl IntoIterator<Item = (&'static str, V)>,
    ) -> Self {
        self.with(matchers::headers_exact(headers))
    }

    /// The content type: an alias (`json`, `text`, `html`, `xml`, `form`, ..) or a media type; a `; charset` is no obstacle.
    #[track_caller]
    pub fn content_type(self, expected: &str) -> Self {
        self.with(matchers::content_type(expected))
    }

    /// A cookie.
    #[track_caller]
    pub fn cookie<M>(self, name: &str, value: impl IntoPattern<M>) -> Self {
        self.with(matchers::cookie(name, value))
    }

    /// Basic credentials.
    pub fn basic(self, user: &str, password: &str) -> Self {
        self.with(matchers::basic(user, password))
    }

    /// The token of bearer credentials.
    #[track_caller]
    pub fn bearer<M>(self, token: impl IntoPattern<M>) -> Self {
        self.with(matchers::bearer(token))
    }

    /// The body, decompressed: text or bytes to equal, or a pattern over its text.
    #[track_caller]
    pub fn body<M>(self, body: impl IntoPattern<M>) -> Self {
        self.with(matchers::body(body))
    }

    /// A body that holds these bytes.
    pub fn body_contains(self, needle: impl Into<Bytes>) -> Self {
        self.with(matchers::body_contains(needle))
    }

    /// A JSON body equal to this value: key order is irrelevant, numbers are compared by value. Write it with `json!(..)`;
    /// text is a JSON string.
    #[track_caller]
    pub fn json(self, value: impl Into<Value>) -> Self {
        self.with(matchers::json(value))
    }

    /// A JSON body that includes this value.
    #[track_caller]
    pub fn json_includes(self, value: impl Into<Value>) -> Self {
        self.with(matchers::json_includes(value))
    }

    /// What a JSON path (RFC 9535) selects from the body, any of it.
    #[cfg(feature = "jsonpath")]
    #[cfg_attr(docsrs, doc(cfg(feature = "jsonpath")))]
    #[track_caller]
    pub fn json_path<M>(self, path: &str, value: impl IntoPattern<M>) -> Self {
        self.with(matchers::json_path(path, value))
    }

    /// A JSON body that is valid under a JSON Schema of any draft.
    #[cfg(feature = "schema")]
    #[cfg_attr(docsrs, doc(cfg(feature = "schema")))]
    #[track_caller]
    pub fn json_schema(self, schema: impl Into<Value>) -> Self {
        self.with(matchers::json_schema(schema))
    }

    /// An XML body with the same structure.
    #[cfg(feature = "xml")]
    #[cfg_attr(docsrs, doc(cfg(feature = "xml")))]
    #[track_caller]
    pub fn xml(self, document: &str) -> Self {
        self.with(matchers::xml(document))
    }

    /// A field of a form body, decoded.
    #[track_caller]
    pub fn form<M>(self, field: &str, value: impl IntoPattern<M>) -> Self {
        self.with(matchers::form(field, value))
    }

    /// Exactly these form fields, in any order.
    pub fn form_exact<K: Into<String>, V: Display>(
        self,
        fields: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        self.with(matchers::form_exact(fields))
    }

    /// A part of a multipart body.
    #[cfg(feature = "multipart")]
    #[cfg_attr(docsrs, doc(cfg(feature = "multipart")))]
    pub fn multipart(self, part: crate::MultipartPart) -> Self {
        self.with(matchers::multipart(part))
    }

    /// A matcher of your own, or a combination of [`matchers`].
    pub fn matching(self, matcher: impl Into<Condition>) -> Self {
        self.with(matcher.into())
    }

    /// A closure over the whole request; it is asked last, outside any lock, at most once for each request.
    pub fn when(self, accepts: impl Fn(&Request) -> bool + Send + Sync + 'static) -> Self {
        self.with(Condition::closure(accepts))
    }

    /// A filter, asked before all matchers: a request that it rejects leaves no trace in a report (as in pook).
    pub fn filter(mut self, accepts: impl Fn(&Request) -> bool + Send + Sync + 'static) -> Self {
        self.declaration.filters.push(Arc::new(accepts));
        self
    }

    /// Changes the request for this mock, after its filters and before its matchers (as in pook); the journal records what
    /// it made.
    pub fn map(mut self, change: impl Fn(&mut Request) + Send + Sync + 'static) -> Self {
        self.declaration.maps.push(Arc::new(change));
        self
    }
}

/// # How often, and in which order
impl<S> Builder<S> {
    /// How often: `times(5)`, `times(1..=3)`, `times(2..)`; `times(0)` declares that it never happens.
    #[track_caller]
    pub fn times(mut self, times: impl IntoTimes) -> Self {
        match times.try_into_times() {
            Ok(times) => self.declaration.times = Some(times),
            Err(error) => self.declaration.hold(DeclareError::new(error)),
        }
        self
    }

    /// Once; the default.
    pub fn once(self) -> Self {
        self.times(1)
    }

    /// Never: a request that it matches goes on to the next mock, and is else reported as "declared never".
    pub fn never(self) -> Self {
        self.times(0)
    }

    /// At least once, without end (as in pook); with `times(n)` or `times(n..)`, at least n times, and once where n is 0.
    ///
    /// A range of `times` that has an upper bound of its own is a mistake.
    pub fn persist(mut self) -> Self {
        self.declaration.persist = true;
        self
    }

    /// Verification does not ask for a call.
    pub fn optional(mut self) -> Self {
        self.declaration.optional = true;
        self
    }

    /// A sequence begins again after its last reply; needs `times(n)` or `persist()`.
    pub fn cycle(mut self) -> Self {
        self.declaration.cycle = true;
        self
    }

    /// Mocks with a lower priority are asked first; 0 unless said otherwise.
    pub fn priority(mut self, priority: i32) -> Self {
        self.declaration.priority = Some(priority);
        self
    }

    /// A name for reports.
    pub fn named(mut self, name: impl Into<Arc<str>>) -> Self {
        self.declaration.name = Some(name.into());
        self
    }

    /// Runs whenever the mock was used, after the use is counted; what it panics with fails the test.
    pub fn on_match(mut self, observe: impl Fn(&Request) + Send + Sync + 'static) -> Self {
        self.declaration.observers.push(Arc::new(observe));
        self
    }
}

/// Methods are case-sensitive on the wire; the standard ones are written here as one likes.
#[track_caller]
pub(crate) fn parse_method(method: &str) -> Result<Method, DeclareError> {
    const STANDARD: [Method; 9] = [
        Method::GET,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::HEAD,
        Method::OPTIONS,
        Method::TRACE,
        Method::CONNECT,
    ];
    if let Some(standard) = STANDARD
        .into_iter()
        .find(|standard| standard.as_str().eq_ignore_ascii_case(method))
    {
        return Ok(standard);
    }
    match Method::from_bytes(method.as_bytes()) {
        Ok(method) => Ok(method),
        Err(_) => Err(DeclareError::new(format!("`{method}` cannot be a method"))),
    }
}
