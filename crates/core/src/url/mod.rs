//! What a URL in a declaration means, and the one normal form in which declared and received URLs meet.
//!
//! `HTTP://Example.com:80/%7Eme` and `http://example.com/~me` name one thing, and a client may send either. The key of the
//! index and the matcher must agree on that, so both sides pass through [`normal`] and are compared as plain text from
//! then on: [`UrlPattern`] is the declared side, [`Target`] the received one.

mod authority;
mod error;
pub(crate) mod glob;
pub(crate) mod normal;
mod pattern;
mod punycode;
mod target;
mod target_ref;
mod template;
mod trie;

pub(crate) use authority::{Authorities, Authority, is_loopback};
pub(crate) use error::UrlError;
pub(crate) use pattern::{HostPattern, PathPattern, UrlPattern, parse_port};
pub(crate) use target::Target;
pub(crate) use target_ref::{TargetRef, UrlRef};
pub(crate) use template::Template;
pub(crate) use trie::TemplateTrie;
