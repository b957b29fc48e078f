//! What probably went wrong between two values, in one sentence: a typing error costs an hour until somebody says the word.
//!
//! A hint is said only where it is sure to be true of the two values; whether it is the cause stays with the reader.

use crate::Part;
use crate::url::normal;

/// Characters of a text that are looked at when counting typing errors.
const MOST: usize = 256;

/// What tells `received` from `expected`, where one short sentence can say it: a case, a trailing slash, a typing error.
pub(crate) fn between(part: &Part, expected: &str, received: &str) -> Option<String> {
    if expected == received || expected.is_empty() || received.is_empty() {
        return None;
    }
    blanks(expected, received)
        .or_else(|| slashes(part, expected, received))
        .or_else(|| spelling(part, expected, received))
        .or_else(|| extra(part, expected, received))
        .or_else(|| quotes(part, expected, received))
        .or_else(|| typing(part, expected, received))
}

/// What tells two secrets apart that must not be shown.
pub(crate) fn of_secrets(expected: &str, received: &str) -> String {
    let of = Part::Custom(String::new());
    if let Some(sentence) = blanks(expected, received).or_else(|| spelling(&of, expected, received))
    {
        return sentence;
    }
    let scheme = |value: &str| {
        let scheme = value.split_once(' ').map(|(scheme, _)| scheme);
        scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer"))
    };
    let (a, b) = (expected.chars().count(), received.chars().count());
    match (scheme(expected), scheme(received)) {
        (true, false) if !received.contains(' ') => {
            "the mock has `Bearer` in front, the request has not".into()
        }
        (false, true) if !expected.contains(' ') => {
            "the request has `Bearer` in front, the mock has not".into()
        }
        _ => {
            let same = expected
                .chars()
                .zip(received.chars())
                .take_while(|(a, b)| a == b)
                .count();
            let length = if a == b {
                format!("both have {a} characters")
            } else {
                format!("the mock's has {a} characters, the request's {b}")
            };
            format!(
                "the secrets differ from character {} on; {length}",
                same + 1
            )
        }
    }
}

/// A similar name where the wanted one of `part` is absent: ``the request has a similar `x-requestid` ``.
pub(crate) fn misnamed<'a>(wanted: &str, among: impl Iterator<Item = &'a str>) -> Option<String> {
    closest(wanted, among).map(|name| format!("the request has a similar `{name}`"))
}

/// The one of `among` that was probably meant by `wanted`; none if nothing is near enough.
///
/// Case, `-` and `_` do not count. Of equally near ones it is the first.
pub(crate) fn closest<'a>(wanted: &str, among: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let bare = |name: &str| name.to_lowercase().replace(['-', '_'], "");
    let wanted_bare = bare(wanted);
    let most = (wanted_bare.chars().count() / 3).min(3);
    among
        .filter(|name| *name != wanted)
        .filter_map(|name| {
            Some((
                distance(&wanted_bare, &bare(name)).filter(|far| *far <= most)?,
                name,
            ))
        })
        .min_by_key(|(far, _)| *far)
        .map(|(_, name)| name)
}

fn blanks(expected: &str, received: &str) -> Option<String> {
    if expected.trim() != received.trim() {
        return None;
    }
    let side = |text: &str| match (text.trim_start() != text, text.trim_end() != text) {
        (true, true) => Some("blanks around it"),
        (true, false) => Some("a blank in front"),
        (false, true) => Some("a blank at the end"),
        (false, false) => None,
    };
    Some(match (side(expected), side(received)) {
        (None, Some(where_)) => format!("the request has {where_}, the mock has none"),
        (Some(where_), None) => format!("the mock has {where_}, the request has none"),
        _ => "only the blanks around it differ".into(),
    })
}

fn slashes(part: &Part, expected: &str, received: &str) -> Option<String> {
    if !matches!(part, Part::Path | Part::Url) {
        return None;
    }
    if received.strip_suffix('/') == Some(expected) {
        return Some("the request has a trailing slash, the mock has none".into());
    }
    if expected.strip_suffix('/') == Some(received) {
        return Some("the mock has a trailing slash, the request has none".into());
    }
    let single = |path: &str| path.replace("//", "/");
    if *part == Part::Path && single(expected) == single(received) {
        let (has, not) = if received.contains("//") {
            ("the request", "the mock")
        } else {
            ("the mock", "the request")
        };
        return Some(format!("{has} has `//` where {not} has `/`"));
    }
    None
}

