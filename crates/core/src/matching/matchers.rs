//! The matchers as functions, for use outside a chain: to combine them with [`and`](Condition::and),
//! [`or`](Condition::or) and [`negate`](Condition::negate), and to ask a journal.
//!
//! Each does what the method of the same name on a [`Builder`](crate::Builder) does.
//!
//! ```
//! use standin_core::prelude::*;
//! use standin_core::matchers;
//!
//! let newest = matchers::query("page", 1).or(matchers::query("page", absent()));
//! let call = standin_core::Request::get("https://x.io/items?page=1");
//! assert!(newest.matches(&call));
//! ```

use std::fmt::Display;
use std::sync::Arc;

use bytes::Bytes;
use http::HeaderName;
use serde_json::Value;

use crate::body::media::{full_name, short_names};
use crate::declare::{DeclareError, authority};
use crate::matching::IntoPattern;
use crate::matching::condition::{Ask, Condition};
use crate::matching::path::PathShape;
use crate::matching::pattern::{Kind, Pattern, any, glob};
use crate::mistake::mistaken;
use crate::request::Request;
use crate::url::HostPattern;

impl Condition {
    /// Whether `request` fits.
    ///
    /// # Panics
    /// When something in it cannot work, such as a regex that is none.
    #[track_caller]
    pub fn matches(&self, request: &Request) -> bool {
        self.refuse_mistake();
        self.accepts(request)
    }

    /// A matcher that cannot work would accept nothing, or all when it is negated.
    #[track_caller]
    pub(crate) fn refuse_mistake(&self) {
        if let Some(error) = self.error() {
            mistaken(format_args!("this matcher cannot work: {error}"));
        }
    }
}

/// The host: a name in any case, `name:port`, `*.example.com`, `*`, or a pattern. Without a port it means any.
#[track_caller]
pub fn host<M>(value: impl IntoPattern<M>) -> Condition {
    let pattern = value.into_pattern();
    let Kind::Text(text) = &pattern.0 else {
        return Condition(Ask::Host(pattern));
    };
    let (host, at) = match authority::host_of(text) {
        Ok(parsed) => parsed,
        Err(error) => return Condition(Ask::Invalid(error)),
    };
    let host = Condition(Ask::Host(match host {
        HostPattern::Any => any(),
        HostPattern::Literal(name) => Pattern(Kind::Text(name)),
        HostPattern::Wildcard(suffix) => glob(&format!("*.{suffix}")),
    }));
    match at {
        Some(at) => host.and(port(at)),
        None => host,
    }
}

/// The scheme: `http` or `https`.
#[track_caller]
pub fn scheme<M>(value: impl IntoPattern<M>) -> Condition {
    let pattern = value.into_pattern();
    Condition(Ask::Scheme(match pattern.0 {
        Kind::Text(name) => Pattern(Kind::Text(name.to_ascii_lowercase())),
        kind => Pattern(kind),
    }))
}

/// The port, the scheme's default filled in.
#[track_caller]
pub fn port<M>(value: impl IntoPattern<M>) -> Condition {
    let pattern = value.into_pattern();
    match authority::port_of(&pattern) {
        Some(Ok(port)) => Condition(Ask::Port(Pattern(Kind::Text(port.to_string())))),
        Some(Err(error)) => Condition(Ask::Invalid(error)),
        None => Condition(Ask::Port(pattern)),
    }
}

/// The whole URL as text, in its normal form.
#[track_caller]
pub fn url<M>(value: impl IntoPattern<M>) -> Condition {
    Condition(Ask::Url(value.into_pattern()))
}

/// The path in its normal form; a glob there stops at `/`.
#[track_caller]
pub fn path<M>(value: impl IntoPattern<M>) -> Condition {
    match PathShape::pattern(value.into_pattern()) {
        Ok(shape) => Condition(Ask::Path(shape)),
        Err(error) => Condition(Ask::Invalid(error)),
    }
}

/// A path that is `prefix` or below it, by whole segments.
pub fn path_prefix(prefix: &str) -> Condition {
    Condition(Ask::Path(PathShape::prefix(prefix)))
}

/// A variable of the path template.
#[track_caller]
pub fn path_param<M>(name: &str, value: impl IntoPattern<M>) -> Condition {
    Condition(Ask::PathParam(name.to_owned(), value.into_pattern()))
}

