//! A body is bytes; a declaration speaks of JSON, XML, forms and media types.
//!
//! Everything here is a pure function from what was declared and what was received to a yes, or to the places where the
//! two differ. Nothing panics on bytes of a peer, nothing recurses as deep as a peer likes, and every list and every text
//! that ends in a report is bounded.

mod align;
pub(crate) mod decode;
pub(crate) mod form;
pub(crate) mod json;
#[cfg(feature = "jsonpath")]
pub(crate) mod json_path;
#[cfg(feature = "schema")]
pub(crate) mod json_schema;
pub(crate) mod listing;
pub(crate) mod media;
#[cfg(feature = "multipart")]
pub(crate) mod multipart;
#[cfg(feature = "xml")]
pub(crate) mod xml;
