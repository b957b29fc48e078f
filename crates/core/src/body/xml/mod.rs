//! Two XML documents say the same however their prefixes, quotes, line breaks and indentation are chosen.
//!
//! A [`Document`] keeps what has a meaning: expanded names, attributes in one order, elements and text. Two documents are
//! equal when these are.

mod differences;
mod guard;
mod text;

use std::borrow::Cow;
use std::fmt;

use roxmltree::{NodeType, ParsingOptions};

use super::media::{charset_decode, parameter};

#[allow(unused_imports, reason = "wired in by the engine")]
pub(crate) use differences::differences;

/// How many elements, texts and comments a document may have.
const NODES: u32 = 1_000_000;

/// Why a body is not an XML document that can be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum XmlError {
    DocumentType,
    TooDeep,
    TooManyAttributes,
    TooManyNamespaces,
    Malformed(String),
}

impl fmt::Display for XmlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DocumentType => f.write_str(
                "a document type declaration (<!DOCTYPE) is not accepted: its entities could fill the \
                 memory",
            ),
            Self::TooDeep => write!(f, "its elements are nested deeper than {} levels", guard::DEPTH),
            Self::TooManyAttributes => write!(f, "an element has more than {} attributes", guard::ATTRIBUTES),
            Self::TooManyNamespaces => write!(f, "more than {} namespaces are declared around one element", guard::NAMESPACES),
            Self::Malformed(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for XmlError {}

/// A document, without what is only notation.
///
/// Kept are elements and attributes with their namespace (by its URI, the prefix is forgotten), the order of elements, and
/// text. Forgotten are the order of attributes, comments, processing instructions, the XML declaration, whether text was
/// CDATA or a reference, white space (as XML knows it) at both ends of a text, and texts that are nothing else.
/// `xml:space` is an attribute like any other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Document {
    root: Element,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Name {
    namespace: Option<String>,
    local: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Element {
    name: Name,
    /// In the order of their names.
    attributes: Vec<(Name, String)>,
    /// No two texts stand side by side, and none is empty.
    children: Vec<Child>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Child {
    Element(Element),
    Text(String),
}

impl Document {
    /// Parses a document, with the checks for well-formedness of XML 1.0 and of its namespaces.
    ///
    /// The parser (roxmltree) is more lenient than the standards in this: it takes a reference to a surrogate (`&#xD800;`) as
    /// U+FFFD, `xmlns:p=""`, which only namespaces 1.1 allow, version 1.1 by the rules of 1.0, and any name of an encoding.
    ///
    /// # Errors
    ///
    /// When the text is not well-formed, has a document type declaration, or is larger or deeper than documents are.
    pub(crate) fn parse(text: &str) -> Result<Self, XmlError> {
        guard::check(text)?;
        let options = ParsingOptions {
            nodes_limit: NODES,
            ..ParsingOptions::default()
        };
        let document = roxmltree::Document::parse_with_options(text, options)
            .map_err(|error| XmlError::Malformed(error.to_string()))?;
        Ok(Self {
            root: element(document.root_element()),
        })
    }

    /// Parses a body: a byte order mark decides its charset, else the content-type's, else that of the XML declaration.
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse). Charsets other than UTF-8, UTF-16 and ISO-8859-1 are read as UTF-8.
    pub(crate) fn from_body(content_type: Option<&str>, body: &[u8]) -> Result<Self, XmlError> {
        Self::parse(&decoded(content_type, body))
    }
}

fn decoded<'a>(content_type: Option<&str>, body: &'a [u8]) -> Cow<'a, str> {
    if content_type.is_some_and(|header| parameter(header, "charset").is_some()) {
        return charset_decode(content_type, body);
    }
    match declared_encoding(body) {
        // Bytes in which the declaration can be read are not UTF-16, whatever it says: it was transcoded on its way.
        Some(encoding) if !encoding.to_ascii_lowercase().starts_with("utf-16") => {
            charset_decode(Some(&format!("text/xml; charset={encoding}")), body)
        }
        _ => charset_decode(None, body),
    }
}

fn declared_encoding(body: &[u8]) -> Option<&str> {
    let declaration = body.strip_prefix(b"<?xml")?;
    let end = declaration.windows(2).position(|two| two == b"?>")?;
    let declaration = std::str::from_utf8(&declaration[..end]).ok()?;
    let (_, value) = declaration.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| "\"'".contains(*c))?;
    value[1..].split(quote).next()
}

/// Recurses as deep as the document, which the guard has bounded.
fn element(node: roxmltree::Node<'_, '_>) -> Element {
    let mut attributes: Vec<_> = node
        .attributes()
        .map(|attribute| {
            (
                name(attribute.namespace(), attribute.name()),
                attribute.value().to_owned(),
            )
        })
        .collect();
    attributes.sort();
    let mut children = Vec::new();
    let mut open = String::new();
    for child in node.children() {
        match child.node_type() {
            NodeType::Text => open.push_str(child.text().unwrap_or_default()),
            NodeType::Element => {
                close_text(&mut open, &mut children);
                children.push(Child::Element(element(child)));
            }
            NodeType::Comment | NodeType::PI | NodeType::Root => {}
        }
    }
    close_text(&mut open, &mut children);
    Element {
        name: name(node.tag_name().namespace(), node.tag_name().name()),
        attributes,
        children,
    }
}

fn close_text(open: &mut String, children: &mut Vec<Child>) {
    let text = open.trim_matches([' ', '\t', '\r', '\n']);
    if !text.is_empty() {
        children.push(Child::Text(text.to_owned()));
    }
    open.clear();
}

fn name(namespace: Option<&str>, local: &str) -> Name {
    Name {
        namespace: namespace.filter(|uri| !uri.is_empty()).map(str::to_owned),
        local: local.to_owned(),
    }
}

#[cfg(test)]
mod tests;
