//! The parser's time grows with the square of an element's attributes and of the namespaces in scope, and a tree must not
//! be deeper than the stack: what no honest document has is refused before it is parsed.

use super::XmlError;

/// How deep elements may be nested.
pub(super) const DEPTH: usize = 256;

/// How many attributes an element may have, namespace declarations included.
pub(super) const ATTRIBUTES: usize = 256;

/// How many namespace declarations may be in scope at one element; 64 are twice what office documents have.
pub(super) const NAMESPACES: usize = 64;

/// Refuses a document type declaration and what is beyond the limits; whether the rest is well-formed the parser says.
///
/// Where the markup cannot be followed any further this says yes: the parser stops at the same place.
pub(super) fn check(text: &str) -> Result<(), XmlError> {
    // How many declarations are in scope in each open element.
    let mut open: Vec<usize> = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        let markup = &rest[at..];
        let after = if let Some(comment) = markup.strip_prefix("<!--") {
            after(comment, "-->")
        } else if markup.starts_with("<![CDATA[") {
            after(markup, "]]>")
        } else if markup.starts_with("<!DOCTYPE") {
            return Err(XmlError::DocumentType);
        } else if markup.starts_with("<?") {
            after(markup, "?>")
        } else if markup.starts_with("</") {
            open.pop();
            after(markup, ">")
        } else {
            let tag = Tag::scan(markup);
            if tag.attributes > ATTRIBUTES {
                return Err(XmlError::TooManyAttributes);
            }
            let namespaces = tag.namespaces + open.last().copied().unwrap_or_default();
            if namespaces > NAMESPACES {
                return Err(XmlError::TooManyNamespaces);
            }
            if open.len() == DEPTH {
                return Err(XmlError::TooDeep);
            }
            if !tag.empty {
                open.push(namespaces);
            }
            Some(&markup[tag.length..])
        };
        let Some(after) = after else { break };
        rest = after;
    }
    Ok(())
}

fn after<'a>(text: &'a str, end: &str) -> Option<&'a str> {
    text.find(end).map(|at| &text[at + end.len()..])
}

/// What there is to know of a start tag.
#[derive(Debug, Default)]
struct Tag {
    length: usize,
    attributes: usize,
    namespaces: usize,
    empty: bool,
}

impl Tag {
    fn scan(markup: &str) -> Self {
        let bytes = markup.as_bytes();
        let mut tag = Self {
            length: bytes.len(),
            ..Self::default()
        };
        let mut quote = None;
        let mut name = 0;
        for (at, &b) in bytes.iter().enumerate().skip(1) {
            match (quote, b) {
                (Some(open), _) if b == open => {
                    quote = None;
                    name = at + 1;
                }
                (Some(_), _) => {}
                (None, b'"' | b'\'') => quote = Some(b),
                (None, b'=') => {
                    tag.attributes += 1;
                    tag.namespaces += usize::from(bytes[name..at].starts_with(b"xmlns"));
                }
                (None, b' ' | b'\t' | b'\r' | b'\n') => name = at + 1,
                (None, b'>') => {
                    tag.length = at + 1;
                    tag.empty = bytes[at - 1] == b'/';
                    break;
                }
                _ => {}
            }
        }
        tag
    }
}
