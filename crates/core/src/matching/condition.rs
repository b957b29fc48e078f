//! One thing that a declaration asks of a request, as plain data, with closures as one variant.
//!
//! A condition answers twice: [`accepts`](Condition::accepts) on the way of every request, as fast as it can; and
//! [`explain`](Condition::explain) only when a report is made, with all that a stranger needs to see the mistake.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::HeaderName;

use serde_json::Value;

use crate::body;
use crate::declare::DeclareError;
use crate::glimpse;
use crate::matching::matcher::{Matcher, Needs};
use crate::matching::path::PathShape;
use crate::matching::pattern::Pattern;
use crate::miss::{Miss, Part};
use crate::request::Request;

type Predicate = Arc<dyn Fn(&Request) -> bool + Send + Sync>;

/// One thing that a declaration asks of a request; made by the functions of [`matchers`](crate::matchers), combined with
/// [`and`](Self::and), [`or`](Self::or) and [`negate`](Self::negate).
#[derive(Clone)]
pub struct Condition(pub(crate) Ask);

#[derive(Clone)]
pub(crate) enum Ask {
    Host(Pattern),
    Scheme(Pattern),
    Port(Pattern),
    Url(Pattern),
    Path(PathShape),
    PathParam(String, Pattern),
    Query(String, Pattern),
    /// All these values of a repeated key, in any order.
    QueryAll(String, Vec<String>),
    QueryExact(Vec<(String, String)>),
    Header(HeaderName, Pattern),
    HeadersExact(Vec<(HeaderName, Pattern)>),
    ContentType(String),
    Cookie(String, Pattern),
    Basic {
        user: String,
        password: String,
    },
    Bearer(Pattern),
    Body(Pattern),
    BodyContains(Bytes),
    Json(Arc<Value>),
    JsonIncludes(Arc<Value>),
    #[cfg(feature = "jsonpath")]
    JsonPath(Arc<super::json_path::JsonPath>, Pattern),
    #[cfg(feature = "schema")]
    JsonSchema(Arc<body::json_schema::Schema>),
    #[cfg(feature = "xml")]
    Xml(Arc<super::xml::ExpectedXml>),
    Form(String, Pattern),
    FormExact(Vec<(String, String)>),
    #[cfg(feature = "multipart")]
    Multipart(super::multipart::MultipartPart),
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
    Closure(Predicate),
    Custom(Arc<dyn Matcher>),
    Invalid(DeclareError),
}

impl Condition {
    pub(crate) fn closure(accepts: impl Fn(&Request) -> bool + Send + Sync + 'static) -> Self {
        Self(Ask::Closure(Arc::new(accepts)))
    }

    /// Both this and `other`.
    #[must_use]
    pub fn and(self, other: impl Into<Condition>) -> Self {
        Self(Ask::All(vec![self, other.into()]))
    }

    /// This or `other`, or both.
    #[must_use]
    pub fn or(self, other: impl Into<Condition>) -> Self {
        Self(Ask::Any(vec![self, other.into()]))
    }

    /// Whatever this does not accept.
    #[must_use]
    pub fn negate(self) -> Self {
        Self(Ask::Not(Box::new(self)))
    }