fn spelling(part: &Part, expected: &str, received: &str) -> Option<String> {
    if expected.to_lowercase() == received.to_lowercase() {
        return Some("only upper and lower case differ".into());
    }
    let encoded = matches!(
        part,
        Part::Path
            | Part::PathParam(_)
            | Part::Url
            | Part::Query(_)
            | Part::QueryString
            | Part::Form(_)
    );
    let plus_is_blank = !matches!(part, Part::Path | Part::PathParam(_));
    let bytes = |text: &str| normal::decoded(text.as_bytes(), plus_is_blank);
    (encoded && bytes(expected) == bytes(received))
        .then(|| "only the percent-encoding differs".into())
}

/// A part that one side has more of in front (a base path, a scheme), or in a header at the end (a parameter).
fn extra(part: &Part, expected: &str, received: &str) -> Option<String> {
    let (more, less, who, other) = if received.len() > expected.len() {
        (received, expected, "the request", "the mock")
    } else {
        (expected, received, "the mock", "the request")
    };
    if less.len() < 3 {
        return None;
    }
    let front = more.strip_suffix(less).filter(|front| match part {
        Part::Path => less.starts_with('/') && front.len() > 1,
        Part::Header(_) => front.ends_with(' '),
        Part::Host => front.ends_with('.'),
        _ => false,
    });
    if let Some(front) = front {
        return Some(format!(
            "{who} has `{}` in front, {other} has not",
            front.trim_end()
        ));
    }
    let end = more
        .strip_prefix(less)
        .filter(|end| matches!(part, Part::Header(_)) && end.starts_with([';', ',']))?;
    Some(format!("{who} has `{end}` at the end, {other} has not"))
}

fn quotes(part: &Part, expected: &str, received: &str) -> Option<String> {
    let inside = |text: &str| text.strip_prefix('"')?.strip_suffix('"').map(str::to_owned);
    if *part != Part::Json {
        return None;
    }
    if inside(received).as_deref() == Some(expected) {
        return Some("the request sends text, the mock expects it without quotes".into());
    }
    (inside(expected).as_deref() == Some(received))
        .then(|| "the mock expects text, the request sends it without quotes".into())
}

/// Words that are nearly the same. Digits are data: another number is no typing error.
fn typing(part: &Part, expected: &str, received: &str) -> Option<String> {
    if matches!(part, Part::Path)
        && let Some((a, b)) = odd_segment(expected, received)
        && slip(a, b).is_some()
    {
        return Some(format!("the mock says `{a}`, the request `{b}`"));
    }
    if matches!(
        part,
        Part::Body | Part::Xml | Part::Port | Part::Method | Part::Scheme
    ) {
        return None;
    }
    slip(expected, received).map(str::to_owned)
}

fn slip(expected: &str, received: &str) -> Option<&'static str> {
    let digits = |text: &str| {
        text.chars()
            .filter(char::is_ascii_digit)
            .collect::<String>()
    };
    if digits(expected) != digits(received) {
        return None;
    }
    let letters = expected.chars().count();
    match distance(expected, received)? {
        1 if letters >= 3 && length_is(received, letters) && swapped(expected, received) => {
            Some("two letters are swapped")
        }
        1 if letters >= 3 => Some("they are one letter apart"),
        2 if letters >= 8 => Some("they are two letters apart"),
        _ => None,
    }
}

fn length_is(text: &str, letters: usize) -> bool {
    text.chars().count() == letters
}

fn swapped(expected: &str, received: &str) -> bool {
    expected
        .chars()
        .zip(received.chars())
        .filter(|(a, b)| a != b)
        .count()
        == 2
}

/// The one segment in which two paths of equal length differ.
fn odd_segment<'a>(expected: &'a str, received: &'a str) -> Option<(&'a str, &'a str)> {
    if expected.matches('/').count() != received.matches('/').count() {
        return None;
    }
    let template = |segment: &str| segment.contains('{');
    let mut odd = expected
        .split('/')
        .zip(received.split('/'))
        .filter(|(a, b)| a != b && !template(a));
    odd.next().filter(|_| odd.next().is_none())
}

