//! What must not end up in a build log: credentials in headers, cookies and URLs, and passwords in protocols of bytes (`bytes.rs`).
//! This is the one place that knows them. A form is shown as a query is; other bodies and messages are shown as they are: what is
//! secret in them is the test's to know.

mod bytes;

use std::borrow::Cow;

use crate::matching::Pattern;
use crate::matching::pattern::Kind;
use crate::url::normal;

pub(crate) use self::bytes::{Piece, pieces};

/// Ends of the names of headers whose whole value is a secret.
const ENDS: [&str; 4] = ["api-key", "apikey", "-token", "-secret"];

/// Ends of the keys of a query whose value is a secret, in lower case and without what separates words.
const KEY_ENDS: [&str; 10] = [
    "token",
    "secret",
    "password",
    "passwd",
    "apikey",
    "accesskey",
    "signature",
    "credential",
    "clientassertion",
    "sessionid",
];

/// Keys that are too short to be an end.
const KEYS: [&str; 7] = ["sig", "pass", "pwd", "auth", "authorization", "jwt", "hmac"];

/// Ends of keys that sound like those, and say where a list goes on.
const CURSORS: [&str; 4] = ["pagetoken", "nexttoken", "continuationtoken", "synctoken"];

/// Words of a pattern that are shown though the pattern stands for a secret: schemes are shorter than tokens.
const WORD: usize = 9;

/// Whether a header carries credentials.
pub(crate) fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    matches!(
        &*name,
        "authorization" | "proxy-authorization" | "cookie" | "set-cookie"
    ) || ENDS.iter().any(|end| name.ends_with(end))
}

/// The length alone.
pub(crate) fn stars(secret: &str) -> String {
    format!("***({})", secret.chars().count())
}

/// The value of a header without what must not be shown: schemes, names of cookies and lengths stay.
pub(crate) fn masked<'v>(name: &str, value: &'v str) -> Cow<'v, str> {
    let name = name.to_ascii_lowercase();
    let crumb = |pair: &str| match pair.split_once('=') {
        Some((key, secret)) => format!("{key}={}", stars(secret)),
        None => stars(pair),
    };
    Cow::Owned(match &*name {
        "authorization" | "proxy-authorization" => match value.split_once(' ') {
            Some((scheme, secret)) => format!("{scheme} {}", stars(secret)),
            None => stars(value),
        },
        "cookie" => value
            .split(';')
            .map(|pair| crumb(pair.trim()))
            .collect::<Vec<_>>()
            .join("; "),
        "set-cookie" => match value.split_once(';') {
            Some((pair, attributes)) => format!("{};{attributes}", crumb(pair)),
            None => crumb(value),
        },
        name if is_secret(name) => stars(value),
        _ => return url(value),
    })
}

/// Whether a key of a query, decoded or not, names a credential: `access_token`, `apiKey`, `X-Amz-Signature`, `sig`.
pub(crate) fn is_secret_key(key: &str) -> bool {
    let key = normal::decode(key);
    let letters = key.chars().filter(char::is_ascii_alphanumeric);
    let name: String = letters.map(|c| c.to_ascii_lowercase()).collect();
    let ends = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
    KEYS.contains(&&*name) || (ends(&KEY_ENDS) && !ends(&CURSORS))
}

/// The value of a key of a query; the length alone where the key names a credential.
pub(crate) fn value<'v>(key: &str, value: &'v str) -> Cow<'v, str> {
    if is_secret_key(key) {
        Cow::Owned(stars(value))
    } else {
        Cow::Borrowed(value)
    }
}

/// A form, `a=1&b=2`, without the values of keys that name credentials.
pub(crate) fn form(text: &str) -> String {
    let shown = text.split('&').map(|pair| match pair.split_once('=') {
        Some((key, value)) if is_secret_key(key) => {
            format!("{key}={}", stars(&normal::decode(value)))
        }
        _ => pair.to_owned(),
    });
    shown.collect::<Vec<_>>().join("&")
}

