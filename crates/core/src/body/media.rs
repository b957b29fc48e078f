//! `; charset=utf-8` must not decide whether a body is JSON, and a body's charset must not decide whether it is text.
//!
//! Short names stand for media types, as in pook; parameters count only where the declaration names them.

use std::borrow::Cow;

/// Short names and the media type each is sent as.
///
/// pook has the same names, but its `form-data` is the urlencoded type, which no client sends for a form with files: here
/// it is `multipart/form-data`.
const ALIASES: [(&str, &str); 7] = [
    ("text", "text/plain"),
    ("html", "text/html"),
    ("json", "application/json"),
    ("xml", "application/xml"),
    ("urlencoded", "application/x-www-form-urlencoded"),
    ("form", "application/x-www-form-urlencoded"),
    ("form-data", "multipart/form-data"),
];

/// The media type that `name` is short for, or `name` itself.
pub(crate) fn full_name(name: &str) -> &str {
    let alias = ALIASES
        .iter()
        .find(|(alias, _)| alias.eq_ignore_ascii_case(name.trim()));
    alias.map_or(name, |(_, full)| full)
}

/// The short names, as an error lists them.
pub(crate) fn short_names() -> String {
    ALIASES.map(|(alias, _)| format!("`{alias}`")).join(", ")
}

/// Whether a received content-type is the one that was declared.
///
/// Type and subtype are compared without regard to case. A parameter is compared only when `expected` names it, so that
/// `text/plain` accepts `text/plain; charset=utf-8`; values of `charset` without regard to case, others exactly.
///
/// The short names `json` and `xml` stand for the whole family: `application/json` or anything that ends in `+json`
/// (`application/problem+json`), and `application/xml`, `text/xml` or `+xml`. A literal `application/json` is just that.
pub(crate) fn content_type_matches(expected: &str, received: &str) -> bool {
    let (expected, received) = (MediaType::parse(expected), MediaType::parse(received));
    let essence = match &*expected.essence {
        "json" => received.essence == "application/json" || received.has_suffix("+json"),
        "xml" => {
            matches!(&*received.essence, "application/xml" | "text/xml")
                || received.has_suffix("+xml")
        }
        other => received.essence == full_name(other),
    };
    essence
        && expected.parameters.iter().all(|(name, value)| {
            received
                .parameter(name)
                .is_some_and(|other| same_value(name, value, other))
        })
}

/// The value of a parameter of a content-type, or of a header that is written alike; quotes are taken off.
pub(crate) fn parameter(header: &str, name: &str) -> Option<String> {
    MediaType::parse(header).parameter(name).map(str::to_owned)
}

/// The text of a body.
///
/// A byte order mark decides over the content-type's charset, and is not part of the text. Known are UTF-8, which is also
/// what anything unknown is read as, ISO-8859-1 byte by byte, and UTF-16 (little-endian when nothing says which). What
/// cannot be decoded becomes U+FFFD.
pub(crate) fn charset_decode<'a>(content_type: Option<&str>, body: &'a [u8]) -> Cow<'a, str> {
    match body {
        [0xef, 0xbb, 0xbf, text @ ..] => return String::from_utf8_lossy(text),
        [0xff, 0xfe, text @ ..] => return utf_16(text, u16::from_le_bytes).into(),
        [0xfe, 0xff, text @ ..] => return utf_16(text, u16::from_be_bytes).into(),
        _ => {}
    }
    let charset = content_type
        .and_then(|header| parameter(header, "charset"))
        .unwrap_or_default();
    match &*charset.to_ascii_lowercase() {
        "iso-8859-1" | "iso8859-1" | "latin1" | "latin-1" | "l1" => {
            body.iter().map(|&b| char::from(b)).collect()
        }
        "utf-16" | "utf-16le" => utf_16(body, u16::from_le_bytes).into(),
        "utf-16be" => utf_16(body, u16::from_be_bytes).into(),
        _ => String::from_utf8_lossy(body),
    }
}

