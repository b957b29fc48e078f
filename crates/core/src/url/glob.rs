//! Globs, the patterns that people know from shells, as regular expressions.
//!
//! A glob is never wrong: what is no pattern (an open bracket, a lone brace) stands for itself, so that the result always
//! compiles.

/// Whether `*`, `?` and classes stop at a slash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Separator {
    /// They do: for URLs and paths.
    Slash,
    /// They match anything: for values.
    None,
}

/// Alternatives nested deeper than this stand for themselves: a regular expression has a limit too, and must compile.
const DEEPEST: usize = 16;

/// A regular expression for the whole of a text.
///
/// `*` is any run of characters of one segment, `**` any run, `?` one character, `[a-z]` and `[!a]` one of a class,
/// `{a,b}` one of several; `\` takes the meaning of what follows.
pub(crate) fn to_regex(glob: &str, separator: Separator) -> String {
    let chars: Vec<char> = glob.chars().collect();
    let mut regex = String::with_capacity(glob.len() * 2 + 12);
    regex.push_str(r"\A(?s:");
    push(&mut regex, &chars, separator, 0);
    regex.push_str(r")\z");
    regex
}

fn push(regex: &mut String, glob: &[char], separator: Separator, depth: usize) {
    let one = match separator {
        Separator::Slash => "[^/]",
        Separator::None => ".",
    };
    let mut at = 0;
    while let Some(&c) = glob.get(at) {
        let rest = &glob[at + 1..];
        at += 1;
        match c {
            '*' => {
                let more = rest.iter().take_while(|&&c| c == '*').count();
                regex.push_str(if more > 0 { "." } else { one });
                regex.push('*');
                at += more;
            }
            '?' => regex.push_str(one),
            '\\' if !rest.is_empty() => {
                push_literal(regex, rest[0]);
                at += 1;
            }
            '[' => match class_length(rest) {
                Some(length) => {
                    push_class(regex, &rest[..length], separator);
                    at += length + 1;
                }
                None => push_literal(regex, c),
            },
            '{' if depth < DEEPEST => match alternatives(rest) {
                Some((alternatives, length)) => {
                    for (nth, alternative) in alternatives.into_iter().enumerate() {
                        regex.push_str(if nth == 0 { "(?:" } else { "|" });
                        push(regex, alternative, separator, depth + 1);
                    }
                    regex.push(')');
                    at += length + 1;
                }
                None => push_literal(regex, c),
            },
            c => push_literal(regex, c),
        }
    }
}

fn push_literal(regex: &mut String, c: char) {
    regex.push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
}