/// A URL without the credentials in its authority and its query, or a text with such URLs in it. One that is percent-encoded
/// within another is not looked into.
pub(crate) fn url(text: &str) -> Cow<'_, str> {
    let mut shown = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        // Behind each mark a pair may begin, be it of a URL within the query; before the first there is none.
        let mark = rest.find(['?', '&', '#', ';']);
        let piece = &rest[..mark.map_or(rest.len(), |at| at + 1)];
        let is_first = rest.len() == text.len();
        rest = if let Some((key, _)) = piece.split_once('=')
            && !is_first
            && is_secret_key(key)
        {
            let value = &rest[key.len() + 1..];
            let (value, after) = value.split_at(value.find(['&', '#']).unwrap_or(value.len()));
            shown.extend([key, "=", &stars(&normal::decode(value))]);
            after
        } else if let Some((before, user, after)) = user_info(rest, piece, is_first) {
            shown.extend([before, user, "***@"]);
            after
        } else {
            shown.push_str(piece);
            &rest[piece.len()..]
        };
    }
    if shown == text {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(shown)
    }
}

/// Where a URL begins in the first piece of `rest` and has a user's credentials: what is before them, the name with its colon
/// where a password follows, and what is behind their `@`. A URL without a scheme is one only where it `may_be_bare`.
fn user_info<'u>(
    rest: &'u str,
    piece: &str,
    may_be_bare: bool,
) -> Option<(&'u str, &'u str, &'u str)> {
    let scheme = piece.find("://").map(|at| at + 3);
    let start = scheme.or(may_be_bare.then_some(0))?;
    let end = rest[start..]
        .find(['/', '?', '#'])
        .map_or(rest.len(), |at| start + at);
    let at = start + rest[start..end].rfind('@')?;
    match rest[start..at].find(':') {
        // What looks like pairs of a query may be just that.
        Some(colon) if rest[start..start + colon].contains(['&', '=']) => {
            Some((&rest[..start], "", &rest[at + 1..]))
        }
        Some(colon) => Some((
            &rest[..start],
            &rest[start..=start + colon],
            &rest[at + 1..],
        )),
        // A name alone is a token more often than not; without a scheme it is an address of mail.
        None => scheme.map(|_| (&rest[..start], "", &rest[at + 1..])),
    }
}

/// What a pattern expects of a whole URL.
pub(crate) fn url_pattern(pattern: &Pattern) -> String {
    match &pattern.0 {
        Kind::Not(inner) => format!("not({})", url_pattern(inner)),
        Kind::Regex(regex) | Kind::UserRegex(regex) => format!("re({:?})", url(regex.as_str())),
        Kind::Glob { source, .. } => format!("glob({:?})", url(source)),
        _ => url(&pattern.to_string()).into_owned(),
    }
}

/// What a pattern expects of a secret; `mask` is what a value of it is shown as.
pub(crate) fn pattern(pattern: &Pattern, mask: impl Fn(&str) -> String + Copy) -> String {
    match &pattern.0 {
        Kind::Text(text) => mask(text),
        Kind::Scalar(scalar) => mask(&scalar.to_string()),
        Kind::Not(inner) => format!("not({})", self::pattern(inner, mask)),
        Kind::Regex(_) | Kind::UserRegex(_) | Kind::Glob { .. } => long_words(&pattern.to_string()),
        _ => pattern.to_string(),
    }
}