/// A query key, decoded; any of its values when it is repeated.
#[track_caller]
pub fn query<M>(key: &str, value: impl IntoPattern<M>) -> Condition {
    Condition(Ask::Query(key.to_owned(), value.into_pattern()))
}

/// All these values of a repeated query key, in any order; further ones are allowed.
pub fn query_all<V: Display>(key: &str, values: impl IntoIterator<Item = V>) -> Condition {
    Condition(Ask::QueryAll(
        key.to_owned(),
        values.into_iter().map(|value| value.to_string()).collect(),
    ))
}

/// Exactly these pairs in any order, and no other.
pub fn query_exact<K: Into<String>, V: Display>(
    pairs: impl IntoIterator<Item = (K, V)>,
) -> Condition {
    Condition(Ask::QueryExact(own(pairs)))
}

/// A header; any of its values when it is repeated.
#[track_caller]
pub fn header<M>(name: &str, value: impl IntoPattern<M>) -> Condition {
    match header_name(name) {
        Ok(name) => Condition(Ask::Header(name, value.into_pattern())),
        Err(error) => Condition(Ask::Invalid(error)),
    }
}

/// These headers and no other, but for those that the transport writes (`host`, `content-length`, `transfer-encoding`,
/// `connection`, `te`, `trailer`, `upgrade`).
#[track_caller]
pub fn headers_exact<M, V: IntoPattern<M>>(
    headers: impl IntoIterator<Item = (&'static str, V)>,
) -> Condition {
    let mut wanted = Vec::new();
    for (name, value) in headers {
        match header_name(name) {
            Ok(name) => wanted.push((name, value.into_pattern())),
            Err(error) => return Condition(Ask::Invalid(error)),
        }
    }
    Condition(Ask::HeadersExact(wanted))
}

/// The content type: an alias as pook has them (`json`, `text`, `html`, `xml`, `form`, ..) or a media type. Parameters such
/// as `charset` are compared only when they are asked for. Unlike pook's, `form-data` is `multipart/form-data`.
#[track_caller]
pub fn content_type(expected: &str) -> Condition {
    if !full_name(expected).contains('/') {
        return Condition(Ask::Invalid(DeclareError::new(format!(
            "`{expected}` is no content type: write `type/subtype`, or one of the short names {}",
            short_names()
        ))));
    }
    Condition(Ask::ContentType(expected.to_owned()))
}

/// A cookie.
#[track_caller]
pub fn cookie<M>(name: &str, value: impl IntoPattern<M>) -> Condition {
    Condition(Ask::Cookie(name.to_owned(), value.into_pattern()))
}

/// Basic credentials.
pub fn basic(user: &str, password: &str) -> Condition {
    Condition(Ask::Basic {
        user: user.to_owned(),
        password: password.to_owned(),
    })
}

/// The token of bearer credentials.
#[track_caller]
pub fn bearer<M>(token: impl IntoPattern<M>) -> Condition {
    Condition(Ask::Bearer(token.into_pattern()))
}

/// The body, decompressed: text or bytes to equal, or a pattern over its text.
#[track_caller]
pub fn body<M>(value: impl IntoPattern<M>) -> Condition {
    Condition(Ask::Body(value.into_pattern()))
}

/// A body that holds these bytes.
pub fn body_contains(needle: impl Into<Bytes>) -> Condition {
    Condition(Ask::BodyContains(needle.into()))
}

/// A JSON body equal to this value: key order is irrelevant, numbers are compared by value, everything else is exact.
///
/// Text is a JSON string; text that is itself an object or an array is a mistake, which `json!("..")` says is meant.
#[track_caller]
pub fn json(value: impl Into<Value>) -> Condition {
    match document(value) {
        Ok(value) => Condition(Ask::Json(Arc::new(value))),
        Err(error) => Condition(Ask::Invalid(error)),
    }
}

/// A JSON body that includes this value.
///
/// Text is a JSON string, as in [`json`].
#[track_caller]
pub fn json_includes(value: impl Into<Value>) -> Condition {
    match document(value) {
        Ok(value) => Condition(Ask::JsonIncludes(Arc::new(value))),
        Err(error) => Condition(Ask::Invalid(error)),
    }
}

/// What a JSON path (RFC 9535) selects from the body, any of it: `json_path("$.items[?@.qty > 1].sku", "A1")`.
#[cfg(feature = "jsonpath")]
#[cfg_attr(docsrs, doc(cfg(feature = "jsonpath")))]
#[track_caller]
pub fn json_path<M>(path: &str, value: impl IntoPattern<M>) -> Condition {
    match super::json_path::JsonPath::parse(path) {
        Ok(path) => Condition(Ask::JsonPath(Arc::new(path), value.into_pattern())),
        Err(error) => Condition(Ask::Invalid(DeclareError::new(error))),
    }
}

/// A JSON body that is valid under a JSON Schema; `$schema` says the draft, 2020-12 where it does not.
#[cfg(feature = "schema")]
#[cfg_attr(docsrs, doc(cfg(feature = "schema")))]
#[track_caller]
pub fn json_schema(schema: impl Into<Value>) -> Condition {
    match crate::body::json_schema::Schema::compile(&schema.into()) {
        Ok(schema) => Condition(Ask::JsonSchema(Arc::new(schema))),
        Err(error) => Condition(Ask::Invalid(DeclareError::new(error.to_string()))),
    }
}

/// An XML body with the same structure: prefixes, attribute order, comments and layout are irrelevant.
#[cfg(feature = "xml")]
#[cfg_attr(docsrs, doc(cfg(feature = "xml")))]
#[track_caller]
pub fn xml(document: &str) -> Condition {
    match super::xml::ExpectedXml::parse(document) {
        Ok(xml) => Condition(Ask::Xml(Arc::new(xml))),
        Err(error) => Condition(Ask::Invalid(DeclareError::new(error))),
    }
}

/// A field of a form body (`application/x-www-form-urlencoded`), decoded.
#[track_caller]
pub fn form<M>(field: &str, value: impl IntoPattern<M>) -> Condition {
    Condition(Ask::Form(field.to_owned(), value.into_pattern()))
}

/// Exactly these form fields, in any order.
pub fn form_exact<K: Into<String>, V: Display>(
    fields: impl IntoIterator<Item = (K, V)>,
) -> Condition {
    Condition(Ask::FormExact(own(fields)))
}

/// A part of a multipart body; [`part`](crate::part) describes it.
#[cfg(feature = "multipart")]
#[cfg_attr(docsrs, doc(cfg(feature = "multipart")))]
pub fn multipart(part: super::MultipartPart) -> Condition {
    Condition(Ask::Multipart(part))
}

/// All of these.
pub fn all_of(conditions: impl IntoIterator<Item = Condition>) -> Condition {
    Condition(Ask::All(conditions.into_iter().collect()))
}

/// At least one of these.
pub fn any_of(conditions: impl IntoIterator<Item = Condition>) -> Condition {
    Condition(Ask::Any(conditions.into_iter().collect()))
}

/// A closure over the whole request.
pub fn when(accepts: impl Fn(&Request) -> bool + Send + Sync + 'static) -> Condition {
    Condition::closure(accepts)
}

/// A document that was written as text would be asked for as a JSON string, and never be there.
#[track_caller]
fn document<V: Into<Value>>(value: V) -> Result<Value, DeclareError> {
    // `json!("..")` is a value already, and says that a string is meant.
    let is_value = std::any::type_name::<V>() == std::any::type_name::<Value>();
    let value = value.into();
    let Value::String(text) = &value else {
        return Ok(value);
    };
    match serde_json::from_str(text) {
        Ok(Value::Object(_) | Value::Array(_)) if !is_value => Err(DeclareError::new(
            "this is JSON as text, and is taken for a JSON string: write `json!(..)`; to expect a string, `json!(\"..\")`",
        )),
        _ => Ok(value),
    }
}

fn own<K: Into<String>, V: Display>(
    pairs: impl IntoIterator<Item = (K, V)>,
) -> Vec<(String, String)> {
    pairs
        .into_iter()
        .map(|(key, value)| (key.into(), value.to_string()))
        .collect()
}

/// Header names are case-insensitive; one that cannot exist is a mistake in the declaration.
#[track_caller]
fn header_name(name: &str) -> Result<HeaderName, DeclareError> {
    // A closure would be the caller.
    match HeaderName::from_bytes(name.as_bytes()) {
        Ok(name) => Ok(name),
        Err(_) => Err(DeclareError::new(format!(
            "`{name}` cannot be the name of a header"
        ))),
    }
}
