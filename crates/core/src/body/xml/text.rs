//! Elements and names in a report, cut where a reader stops reading.

use super::{Child, Element, Name};
use crate::body::listing::{SHOWN, one_line, shorten};

/// A name; one in a namespace as `{uri}name`, for prefixes are forgotten.
pub(super) fn name(name: &Name) -> String {
    match &name.namespace {
        Some(uri) => format!("{{{uri}}}{}", name.local),
        None => name.local.clone(),
    }
}

/// A start tag without its attributes.
pub(super) fn tag(of: &Name) -> String {
    shorten(&one_line(&format!("<{}>", name(of))), SHOWN)
}

/// An element or a text as compact XML of at most about 200 characters.
pub(super) fn child(child: &Child) -> String {
    let mut text = String::new();
    match child {
        Child::Text(own) => write_text(own, &mut text),
        Child::Element(own) => write_element(own, &mut text),
    }
    shorten(&one_line(&text), SHOWN)
}

/// Stops once there is more than will be shown.
fn write_element(element: &Element, out: &mut String) {
    // Four bytes are the longest character.
    if out.len() > 4 * SHOWN {
        return;
    }
    out.push('<');
    out.push_str(&name(&element.name));
    for (key, value) in &element.attributes {
        out.push_str(&format!(" {}=\"", name(key)));
        write_text(value, out);
        out.push('"');
    }
    if element.children.is_empty() {
        return out.push_str("/>");
    }
    out.push('>');
    for child in &element.children {
        match child {
            Child::Text(text) => write_text(text, out),
            Child::Element(element) => write_element(element, out),
        }
    }
    out.push_str("</");
    out.push_str(&element.name.local);
    out.push('>');
}

fn write_text(text: &str, out: &mut String) {
    for c in text.chars().take(SHOWN + 1) {
        match c {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
}
