//! What a single value may look like: a literal, a regex, a glob, a range, a closure, present or absent.
//!
//! A part of a request (a header, a query key, a form field) holds any number of values. A [`Pattern`] is asked about all
//! of them at once, because `absent()` and `not(..)` speak of the whole set.

use std::fmt;
use std::ops::Bound;
use std::sync::Arc;

use bytes::Bytes;
use regex::Regex;
use serde_json::{Number, Value};

use crate::declare::DeclareError;
use crate::glimpse;
use crate::matching::explain_body;
use crate::url::glob::{self, Separator};

/// What a value has to look like; made by everything that implements [`IntoPattern`](crate::IntoPattern).
#[derive(Clone)]
pub struct Pattern(pub(crate) Kind);

type Predicate = Arc<dyn Fn(&str) -> bool + Send + Sync>;

#[derive(Clone)]
pub(crate) enum Kind {
    Text(String),
    Bytes(Bytes),
    Scalar(Value),
    /// Made by `re`: its text says all about it, so that it can be gathered with others.
    Regex(Regex),
    /// Made by the user, with flags that its text does not show.
    UserRegex(Regex),
    Glob {
        source: String,
        regex: Regex,
    },
    Range(Bound<f64>, Bound<f64>),
    Closure(Predicate),
    Any,
    Absent,
    /// One of a list with commas between, as some headers are, in whatever case.
    Token(String),
    Not(Box<Pattern>),
    Invalid(DeclareError),
}

/// A regular expression, searched anywhere in the value (as pook does); anchor it with `^` and `$` to match the whole.
///
/// A mistake in it is reported by the terminal of the declaration it is used in, at this line; [`try_re`] returns it.
///
/// ```
/// # use standin_core::prelude::*;
/// let bearer = re("^Bearer ");
/// ```
#[track_caller]
pub fn re(expression: &str) -> Pattern {
    try_re(expression).unwrap_or_else(|error| Pattern(Kind::Invalid(error)))
}

/// The twin of [`re`] that returns the mistake in the expression.
///
/// # Errors
/// When the expression is not one that the `regex` crate understands (look-around and back-references are not).
#[track_caller]
pub fn try_re(expression: &str) -> Result<Pattern, DeclareError> {
    match Regex::new(expression) {
        Ok(regex) => Ok(Pattern(Kind::Regex(regex))),
        Err(error) => Err(DeclareError::new(format!(
            "the regular expression `{expression}` is not valid: {error}"
        ))),
    }
}

/// A glob over the whole value: `*` any characters, `?` one, `[a-z]` one of, `{a,b}` either. In a path, `*` stops at `/`
/// and `**` does not.
#[track_caller]
pub fn glob(pattern: &str) -> Pattern {
    match Regex::new(&glob::to_regex(pattern, Separator::None)) {
        Ok(regex) => Pattern(Kind::Glob {
            source: pattern.to_owned(),
            regex,
        }),
        Err(error) => Pattern(Kind::Invalid(DeclareError::new(format!(
            "the glob `{pattern}` is not valid: {error}"
        )))),
    }
}

/// Any value; the same as [`present`].
pub fn any() -> Pattern {
    Pattern(Kind::Any)
}

/// At least one value, an empty one included.
pub fn present() -> Pattern {
    Pattern(Kind::Any)
}

/// No value at all.
pub fn absent() -> Pattern {
    Pattern(Kind::Absent)
}

/// No value that matches `pattern`; so it holds when there is no value.
#[track_caller]
pub fn not<M>(pattern: impl crate::IntoPattern<M>) -> Pattern {
    Pattern(Kind::Not(Box::new(pattern.into_pattern())))
}

/// A value that a closure accepts; unlike a bare closure it needs no type written: `pred(|v| v.len() > 3)`.
pub fn pred(accepts: impl Fn(&str) -> bool + Send + Sync + 'static) -> Pattern {
    Pattern(Kind::Closure(Arc::new(accepts)))
}

impl Pattern {
    pub(crate) fn error(&self) -> Option<&DeclareError> {
        match &self.0 {
            Kind::Invalid(error) => Some(error),
            Kind::Not(inner) => inner.error(),
            _ => None,
        }
    }

    /// The regex that one automaton can hold together with others, where there is one.
    pub(crate) fn regex(&self) -> Option<&Regex> {
        match &self.0 {
            Kind::Regex(regex) | Kind::Glob { regex, .. } => Some(regex),
            _ => None,
        }
    }

    /// Whether it compares bytes, whatever text they are.
    pub(crate) fn is_bytes(&self) -> bool {
        match &self.0 {
            Kind::Bytes(_) => true,
            Kind::Not(inner) => inner.is_bytes(),
            _ => false,
        }
    }

    /// Whether user code runs when this pattern is asked.
    pub(crate) fn is_user_code(&self) -> bool {
        match &self.0 {
            Kind::Closure(_) => true,
            Kind::Not(inner) => inner.is_user_code(),
            _ => false,
        }
    }

