//! A request as a report may show it: whatever bytes arrived, it is short, printable and gives no secret away.

use std::borrow::Cow;

use serde_core::de::IgnoredAny;
use serde_core::{Serialize, Serializer};

use crate::body::media::content_type_matches;
use crate::data::{serialize_struct, serialize_variant};
use crate::request::Absent;
use crate::secret;

/// Headers that are kept.
const HEADERS: usize = 24;
/// Characters of a header's value that are kept.
const VALUE: usize = 200;
/// Characters of a URL that are kept.
const URL: usize = 2_000;
/// Bytes of a text that are kept.
const TEXT: usize = 2_048;
/// Bytes of a body in JSON that is laid out anew; a longer one is kept as it came.
const LAID_OUT: usize = 256 * 1024;
/// A body in JSON that is at most this long stays on one line.
const ONE_LINE: usize = 72;
/// Bytes of a binary body that are shown.
const PREVIEW: usize = 32;

/// A request, shortened and with its secrets masked.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RequestDump {
    /// The method.
    pub method: String,
    /// The URL; a password and credentials in the query are masked.
    pub url: String,
    /// The version: `HTTP/1.1`.
    pub version: String,
    /// The first 24 headers, in order. Values are at most 200 characters long; those that carry credentials keep their
    /// scheme and length only: `Bearer ***(40)`.
    pub headers: Vec<(String, String)>,
    /// How many further headers there were.
    pub more_headers: usize,
    /// The body.
    pub body: BodyDump,
}

serialize_struct!(RequestDump {
    method,
    url,
    version,
    headers,
    more_headers,
    body
});

/// A body, shortened.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum BodyDump {
    /// Nothing.
    Empty,
    /// Text.
    Text {
        /// Its beginning.
        text: String,
        /// Its full length in bytes where `text` is only its beginning.
        truncated_from: Option<usize>,
    },
    /// JSON, laid out for reading, keys and numbers as they came.
    Json {
        /// Its beginning.
        text: String,
        /// The full length in bytes of the laid-out text where `text` is only its beginning.
        truncated_from: Option<usize>,
    },
    /// Bytes that are not text.
    Binary {
        /// How many.
        len: usize,
        /// The first 32 in hexadecimal, separated by blanks.
        preview: String,
    },
    /// A body that the journal dropped to stay within its bound.
    Dropped {
        /// How many bytes it had.
        len: usize,
    },
    /// A body that was still on its way when the report was made.
    Coming,
}

impl Serialize for BodyDump {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Empty => to.serialize_unit_variant("BodyDump", 0, "empty"),
            Self::Text {
                text,
                truncated_from,
            } => serialize_variant!(to, "BodyDump", 1, "text" { text, truncated_from }),
            Self::Json {
                text,
                truncated_from,
            } => serialize_variant!(to, "BodyDump", 2, "json" { text, truncated_from }),
            Self::Binary { len, preview } => {
                serialize_variant!(to, "BodyDump", 3, "binary" { len, preview })
            }
            Self::Dropped { len } => serialize_variant!(to, "BodyDump", 4, "dropped" { len }),
            Self::Coming => to.serialize_unit_variant("BodyDump", 5, "coming"),
        }
    }
}

impl RequestDump {
    /// Of a request.
    pub(crate) fn of(request: &crate::Request) -> Self {
        let headers = request
            .headers()
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_bytes()));
        let dump = Self::new(
            request.method().as_str(),
            &request.url(),
            &format!("{:?}", request.version()),
            headers,
            request.body(),
        );
        let body = match request.absent_body() {
            None => return dump,
            Some(Absent::Dropped(len)) => BodyDump::Dropped { len },
            Some(Absent::Coming) => BodyDump::Coming,
        };
        Self { body, ..dump }
    }

    /// Takes what a report needs from a request. Total: any bytes will do.
    pub(crate) fn new<'a>(
        method: &str,
        url: &str,
        version: &str,
        headers: impl IntoIterator<Item = (&'a str, &'a [u8])>,
        body: &[u8],
    ) -> Self {
        let mut kept = Vec::new();
        let mut more_headers = 0;
        let mut content_type = None;
        for (name, value) in headers {
            if content_type.is_none() && name.eq_ignore_ascii_case("content-type") {
                content_type = Some(String::from_utf8_lossy(value).into_owned());
            }
            if kept.len() < HEADERS {
                kept.push((shortened(name, VALUE), header_value(name, value)));
            } else {
                more_headers += 1;
            }
        }
        Self {
            method: shortened(method, VALUE),
            url: shortened(&secret::url(url), URL),
            version: version.to_owned(),
            headers: kept,
            more_headers,
            body: BodyDump::new(content_type.as_deref(), body),
        }
    }
}

