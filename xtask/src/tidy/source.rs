//! A rule that greps finds `todo!` in a comment and in its own source: what is code, and what only looks like it?

/// A file of Rust: as written, and with what stands in comments and literals blanked out, byte for byte in place.
pub(super) struct Source<'a> {
    pub(super) path: &'a str,
    pub(super) text: &'a str,
    pub(super) code: String,
}

impl<'a> Source<'a> {
    pub(super) fn new(path: &'a str, text: &'a str) -> Self {
        let code = blanked(text);
        Self { path, text, code }
    }

    /// The line, from 1, of a byte.
    pub(super) fn line(&self, at: usize) -> usize {
        self.code.as_bytes()[..at]
            .iter()
            .filter(|b| **b == b'\n')
            .count()
            + 1
    }

    /// Where `needle` stands in the code as words of its own.
    pub(super) fn words(&self, needle: &str) -> Vec<usize> {
        let word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        let (begins, ends) = (
            word(needle.chars().next()),
            word(needle.chars().next_back()),
        );
        self.code
            .match_indices(needle)
            .map(|(at, _)| at)
            .filter(|at| !begins || !word(self.code[..*at].chars().next_back()))
            .filter(|at| !ends || !word(self.code[at + needle.len()..].chars().next()))
            .collect()
    }

    /// From an opening bracket at or after `from` to the end of its group: both brackets included.
    pub(super) fn group(
        &self,
        from: usize,
        open: char,
        close: char,
    ) -> Option<std::ops::Range<usize>> {
        let start = from + self.code[from..].find(open)?;
        let mut depth = 0_usize;
        for (at, c) in self.code[start..].char_indices() {
            if c == open {
                depth += 1;
            } else if c == close {
                depth -= 1;
                if depth == 0 {
                    return Some(start..start + at + 1);
                }
            }
        }
        None
    }

    /// Whether this byte belongs to a test.
    pub(super) fn in_test(&self, at: usize) -> bool {
        if is_test_path(self.path) {
            return true;
        }
        ["cfg(test)", "cfg(all(test"].iter().any(|cfg| {
            self.code.match_indices(cfg).any(|(from, _)| {
                let body = self.group(from, '{', '}');
                let line_end = self.code[from..]
                    .find(';')
                    .map(|semicolon| from + semicolon);
                body.is_some_and(|body| {
                    line_end.is_none_or(|end| body.start < end) && body.contains(&at)
                })
            })
        })
    }
}

/// Whether everything in this file is a test: `tests/..`, `src/x/tests.rs`, `src/x/tests/..`.
pub(super) fn is_test_path(path: &str) -> bool {
    path.split('/')
        .any(|part| matches!(part, "tests" | "tests.rs"))
}

fn blanked(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut code = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        let (skip, len) = if rest.starts_with(b"//") {
            (
                0,
                rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len()),
            )
        } else if rest.starts_with(b"/*") {
            (0, block_comment(rest))
        } else if rest[0] == b'"' {
            (1, string(rest, raw_hashes(bytes, at)))
        } else if rest[0] == b'\'' {
            (1, char_literal(&text[at..]))
        } else {
            (0, 0)
        };
        // Quotes stay, so that a rule sees that something stands there.
        let end = (at + len).min(bytes.len());
        if len > 0 {
            let inside = at + skip..end.saturating_sub(skip).max(at + skip).min(bytes.len());
            for byte in &mut code[inside] {
                if *byte != b'\n' {
                    *byte = b' ';
                }
            }
        }
        at = end.max(at + 1);
    }
    // Only whole literals and comments were replaced, by ASCII.
    String::from_utf8_lossy(&code).into_owned()
}

fn block_comment(rest: &[u8]) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        if rest[at..].starts_with(b"/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if rest[at..].starts_with(b"*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

/// How many `#` stand between an `r` and the quote at `at`; `None` where the string is not raw.
fn raw_hashes(bytes: &[u8], at: usize) -> Option<usize> {
    let hashes = bytes[..at].iter().rev().take_while(|b| **b == b'#').count();
    let before = &bytes[..at - hashes];
    let prefix: Vec<u8> = before
        .iter()
        .rev()
        .copied()
        .take_while(|b| b.is_ascii_alphanumeric() || *b == b'_')
        .collect();
    matches!(prefix.as_slice(), b"r" | b"rb" | b"rc").then_some(hashes)
}

fn string(rest: &[u8], raw: Option<usize>) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match (rest[at], raw) {
            (b'\\', None) => at += 1,
            (b'"', None) => return at + 1,
            (b'"', Some(hashes)) => {
                let closing = rest[at + 1..].iter().take(hashes).filter(|b| **b == b'#');
                if closing.count() == hashes {
                    return at + 1;
                }
            }
            _ => {}
        }
        at += 1;
    }
    rest.len()
}

/// The length of a character literal; 0 where the quote begins a lifetime.
fn char_literal(rest: &str) -> usize {
    let mut chars = rest.char_indices().skip(1);
    match chars.next() {
        Some((_, '\\')) => {
            chars.next();
            chars.find(|(_, c)| *c == '\'').map_or(0, |(at, _)| at + 1)
        }
        Some(_) => match chars.next() {
            Some((at, '\'')) => at + 1,
            _ => 0,
        },
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_blanked_in_place() {
        for (text, code) in [
            ("a // b\nc", "a     \nc"),
            ("a /* b /* c */ d */ e", "a                   e"),
            (r#"f("x\"y", z)"#, r#"f("    ", z)"#),
            ("f(r#\"x\"y\"#, z)", "f(r#\"   \"#, z)"),
            ("f('\"', z)", "f(' ', z)"),
            (r"f('\'', z)", r"f('  ', z)"),
            ("fn f<'a>(x: &'a str)", "fn f<'a>(x: &'a str)"),
            ("f(\"ä\n\", z)", "f(\"  \n\", z)"),
            ("r#type(\"x\")", "r#type(\" \")"),
            ("\"never closed", "\"           d"),
        ] {
            assert_eq!(
                blanked(text).trim_end_matches('d'),
                code.trim_end_matches('d'),
                "{text}"
            );
            assert_eq!(blanked(text).len(), text.len(), "{text}");
        }
    }

    #[test]
    fn words_stand_alone() {
        let source = Source::new("src/a.rs", "my_todo!(); todo!(); \"todo!\"");
        assert_eq!(source.words("todo!"), [12]);
    }

    #[test]
    fn a_test_is_known_by_its_path_or_its_module() {
        let source = Source::new(
            "src/a.rs",
            "fn a() {}\n#[cfg(test)]\nmod tests { x }\nfn b() {}",
        );
        let at = |what| source.text.find(what).expect("there");
        assert!(!source.in_test(at("fn a")));
        assert!(source.in_test(at("x }")));
        assert!(!source.in_test(at("fn b")));
        assert!(Source::new("tests/a.rs", "x").in_test(0));
        let beside = Source::new("src/a.rs", "#[cfg(test)]\nmod tests;\nfn b() { x }");
        assert!(!beside.in_test(beside.text.find("x }").expect("there")));
    }
}
