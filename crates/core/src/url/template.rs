//! Paths with variables: `/users/{id}`, `/files/{name}.json`, `/static/{*rest}`.
//!
//! A variable takes at least one character and never a slash, and as few characters as it can when text follows it;
//! `{*rest}` takes everything after its slash, which may be nothing. Matching works on the normal form of a path, so an
//! escaped slash belongs to its segment; values are handed out decoded.

use std::sync::Arc;

use super::{UrlError, normal};

/// The parsed path of a declaration that has at least one variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template {
    segments: Vec<Segment>,
    prefix: String,
    /// As it was declared, in its normal form.
    text: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Segment {
    /// In its normal form.
    Literal(Box<str>),
    /// The texts before, between and after the names: one more than there are names, the outer ones may be empty.
    Partial {
        literals: Box<[Box<str>]>,
        names: Box<[Arc<str>]>,
    },
    /// A whole segment.
    Variable(Arc<str>),
    /// All that is left; the last one.
    Rest(Arc<str>),
}

/// What a declared path turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Parsed {
    /// Without a variable, in its normal form.
    Literal(String),
    Template(Template),
}

/// Reads a declared path, which begins with a slash and has neither query nor fragment.
pub(super) fn parse(path: &str) -> Result<Parsed, UrlError> {
    if !path.bytes().any(|byte| matches!(byte, b'{' | b'}')) {
        return Ok(Parsed::Literal(normal::path(path).into_owned()));
    }
    let mut segments = Vec::new();
    let mut names: Vec<Arc<str>> = Vec::new();
    // Braces doubled in the declaration, single here: the path when there is no variable.
    let mut plain = String::with_capacity(path.len());
    for text in split_segments(path.strip_prefix('/').unwrap_or(path)) {
        if matches!(segments.last(), Some(Segment::Rest(_))) {
            return Err(UrlError::RestNotLast);
        }
        let (literals, found) = split_segment(text)?;
        for name in &found {
            let name = name.strip_prefix('*').unwrap_or(name);
            if names.iter().any(|known| **known == *name) {
                return Err(UrlError::DuplicateVariable(name.to_owned()));
            }
            names.push(name.into());
        }
        plain.push('/');
        plain.extend(literals.iter().map(String::as_str));
        segments.push(segment(literals, &found)?);
    }
    if names.is_empty() {
        return Ok(Parsed::Literal(normal::path(&plain).into_owned()));
    }
    if segments
        .iter()
        .any(|s| matches!(s, Segment::Literal(text) if matches!(&**text, "." | "..")))
    {
        return Err(UrlError::DotsInTemplate);
    }
    let prefix = literal_prefix(&segments);
    let text = written(&segments);
    Ok(Parsed::Template(Template {
        segments,
        prefix,
        text,
    }))
}

/// Slashes inside braces do not split, so that `{a/b}` is reported as a bad name and not as an open brace.
fn split_segments(path: &str) -> impl Iterator<Item = &str> {
    let mut open = false;
    path.split(move |c| {
        match c {
            // A doubled brace opens nothing.
            '{' => open = !open,
            '}' => open = false,
            _ => {}
        }
        c == '/' && !open
    })
}

/// The texts around the variables of a segment, braces undoubled, and what stands in the braces.
fn split_segment(text: &str) -> Result<(Vec<String>, Vec<&str>), UrlError> {
    let mut literals = vec![String::new()];
    let mut names = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let last = literals.len() - 1;
        literals[last].push_str(&rest[..at]);
        let brace = &rest[at..at + 1];
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix(brace) {
            literals[last].push_str(brace);
            rest = after;
        } else if brace == "}" {
            return Err(UrlError::LoneBrace);
        } else {
            let (name, after) = rest.split_once('}').ok_or(UrlError::UnclosedBrace)?;
            check_name(name)?;
            names.push(name);
            literals.push(String::new());
            rest = after;
        }
    }
    let last = literals.len() - 1;
    literals[last].push_str(rest);
    Ok((literals, names))
}

fn check_name(name: &str) -> Result<(), UrlError> {
    let bare = name.strip_prefix('*').unwrap_or(name);
    if bare.is_empty() {
        return Err(UrlError::EmptyVariable);
    }
    if !bare
        .chars()
        .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
    {
        return Err(UrlError::BadVariable(name.to_owned()));
    }
    Ok(())
}

fn segment(literals: Vec<String>, names: &[&str]) -> Result<Segment, UrlError> {
    let inner = literals.len().saturating_sub(1).max(1);
    if names.len() > 1 && literals[1..inner].iter().any(String::is_empty) {
        return Err(UrlError::AdjacentVariables);
    }
    let is_whole = names.len() == 1 && literals.iter().all(String::is_empty);
    if let Some(rest) = names.iter().find_map(|name| name.strip_prefix('*')) {
        return if is_whole {
            Ok(Segment::Rest(rest.into()))
        } else {
            Err(UrlError::RestNotWhole)
        };
    }
    if is_whole {
        return Ok(Segment::Variable(names[0].into()));
    }
    let mut literals: Vec<Box<str>> = literals
        .iter()
        .map(|literal| {
            let mut out = String::with_capacity(literal.len());
            normal::push_segment(&mut out, literal);
            out.into()
        })
        .collect();
    if names.is_empty() {
        return Ok(Segment::Literal(literals.swap_remove(0)));
    }
    Ok(Segment::Partial {
        literals: literals.into(),
        names: names.iter().map(|&n| n.into()).collect(),
    })
}

