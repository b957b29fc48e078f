//! What may be the body of a reply, and the content type that it brings along.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use serde_core::Serialize;
use serde_json::Value;

use crate::content::Content;
use crate::declare::DeclareError;
use crate::reply::live::{Feed, Live};
use crate::request_body::RequestBody;

/// The body of a [`Reply`](crate::Reply): nothing, bytes in one piece, chunks whose boundaries the client sees, or what is made
/// while the client reads.
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum Body {
    /// No body.
    #[default]
    Empty,
    /// One piece.
    Whole(Bytes),
    /// Pieces, each a frame of its own.
    Chunks(Arc<[Bytes]>),
    /// Made at each use; its length is not known.
    Live(Live),
}

impl Body {
    /// The length in bytes; 0 of a live one, which is known by nobody.
    pub fn len(&self) -> usize {
        match self {
            Self::Empty | Self::Live(_) => 0,
            Self::Whole(bytes) => bytes.len(),
            Self::Chunks(chunks) => chunks.iter().map(Bytes::len).sum(),
        }
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0 && !matches!(self, Self::Live(_))
    }

    /// The body in one piece; no copy unless it is in chunks. Nothing of a live one.
    pub fn to_bytes(&self) -> Bytes {
        match self {
            Self::Empty | Self::Live(_) => Bytes::new(),
            Self::Whole(bytes) => bytes.clone(),
            Self::Chunks(chunks) => chunks.concat().into(),
        }
    }
}

/// A body with the content type that it brings along; what [`IntoBody`] makes.
pub struct Payload {
    pub(crate) body: Result<Body, DeclareError>,
    pub(crate) content_type: Option<Cow<'static, str>>,
}

impl Payload {
    fn new(bytes: impl Into<Bytes>, content_type: &'static str) -> Self {
        Self {
            body: Ok(whole(bytes.into())),
            content_type: Some(Cow::Borrowed(content_type)),
        }
    }
}

fn whole(bytes: Bytes) -> Body {
    if bytes.is_empty() {
        Body::Empty
    } else {
        Body::Whole(bytes)
    }
}

/// Whatever may be the body of a reply.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the body of a reply",
    label = "not a body",
    note = "expected text, bytes, `json!(..)`, `Json(value)` for any `Serialize`, `standin::file(..)`, or a `Live` or `&Feed`"
)]
pub trait IntoBody {
    /// Converts into bytes and a content type.
    #[track_caller]
    fn into_body(self) -> Payload;
}

/// Any value that can be serialised, as a JSON body.
#[derive(Debug, Clone)]
pub struct Json<T>(
    /// The value.
    pub T,
);

const TEXT: &str = "text/plain; charset=utf-8";
const BYTES: &str = "application/octet-stream";
const JSON: &str = "application/json";

macro_rules! bodies {
    ($($kind:ty => $content_type:expr),* $(,)?) => {$(
        impl IntoBody for $kind {
            fn into_body(self) -> Payload {
                Payload::new(self, $content_type)
            }
        }
    )*};
}
bodies! {
    &'static str => TEXT,
    String => TEXT,
    Bytes => BYTES,
    Vec<u8> => BYTES,
    &'static [u8] => BYTES,
    Box<[u8]> => BYTES,
}

impl<const N: usize> IntoBody for &'static [u8; N] {
    fn into_body(self) -> Payload {
        Payload::new(&self[..], BYTES)
    }
}

impl IntoBody for &String {
    fn into_body(self) -> Payload {
        Payload::new(self.clone(), TEXT)
    }
}

impl IntoBody for Cow<'static, str> {
    fn into_body(self) -> Payload {
        Payload::new(self.into_owned(), TEXT)
    }
}

impl IntoBody for Value {
    fn into_body(self) -> Payload {
        Payload::new(self.to_string(), JSON)
    }
}

impl IntoBody for &Value {
    fn into_body(self) -> Payload {
        Payload::new(self.to_string(), JSON)
    }
}

impl<T: Serialize> IntoBody for Json<T> {
    fn into_body(self) -> Payload {
        match serde_json::to_vec(&self.0) {
            Ok(bytes) => Payload::new(bytes, JSON),
            Err(error) => Payload {
                body: Err(DeclareError::new(format!(
                    "the value cannot be written as JSON: {error}"
                ))),
                content_type: None,
            },
        }
    }
}

impl IntoBody for () {
    fn into_body(self) -> Payload {
        Payload {
            body: Ok(Body::Empty),
            content_type: None,
        }
    }
}

impl IntoBody for Content {
    fn into_body(self) -> Payload {
        let (bytes, content_type) = self.into_parts();
        Payload {
            body: bytes.map(whole),
            content_type: Some(content_type.map_or(Cow::Borrowed(BYTES), Cow::Owned)),
        }
    }
}

impl IntoBody for Live {
    fn into_body(self) -> Payload {
        Payload {
            body: Ok(Body::Live(self)),
            content_type: Some(Cow::Borrowed(BYTES)),
        }
    }
}

impl IntoBody for RequestBody {
    fn into_body(self) -> Payload {
        Live::once(self).into_body()
    }
}

impl IntoBody for &Feed {
    fn into_body(self) -> Payload {
        Live::from(self).into_body()
    }
}