    /// What is found first in it, in those that it is made of and in their patterns.
    fn find<'c, T>(
        &'c self,
        in_one: &dyn Fn(&'c Ask) -> Option<T>,
        in_pattern: &dyn Fn(&'c Pattern) -> Option<T>,
    ) -> Option<T> {
        let found = in_one(&self.0);
        found.or_else(|| match &self.0 {
            Ask::Host(p)
            | Ask::Scheme(p)
            | Ask::Port(p)
            | Ask::Url(p)
            | Ask::Bearer(p)
            | Ask::Body(p)
            | Ask::PathParam(_, p)
            | Ask::Query(_, p)
            | Ask::Cookie(_, p)
            | Ask::Form(_, p)
            | Ask::Header(_, p) => in_pattern(p),
            Ask::Path(shape) => shape.as_pattern().and_then(in_pattern),
            Ask::HeadersExact(all) => all.iter().find_map(|(_, p)| in_pattern(p)),
            #[cfg(feature = "jsonpath")]
            Ask::JsonPath(_, p) => in_pattern(p),
            #[cfg(feature = "multipart")]
            Ask::Multipart(part) => part.patterns().find_map(in_pattern),
            Ask::All(all) | Ask::Any(all) => {
                all.iter().find_map(|one| one.find(in_one, in_pattern))
            }
            Ask::Not(inner) => inner.find(in_one, in_pattern),
            // Each by name, so that a new one with a pattern in it is not forgotten here.
            Ask::QueryAll(..)
            | Ask::QueryExact(_)
            | Ask::ContentType(_)
            | Ask::Basic { .. }
            | Ask::BodyContains(_)
            | Ask::Json(_)
            | Ask::JsonIncludes(_)
            | Ask::FormExact(_)
            | Ask::Closure(_)
            | Ask::Custom(_)
            | Ask::Invalid(_) => None,
            #[cfg(feature = "schema")]
            Ask::JsonSchema(_) => None,
            #[cfg(feature = "xml")]
            Ask::Xml(_) => None,
        })
    }

    pub(crate) fn error(&self) -> Option<&DeclareError> {
        fn invalid(ask: &Ask) -> Option<&DeclareError> {
            match ask {
                Ask::Invalid(error) => Some(error),
                _ => None,
            }
        }
        self.find(&invalid, &Pattern::error)
    }

    /// Whether it can be asked before the body has come.
    pub(crate) fn needs(&self) -> Needs {
        match &self.0 {
            Ask::Body(_) | Ask::BodyContains(_) | Ask::Json(_) | Ask::JsonIncludes(_) => {
                Needs::Body
            }
            Ask::Form(..) | Ask::FormExact(_) => Needs::Body,
            #[cfg(feature = "jsonpath")]
            Ask::JsonPath(..) => Needs::Body,
            #[cfg(feature = "schema")]
            Ask::JsonSchema(_) => Needs::Body,
            #[cfg(feature = "xml")]
            Ask::Xml(_) => Needs::Body,
            #[cfg(feature = "multipart")]
            Ask::Multipart(_) => Needs::Body,
            Ask::Closure(_) => Needs::Body,
            Ask::Custom(matcher) => matcher.needs(),
            Ask::All(all) | Ask::Any(all) => {
                all.iter().map(Self::needs).max().unwrap_or(Needs::Head)
            }
            Ask::Not(inner) => inner.needs(),
            _ => Needs::Head,
        }
    }

    /// Whether user code runs when it is asked; such a condition is asked at most once for each request and mock.
    pub(crate) fn is_user_code(&self) -> bool {
        let is_code = |ask: &Ask| matches!(ask, Ask::Closure(_) | Ask::Custom(_)).then_some(());
        self.find(&is_code, &|p| p.is_user_code().then_some(()))
            .is_some()
    }

    /// The regex over the path that it asks for, where it is one.
    pub(crate) fn path_regex(&self) -> Option<&regex::Regex> {
        match &self.0 {
            Ask::Path(shape) => shape.regex(),
            _ => None,
        }
    }

    /// Cheap ones are asked first; the order among equals is that of the declaration.
    pub(crate) fn cost(&self) -> u8 {
        match &self.0 {
            Ask::Host(_) | Ask::Scheme(_) | Ask::Port(_) => 0,
            Ask::Path(_) | Ask::PathParam(..) | Ask::Url(_) => 1,
            Ask::Header(..) | Ask::ContentType(_) | Ask::Bearer(_) | Ask::Basic { .. } => 2,
            Ask::Query(..)
            | Ask::QueryAll(..)
            | Ask::QueryExact(_)
            | Ask::Cookie(..)
            | Ask::HeadersExact(_) => 3,
            Ask::Body(_) | Ask::BodyContains(_) | Ask::Form(..) | Ask::FormExact(_) => 4,
            Ask::Json(_) | Ask::JsonIncludes(_) => 5,
            Ask::All(all) | Ask::Any(all) => all.iter().map(Self::cost).max().unwrap_or(0),
            Ask::Not(inner) => inner.cost(),
            Ask::Closure(_) | Ask::Custom(_) => 8,
            _ => 6,
        }
    }

    /// Asks the request. On the way of every request: no text is made here.
    pub(crate) fn accepts(&self, request: &Request) -> bool {
        match &self.0 {
            Ask::Host(p) => p.accepts_one(request.host().as_bytes()),
            Ask::Scheme(p) => p.accepts_one(request.scheme().as_bytes()),
            Ask::Port(p) => match request.port() {
                Some(port) => p.accepts_one(port.to_string().as_bytes()),
                None => p.accepts(std::iter::empty()),
            },
            Ask::Url(p) => p.accepts_one(request.url().as_bytes()),
            Ask::Path(shape) => shape.accepts(request.path()),
            Ask::PathParam(name, p) => {
                p.accepts(request.path_param(name).map(str::as_bytes).into_iter())
            }
            Ask::Query(key, p) => p.accepts(query_values(request, key).map(str::as_bytes)),
            Ask::QueryAll(key, wanted) => {
                holds_all(wanted, &query_values(request, key).collect::<Vec<_>>())
            }
            Ask::QueryExact(wanted) => same_pairs(wanted, request.query_pairs()),
            Ask::Header(name, p) => p.accepts(
                request
                    .headers()
                    .get_all(name)
                    .iter()
                    .map(http::HeaderValue::as_bytes),
            ),
            Ask::HeadersExact(wanted) => super::headers::exact(wanted, request.headers()),
            Ask::ContentType(expected) => request
                .content_type()
                .is_some_and(|received| body::media::content_type_matches(expected, received)),
            Ask::Cookie(name, p) => p.accepts(
                request
                    .cookies()
                    .filter(|(found, _)| found == name)
                    .map(|(_, value)| value.as_bytes()),
            ),
            Ask::Basic { user, password } => super::headers::basic(request)
                .is_some_and(|(u, p)| u == user.as_bytes() && p == password.as_bytes()),
            Ask::Bearer(p) => p.accepts(super::headers::bearer(request).into_iter()),
            Ask::Body(p) => match request.decoded() {
                Ok(body) => {
                    let text = if p.is_bytes() {
                        None
                    } else {
                        in_its_charset(request)
                    };
                    p.accepts_body(text.as_ref().map_or(body, |text| text.as_bytes()))
                }
                Err(_) => false,
            },
            Ask::BodyContains(needle) => request
                .decoded()
                .is_ok_and(|body| super::body_text::contains(body, needle)),
            Ask::Json(expected) => request
                .json_value()
                .is_ok_and(|received| body::json::equal(expected, received)),
            Ask::JsonIncludes(expected) => request
                .json_value()
                .is_ok_and(|received| body::json::includes(expected, received)),
            #[cfg(feature = "jsonpath")]
            Ask::JsonPath(path, p) => request
                .json_value()
                .is_ok_and(|received| p.accepts_json(&path.select(received))),
            #[cfg(feature = "schema")]
            Ask::JsonSchema(schema) => request
                .json_value()
                .is_ok_and(|received| schema.is_valid(received)),
            #[cfg(feature = "xml")]
            Ask::Xml(xml) => request.xml().is_ok_and(|received| xml.accepts(received)),
            Ask::Form(field, p) => p.accepts(
                request
                    .form_pairs()
                    .iter()
                    .filter(|(name, _)| name == field)
                    .map(|(_, value)| value.as_bytes()),
            ),
            Ask::FormExact(wanted) => same_pairs(wanted, request.form_pairs()),
            #[cfg(feature = "multipart")]
            Ask::Multipart(part) => part.accepts(request),
            Ask::All(all) => all.iter().all(|condition| condition.accepts(request)),
            Ask::Any(all) => all.iter().any(|condition| condition.accepts(request)),
            Ask::Not(inner) => !inner.accepts(request),
            Ask::Closure(accepts) => accepts(request),
            Ask::Custom(matcher) => matcher.check(request).is_ok(),
            Ask::Invalid(_) => false,
        }
    }

    /// Asks a condition in which user code runs, and keeps what it said.
    pub(crate) fn check(&self, request: &Request) -> Result<(), Miss> {
        match &self.0 {
            Ask::Custom(matcher) => matcher.check(request),
            Ask::All(all) => all.iter().try_for_each(|one| one.check(request)),
            _ if self.accepts(request) => Ok(()),
            Ask::Closure(_) => Err(Miss::new(
                Part::Custom("closure".into()),
                "the closure to accept the request",
            )
            .received("`false`")),
            _ => Err(self.explain(request)),
        }
    }
}

/// The body as text, where its content type names a charset of its own.
fn in_its_charset(request: &Request) -> Option<std::borrow::Cow<'_, str>> {
    let charset = body::media::parameter(request.content_type()?, "charset")?;
    (!charset.eq_ignore_ascii_case("utf-8")).then(|| request.text())
}

fn query_values<'r>(request: &'r Request, key: &'r str) -> impl Iterator<Item = &'r str> {
    request
        .query_pairs()
        .iter()
        .filter(move |(name, _)| name == key)
        .map(|(_, value)| value.as_str())
}

/// Whether `received` holds every wanted value, each as often as it is wanted.
pub(crate) fn holds_all(wanted: &[String], received: &[&str]) -> bool {
    wanted.iter().enumerate().all(|(at, value)| {
        let asked = 1 + wanted[..at]
            .iter()
            .filter(|earlier| *earlier == value)
            .count();
        received.iter().filter(|got| *got == value).count() >= asked
    })
}

fn same_pairs(wanted: &[(String, String)], received: &[(String, String)]) -> bool {
    if wanted.len() != received.len() {
        return false;
    }
    let sorted = |pairs: &[(String, String)]| {
        let mut sorted = pairs.to_vec();
        sorted.sort();
        sorted
    };
    wanted == received || sorted(wanted) == sorted(received)
}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&glimpse::cut(&self.describe(), 2_000))
    }
}
