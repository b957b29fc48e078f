//! Two JSON documents are the same, or one includes the other, or they differ at these places.
//!
//! `serde_json`'s own `==` says that `1` is not `1.0`, compares what is beyond a float's precision only by chance, and
//! stops at a yes or no. Here numbers are compared by value and every place that differs has a JSON Pointer.

mod differences;
mod text;

use serde_json::{Number, Value};

#[allow(unused_imports, reason = "wired in by the engine")]
pub(crate) use differences::differences;
#[allow(unused_imports, reason = "used under the feature `schema`")]
pub(crate) use text::compact;

/// How a received document must stand to the expected one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// The same document: see [`equal`].
    Equal,
    /// The expected document and perhaps more: see [`includes`].
    Includes,
}

/// How deep [`includes`] and [`differences()`] go; what lies deeper is compared as a whole.
///
/// `serde_json` parses no more levels than this, so that only a value built by hand is deeper.
const DEPTH: usize = 128;

/// Whether the two documents are equal.
///
/// The order of keys plays no part, that of arrays does. Numbers are compared by value: `1` is `1.0`, and 64-bit
/// integers keep every digit (`9007199254740993` is not `9007199254740992.0`). No recursion: any depth will do.
pub(crate) fn equal(expected: &Value, received: &Value) -> bool {
    let mut open = vec![(expected, received)];
    while let Some((expected, received)) = open.pop() {
        match (expected, received) {
            (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
                open.extend(a.iter().zip(b))
            }
            (Value::Object(a), Value::Object(b)) if a.len() == b.len() => {
                for (key, value) in a {
                    let Some(other) = b.get(key) else {
                        return false;
                    };
                    open.push((value, other));
                }
            }
            (expected, received) if same_scalar(expected, received) => {}
            _ => return false,
        }
    }
    true
}

/// Whether the received document holds all that the expected one asks for.
///
/// Objects: every expected key is there and its value includes the expected one; other keys are ignored. Arrays: the
/// expected elements are found in their order, with others before, between or after them. Scalars are equal.
///
/// All tools agree on objects and none on arrays. responses (`strict_match=False`) and JSONassert want them whole;
/// assert-json-diff's inclusive mode, which wiremock-rs and httpmock use, and WireMock's `ignoreExtraElements` (JsonUnit's
/// `IGNORING_EXTRA_ARRAY_ITEMS`) allow more elements at the end; PostgreSQL's `@>` finds them anywhere, in any order. A
/// subsequence accepts whatever the first four accept and finds an element wherever it stands, as "includes" promises,
/// while the order of an array still counts, as it does for equality.
///
/// Below 128 levels the two must be equal.
pub(crate) fn includes(expected: &Value, received: &Value) -> bool {
    includes_within(expected, received, DEPTH)
}

fn includes_within(expected: &Value, received: &Value, depth: usize) -> bool {
    if depth == 0 {
        return equal(expected, received);
    }
    match (expected, received) {
        (Value::Object(a), Value::Object(b)) => a.iter().all(|(key, value)| {
            b.get(key)
                .is_some_and(|other| includes_within(value, other, depth - 1))
        }),
        (Value::Array(a), Value::Array(b)) => {
            // Taking the first element that fits leaves the most for those that follow, so this needs no second try.
            let mut rest = b.iter();
            a.iter()
                .all(|value| rest.any(|other| includes_within(value, other, depth - 1)))
        }
        _ => same_scalar(expected, received),
    }
}

/// Whether the two stand to each other as `mode` asks.
pub(crate) fn agree(mode: Mode, expected: &Value, received: &Value) -> bool {
    match mode {
        Mode::Equal => equal(expected, received),
        Mode::Includes => includes(expected, received),
    }
}

fn same_scalar(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Number(a), Value::Number(b)) => same_number(a, b),
        (Value::String(a), Value::String(b)) => a == b,
        _ => false,
    }
}

fn integer(number: &Number) -> Option<i128> {
    number
        .as_i64()
        .map(i128::from)
        .or_else(|| number.as_u64().map(i128::from))
}

fn same_number(a: &Number, b: &Number) -> bool {
    match (integer(a), integer(b)) {
        (Some(a), Some(b)) => a == b,
        (Some(integer), None) => b.as_f64().is_some_and(|float| is_integer(float, integer)),
        (None, Some(integer)) => a.as_f64().is_some_and(|float| is_integer(float, integer)),
        (None, None) => match (a.as_f64(), b.as_f64()) {
            // Where a graph switches on serde_json's arbitrary_precision, integers of any length arrive with all digits.
            (Some(x), Some(y)) if x == y => {
                let (a, b) = (a.to_string(), b.to_string());
                !(all_digits(&a) && all_digits(&b)) || a == b
            }
            (Some(x), Some(y)) => reads_as(x, y) || reads_as(y, x),
            (Some(_), None) | (None, Some(_)) => false,
            (None, None) => a == b,
        },
    }
}

/// Whether the one float, written as JSON, is read as the other.
///
/// serde_json, unless a graph switches on its `float_roundtrip`, reads one in ten floats of full length as its neighbour:
/// a value given in code would not equal itself once it has been sent.
fn reads_as(written: f64, read: f64) -> bool {
    // Of the smallest floats a neighbour is farther away than that.
    let reach = (written.abs() * 4.0 * f64::EPSILON).max(f64::from_bits(4));
    let near = (written - read).abs() <= reach;
    let text = || Number::from_f64(written).map(|number| number.to_string());
    near && text().and_then(|text| serde_json::from_str::<f64>(&text).ok()) == Some(read)
}

fn is_integer(float: f64, integer: i128) -> bool {
    // A 64-bit integer lies within ±2^64, where the conversion of a whole float is exact.
    float.fract() == 0.0 && float.abs() <= 18_446_744_073_709_551_616.0 && float as i128 == integer
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit() || b == b'-')
}

#[cfg(test)]
mod tests;
