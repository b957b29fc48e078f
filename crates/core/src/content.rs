//! Bytes together with what they are: the body of a reply, or an expected body, read from a file by a crate that has I/O.

use std::fmt;

use bytes::Bytes;

use crate::declare::DeclareError;
use crate::glimpse;

/// Bytes with a content type, or the reason why there are none.
///
/// `standin::file("order.json")` makes one; it stands wherever a body may stand, in a reply and in an expectation.
#[derive(Clone)]
pub struct Content {
    bytes: Result<Bytes, DeclareError>,
    content_type: Option<String>,
}

impl Content {
    /// Bytes without a content type.
    pub fn new(bytes: impl Into<Bytes>) -> Self {
        Self {
            bytes: Ok(bytes.into()),
            content_type: None,
        }
    }

    /// The content type that a reply made of it has.
    #[must_use]
    pub fn content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }

    /// Content that could not be had; the terminal of the declaration panics with `message` at the line of this call.
    #[track_caller]
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self {
            bytes: Err(DeclareError::new(message)),
            content_type: None,
        }
    }

    pub(crate) fn into_bytes(self) -> Result<Bytes, DeclareError> {
        self.bytes
    }

    pub(crate) fn into_parts(self) -> (Result<Bytes, DeclareError>, Option<String>) {
        (self.bytes, self.content_type)
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Content")
            .field("bytes", &self.bytes.as_deref().map(glimpse::Bytes))
            .field("content_type", &self.content_type)
            .finish()
    }
}