impl BodyDump {
    /// Takes what a report needs from a body; its bytes decide what it is, its content type only where they leave a choice.
    pub(crate) fn new(content_type: Option<&str>, bytes: &[u8]) -> Self {
        if bytes.is_empty() {
            return Self::Empty;
        }
        let is_of_parts =
            || content_type.is_some_and(|value| content_type_matches("form-data", value));
        let Some(text) = readable(bytes) else {
            if is_of_parts() {
                let (text, truncated_from) = beginning(&lines(bytes));
                return Self::Text {
                    text,
                    truncated_from,
                };
            }
            let preview: Vec<_> = bytes
                .iter()
                .take(PREVIEW)
                .map(|byte| format!("{byte:02x}"))
                .collect();
            return Self::Binary {
                len: bytes.len(),
                preview: preview.join(" "),
            };
        };
        let says_json =
            content_type.is_some_and(|value| value.to_ascii_lowercase().contains("json"));
        let looks_json = text.trim_start().starts_with(['{', '[']);
        if (says_json || looks_json)
            && text.len() <= LAID_OUT
            && serde_json::from_str::<IgnoredAny>(text).is_ok()
        {
            let (text, truncated_from) = beginning(&laid_out(text));
            return Self::Json {
                text,
                truncated_from,
            };
        }
        let is_form = content_type.is_some_and(|value| content_type_matches("form", value));
        let text = match is_form {
            true => Cow::Owned(secret::form(text)),
            false => Cow::Borrowed(text),
        };
        let (text, truncated_from) = beginning(&text);
        Self::Text {
            text,
            truncated_from,
        }
    }
}

/// The bytes as text, if a person could read it: UTF-8 with no more than a stray control character.
pub(crate) fn readable(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    let seen = text.chars().take(TEXT);
    let (mut all, mut odd) = (0_usize, 0_usize);
    for c in seen {
        all += 1;
        odd += usize::from(c == '\0' || (c.is_control() && !matches!(c, '\n' | '\r' | '\t')));
    }
    (odd * 20 <= all).then_some(text)
}

/// The lines of a body whose parts are named in text: what is none of that is told by its length.
fn lines(bytes: &[u8]) -> String {
    let mut said = String::new();
    let mut dark = 0_usize;
    let tell = |said: &mut String, dark: &mut usize| {
        if *dark > 0 {
            said.push_str(&format!("({} bytes)\n", std::mem::take(dark)));
        }
    };
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        // The end of a line behind such bytes is the boundary's.
        let end = line.strip_suffix(b"\r\n").unwrap_or(line);
        match readable(end) {
            Some(text) if dark == 0 || text.starts_with("--") => {
                dark = dark.saturating_sub(2);
                tell(&mut said, &mut dark);
                said.push_str(text.trim_end_matches('\n'));
                said.push('\n');
            }
            _ => dark += line.len(),
        }
        if said.len() > TEXT {
            return said;
        }
    }
    tell(&mut said, &mut dark);
    said
}

