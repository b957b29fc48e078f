//! A JSON value in a report: compact, and cut where a reader stops reading.
//!
//! `serde_json`'s writer recurses as deep as the value and writes all of it; this one stops after a number of characters,
//! and since each level costs one, it never recurses deeper than that.

use std::fmt::Write;

use serde_json::Value;

use crate::body::listing::{SHOWN, lead_in};

/// `value` as compact JSON; when it is longer than about 200 characters the rest is `…`.
pub(crate) fn compact(value: &Value) -> String {
    let mut writer = Writer {
        text: String::new(),
        left: Some(SHOWN),
    };
    writer.value(value);
    writer.text
}

/// Two values that differ, as compact JSON; of two long strings the part around their first difference.
pub(crate) fn pair(expected: &Value, received: &Value) -> (String, String) {
    if let (Value::String(a), Value::String(b)) = (expected, received) {
        let skip = lead_in(a, b);
        if skip > 0 {
            return (string_from(a, skip), string_from(b, skip));
        }
    }
    (compact(expected), compact(received))
}

fn string_from(text: &str, skip: usize) -> String {
    let mut writer = Writer {
        text: "\"…".to_owned(),
        left: Some(SHOWN),
    };
    if writer.characters(&text[skip..]) {
        writer.text.push('"');
    }
    writer.text
}

struct Writer {
    text: String,
    /// How many characters there is still room for; none once a piece did not fit.
    left: Option<usize>,
}

impl Writer {
    /// Whether there was room for `piece`; where there was not, the text ends in `…` and takes nothing more.
    fn piece(&mut self, piece: &str) -> bool {
        let Some(left) = self.left else { return false };
        self.left = left.checked_sub(piece.chars().count());
        self.text
            .push_str(if self.left.is_some() { piece } else { "…" });
        self.left.is_some()
    }

    fn value(&mut self, value: &Value) -> bool {
        match value {
            Value::Null => self.piece("null"),
            Value::Bool(true) => self.piece("true"),
            Value::Bool(false) => self.piece("false"),
            Value::Number(number) => self.piece(&number.to_string()),
            Value::String(text) => self.string(text),
            Value::Array(items) => {
                self.piece("[")
                    && items
                        .iter()
                        .enumerate()
                        .all(|(n, item)| (n == 0 || self.piece(",")) && self.value(item))
                    && self.piece("]")
            }
            Value::Object(entries) => {
                self.piece("{")
                    && entries.iter().enumerate().all(|(n, (key, item))| {
                        (n == 0 || self.piece(","))
                            && self.string(key)
                            && self.piece(":")
                            && self.value(item)
                    })
                    && self.piece("}")
            }
        }
    }

    fn string(&mut self, text: &str) -> bool {
        self.piece("\"") && self.characters(text) && self.piece("\"")
    }

    fn characters(&mut self, text: &str) -> bool {
        let mut escaped = String::new();
        text.chars().all(|c| {
            escaped.clear();
            match c {
                '"' => escaped.push_str("\\\""),
                '\\' => escaped.push_str("\\\\"),
                '\n' => escaped.push_str("\\n"),
                '\r' => escaped.push_str("\\r"),
                '\t' => escaped.push_str("\\t"),
                c if c.is_control() => {
                    let _ = write!(escaped, "\\u{:04x}", u32::from(c));
                }
                c => escaped.push(c),
            }
            self.piece(&escaped)
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn writes_what_serde_json_writes() {
        for value in [
            json!({"a": [1, 2.5, null, true], "b\"\n": "\\\t"}),
            json!([]),
            json!({}),
            json!("é\u{1}"),
        ] {
            assert_eq!(compact(&value), serde_json::to_string(&value).unwrap());
        }
    }

    #[test]
    fn stops_when_there_is_enough() {
        let text = compact(&json!({"long": "x".repeat(10_000), "next": 1}));
        assert_eq!(text.chars().count(), SHOWN + 1);
        assert!(text.ends_with('…'));
    }

    #[test]
    fn fits_exactly() {
        let text = compact(&json!("x".repeat(SHOWN - 2)));
        assert_eq!(text.chars().count(), SHOWN);
        assert!(text.ends_with('"'));
    }
}
