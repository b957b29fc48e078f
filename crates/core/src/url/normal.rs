//! One spelling for every URL that means the same, so that comparing two is comparing text.
//!
//! Each function is idempotent. Those on the way of a request borrow when the text is normal already, which it nearly
//! always is: one scan of bytes, no allocation.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::net::Ipv6Addr;

use super::punycode;
use crate::body::form;

/// The host in lower case, international labels as punycode, one trailing dot dropped, an IPv6 address in its canonical
/// form inside brackets.
///
/// Compatibility forms beyond letter case (full-width letters, ligatures) are not mapped.
pub(crate) fn host(text: &str) -> Cow<'_, str> {
    if text
        .bytes()
        .all(|b| b.is_ascii() && !b.is_ascii_uppercase() && !matches!(b, b':' | b'['))
    {
        return Cow::Borrowed(without_final_dot(text));
    }
    if let Some(address) = ipv6(text) {
        return if is_written(address, text) {
            Cow::Borrowed(text)
        } else {
            Cow::Owned(format!("[{address}]"))
        };
    }
    // Letter by letter: the lower case of a whole text makes a final sigma depend on its place.
    let lower: String = text
        .chars()
        .map(|c| {
            if matches!(c, '\u{3002}' | '\u{FF0E}' | '\u{FF61}') {
                '.'
            } else {
                c
            }
        })
        .flat_map(char::to_lowercase)
        .collect();
    let lower = without_final_dot(&lower);
    if let Some(address) = ipv6(lower) {
        return Cow::Owned(format!("[{address}]"));
    }
    if lower.is_ascii() {
        return Cow::Owned(lower.to_owned());
    }
    let mut out = String::with_capacity(lower.len() + 8);
    for (nth, label) in lower.split('.').enumerate() {
        if nth > 0 {
            out.push('.');
        }
        match (!label.is_ascii())
            .then(|| punycode::encode(label))
            .flatten()
        {
            Some(encoded) => out.push_str(&encoded),
            None => out.push_str(label),
        }
    }
    Cow::Owned(out)
}

/// `a.` is `a`; `a..` is no name at all, and stays what it is so that normalising twice changes nothing.
fn without_final_dot(host: &str) -> &str {
    match host.strip_suffix('.') {
        Some(name) if !name.is_empty() && !name.ends_with('.') => name,
        _ => host,
    }
}

pub(super) fn ipv6(text: &str) -> Option<Ipv6Addr> {
    match text.strip_prefix('[') {
        Some(open) => open.strip_suffix(']')?.parse().ok(),
        None => text.parse().ok(),
    }
}

/// Whether `[address]` is, letter for letter, the text.
fn is_written(address: Ipv6Addr, text: &str) -> bool {
    struct Rest<'a>(&'a str);
    impl fmt::Write for Rest<'_> {
        fn write_str(&mut self, piece: &str) -> fmt::Result {
            self.0 = self.0.strip_prefix(piece).ok_or(fmt::Error)?;
            Ok(())
        }
    }
    let mut rest = Rest(text);
    write!(rest, "[{address}]").is_ok() && rest.0.is_empty()
}

/// The path with escapes of unreserved characters decoded and all others in upper case, whatever may not stand in a path
/// escaped, and dot segments removed. Empty segments and a trailing slash are kept.
///
/// An empty path is `/`. `*`, the target of `OPTIONS *`, stays as it is; every other path begins with a slash.
pub(crate) fn path(text: &str) -> Cow<'_, str> {
    match text {
        "" => return Cow::Borrowed("/"),
        _ if text == "*" || is_normal_path(text.as_bytes()) => return Cow::Borrowed(text),
        _ => {}
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut segments = text.strip_prefix('/').unwrap_or(text).split('/').peekable();
    while let Some(segment) = segments.next() {
        let start = out.len();
        out.push('/');
        push_segment(&mut out, segment);
        match &out[start + 1..] {
            "." => out.truncate(start),
            ".." => {
                out.truncate(start);
                out.truncate(out.rfind('/').unwrap_or(0));
            }
            _ => continue,
        }
        if segments.peek().is_none() {
            out.push('/');
        }
    }
    Cow::Owned(out)
}

pub(super) fn is_normal_path(bytes: &[u8]) -> bool {
    if bytes.first() != Some(&b'/') {
        return false;
    }
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            _ if stands_in_segment(byte) => {}
            b'%' => match escape(&bytes[at..]) {
                Some(value) if !is_unreserved(value) && !has_lower(&bytes[at + 1..at + 3]) => {
                    at += 2
                }
                _ => return false,
            },
            b'/' if is_dot_segment(&bytes[at + 1..]) => return false,
            b'/' => {}
            _ => return false,
        }
        at += 1;
    }
    true
}

fn is_dot_segment(rest: &[u8]) -> bool {
    matches!(
        rest,
        [b'.'] | [b'.', b'/', ..] | [b'.', b'.'] | [b'.', b'.', b'/', ..]
    )
}

