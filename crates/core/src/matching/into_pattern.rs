//! What may stand where a value is expected.

use std::ops::{Bound, Range, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive};
use std::sync::Arc;

use bytes::Bytes;
use regex::Regex;
use serde_json::Value;

use crate::content::Content;
use crate::matching::pattern::{Kind, Pattern};

mod marker {
    #[derive(Debug)]
    pub struct Literal;
    #[derive(Debug)]
    pub struct Closure;
}

/// Whatever may stand where a value is expected: text, a number, a boolean, [`re`](crate::re), [`glob`](crate::glob),
/// [`any`](crate::any), [`absent`](crate::absent), [`not`](crate::not), a range, a closure `|v: &str| ..`.
///
/// `M` only keeps closures and values apart; it is always inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot stand where a value is expected",
    label = "not a value or a pattern",
    note = "expected text, a number, a bool, a range, `re(..)`, `glob(..)`, `any()`, `present()`, `absent()`, `not(..)`, \
            a closure `|v: &str| ..` (its type must be written) or `pred(|v| ..)`"
)]
pub trait IntoPattern<M> {
    /// Converts into the pattern.
    #[track_caller]
    fn into_pattern(self) -> Pattern;
}

#[diagnostic::do_not_recommend]
impl IntoPattern<marker::Literal> for Pattern {
    fn into_pattern(self) -> Pattern {
        self
    }
}

#[diagnostic::do_not_recommend]
impl<F: Fn(&str) -> bool + Send + Sync + 'static> IntoPattern<marker::Closure> for F {
    fn into_pattern(self) -> Pattern {
        Pattern(Kind::Closure(Arc::new(self)))
    }
}

macro_rules! text {
    ($($kind:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl IntoPattern<marker::Literal> for $kind {
            fn into_pattern(self) -> Pattern {
                Pattern(Kind::Text(self.into()))
            }
        }
    )*};
}
text!(
    &str,
    String,
    &String,
    Box<str>,
    std::borrow::Cow<'_, str>,
    char
);

macro_rules! bytes {
    ($($kind:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl IntoPattern<marker::Literal> for $kind {
            fn into_pattern(self) -> Pattern {
                Pattern(Kind::Bytes(Bytes::from(self)))
            }
        }
    )*};
}
bytes!(Bytes, Vec<u8>);

#[diagnostic::do_not_recommend]
impl IntoPattern<marker::Literal> for &[u8] {
    fn into_pattern(self) -> Pattern {
        Pattern(Kind::Bytes(Bytes::copy_from_slice(self)))
    }
}

#[diagnostic::do_not_recommend]
impl<const N: usize> IntoPattern<marker::Literal> for &[u8; N] {
    fn into_pattern(self) -> Pattern {
        Pattern(Kind::Bytes(Bytes::copy_from_slice(self)))
    }
}

#[diagnostic::do_not_recommend]
impl IntoPattern<marker::Literal> for http::HeaderValue {
    fn into_pattern(self) -> Pattern {
        Pattern(Kind::Bytes(Bytes::copy_from_slice(self.as_bytes())))
    }
}

#[diagnostic::do_not_recommend]
impl IntoPattern<marker::Literal> for Content {
    fn into_pattern(self) -> Pattern {
        Pattern(match self.into_bytes() {
            Ok(bytes) => Kind::Bytes(bytes),
            Err(error) => Kind::Invalid(error),
        })
    }
}

#[diagnostic::do_not_recommend]
impl IntoPattern<marker::Literal> for Regex {
    fn into_pattern(self) -> Pattern {
        Pattern(Kind::UserRegex(self))
    }
}

#[diagnostic::do_not_recommend]
impl IntoPattern<marker::Literal> for RangeFull {
    fn into_pattern(self) -> Pattern {
        Pattern(Kind::Any)
    }
}

macro_rules! scalar {
    ($($kind:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl IntoPattern<marker::Literal> for $kind {
            fn into_pattern(self) -> Pattern {
                Pattern(Kind::Scalar(Value::from(self)))
            }
        }
    )*};
}
scalar!(
    i8, i16, i32, i64, isize, u8, u16, u32, u64, usize, f64, bool, Value
);

/// `0.1f32` is written as `0.1`, which as an `f64` is another number than the nearest `f32`.
#[diagnostic::do_not_recommend]
impl IntoPattern<marker::Literal> for f32 {
    fn into_pattern(self) -> Pattern {
        let written = self.to_string().parse().unwrap_or(f64::from(self));
        Pattern(Kind::Scalar(Value::from(written)))
    }
}

macro_rules! ranges {
    ($($kind:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl IntoPattern<marker::Literal> for Range<$kind> {
            fn into_pattern(self) -> Pattern {
                Pattern(Kind::Range(Bound::Included(self.start as f64), Bound::Excluded(self.end as f64)))
            }
        }
        #[diagnostic::do_not_recommend]
        impl IntoPattern<marker::Literal> for RangeInclusive<$kind> {
            fn into_pattern(self) -> Pattern {
                Pattern(Kind::Range(Bound::Included(*self.start() as f64), Bound::Included(*self.end() as f64)))
            }
        }
        #[diagnostic::do_not_recommend]
        impl IntoPattern<marker::Literal> for RangeFrom<$kind> {
            fn into_pattern(self) -> Pattern {
                Pattern(Kind::Range(Bound::Included(self.start as f64), Bound::Unbounded))
            }
        }
        #[diagnostic::do_not_recommend]
        impl IntoPattern<marker::Literal> for RangeTo<$kind> {
            fn into_pattern(self) -> Pattern {
                Pattern(Kind::Range(Bound::Unbounded, Bound::Excluded(self.end as f64)))
            }
        }
        #[diagnostic::do_not_recommend]
        impl IntoPattern<marker::Literal> for RangeToInclusive<$kind> {
            fn into_pattern(self) -> Pattern {
                Pattern(Kind::Range(Bound::Unbounded, Bound::Included(self.end as f64)))
            }
        }
    )*};
}
ranges!(i32, i64, u16, u32, u64, f64);
