//! Matching: values, parts of a request, and the seam for matchers of the user's own.

pub(crate) mod body_text;
pub(crate) mod condition;
mod excerpt;
mod explain;
mod explain_body;
pub(crate) mod headers;
mod into_pattern;
#[cfg(feature = "jsonpath")]
pub(crate) mod json_path;
pub(crate) mod matcher;
pub mod matchers;
#[cfg(feature = "multipart")]
pub(crate) mod multipart;
pub(crate) mod path;
pub(crate) mod pattern;
#[cfg(feature = "xml")]
pub(crate) mod xml;

pub use condition::Condition;
pub use into_pattern::IntoPattern;
pub use matcher::{Matcher, Needs};
#[cfg(feature = "multipart")]
pub use multipart::{MultipartPart, part};
pub use pattern::{Pattern, absent, any, glob, not, pred, present, re, try_re};