fn literal_prefix(segments: &[Segment]) -> String {
    let mut prefix = String::new();
    for segment in segments {
        prefix.push('/');
        match segment {
            Segment::Literal(text) => prefix.push_str(text),
            Segment::Partial { literals, .. } => {
                prefix.push_str(&literals[0]);
                break;
            }
            Segment::Variable(_) | Segment::Rest(_) => break,
        }
    }
    prefix
}

impl std::fmt::Display for Template {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

fn written(segments: &[Segment]) -> String {
    let mut text = String::new();
    for segment in segments {
        text.push('/');
        match segment {
            Segment::Literal(literal) => text.push_str(literal),
            Segment::Variable(name) => text.extend(["{", name, "}"]),
            Segment::Rest(name) => text.extend(["{*", name, "}"]),
            Segment::Partial { literals, names } => {
                text.push_str(&literals[0]);
                for (name, literal) in names.iter().zip(&literals[1..]) {
                    text.extend(["{", name, "}", literal]);
                }
            }
        }
    }
    text
}

impl Template {
    pub(super) fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The text before the first variable, in its normal form: every path that matches begins with it.
    #[cfg(test)]
    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The names of the variables, in order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &Arc<str>> {
        self.segments.iter().flat_map(|segment| match segment {
            Segment::Literal(_) => [].as_slice(),
            Segment::Partial { names, .. } => names,
            Segment::Variable(name) | Segment::Rest(name) => std::slice::from_ref(name),
        })
    }

    /// As it was declared, in its normal form.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether a path in its normal form fits.
    pub(crate) fn matches(&self, path: &str) -> bool {
        path.starts_with(&self.prefix) && self.walk(path, |_, _| ())
    }

    /// The variables of a path in its normal form, decoded; `None` when it does not fit.
    pub(crate) fn captures(&self, path: &str) -> Option<Vec<(Arc<str>, String)>> {
        let mut values = Vec::new();
        self.walk(path, |name, value| {
            values.push((Arc::clone(name), normal::decode(value).into_owned()))
        })
        .then_some(values)
    }