fn utf_16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let (pairs, odd) = bytes.as_chunks::<2>();
    let mut text: String = char::decode_utf16(pairs.iter().map(|pair| unit(*pair)))
        .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect();
    if !odd.is_empty() {
        text.push(char::REPLACEMENT_CHARACTER);
    }
    text
}

fn same_value(name: &str, expected: &str, received: &str) -> bool {
    let canonical = |charset: &str| match charset.to_ascii_lowercase() {
        short if short == "utf8" => "utf-8".to_owned(),
        charset => charset,
    };
    if name == "charset" {
        canonical(expected) == canonical(received)
    } else {
        expected == received
    }
}

/// A media type, or a header written like one (`form-data; name="a"`): lower-case essence and names.
#[derive(Debug, Default, PartialEq)]
struct MediaType {
    essence: String,
    parameters: Vec<(String, String)>,
}

impl MediaType {
    /// Takes what can be understood and leaves the rest out; there is no error.
    fn parse(header: &str) -> Self {
        let (essence, mut rest) = header.split_once(';').unwrap_or((header, ""));
        let mut parsed = Self {
            essence: essence.trim().to_ascii_lowercase(),
            parameters: Vec::new(),
        };
        loop {
            rest = rest.trim_start_matches([' ', '\t', ';']);
            let end = rest.find(['=', ';']).unwrap_or(rest.len());
            let (name, tail) = rest.split_at(end);
            let Some(tail) = tail.strip_prefix('=') else {
                if tail.is_empty() {
                    return parsed;
                }
                rest = tail;
                continue;
            };
            let (value, tail) = match tail.trim_start().strip_prefix('"') {
                Some(quoted) => unquoted(quoted),
                None => {
                    let (value, tail) = tail.split_at(tail.find(';').unwrap_or(tail.len()));
                    (value.trim().to_owned(), tail)
                }
            };
            parsed
                .parameters
                .push((name.trim().to_ascii_lowercase(), value));
            // What stands between a closing quote and the next semicolon has no meaning.
            rest = tail.find(';').map_or("", |at| &tail[at..]);
        }
    }

