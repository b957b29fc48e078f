//! What probably went wrong between two values, in one sentence.

use crate::Part;

/// What tells `received` from `expected`, where one short sentence can say it: a case, a trailing slash, a typing error.
pub(crate) fn between(_part: &Part, _expected: &str, _received: &str) -> Option<String> {
    None
}

/// The one of `among` that was probably meant by `wanted`; none if nothing is near enough.
pub(crate) fn closest<'a>(_wanted: &str, _among: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    None
}
