//! What a failing test prints: someone who has never seen standin should know their mistake within five seconds.
//!
//! The engine fills a [`Report`] with [`Finding`]s, which are plain data; rendering happens here and nowhere else, so that a
//! guard, a client's error and the answer to an unmatched request all tell the same story in the same words.

mod diff;
mod dump;
mod explain;
mod finding;
pub(crate) mod hint;
mod page;
mod paragraph;
mod render;
mod style;
#[cfg(test)]
mod tests;

use std::fmt;

pub(crate) use dump::readable;
pub use dump::{BodyDump, RequestDump};
pub use finding::{Finding, Location, MockLine, Near, NearRequest, NearWhy, NextStep, RequestLine};
pub(crate) use page::visible;
pub use style::Style;

use crate::data::serialize_struct;

/// Everything that went wrong, in the order in which it is told.
///
/// `Display` is [`render`](Self::render) without colour.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Report {
    /// What went wrong: causes before what they cause, else in the order in which it happened.
    pub findings: Vec<Finding>,
    /// What else should be known: the seed, bodies that the journal dropped.
    pub notes: Vec<String>,
    /// How many requests reached the engine, matched or not.
    pub requests: u64,
}

serialize_struct!(Report {
    findings,
    notes,
    requests
});

impl Report {
    /// A report of `findings`, from an engine that `requests` requests reached.
    pub(crate) fn new(mut findings: Vec<Finding>, requests: u64) -> Self {
        findings.sort_by_key(Finding::rank);
        Self {
            findings,
            notes: Vec::new(),
            requests,
        }
    }

    /// Adds what else should be known, as a sentence without a full stop.
    #[must_use]
    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Whether nothing went wrong.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.findings.is_empty()
    }

    /// The report as text that ends in a newline.
    ///
    /// Equal reports give equal text. Nothing that a peer sent reaches the text as a control character.
    #[must_use]
    pub fn render(&self, style: Style) -> String {
        render::report(self, style)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(Style::plain()))
    }
}

impl fmt::Display for Finding {
    /// The finding alone, without colour, ending in a newline.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&render::finding(self, Style::plain()))
    }
}