    /// The first of that name: a later repeat is ignored, as the MIME Sniffing standard has it.
    fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters
            .iter()
            .find(|(own, _)| own.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    fn has_suffix(&self, suffix: &str) -> bool {
        self.essence.contains('/') && self.essence.ends_with(suffix)
    }
}

/// The text up to the closing quote, and what follows it.
fn unquoted(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (value, &text[at + 1..]),
            // Browsers of old send `C:\dir\file` unescaped: only a quote or another backslash is taken as escaped.
            '\\' => match text[at + 1..].chars().next() {
                Some(escaped @ ('"' | '\\')) => {
                    chars.next();
                    value.push(escaped);
                }
                _ => value.push('\\'),
            },
            c => value.push(c),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn matches_media_types() {
        for (expected, received, matches) in [
            ("application/json", "application/json", true),
            ("application/json", "Application/JSON; charset=utf-8", true),
            ("application/json", "application/problem+json", false),
            ("json", "application/json;charset=utf-8", true),
            ("JSON", "application/json", true),
            ("json", "application/problem+json", true),
            ("json", "application/jsonl", false),
            ("json", "+json", false),
            ("json", "text/json", false),
            ("xml", "text/xml; charset=iso-8859-1", true),
            ("xml", "application/soap+xml", true),
            ("application/xml", "text/xml", false),
            ("html", "text/html", true),
            ("text", "text/plain;charset=US-ASCII", true),
            ("text", "text/html", false),
            ("form", "application/x-www-form-urlencoded", true),
            (
                "urlencoded",
                "application/x-www-form-urlencoded; charset=UTF-8",
                true,
            ),
            ("form-data", "multipart/form-data; boundary=x", true),
            ("form-data", "application/x-www-form-urlencoded", false),
            ("text/plain; charset=utf-8", "text/plain", false),
            (
                "text/plain; charset=utf-8",
                "text/plain; charset=UTF-8",
                true,
            ),
            (
                "text/plain; charset=utf-8",
                "text/plain;format=flowed;charset=\"utf8\"",
                true,
            ),
            (
                "text/plain; charset=utf-8",
                "text/plain; charset=latin1",
                false,
            ),
            (
                "multipart/mixed; boundary=a",
                "multipart/mixed; boundary=A",
                false,
            ),
            (
                "multipart/mixed; Boundary=\"a;b\"",
                "multipart/mixed; x=\"\\\"\"; boundary=\"a;b\"",
                true,
            ),
            (
                "json; charset=utf-8",
                "application/json; charset=utf-8",
                true,
            ),
            ("text/plain", "", false),
            ("", "text/plain", false),
        ] {
            assert_eq!(
                content_type_matches(expected, received),
                matches,
                "{expected:?} and {received:?}"
            );
        }
    }

    #[test]
    fn every_alias_matches_its_full_name() {
        for (alias, full) in ALIASES {
            assert_eq!(full_name(alias), full);
            assert!(content_type_matches(alias, full), "{alias}");
        }
        assert_eq!(full_name("image/png"), "image/png");
    }

    #[test]
    fn reads_parameters() {
        for (header, value) in [
            ("a/b; n=x", Some("x")),
            ("a/b;N = x ", Some("x")),
            ("a/b; n=\"x y\"; m=1", Some("x y")),
            ("a/b; n=\"x\\\"y\\\\\"", Some("x\"y\\")),
            ("a/b; n=\"C:\\dir\"", Some("C:\\dir")),
            ("a/b; n=\"open", Some("open")),
            ("a/b; n=1; n=2", Some("1")),
            ("a/b; flag; n=1", Some("1")),
            ("a/b; m=\"; n=1\"", None),
            ("a/b; n", None),
            ("a/b;;;", None),
        ] {
            assert_eq!(parameter(header, "n").as_deref(), value, "{header}");
        }
    }

    #[test]
    fn decodes_charsets() {
        let cases: &[(Option<&str>, &[u8], &str)] = &[
            (None, "é".as_bytes(), "é"),
            (None, b"\xe9", "\u{fffd}"),
            (Some("text/plain; charset=ISO-8859-1"), b"\xe9", "é"),
            (Some("text/plain; charset=\"latin1\""), b"\xe9", "é"),
            (
                Some("text/plain; charset=latin1"),
                b"\xef\xbb\xbf\xc3\xa9",
                "é",
            ),
            (Some("text/plain; charset=utf-16"), b"\xff\xfea\0", "a"),
            (Some("text/plain; charset=utf-16"), b"\xfe\xff\0a", "a"),
            (Some("text/plain; charset=utf-16"), b"a\0", "a"),
            (Some("text/plain; charset=utf-16be"), b"\0a", "a"),
            (None, b"\xff\xfe\x3d\xd8\x00\xde!", "😀\u{fffd}"),
            (None, b"\xff\xfe\x3d\xd8", "\u{fffd}"),
            (Some("text/plain; charset=klingon"), "é".as_bytes(), "é"),
            (Some("application/json"), b"\xef\xbb\xbf{}", "{}"),
        ];
        for (content_type, body, text) in cases {
            assert_eq!(
                charset_decode(*content_type, body),
                *text,
                "{content_type:?} {body:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_header_panics(expected in ".{0,20}", received in "[a-z/;=\"\\\\ é]{0,30}") {
            content_type_matches(&expected, &received);
            content_type_matches(&received, &expected);
        }

        #[test]
        fn no_body_panics(header in "a/b; charset=(utf-8|latin1|utf-16|utf-16be)", body: Vec<u8>) {
            charset_decode(Some(&header), &body);
        }
    }
}
