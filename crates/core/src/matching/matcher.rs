//! The seam for matchers that standin does not have.

use std::sync::Arc;

use crate::matching::condition::{Ask, Condition};
use crate::miss::Miss;
use crate::request::Request;

/// How much of a request a matcher has to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Needs {
    /// Method, URL and headers are enough; the body is not waited for.
    Head,
    /// The whole request.
    Body,
}

/// A matcher of your own: asks a request, and says why when it says no.
///
/// It is asked at most once for each request and mock, outside any lock, after everything cheaper has said yes. What it says
/// is kept for the report.
///
/// ```
/// use standin_core::{Matcher, Miss, Part, Request};
///
/// struct Signed;
///
/// impl Matcher for Signed {
///     fn check(&self, request: &Request) -> Result<(), Miss> {
///         match request.header("x-signature") {
///             Some(signature) if signature.len() == 64 => Ok(()),
///             other => Err(Miss::new(Part::Header("x-signature".into()), "64 characters")
///                 .received(other.unwrap_or("nothing"))),
///         }
///     }
/// }
/// ```
pub trait Matcher: Send + Sync + 'static {
    /// Asks the request.
    ///
    /// # Errors
    /// The [`Miss`] that the report shows when the request does not fit.
    fn check(&self, request: &Request) -> Result<(), Miss>;

    /// How much of the request [`check`](Self::check) looks at; the whole, unless you say otherwise.
    fn needs(&self) -> Needs {
        Needs::Body
    }
}

impl<M: Matcher> From<M> for Condition {
    fn from(matcher: M) -> Self {
        Self(Ask::Custom(Arc::new(matcher)))
    }
}
