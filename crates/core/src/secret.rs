//! What must not end up in a build log: credentials in headers, cookies and URLs. This is the one place that knows them.

use std::borrow::Cow;

use crate::matching::Pattern;
use crate::matching::pattern::Kind;

/// Ends of the names of headers whose whole value is a secret.
const ENDS: [&str; 4] = ["api-key", "apikey", "-token", "-secret"];

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
        _ => return without_password(value),
    })
}

/// A URL without the password in it.
pub(crate) fn without_password(url: &str) -> Cow<'_, str> {
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = url[start..]
        .find(['/', '?', '#'])
        .map_or(url.len(), |at| start + at);
    let authority = &url[start..end];
    match authority
        .rsplit_once('@')
        .and_then(|(user, host)| Some((user.split_once(':')?.0, host)))
    {
        Some((user, host)) => {
            Cow::Owned(format!("{}{user}:***@{host}{}", &url[..start], &url[end..]))
        }
        None => Cow::Borrowed(url),
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