    fn walk<'p>(&self, path: &'p str, mut value: impl FnMut(&Arc<str>, &'p str)) -> bool {
        let mut left = path.strip_prefix('/');
        for segment in &self.segments {
            let Some(here) = left else { return false };
            if let Segment::Rest(name) = segment {
                value(name, here);
                return true;
            }
            let (text, after) = split_first(here);
            left = after;
            let fits = match segment {
                Segment::Literal(literal) => **literal == *text,
                Segment::Partial { literals, names } => {
                    split_partial(literals, text, |nth, part| value(&names[nth], part))
                }
                Segment::Variable(name) => {
                    value(name, text);
                    !text.is_empty()
                }
                Segment::Rest(_) => false,
            };
            if !fits {
                return false;
            }
        }
        left.is_none()
    }
}

/// The first segment, and what follows its slash if there is one.
pub(super) fn split_first(path: &str) -> (&str, Option<&str>) {
    match path.split_once('/') {
        Some((first, after)) => (first, Some(after)),
        None => (path, None),
    }
}

/// Splits a segment by the texts around its variables, and hands out each variable's text.
///
/// The earliest place of each text is right: it leaves the most for those that follow.
pub(super) fn split_partial<'p>(
    literals: &[Box<str>],
    segment: &'p str,
    mut value: impl FnMut(usize, &'p str),
) -> bool {
    let [first, between @ .., last] = literals else {
        return false;
    };
    let Some(mut left) = segment.strip_prefix(&**first) else {
        return false;
    };
    for (nth, literal) in between.iter().enumerate() {
        let Some(at) = find_whole(left, literal) else {
            return false;
        };
        value(nth, &left[..at]);
        left = &left[at + literal.len()..];
    }
    let Some(tail) = left.strip_suffix(&**last) else {
        return false;
    };
    value(between.len(), tail);
    !tail.is_empty() && !(splits_escape(left, tail.len()))
}

/// Where `literal` stands in `text` first, with something before it, and not inside an escape (the `2` of `%2F`).
fn find_whole(text: &str, literal: &str) -> Option<usize> {
    let mut from = text.chars().next()?.len_utf8();
    loop {
        let at = from + text.get(from..)?.find(literal)?;
        if !splits_escape(text, at) {
            return Some(at);
        }
        from = at + text[at..].chars().next()?.len_utf8();
    }
}

fn splits_escape(text: &str, at: usize) -> bool {
    let bytes = text.as_bytes();
    at < bytes.len() && bytes[at.saturating_sub(2)..at].contains(&b'%')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn template(path: &str) -> Template {
        match parse(path) {
            Ok(Parsed::Template(template)) => template,
            other => panic!("{path}: {other:?}"),
        }
    }

    fn captured(template_: &str, path: &str) -> Option<String> {
        let found = template(template_).captures(path);
        assert_eq!(
            found.is_some(),
            template(template_).matches(path),
            "{template_} {path}"
        );
        found.map(|values| {
            values
                .iter()
                .map(|(k, v)| format!("{k}={v}"))
                .collect::<Vec<_>>()
                .join(" ")
        })
    }

    #[test]
    fn what_matches_and_what_is_captured() {
        let table = [
            ("/users/{id}", "/users/7", Some("id=7")),
            ("/users/{id}", "/users/", None),
            ("/users/{id}", "/users", None),
            ("/users/{id}", "/users/7/", None),
            ("/users/{id}/", "/users/7/", Some("id=7")),
            ("/users/{id}", "/users/7/x", None),
            ("/users/{id}", "/users/a%2Fb%20c", Some("id=a/b c")),
            (
                "/users/{id}/posts/{post}",
                "/users/7/posts/9",
                Some("id=7 post=9"),
            ),
            ("/files/{name}.json", "/files/a.b.json", Some("name=a.b")),
            ("/files/{name}.json", "/files/.json", None),
            ("/files/{name}.json", "/files/a.json.xml", None),
            ("/{a}-{b}", "/x-y-z", Some("a=x b=y-z")),
            ("/{a}-{b}", "/--z", Some("a=- b=z")),
            ("/{a}-{b}", "/x-", None),
            ("/v{n}", "/v2", Some("n=2")),
            ("/{a}2{b}", "/x%2Fy", None),
            ("/{a}2{b}", "/x%2F2y", Some("a=x/ b=y")),
            ("/{a}F", "/x%2F", None),
            ("/{*rest}", "/", Some("rest=")),
            ("/files/{*rest}", "/files/", Some("rest=")),
            ("/files/{*rest}", "/files", None),
            ("/files/{*rest}", "/files/a//b/", Some("rest=a//b/")),
            ("/{id}", "*", None),
            ("/{{x}}/{id}", "/%7Bx%7D/1", Some("id=1")),
            ("/ü/{größe}", "/%C3%BC/xl", Some("größe=xl")),
            ("//{id}", "//1", Some("id=1")),
        ];
        for (template, path, expected) in table {
            assert_eq!(
                captured(template, path).as_deref(),
                expected,
                "{template} {path}"
            );
        }
    }

    #[test]
    fn a_path_without_variables_is_literal() {
        for (path, expected) in [
            ("/a/../b", "/b"),
            ("/{{id}}", "/%7Bid%7D"),
            ("/", "/"),
            ("/a/", "/a/"),
        ] {
            assert_eq!(parse(path), Ok(Parsed::Literal(expected.into())));
        }
    }

    #[test]
    fn prefix_and_names() {
        let it = template("/a b/v{n}/{*rest}");
        assert_eq!(it.prefix(), "/a%20b/v");
        assert_eq!(it.names().map(|n| &**n).collect::<Vec<_>>(), ["n", "rest"]);
    }

    #[test]
    fn what_is_no_template() {
        let table = [
            ("/{", UrlError::UnclosedBrace),
            ("/{id", UrlError::UnclosedBrace),
            ("/a}b", UrlError::LoneBrace),
            ("/{}", UrlError::EmptyVariable),
            ("/{*}", UrlError::EmptyVariable),
            ("/{id:[0-9]+}", UrlError::BadVariable("id:[0-9]+".into())),
            ("/{a/b}", UrlError::BadVariable("a/b".into())),
            ("/{a}/{a}", UrlError::DuplicateVariable("a".into())),
            ("/{a}/{*a}", UrlError::DuplicateVariable("a".into())),
            ("/{a}{b}", UrlError::AdjacentVariables),
            ("/{*rest}/x", UrlError::RestNotLast),
            ("/{*rest}/", UrlError::RestNotLast),
            ("/x{*rest}", UrlError::RestNotWhole),
            ("/../{id}", UrlError::DotsInTemplate),
        ];
        for (path, expected) in table {
            assert_eq!(parse(path), Err(expected), "{path}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(path in "(/|\\{|\\}|\\*|%|[a-z2]|\\PC){0,16}", request in "(/|%|%2F|-|\\PC){0,12}") {
            if let Ok(Parsed::Template(template)) = parse(&path) {
                prop_assert_eq!(template.matches(&request), template.captures(&request).is_some());
            }
        }

        #[test]
        fn what_is_filled_in_comes_back(a in "[a-z ü/%]{1,5}", b in "[a-z-]{1,5}") {
            let escape = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
            let request = format!("/x/{}-{}.json", escape(&a), escape(&b));
            let found = template("/x/{a}-{b}.json").captures(&normal::path(&request)).expect("a match");
            prop_assert_eq!(&found[0].1, &a);
            prop_assert_eq!(&found[1].1, &b);
        }
    }
}