fn has_lower(bytes: &[u8]) -> bool {
    bytes.iter().any(u8::is_ascii_lowercase)
}

/// Appends one segment (no slash in it) in its normal form; dot segments are the caller's.
pub(super) fn push_segment(out: &mut String, segment: &str) {
    let bytes = segment.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        match escape(&bytes[at - 1..]) {
            Some(value) if is_unreserved(value) => {
                out.push(char::from(value));
                at += 2;
            }
            Some(value) => {
                push_escape(out, value);
                at += 2;
            }
            None if stands_in_segment(byte) => out.push(char::from(byte)),
            // A lone `%` too: left bare, it could form an escape with what follows and be decoded the next time.
            None => push_escape(out, byte),
        }
    }
}

fn push_escape(out: &mut String, byte: u8) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    out.push('%');
    out.push(char::from(HEX[usize::from(byte >> 4)]));
    out.push(char::from(HEX[usize::from(byte & 15)]));
}

/// The value of the escape (`%41`) with which the bytes begin.
fn escape(bytes: &[u8]) -> Option<u8> {
    let &[b'%', high, low, ..] = bytes else {
        return None;
    };
    Some(hex(high)? << 4 | hex(low)?)
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// The unreserved characters of RFC 3986, and the star: clients differ in whether they escape it, and servers read both.
const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'*')
}

/// `pchar` of RFC 3986 without the escapes.
const fn stands_in_segment(byte: u8) -> bool {
    SEGMENT[byte as usize]
}

/// Looked up, because every byte of every path asks.
const SEGMENT: [bool; 256] = {
    let mut stands = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        stands[byte as usize] = is_unreserved(byte)
            || matches!(
                byte,
                b'!' | b'$'
                    | b'&'
                    | b'\''
                    | b'('
                    | b')'
                    | b'*'
                    | b'+'
                    | b','
                    | b';'
                    | b'='
                    | b':'
                    | b'@'
            );
        byte += 1;
    }
    stands
};

/// The text with its escapes decoded; bytes that are not UTF-8 become U+FFFD, and what is no escape stays.
pub(crate) fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text_of(decoded(text.as_bytes(), false)))
}

/// The bytes behind percent-encoding; what is no escape stays as it is.
pub(crate) fn decoded(text: &[u8], plus_is_blank: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, tail @ ..] = rest {
        let (byte, after) = match escape(rest) {
            Some(value) => (value, &tail[2..]),
            None if plus_is_blank && *first == b'+' => (b' ', tail),
            None => (*first, tail),
        };
        out.push(byte);
        rest = after;
    }
    out
}

/// With U+FFFD for what is no UTF-8.
pub(crate) fn text_of(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned())
}

/// The pairs of a query (without its `?`), decoded as a form, in order. `a`, and `a=`, have the value "".
pub(crate) fn query(text: &str) -> Vec<(String, String)> {
    form::parse(text.as_bytes())
}

/// The normal form of a scheme that mocks can have.
pub(super) fn known_scheme(name: &str) -> Option<Cow<'static, str>> {
    match &*scheme(name) {
        "https" => Some(Cow::Borrowed("https")),
        "http" => Some(Cow::Borrowed("http")),
        _ => None,
    }
}

/// The scheme of the request that carries this one: a WebSocket begins as a request over HTTP.
pub(crate) fn scheme(text: &str) -> Cow<'_, str> {
    for (name, carrier) in [
        ("https", "https"),
        ("http", "http"),
        ("wss", "https"),
        ("ws", "http"),
    ] {
        if text.eq_ignore_ascii_case(name) {
            return Cow::Borrowed(carrier);
        }
    }
    if has_upper(text) {
        Cow::Owned(text.to_ascii_lowercase())
    } else {
        Cow::Borrowed(text)
    }
}

fn has_upper(text: &str) -> bool {
    text.bytes().any(|b| b.is_ascii_uppercase())
}