/// How many letters must be added, dropped, changed or swapped with their neighbour; none for texts that are too long.
fn distance(a: &str, b: &str) -> Option<usize> {
    let (a, b): (Vec<char>, Vec<char>) = (
        a.chars().take(MOST + 1).collect(),
        b.chars().take(MOST + 1).collect(),
    );
    if a.len().max(b.len()) > MOST {
        return None;
    }
    let mut before = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let change = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = change.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                let two_back: &Vec<usize> = &before;
                best = best.min(two_back[j - 2] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_for_each_slip() {
        let header = Part::Header("x".into());
        let query = Part::Query("q".into());
        for (part, expected, received, hint) in [
            (
                &Part::Path,
                "/users",
                "/users/",
                "the request has a trailing slash, the mock has none",
            ),
            (
                &Part::Path,
                "/users/",
                "/users",
                "the mock has a trailing slash, the request has none",
            ),
            (
                &Part::Path,
                "/a/b",
                "/a//b",
                "the request has `//` where the mock has `/`",
            ),
            (
                &Part::Path,
                "/Orders/7",
                "/orders/7",
                "only upper and lower case differ",
            ),
            (
                &Part::Path,
                "/a%2Fb",
                "/a/b",
                "only the percent-encoding differs",
            ),
            (&query, "a b", "a+b", "only the percent-encoding differs"),
            (
                &Part::Path,
                "/users",
                "/v1/users",
                "the request has `/v1` in front, the mock has not",
            ),
            (
                &Part::Path,
                "/v1/users",
                "/users",
                "the mock has `/v1` in front, the request has not",
            ),
            (
                &Part::Path,
                "/users/7",
                "/user/7",
                "the mock says `users`, the request `user`",
            ),
            (
                &Part::Path,
                "/users/{id}",
                "/user/7",
                "the mock says `users`, the request `user`",
            ),
            (
                &Part::Host,
                "api.github.com",
                "api.githbu.com",
                "two letters are swapped",
            ),
            (
                &Part::Host,
                "api.github.com",
                "api.githb.com",
                "they are one letter apart",
            ),
            (
                &Part::Host,
                "github.com",
                "api.github.com",
                "the request has `api.` in front, the mock has not",
            ),
            (
                &header,
                "token-abc",
                "Bearer token-abc",
                "the request has `Bearer` in front, the mock has not",
            ),
            (
                &header,
                "a/json",
                "a/json; charset=utf-8",
                "the request has `; charset=utf-8` at the end, the mock has not",
            ),
            (
                &header,
                "abc",
                "abc ",
                "the request has a blank at the end, the mock has none",
            ),
            (
                &Part::Json,
                "7",
                "\"7\"",
                "the request sends text, the mock expects it without quotes",
            ),
        ] {
            assert_eq!(
                between(part, expected, received).as_deref(),
                Some(hint),
                "{expected} {received}"
            );
        }
    }

    #[test]
    fn no_sentence_where_none_is_sure() {
        for (expected, received) in [
            ("/users/7", "/users/8"),
            ("/users", "/orders"),
            ("/a", "/a"),
            ("", "/"),
            ("/a", "/b"),
            ("/users/{id}", "/orders/7"),
        ] {
            assert_eq!(
                between(&Part::Path, expected, received),
                None,
                "{expected} {received}"
            );
        }
        assert_eq!(
            between(&Part::Body, &"a".repeat(9_999), &"b".repeat(9_999)),
            None
        );
    }

    #[test]
    fn the_closest_name_is_near_enough() {
        let among = ["accept", "x-requestid", "x-request-ids", "user-agent"];
        assert_eq!(
            closest("x-request-id", among.into_iter()),
            Some("x-requestid")
        );
        assert_eq!(closest("acept", among.into_iter()), Some("accept"));
        assert_eq!(closest("host", among.into_iter()), None);
        assert_eq!(closest("q", ["p"].into_iter()), None);
        assert_eq!(
            misnamed("pgae", ["page"].into_iter()).as_deref(),
            Some("the request has a similar `page`")
        );
    }
}