/// What stands between `{` and its `}`, split at its own commas, and where that `}` is. Without a comma it is no choice.
fn alternatives(after_open: &[char]) -> Option<(Vec<&[char]>, usize)> {
    let mut found = Vec::new();
    let (mut start, mut at, mut depth) = (0, 0, 0);
    while let Some(c) = after_open.get(at) {
        match c {
            '\\' => at += 1,
            '{' => depth += 1,
            ',' if depth == 0 => {
                found.push(&after_open[start..at]);
                start = at + 1;
            }
            '}' if depth > 0 => depth -= 1,
            '}' => {
                let is_choice = !found.is_empty();
                found.push(&after_open[start..at]);
                return is_choice.then_some((found, at));
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// Where the `]` stands that closes a class; directly after the `[` (or `[!`) it is a member.
fn class_length(after_open: &[char]) -> Option<usize> {
    let first = usize::from(is_negation(after_open.first()));
    let mut at = first;
    while let Some(c) = after_open.get(at) {
        match c {
            '\\' => at += 1,
            ']' if at > first => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

fn is_negation(c: Option<&char>) -> bool {
    matches!(c, Some('!' | '^'))
}

fn push_class(regex: &mut String, class: &[char], separator: Separator) {
    let negated = is_negation(class.first());
    let members = &class[usize::from(negated)..];
    regex.push_str(if negated { "[[^" } else { "[[" });
    let mut at = 0;
    while let Some((low, next)) = member(members, at) {
        at = next;
        push_literal(regex, low);
        if members.get(at) == Some(&'-')
            && let Some((high, next)) = member(members, at + 1)
            && low <= high
        {
            regex.push('-');
            push_literal(regex, high);
            at = next;
        }
    }
    regex.push(']');
    if separator == Separator::Slash {
        regex.push_str("&&[^/]");
    }
    regex.push(']');
}

/// The character of a class at `at`, its escape taken off, and where the next one stands.
fn member(members: &[char], at: usize) -> Option<(char, usize)> {
    match (members.get(at)?, members.get(at + 1)) {
        ('\\', Some(&escaped)) => Some((escaped, at + 2)),
        (&c, _) => Some((c, at + 1)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex::Regex;

    use super::*;

    fn matches(glob: &str, separator: Separator, text: &str) -> bool {
        Regex::new(&to_regex(glob, separator))
            .expect("a glob compiles")
            .is_match(text)
    }

    #[test]
    fn what_a_glob_matches() {
        // glob, what it matches, what it does not
        let table: [(&str, &[&str], &[&str]); 19] = [
            ("/a/*", &["/a/", "/a/b"], &["/a/b/c", "x/a/b", "/a"]),
            ("/a/**", &["/a/", "/a/b/c"], &["/a"]),
            ("/**/c", &["//c", "/a/b/c"], &["/c"]),
            ("a***", &["a/b"], &["b"]),
            ("a?c", &["abc", "aüc"], &["ac", "a/c", "abbc"]),
            ("[abc]x", &["ax", "cx"], &["dx", "x"]),
            ("[a-c]", &["b"], &["d", "-"]),
            ("[!a-c]", &["d", "-"], &["b", "/"]),
            ("[^a]", &["b"], &["a"]),
            ("[]a]", &["]", "a"], &["b"]),
            ("[z-a]", &["z", "-", "a"], &["m"]),
            ("[a&&b~~-]", &["&", "~", "-"], &["/"]),
            ("[+-9]", &["5", "."], &["/"]),
            (
                "*.{png,jp{e,}g}",
                &["a.png", "a.jpg", "a.jpeg"],
                &["a.gif", "a.{png"],
            ),
            (r"\*\{a,b\}\[", &["*{a,b}["], &["x{a,b}["]),
            ("[a", &["[a"], &["a"]),
            ("{a", &["{a"], &["a"]),
            ("{a}", &["{a}"], &["a"]),
            (r"a.b+c\", &[r"a.b+c\"], &["axb+c", "abc"]),
        ];
        for (glob, yes, no) in table {
            for text in yes {
                assert!(
                    matches(glob, Separator::Slash, text),
                    "{glob} {text}: {}",
                    to_regex(glob, Separator::Slash)
                );
            }
            for text in no {
                assert!(
                    !matches(glob, Separator::Slash, text),
                    "{glob} {text}: {}",
                    to_regex(glob, Separator::Slash)
                );
            }
        }
    }

    #[test]
    fn a_value_has_no_segments() {
        for (glob, text) in [
            ("text/*", "text/a/b"),
            ("*", "a\nb/c"),
            ("a?b", "a/b"),
            ("a[!x]b", "a/b"),
        ] {
            assert!(matches(glob, Separator::None, text), "{glob}");
        }
    }

    #[test]
    fn deep_nesting_is_literal_and_compiles() {
        let glob = format!("{}x{}", "{a,".repeat(2_000), "}".repeat(2_000));
        assert!(matches(&glob, Separator::Slash, "a"));
    }

    proptest! {
        #[test]
        fn every_glob_compiles(glob in r"(\*|\?|\[|\]|!|\^|-|&|\{|\}|,|\\|/|[a-c]|\PC){0,16}", text in "[abc/]{0,6}") {
            matches(&glob, Separator::Slash, &text);
            matches(&glob, Separator::None, &text);
        }

        #[test]
        fn what_is_escaped_matches_itself(text in "[^\\x00]{0,12}") {
            let glob: String = text.chars().flat_map(|c| ['\\', c]).collect();
            prop_assert!(matches(&glob, Separator::Slash, &text));
        }
    }
}
