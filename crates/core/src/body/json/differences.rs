//! The places where two JSON documents differ, for a report.

use serde_json::Value;

use super::{DEPTH, Mode, agree, equal, same_scalar, text};
use crate::body::align::{Likeness, Step, align, by_index};
use crate::body::listing::{Listing, SHOWN, one_line, shorten};
use crate::miss::Difference;

/// The places where `received` is not what `mode` asks for, in the order of the expected document.
///
/// Each has a JSON Pointer (RFC 6901; the root is empty) and both values as compact JSON of at most about 200 characters;
/// `None` is what is not there at all, which `null` is not. An index is that of the received document, or of the expected
/// one where nothing answers to the element. At most 50 are listed, a last entry says how many more there are. Empty
/// exactly when the documents agree.
pub(crate) fn differences(expected: &Value, received: &Value, mode: Mode) -> Vec<Difference> {
    let mut walk = Walk {
        mode,
        pointer: Vec::new(),
        found: Listing::default(),
    };
    walk.compare(expected, received);
    walk.found.finish()
}

#[derive(Clone, Copy)]
enum Segment<'a> {
    Key(&'a str),
    Index(usize),
}

struct Walk<'a> {
    mode: Mode,
    pointer: Vec<Segment<'a>>,
    found: Listing,
}

impl<'a> Walk<'a> {
    fn compare(&mut self, expected: &'a Value, received: &'a Value) {
        if self.pointer.len() >= DEPTH {
            if !agree(self.mode, expected, received) {
                self.found(Some(expected), Some(received));
            }
            return;
        }
        match (expected, received) {
            (Value::Object(a), Value::Object(b)) => {
                for (key, value) in a {
                    self.below(Segment::Key(key), |walk| match b.get(key) {
                        Some(other) => walk.compare(value, other),
                        None => walk.found(Some(value), None),
                    });
                }
                if self.mode == Mode::Equal {
                    for (key, value) in b.iter().filter(|(key, _)| !a.contains_key(*key)) {
                        self.below(Segment::Key(key), |walk| walk.found(None, Some(value)));
                    }
                }
            }
            (Value::Array(a), Value::Array(b)) => {
                if agree(self.mode, expected, received) {
                    return;
                }
                for step in steps(self.mode, a, b) {
                    match step {
                        Step::Pair(i, j) => {
                            self.below(Segment::Index(j), |walk| walk.compare(&a[i], &b[j]))
                        }
                        Step::Missing(i) => {
                            self.below(Segment::Index(i), |walk| walk.found(Some(&a[i]), None))
                        }
                        Step::Extra(_) if self.mode == Mode::Includes => {}
                        Step::Extra(j) => {
                            self.below(Segment::Index(j), |walk| walk.found(None, Some(&b[j])))
                        }
                    }
                }
            }
            _ if same_scalar(expected, received) => {}
            _ => self.found(Some(expected), Some(received)),
        }
    }

    fn below(&mut self, segment: Segment<'a>, go: impl FnOnce(&mut Self)) {
        self.pointer.push(segment);
        go(self);
        self.pointer.pop();
    }

    fn found(&mut self, expected: Option<&Value>, received: Option<&Value>) {
        let pointer = &self.pointer;
        self.found.push(|| {
            let (expected, received) = match (expected, received) {
                (Some(a), Some(b)) => {
                    let (a, b) = text::pair(a, b);
                    (Some(a), Some(b))
                }
                (a, b) => (a.map(text::compact), b.map(text::compact)),
            };
            Difference {
                at: written(pointer),
                expected,
                received,
            }
        });
    }
}

/// Arrays of one length are compared index by index where both must be equal: nobody reads that as a shift.
fn steps(mode: Mode, expected: &[Value], received: &[Value]) -> Vec<Step> {
    if mode == Mode::Equal && expected.len() == received.len() {
        return by_index(expected.len(), received.len());
    }
    let agree = |i: usize, j: usize| agree(mode, &expected[i], &received[j]);
    align(expected.len(), received.len(), agree, |i, j| {
        alike(&expected[i], &received[j])
    })
}

fn alike(expected: &Value, received: &Value) -> Likeness {
    match (expected, received) {
        (Value::Object(a), Value::Object(b)) => Likeness {
            shared: a
                .iter()
                .filter(|(key, value)| b.get(*key).is_some_and(|other| equal(value, other)))
                .count(),
            of: a.len().max(1),
        },
        (Value::Array(_), Value::Array(_)) => Likeness { shared: 0, of: 1 },
        _ => Likeness::NONE,
    }
}

fn written(pointer: &[Segment<'_>]) -> String {
    let mut at = String::new();
    for segment in pointer {
        at.push('/');
        match segment {
            // The peer may have chosen the key: it is cut like a value.
            Segment::Key(key) => at.push_str(
                &shorten(&one_line(key), SHOWN)
                    .replace('~', "~0")
                    .replace('/', "~1"),
            ),
            Segment::Index(n) => at.push_str(&n.to_string()),
        }
    }
    at
}