/// The text of a pattern, its long words as their length: they are no shape, but the secret itself.
fn long_words(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for piece in text.split_inclusive(|c: char| !(c.is_alphanumeric() || "-_~+/=.".contains(c))) {
        let word =
            piece.trim_end_matches(|c: char| !(c.is_alphanumeric() || "-_~+/=.".contains(c)));
        if word.chars().count() > WORD {
            shown.push_str(&stars(word));
        } else {
            shown.push_str(word);
        }
        shown.push_str(&piece[word.len()..]);
    }
    shown
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::matching::{glob, not, re};

    #[test]
    fn secrets_keep_scheme_and_length() {
        for (name, value, shown) in [
            ("authorization", "Bearer abcdefgh", "Bearer ***(8)"),
            ("Authorization", "abcdefgh", "***(8)"),
            ("proxy-authorization", "Basic dTpw", "Basic ***(4)"),
            (
                "cookie",
                "sid=12345; theme=dark",
                "sid=***(5); theme=***(4)",
            ),
            ("set-cookie", "sid=12345; Path=/", "sid=***(5); Path=/"),
            ("x-api-key", "k-1", "***(3)"),
            ("X-Vault-Token", "k-1", "***(3)"),
            ("location", "https://me:pw@x.io/", "https://me:***@x.io/"),
            ("accept", "text/html", "text/html"),
        ] {
            assert_eq!(masked(name, value), shown, "{name}");
        }
    }

    #[test]
    fn a_url_keeps_its_shape_and_not_its_credentials() {
        for (text, shown) in [
            (
                "https://x.io/a?page=2&api_key=s3cret",
                "https://x.io/a?page=2&api_key=***(6)",
            ),
            (
                "/a?access_token=a%20b&x=1#id_token=c",
                "/a?access_token=***(3)&x=1#id_token=***(1)",
            ),
            (
                "/a?api%5Fkey=s&X-Amz-Signature=ff&sig=",
                "/a?api%5Fkey=***(1)&X-Amz-Signature=***(2)&sig=***(0)",
            ),
            ("/a?token=a;b?c=d&e=f", "/a?token=***(7)&e=f"),
            ("/a;sessionid=1/b", "/a;sessionid=***(3)"),
            (
                "/a?user[password]=p&clientSecret=q",
                "/a?user[password]=***(1)&clientSecret=***(1)",
            ),
            ("https://me:p;w&x@x.io/a?b", "https://me:***@x.io/a?b"),
            ("me:pw@x.io/a", "me:***@x.io/a"),
            ("&api_key=s3cret&:@", "***@"),
            ("https://ghp_1@x.io/a", "https://***@x.io/a"),
            (
                "/go?to=https://me:pw@x.io/?sig=1",
                "/go?to=https://me:***@x.io/?sig=***(1)",
            ),
        ] {
            assert_eq!(url(text), shown, "{text}");
        }
        for plain in [
            "",
            "https://x.io/token=1?page=2",
            "/a?pageToken=abc&key=1&tokens=2&q=me:you@x.io",
            "me@x.io",
            "text/html; q=0.9, */*; q=0.1",
        ] {
            assert_eq!(url(plain), plain);
        }
    }

    #[test]
    fn a_pair_in_the_place_of_a_user_is_not_shown() {
        assert_eq!(url("&api_key=hunter2&:@x.io"), "***@x.io");
    }

    proptest! {
        #[test]
        fn no_text_around_it_shows_the_value_of_a_key(
            before in "[^=]*[?&]", bytes in proptest::collection::vec(any::<u8>(), 0..20), after in "(&.*)?",
        ) {
            let secret = format!("hunter2{}", String::from_utf8_lossy(&bytes).replace(['&', '#'], ""));
            let shown = url(&format!("{before}api_key={secret}{after}")).into_owned();
            prop_assert!(!shown.contains(&secret), "{shown}");
        }

        #[test]
        fn any_text_is_taken(text in any::<String>()) {
            let _ = url(&text);
        }
    }

    #[test]
    fn a_pattern_shows_its_shape_and_not_a_token() {
        for (asked, shown) in [
            (
                re("^Bearer [a-z0-9]{20,}$"),
                r#"re("^Bearer [a-z0-9]{20,}$")"#,
            ),
            (
                re("^Bearer sk_live_4242424242$"),
                r#"re("^Bearer ***(18)$")"#,
            ),
            (glob("Basic *"), r#"glob("Basic *")"#),
            (not("hunter2"), "not(***(7))"),
        ] {
            assert_eq!(pattern(&asked, stars), shown);
        }
    }
}