/// The port that a scheme (in lower case) has when none is written.
pub(crate) fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" | "ws" => Some(80),
        "https" | "wss" => Some(443),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hosts() {
        let table = [
            ("Example.COM", "example.com"),
            ("example.com.", "example.com"),
            ("EXAMPLE.com.", "example.com"),
            ("a..", "a.."),
            (".", "."),
            ("", ""),
            ("Bücher.example", "xn--bcher-kva.example"),
            ("BÜCHER.example.", "xn--bcher-kva.example"),
            ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
            ("例え。jp", "xn--r8jz45g.jp"),
            ("ΣΑΣ.gr", "xn--mxa9ab.gr"),
            ("\u{212A}.io", "k.io"),
            ("127.0.0.1", "127.0.0.1"),
            ("[::1]", "[::1]"),
            ("[0:0::0:1]", "[::1]"),
            ("[2001:DB8::A]", "[2001:db8::a]"),
            ("::1", "[::1]"),
            ("[FE80::1%25eth0]", "[fe80::1%25eth0]"),
            ("[nonsense", "[nonsense"),
            ("my_service", "my_service"),
        ];
        for (text, expected) in table {
            assert_eq!(host(text), expected, "{text}");
        }
    }

    #[test]
    fn paths() {
        let table = [
            ("", "/"),
            ("/", "/"),
            ("*", "*"),
            ("a/b", "/a/b"),
            ("/%7Eme/%41%2d", "/~me/A-"),
            ("/a%2fb%c3%bc", "/a%2Fb%C3%BC"),
            ("/ü x", "/%C3%BC%20x"),
            ("/a/./b/../c", "/a/c"),
            ("/a/%2e%2E/b", "/b"),
            ("/a/.%2e", "/"),
            ("/a/b/..", "/a/"),
            ("/a/.", "/a/"),
            ("/../../a", "/a"),
            ("/a//b/", "/a//b/"),
            ("//", "//"),
            ("/a//../b", "/a/b"),
            ("/...", "/..."),
            ("/.well-known/..a", "/.well-known/..a"),
            ("/100%", "/100%25"),
            ("/%%341", "/%2541"),
            ("/{id}|\"", "/%7Bid%7D%7C%22"),
            ("/a:b@c!$&'()*+,;=", "/a:b@c!$&'()*+,;="),
            ("/%2C", "/%2C"),
            ("/a?b#c", "/a%3Fb%23c"),
        ];
        for (text, expected) in table {
            assert_eq!(path(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_normal_is_borrowed() {
        for text in [
            "/",
            "/users/7",
            "/a%2Fb/",
            "//x",
            "*",
            "/.git/..x/x..",
            "/%C3%BC",
        ] {
            assert!(
                matches!(path(text), Cow::Borrowed(same) if same == text),
                "{text}"
            );
        }
        for text in ["x.io", "127.0.0.1", "[::1]", "[2001:db8::a]", "x.io."] {
            assert!(matches!(host(text), Cow::Borrowed(_)), "{text}");
        }
        assert!(matches!(decode("plain+"), Cow::Borrowed("plain+")));
    }

    #[test]
    fn decodes_once_and_keeps_what_is_no_escape() {
        for (text, expected) in [
            ("a%20b+c", "a b+c"),
            ("%2541", "%41"),
            ("%C3%BC", "ü"),
            ("%FF", "\u{FFFD}"),
            ("%zz%4", "%zz%4"),
        ] {
            assert_eq!(decode(text), expected);
        }
    }

    #[test]
    fn queries_are_forms() {
        let pairs = query("a=1&a=2&b=&c&&x+y=%26%3d+z&d=1=2&=v");
        let expected = [
            ("a", "1"),
            ("a", "2"),
            ("b", ""),
            ("c", ""),
            ("x y", "&= z"),
            ("d", "1=2"),
            ("", "v"),
        ];
        assert_eq!(pairs, expected.map(|(k, v)| (k.to_owned(), v.to_owned())));
        assert_eq!(query(""), []);
    }

    #[test]
    fn default_ports_and_schemes() {
        for (name, carrier, port) in [
            ("HTTP", "http", 80),
            ("https", "https", 443),
            ("ws", "http", 80),
            ("Wss", "https", 443),
        ] {
            assert_eq!(scheme(name), carrier);
            assert_eq!(default_port(&scheme(name)), Some(port));
        }
        assert_eq!(scheme("FTP"), "ftp");
        assert_eq!(default_port("ftp"), None);
    }

    proptest! {
        #[test]
        fn normalising_twice_changes_nothing(text in "(/|//|\\.|%2[eEfF]|%|[0-9a-fA-F]|\\PC|\\.\\.){0,12}") {
            let once = path(&text).into_owned();
            prop_assert!(matches!(path(&once), Cow::Borrowed(same) if same == once), "{} -> {}", once, path(&once));
        }

        #[test]
        fn normalising_any_text_twice_changes_nothing(text in any::<String>()) {
            let once = path(&text).into_owned();
            prop_assert_eq!(path(&once), once.as_str());
            let once = host(&text).into_owned();
            prop_assert_eq!(host(&once), once.as_str());
            decode(&text);
            query(&text);
        }

        #[test]
        fn normalising_a_host_twice_changes_nothing(text in "(\\[|\\]|:|\\.|[0-9a-fA-F]|\\p{Lu}|\\PC){0,10}") {
            let once = host(&text).into_owned();
            prop_assert_eq!(host(&once), once.as_str());
        }

        #[test]
        fn an_escaped_letter_is_the_letter(text in "[a-zA-Z0-9._~-]{1,8}") {
            let escaped: String = text.bytes().map(|b| format!("%{b:02x}")).collect();
            let (escaped, plain) = (format!("/a/{escaped}"), format!("/a/{text}"));
            prop_assert_eq!(path(&escaped), path(&plain));
        }
    }
}
