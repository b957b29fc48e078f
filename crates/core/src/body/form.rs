//! A form body is a list of pairs; every byte sequence is one, if perhaps not the one that was meant.
//!
//! This follows the application/x-www-form-urlencoded parser of the WHATWG URL standard, which never fails: that is what
//! servers of every language do with such a body.

use crate::url::normal;

/// The pairs of an `application/x-www-form-urlencoded` body, in order, repeats kept.
///
/// `+` is a space, `%41` a byte, a `%` without two hexadecimal digits is itself; text is decoded as UTF-8 with U+FFFD for
/// what is not. A piece without `=` is a name with an empty value, an empty piece (`a=1&&b=2`) is nothing.
pub(crate) fn parse(body: &[u8]) -> Vec<(String, String)> {
    body.split(|&b| b == b'&')
        .filter(|piece| !piece.is_empty())
        .map(|piece| match piece.iter().position(|&b| b == b'=') {
            Some(at) => (decoded(&piece[..at]), decoded(&piece[at + 1..])),
            None => (decoded(piece), String::new()),
        })
        .collect()
}

fn decoded(text: &[u8]) -> String {
    normal::text_of(normal::decoded(text, true))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn follows_the_url_standard() {
        type Pairs = &'static [(&'static str, &'static str)];
        let cases: &[(&[u8], Pairs)] = &[
            (b"", &[]),
            (b"test", &[("test", "")]),
            (b"=x", &[("", "x")]),
            (b"=", &[("", "")]),
            (b"&&a=1&&b=2&", &[("a", "1"), ("b", "2")]),
            (b"a=1&a=2&a=1", &[("a", "1"), ("a", "2"), ("a", "1")]),
            (b"a=b=c", &[("a", "b=c")]),
            (b"a+b=c+d", &[("a b", "c d")]),
            (b"a%2Bb=%20%26%3d", &[("a+b", " &=")]),
            (b"%C3%A9=\xc3\xa9", &[("é", "é")]),
            (b"a=%ff%zz%4", &[("a", "\u{fffd}%zz%4")]),
            (b"a=%%41", &[("a", "%A")]),
            (b"a=%", &[("a", "%")]),
            (
                b"\xef\xbb\xbftest=\xef\xbb\xbf",
                &[("\u{feff}test", "\u{feff}")],
            ),
            (
                b"_charset_=windows-1252&test=%C2x",
                &[("_charset_", "windows-1252"), ("test", "\u{fffd}x")],
            ),
            (b"%EF%BF%BD=%FE%FF", &[("\u{fffd}", "\u{fffd}\u{fffd}")]),
            (b"a;b=1\r\n", &[("a;b", "1\r\n")]),
        ];
        for (body, expected) in cases {
            let found = parse(body);
            let found: Vec<_> = found
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect();
            assert_eq!(found, *expected, "{:?}", String::from_utf8_lossy(body));
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_form(body: Vec<u8>) {
            prop_assert!(parse(&body).len() <= body.len());
        }

        #[test]
        fn what_is_percent_encoded_comes_back(name in ".*", value in ".*") {
            let encoded = |text: &str| text.bytes().map(|b| format!("%{b:02x}")).collect::<String>();
            let body = format!("{}={}", encoded(&name), encoded(&value));
            prop_assert_eq!(parse(body.as_bytes()), [(name, value)]);
        }
    }
}
