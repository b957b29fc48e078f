//! How a report looks: where it is printed decides on colour and width, never what is said.

use std::env;
use std::io::{self, IsTerminal};

/// The look of a rendered report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Style {
    /// Whether ANSI colours are used.
    pub colour: bool,
    /// The columns that a line should keep to. Less than 40 counts as 40.
    pub width: usize,
}

impl Style {
    /// Without colour, 100 columns wide: the same everywhere.
    #[must_use]
    pub const fn plain() -> Self {
        Self {
            colour: false,
            width: 100,
        }
    }

    /// With or without ANSI colours.
    #[must_use]
    pub const fn colour(mut self, colour: bool) -> Self {
        self.colour = colour;
        self
    }

    /// Keeps lines to `width` columns where their content can be shortened.
    #[must_use]
    pub const fn width(mut self, width: usize) -> Self {
        self.width = width;
        self
    }

    /// What suits standard error: colour where it is a terminal, unless `NO_COLOR` is set, or wherever `CLICOLOR_FORCE` is
    /// set and not `0`; as wide as `COLUMNS` says, else 100.
    #[must_use]
    pub fn for_stderr() -> Self {
        let columns = env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
        Self::decide(
            io::stderr().is_terminal(),
            env::var("NO_COLOR").ok().as_deref(),
            env::var("CLICOLOR_FORCE").ok().as_deref(),
        )
        .width(columns.unwrap_or(Self::plain().width))
    }

    fn decide(terminal: bool, no_color: Option<&str>, force: Option<&str>) -> Self {
        let set = |value: Option<&str>| value.is_some_and(|text| !text.is_empty());
        let forced = set(force) && force != Some("0");
        Self::plain().colour(!set(no_color) && (terminal || forced))
    }
}

impl Default for Style {
    fn default() -> Self {
        Self::plain()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_follows_the_terminal_and_the_two_conventions() {
        assert!(Style::decide(true, None, None).colour);
        assert!(!Style::decide(false, None, None).colour);
        assert!(!Style::decide(true, Some("1"), None).colour);
        assert!(
            Style::decide(true, Some(""), None).colour,
            "an empty NO_COLOR says nothing"
        );
        assert!(Style::decide(false, None, Some("1")).colour);
        assert!(!Style::decide(false, None, Some("0")).colour);
        assert!(
            !Style::decide(true, Some("1"), Some("1")).colour,
            "NO_COLOR is the stronger wish"
        );
    }
}
