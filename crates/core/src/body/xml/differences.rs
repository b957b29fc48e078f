//! The places where two XML documents differ, for a report.

use super::{Child, Document, Element, text};
use crate::body::align::{Likeness, Step, align, by_index};
use crate::body::listing::{Listing, SHOWN, around, one_line, shorten};
use crate::miss::Difference;

/// The places where `received` differs, in the order of the document; empty exactly when the two are equal.
///
/// Each has a path as XPath writes it, of local names: `/order/item[2]/@sku`, `/order/note/text()`. A number is among the
/// siblings of that name, from 1, and is left out where there is only one; it counts in the received document, or in the
/// expected one where nothing answers to the element. An element of another name or namespace is one difference,
/// whatever is in it. At most 50 are listed, a last entry says how many more there are.
pub(crate) fn differences(expected: &Document, received: &Document) -> Vec<Difference> {
    let mut walk = Walk {
        path: Vec::new(),
        found: Listing::default(),
    };
    let (a, b) = (&expected.root, &received.root);
    walk.below(segment(&b.name.local, None), |walk| walk.elements(a, b));
    walk.found.finish()
}

struct Walk {
    path: Vec<String>,
    found: Listing,
}

impl Walk {
    fn elements(&mut self, expected: &Element, received: &Element) {
        if expected.name != received.name {
            return self.found(
                Some(text::tag(&expected.name)),
                Some(text::tag(&received.name)),
            );
        }
        self.attributes(expected, received);
        self.children(&expected.children, &received.children);
    }

    fn attributes(&mut self, expected: &Element, received: &Element) {
        let value = |value: &str| shorten(&one_line(value), SHOWN);
        for (name, a) in &expected.attributes {
            let segment = format!("@{}", one_line(&text::name(name)));
            match received.attributes.iter().find(|(other, _)| other == name) {
                Some((_, b)) if a == b => {}
                Some((_, b)) => self.below(segment, |walk| {
                    let (a, b) = around(a, b);
                    walk.found(Some(a), Some(b));
                }),
                None => self.below(segment, |walk| walk.found(Some(value(a)), None)),
            }
        }
        for (name, b) in &received.attributes {
            if !expected.attributes.iter().any(|(other, _)| other == name) {
                self.below(format!("@{}", one_line(&text::name(name))), |walk| {
                    walk.found(None, Some(value(b)))
                });
            }
        }
    }

    fn children(&mut self, expected: &[Child], received: &[Child]) {
        if expected == received {
            return;
        }
        for step in steps(expected, received) {
            match step {
                Step::Pair(i, j) => self.below(numbered(received, j), |walk| {
                    walk.pair(&expected[i], &received[j])
                }),
                Step::Missing(i) => {
                    self.below(numbered(expected, i), |walk| {
                        walk.found(Some(text::child(&expected[i])), None)
                    });
                }
                Step::Extra(j) => {
                    self.below(numbered(received, j), |walk| {
                        walk.found(None, Some(text::child(&received[j])))
                    });
                }
            }
        }
    }

    fn pair(&mut self, expected: &Child, received: &Child) {
        match (expected, received) {
            (Child::Element(a), Child::Element(b)) => self.elements(a, b),
            (Child::Text(a), Child::Text(b)) => {
                if a != b {
                    let (a, b) = around(a, b);
                    self.found(Some(a), Some(b));
                }
            }
            (a, b) => self.found(Some(text::child(a)), Some(text::child(b))),
        }
    }

    fn below(&mut self, segment: String, go: impl FnOnce(&mut Self)) {
        self.path.push(segment);
        go(self);
        self.path.pop();
    }

    fn found(&mut self, expected: Option<String>, received: Option<String>) {
        let path = &self.path;
        self.found.push(|| Difference {
            at: format!("/{}", path.join("/")),
            expected,
            received,
        });
    }
}

/// A step of a path; the number is left out where it says nothing.
fn segment(name: &str, number: Option<usize>) -> String {
    let name = shorten(&one_line(name), SHOWN);
    number.map_or(name.clone(), |number| format!("{name}[{number}]"))
}

fn numbered(children: &[Child], at: usize) -> String {
    let name = |child: &Child| match child {
        Child::Element(element) => element.name.local.clone(),
        Child::Text(_) => "text()".to_owned(),
    };
    let own = name(&children[at]);
    let same = |children: &[Child]| children.iter().filter(|child| name(child) == own).count();
    segment(&own, (same(children) > 1).then(|| same(&children[..=at])))
}

/// Lists of one length are compared index by index, as arrays of JSON are.
fn steps(expected: &[Child], received: &[Child]) -> Vec<Step> {
    if expected.len() == received.len() {
        return by_index(expected.len(), received.len());
    }
    align(
        expected.len(),
        received.len(),
        |i, j| expected[i] == received[j],
        |i, j| match (&expected[i], &received[j]) {
            (Child::Element(a), Child::Element(b)) if a.name == b.name => {
                let attributes = a
                    .attributes
                    .iter()
                    .filter(|own| b.attributes.contains(own))
                    .count();
                let children = a
                    .children
                    .iter()
                    .zip(&b.children)
                    .filter(|(a, b)| a == b)
                    .count();
                Likeness {
                    shared: 1 + attributes + children,
                    of: 1 + a.attributes.len() + a.children.len(),
                }
            }
            (Child::Text(_), Child::Text(_)) => Likeness { shared: 0, of: 1 },
            _ => Likeness::NONE,
        },
    )
}
