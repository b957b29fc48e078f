//! Why a matcher said no: the unit from which every failure report is made.
//!
//! A [`Miss`] names the part of the request, what the declaration expected there and what the request held, as text that
//! is already fit to be shown. It is plain data and can be serialised.

use std::fmt;

use serde_core::{Serialize, Serializer};

use crate::data::{serialize_struct, serialize_variant};

/// The part of a request that a matcher looks at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Part {
    /// The method.
    Method,
    /// The scheme of the URL.
    Scheme,
    /// The host, without its port.
    Host,
    /// The port, default ports filled in.
    Port,
    /// The whole URL as text.
    Url,
    /// The path.
    Path,
    /// A variable of a path template.
    PathParam(String),
    /// A key of the query.
    Query(String),
    /// The query as a whole.
    QueryString,
    /// A header, by its name in lower case.
    Header(String),
    /// The headers as a whole.
    Headers,
    /// A cookie, by name.
    Cookie(String),
    /// The body as text or bytes.
    Body,
    /// The body as JSON.
    Json,
    /// The body as XML.
    Xml,
    /// A field of a form body; `*` is the form as a whole.
    Form(String),
    /// A part of a multipart body, by name.
    Multipart(String),
    /// A message of a conversation.
    Message,
    /// What a user's own matcher or closure looks at, by its description.
    Custom(String),
}

impl Serialize for Part {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Method => to.serialize_unit_variant("Part", 0, "method"),
            Self::Scheme => to.serialize_unit_variant("Part", 1, "scheme"),
            Self::Host => to.serialize_unit_variant("Part", 2, "host"),
            Self::Port => to.serialize_unit_variant("Part", 3, "port"),
            Self::Url => to.serialize_unit_variant("Part", 4, "url"),
            Self::Path => to.serialize_unit_variant("Part", 5, "path"),
            Self::PathParam(name) => to.serialize_newtype_variant("Part", 6, "path_param", name),
            Self::Query(key) => to.serialize_newtype_variant("Part", 7, "query", key),
            Self::QueryString => to.serialize_unit_variant("Part", 8, "query_string"),
            Self::Header(name) => to.serialize_newtype_variant("Part", 9, "header", name),
            Self::Headers => to.serialize_unit_variant("Part", 10, "headers"),
            Self::Cookie(name) => to.serialize_newtype_variant("Part", 11, "cookie", name),
            Self::Body => to.serialize_unit_variant("Part", 12, "body"),
            Self::Json => to.serialize_unit_variant("Part", 13, "json"),
            Self::Xml => to.serialize_unit_variant("Part", 14, "xml"),
            Self::Form(field) => to.serialize_newtype_variant("Part", 15, "form", field),
            Self::Multipart(name) => to.serialize_newtype_variant("Part", 16, "multipart", name),
            Self::Message => to.serialize_unit_variant("Part", 18, "message"),
            Self::Custom(what) => to.serialize_newtype_variant("Part", 17, "custom", what),
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Method => f.write_str("method"),
            Self::Scheme => f.write_str("scheme"),
            Self::Host => f.write_str("host"),
            Self::Port => f.write_str("port"),
            Self::Url => f.write_str("url"),
            Self::Path => f.write_str("path"),
            Self::PathParam(name) => write!(f, "path parameter {{{name}}}"),
            Self::Query(key) => write!(f, "query `{key}`"),
            Self::QueryString => f.write_str("query"),
            Self::Header(name) => write!(f, "header `{name}`"),
            Self::Headers => f.write_str("headers"),
            Self::Cookie(name) => write!(f, "cookie `{name}`"),
            Self::Body => f.write_str("body"),
            Self::Json => f.write_str("json body"),
            Self::Xml => f.write_str("xml body"),
            Self::Form(field) if field == "*" => f.write_str("form"),
            Self::Form(field) => write!(f, "form field `{field}`"),
            Self::Multipart(name) => write!(f, "multipart part `{name}`"),
            Self::Message => f.write_str("message"),
            Self::Custom(what) => f.write_str(what),
        }
    }
}

/// One place inside a structured body where expected and received differ.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// Where: a JSON Pointer (`/items/3/sku`; the root is empty), or a path of element names for XML.
    pub at: String,
    /// What was expected there; `None` when nothing was.
    pub expected: Option<String>,
    /// What the request held there; `None` when nothing was.
    pub received: Option<String>,
}

serialize_struct!(Difference {
    at,
    expected,
    received
});

/// More than one line about a miss.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Detail {
    /// Two texts, to be shown as a diff of lines.
    Text {
        /// The text that was expected.
        expected: String,
        /// The text that was received.
        received: String,
        /// The line of the whole texts, from 1, with which these begin: of long ones, a part is shown.
        line: usize,
    },
    /// Places in a structured body, in document order.
    Differences(Vec<Difference>),
}

impl Serialize for Detail {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text {
                expected,
                received,
                line,
            } => serialize_variant!(to, "Detail", 0, "text" { expected, received, line }),
            Self::Differences(places) => {
                to.serialize_newtype_variant("Detail", 1, "differences", places)
            }
        }
    }
}

/// A matcher's "no": which part, what was expected, what was received.
///
/// ```
/// use standin_core::{Miss, Part};
///
/// let miss = Miss::new(Part::Header("accept".into()), "application/json").received("text/html");
/// assert_eq!(miss.to_string(), "header `accept`: expected application/json, received text/html");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Miss {
    /// The part that did not fit.
    pub part: Part,
    /// What the declaration asks of it.
    pub expected: String,
    /// What the request held; `None` when the part is absent.
    pub received: Option<String>,
    /// What probably went wrong and how to mend it, where that can be told.
    pub hint: Option<String>,
    /// A diff, or the places that differ.
    pub detail: Option<Box<Detail>>,
}

serialize_struct!(Miss {
    part,
    expected,
    received,
    hint,
    detail
});

impl Miss {
    /// A miss of `part`, which `expected` describes; received is absent until [`received`](Self::received) says otherwise.
    pub fn new(part: Part, expected: impl Into<String>) -> Self {
        Self {
            part,
            expected: expected.into(),
            received: None,
            hint: None,
            detail: None,
        }
    }

    /// What the request held instead.
    #[must_use]
    pub fn received(mut self, received: impl Into<String>) -> Self {
        self.received = Some(received.into());
        self
    }

    /// What probably went wrong, in words for the user.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// A diff, or the places that differ.
    #[must_use]
    pub fn detail(mut self, detail: Detail) -> Self {
        self.detail = Some(Box::new(detail));
        self
    }
}

impl fmt::Display for Miss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: expected {}, received ", self.part, self.expected)?;
        match &self.received {
            Some(received) => f.write_str(received),
            None => f.write_str("nothing"),
        }
    }
}