fn beginning(text: &str) -> (String, Option<usize>) {
    let mut end = text.len().min(TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    (
        text[..end].to_owned(),
        (end < text.len()).then_some(text.len()),
    )
}

fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// JSON known to be valid, one element a line, with keys and numbers as they came (a map would sort, and round).
fn laid_out(json: &str) -> String {
    let flat = spaced(json, None);
    if flat.chars().count() <= ONE_LINE {
        flat
    } else {
        spaced(json, Some(0))
    }
}

/// Sets the blanks of valid JSON anew: on one line, or with an indentation that starts at `depth`.
fn spaced(json: &str, mut depth: Option<usize>) -> String {
    let mut out = String::with_capacity(json.len() * 2);
    let mut chars = json.chars().peekable();
    let (mut in_string, mut escaped) = (false, false);
    let turn = |out: &mut String, depth: Option<usize>| {
        if let Some(depth) = depth {
            out.push('\n');
            out.extend(std::iter::repeat_n("  ", depth));
        }
    };
    while let Some(c) = chars.next() {
        if in_string {
            out.push(c);
            in_string = escaped || c != '"';
            escaped = !escaped && c == '\\';
            continue;
        }
        match c {
            '"' => {
                in_string = true;
                out.push(c);
            }
            '{' | '[' => {
                out.push(c);
                while chars.next_if(|next| next.is_ascii_whitespace()).is_some() {}
                if let Some(close) = chars.next_if(|next| matches!(next, '}' | ']')) {
                    out.push(close);
                } else {
                    depth = depth.map(|depth| depth + 1);
                    turn(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.map(|depth| depth.saturating_sub(1));
                turn(&mut out, depth);
                out.push(c);
            }
            ',' if depth.is_some() => {
                out.push(c);
                turn(&mut out, depth);
            }
            ',' | ':' => out.extend([c, ' ']),
            c if c.is_ascii_whitespace() => {}
            c => out.push(c),
        }
    }
    out
}

fn header_value(name: &str, value: &[u8]) -> String {
    let text = match std::str::from_utf8(value) {
        Ok(text) => text.to_owned(),
        Err(_) => value.escape_ascii().to_string(),
    };
    shortened(&secret::masked(name, &text), VALUE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked() {
        let headers: [(&str, &[u8]); 1] = [("Authorization", b"Bearer abcdefgh")];
        let dump = RequestDump::new("GET", "https://me:pw@x.io/a@b:c", "HTTP/1.1", headers, b"");
        assert_eq!(dump.url, "https://me:***@x.io/a@b:c");
        assert_eq!(dump.headers[0].1, "Bearer ***(8)");
    }

    #[test]
    fn bodies_are_told_apart_by_their_bytes() {
        assert_eq!(BodyDump::new(None, b""), BodyDump::Empty);
        assert_eq!(
            BodyDump::new(None, br#"{"b":1,"a":[1.50,{},[] ]}"#),
            BodyDump::Json {
                text: r#"{"b": 1, "a": [1.50, {}, []]}"#.into(),
                truncated_from: None
            }
        );
        assert!(matches!(
            BodyDump::new(Some("application/json"), b"{oops"),
            BodyDump::Text { .. }
        ));
        assert!(matches!(
            BodyDump::new(Some("application/json"), b"7"),
            BodyDump::Json { .. }
        ));
        assert_eq!(
            BodyDump::new(Some("text/plain"), &[0xff, 0, 1]),
            BodyDump::Binary {
                len: 3,
                preview: "ff 00 01".into()
            }
        );
        assert!(matches!(
            BodyDump::new(None, &[0; 100]),
            BodyDump::Binary { .. }
        ));
    }

    #[test]
    fn long_json_gets_a_line_for_each_element() {
        let json = format!(
            r#"{{"a":"quote \" and brace }}","b":["{}"],"c":{{}}}}"#,
            "x".repeat(80)
        );
        let laid_out = laid_out(&json);
        assert_eq!(laid_out.lines().count(), 7);
        assert!(
            laid_out.starts_with("{\n  \"a\": \"quote \\\" and brace }\",\n  \"b\": [\n    \"xx"),
            "{laid_out}"
        );
    }

    #[test]
    fn what_is_too_long_is_cut_and_says_so() {
        let BodyDump::Text {
            text,
            truncated_from,
        } = BodyDump::new(None, "ü".repeat(3_000).as_bytes())
        else {
            panic!("it is text")
        };
        assert_eq!((text.len(), truncated_from), (2_048, Some(6_000)));
        let long = "v".repeat(1_000);
        let headers = (0..30).map(|_| ("x-long", long.as_bytes()));
        let dump = RequestDump::new("GET", "https://x.io", "HTTP/1.1", headers, b"");
        assert_eq!((dump.headers.len(), dump.more_headers), (24, 6));
        assert_eq!(dump.headers[0].1.chars().count(), 201);
    }
}