    /// Asks the pattern about all values of a part.
    pub(crate) fn accepts<'v>(&self, mut values: impl Iterator<Item = &'v [u8]>) -> bool {
        match &self.0 {
            Kind::Absent => values.next().is_none(),
            Kind::Not(inner) => match &inner.0 {
                Kind::Absent => values.next().is_some(),
                Kind::Not(_) => !inner.accepts(values),
                _ => !values.any(|value| inner.accepts_one(value)),
            },
            Kind::Any => values.next().is_some(),
            _ => values.any(|value| self.accepts_one(value)),
        }
    }

    /// Asks about one value that is there, as bytes of text.
    pub(crate) fn accepts_one(&self, value: &[u8]) -> bool {
        match &self.0 {
            Kind::Text(text) => text.as_bytes() == value,
            Kind::Bytes(bytes) => bytes == value,
            Kind::Scalar(scalar) => {
                std::str::from_utf8(value).is_ok_and(|text| scalar_is_text(scalar, text))
            }
            Kind::Regex(regex) | Kind::UserRegex(regex) | Kind::Glob { regex, .. } => {
                match std::str::from_utf8(value) {
                    Ok(text) => regex.is_match(text),
                    Err(_) => regex.is_match(&latin1(value)),
                }
            }
            Kind::Range(low, high) => std::str::from_utf8(value)
                .ok()
                .and_then(|text| text.trim().parse::<f64>().ok())
                .is_some_and(|number| within(number, *low, *high)),
            Kind::Closure(accepts) => match std::str::from_utf8(value) {
                Ok(text) => accepts(text),
                Err(_) => accepts(&latin1(value)),
            },
            Kind::Any => true,
            Kind::Token(token) => value
                .split(|byte| *byte == b',')
                .any(|one| one.trim_ascii().eq_ignore_ascii_case(token.as_bytes())),
            Kind::Absent | Kind::Invalid(_) => false,
            Kind::Not(inner) => !inner.accepts_one(value),
        }
    }

    /// Asks about a body: an empty one is no value.
    pub(crate) fn accepts_body(&self, body: &[u8]) -> bool {
        match &self.0 {
            Kind::Any => !body.is_empty(),
            Kind::Absent => body.is_empty(),
            Kind::Not(inner) => !inner.accepts_body(body),
            _ => self.accepts_one(body),
        }
    }

    /// Asks about values of a JSON document, where a scalar keeps its type.
    #[cfg_attr(
        not(feature = "jsonpath"),
        allow(dead_code, reason = "JSON path asks it")
    )]
    pub(crate) fn accepts_json(&self, values: &[&Value]) -> bool {
        match &self.0 {
            Kind::Absent => values.is_empty(),
            Kind::Any => !values.is_empty(),
            Kind::Not(inner) => match &inner.0 {
                Kind::Absent | Kind::Any | Kind::Not(_) => !inner.accepts_json(values),
                _ => !values.iter().any(|value| inner.accepts_json_one(value)),
            },
            _ => values.iter().any(|value| self.accepts_json_one(value)),
        }
    }

    fn accepts_json_one(&self, value: &Value) -> bool {
        match (&self.0, value) {
            (Kind::Scalar(expected), received) => crate::body::json::equal(expected, received),
            (Kind::Text(expected), Value::String(received)) => expected == received,
            (Kind::Text(_) | Kind::Bytes(_), _) => false,
            (Kind::Range(low, high), Value::Number(number)) => number
                .as_f64()
                .is_some_and(|number| within(number, *low, *high)),
            (Kind::Range(..), _) => false,
            (_, Value::String(text)) => self.accepts_one(text.as_bytes()),
            (_, other) => self.accepts_one(other.to_string().as_bytes()),
        }
    }
}

fn within(number: f64, low: Bound<f64>, high: Bound<f64>) -> bool {
    (match low {
        Bound::Included(low) => number >= low,
        Bound::Excluded(low) => number > low,
        Bound::Unbounded => true,
    }) && (match high {
        Bound::Included(high) => number <= high,
        Bound::Excluded(high) => number < high,
        Bound::Unbounded => true,
    })
}

/// In a query or a header a scalar is compared as the text it is written as: `5` is `5`, not `5.0`.
fn scalar_is_text(scalar: &Value, text: &str) -> bool {
    match scalar {
        Value::String(expected) => expected == text,
        Value::Bool(expected) => text == if *expected { "true" } else { "false" },
        Value::Number(number) => number_is_text(number, text),
        Value::Null => text == "null",
        // A document stands for itself as it would be written compactly.
        Value::Array(_) | Value::Object(_) => {
            serde_json::from_str::<Value>(text).is_ok_and(|value| value == *scalar)
        }
    }
}

/// A number as it is written: `7` is not `007`, and `5.0` is `5` or `5.0`, as languages differ.
fn number_is_text(number: &Number, text: &str) -> bool {
    let Some(float) = number.as_f64().filter(|_| number.is_f64()) else {
        return number.to_string() == text;
    };
    text == number.to_string() || text == float.to_string()
}

/// Header bytes that are not UTF-8 read as Latin-1, so that every byte has a character.
pub(crate) fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| char::from(byte)).collect()
}

impl fmt::Display for Pattern {
    /// The pattern as the user would write it, for reports.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Text(text) | Kind::Token(text) => f.write_str(text),
            Kind::Bytes(bytes) => f.write_str(&explain_body::said(bytes)),
            Kind::Scalar(value) => write!(f, "{value}"),
            Kind::Regex(regex) | Kind::UserRegex(regex) => write!(f, "re({:?})", regex.as_str()),
            Kind::Glob { source, .. } => write!(f, "glob({source:?})"),
            Kind::Range(low, high) => {
                match low {
                    Bound::Included(low) => write!(f, "{low}..")?,
                    Bound::Excluded(low) => write!(f, "above {low}..")?,
                    Bound::Unbounded => f.write_str("..")?,
                }
                match high {
                    Bound::Included(high) => write!(f, "={high}"),
                    Bound::Excluded(high) => write!(f, "{high}"),
                    Bound::Unbounded => Ok(()),
                }
            }
            Kind::Closure(_) => f.write_str("a value that the closure accepts"),
            Kind::Any => f.write_str("any value"),
            Kind::Absent => f.write_str("absent"),
            Kind::Not(inner) => write!(f, "not({inner})"),
            Kind::Invalid(error) => write!(f, "{error}"),
        }
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pattern({})", glimpse::cut(&self.to_string(), 2_000))
    }
}
