//! What headers mean as a set, and the credentials in them.

use http::header::{
    AUTHORIZATION, CONNECTION, CONTENT_LENGTH, HOST, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::matching::pattern::Pattern;
use crate::request::Request;

/// Headers that the transport writes and the user does not, so that an exact set need not list them.
const TRANSPORT: [HeaderName; 7] = [
    HOST,
    CONTENT_LENGTH,
    TRANSFER_ENCODING,
    CONNECTION,
    TE,
    TRAILER,
    UPGRADE,
];

/// Whether all wanted headers fit, and no other value is there.
pub(crate) fn exact(wanted: &[(HeaderName, Pattern)], headers: &HeaderMap) -> bool {
    unexpected(wanted, headers).next().is_none()
        && wanted
            .iter()
            .all(|(name, pattern)| fits(name, pattern, headers))
}

pub(crate) fn fits(name: &HeaderName, pattern: &Pattern, headers: &HeaderMap) -> bool {
    pattern.accepts(headers.get_all(name).iter().map(HeaderValue::as_bytes))
}

/// The names of headers that are not wanted, or that have a value besides the wanted ones.
pub(crate) fn unexpected<'h>(
    wanted: &'h [(HeaderName, Pattern)],
    headers: &'h HeaderMap,
) -> impl Iterator<Item = &'h HeaderName> {
    headers
        .keys()
        .filter(|name| !TRANSPORT.contains(name))
        .filter(|name| {
            let mut patterns = wanted.iter().filter(|(asked, _)| asked == *name).peekable();
            patterns.peek().is_none() || {
                let patterns: Vec<&Pattern> = patterns.map(|(_, pattern)| pattern).collect();
                !headers
                    .get_all(*name)
                    .iter()
                    .all(|value| patterns.iter().any(|p| p.accepts_one(value.as_bytes())))
            }
        })
}

/// User and password of basic credentials.
pub(crate) fn basic(request: &Request) -> Option<(Vec<u8>, Vec<u8>)> {
    let decoded = base64(credentials(request, "basic")?)?;
    let colon = decoded.iter().position(|&byte| byte == b':')?;
    Some((decoded[..colon].to_vec(), decoded[colon + 1..].to_vec()))
}

/// The token of bearer credentials.
pub(crate) fn bearer(request: &Request) -> Option<&[u8]> {
    credentials(request, "bearer")
}

fn credentials<'r>(request: &'r Request, scheme: &str) -> Option<&'r [u8]> {
    let value = request.headers().get(AUTHORIZATION)?.as_bytes();
    let space = value.iter().position(|&byte| byte == b' ')?;
    value[..space]
        .eq_ignore_ascii_case(scheme.as_bytes())
        .then(|| value[space..].trim_ascii())
}

/// Standard base64, padded or not; `None` when it is none.
fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    let (mut held, mut bits) = (0_u32, 0);
    for &byte in text {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => break,
            _ => return None,
        };
        held = held << 6 | u32::from(six);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits) as u8);
            held &= (1 << bits) - 1;
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_credentials_are_decoded() {
        let request = Request::get("https://x.io/")
            .with_header("authorization", "Basic QWxhZGRpbjpvcGVuOnNlc2FtZQ==");
        assert_eq!(
            basic(&request),
            Some((b"Aladdin".to_vec(), b"open:sesame".to_vec()))
        );
        let none = Request::get("https://x.io/").with_header("authorization", "Basic \u{e9}?");
        assert_eq!(basic(&none), None);
    }

    #[test]
    fn the_scheme_of_credentials_is_case_insensitive() {
        let request = Request::get("https://x.io/").with_header("authorization", "bearer  abc");
        assert_eq!(bearer(&request), Some(&b"abc"[..]));
    }
}
