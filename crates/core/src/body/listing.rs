//! A body of a megabyte that differs everywhere must not become a report of two megabytes.
//!
//! [`Listing`] gathers [`Difference`]s up to a limit and says how many more there were; [`shorten`] and [`around`] cut a
//! text where a reader stops reading.

use crate::miss::Difference;

/// How many differences are listed; one more entry says how many there were beyond these.
pub(crate) const LISTED: usize = 50;

/// How many characters of a value are shown, roughly.
pub(crate) const SHOWN: usize = 200;

/// How many characters that two texts share are shown before the first that differs.
const LEAD: usize = 40;

/// Differences in the order in which they were found, the first [`LISTED`] of them.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    listed: Vec<Difference>,
    more: usize,
}

impl Listing {
    /// Whether the next difference will only be counted, so that its text need not be made.
    fn is_full(&self) -> bool {
        self.listed.len() >= LISTED
    }

    /// Adds the difference that `make` makes, which is not called when it would only be counted.
    pub(crate) fn push(&mut self, make: impl FnOnce() -> Difference) {
        if self.is_full() {
            self.more += 1;
        } else {
            self.listed.push(make());
        }
    }

    /// The differences; where there were too many, a last one that says how many are not listed.
    pub(crate) fn finish(mut self) -> Vec<Difference> {
        if self.more > 0 {
            let places = if self.more == 1 { "place" } else { "places" };
            let at = format!("(and {} more {places})", self.more);
            self.listed.push(Difference {
                at,
                expected: None,
                received: None,
            });
        }
        self.listed
    }
}

/// `text` cut after `limit` characters, with `…` where something was cut off.
pub(crate) fn shorten(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// `text` with its control characters escaped, so that it stays on its line.
pub(crate) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() {
            line.extend(c.escape_default())
        } else {
            line.push(c)
        }
    }
    line
}

/// How many bytes to leave out at the start of both texts so that the first difference is among what is shown.
///
/// Zero when it is anyway.
pub(crate) fn lead_in(a: &str, b: &str) -> usize {
    let shared = a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count();
    if shared + LEAD / 2 < SHOWN {
        0
    } else {
        a.char_indices().nth(shared - LEAD).map_or(0, |(at, _)| at)
    }
}

/// Two texts that differ, each cut to what shows the first difference.
#[cfg(any(feature = "xml", test))]
pub(crate) fn around(expected: &str, received: &str) -> (String, String) {
    let skip = lead_in(expected, received);
    let cut = |text: &str| {
        let mark = if skip == 0 { "" } else { "…" };
        format!("{mark}{}", shorten(&one_line(&text[skip..]), SHOWN))
    };
    (cut(expected), cut(received))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_it_does_not_list() {
        let mut listing = Listing::default();
        for n in 0..53 {
            listing.push(|| Difference {
                at: format!("/{n}"),
                expected: None,
                received: None,
            });
        }
        let all = listing.finish();
        assert_eq!(all.len(), LISTED + 1);
        assert_eq!(all[LISTED].at, "(and 3 more places)");
    }

    #[test]
    fn shortens_between_characters() {
        assert_eq!(shorten("ééé", 2), "éé…");
        assert_eq!(shorten("ééé", 3), "ééé");
    }

    #[test]
    fn shows_the_first_difference_of_long_texts() {
        let (a, b) = (
            format!("{}x", "é".repeat(1000)),
            format!("{}y", "é".repeat(1000)),
        );
        let (expected, received) = around(&a, &b);
        assert!(
            expected.starts_with('…') && expected.ends_with('x'),
            "{expected}"
        );
        assert!(
            received.ends_with('y') && received.chars().count() < 50,
            "{received}"
        );
    }

    #[test]
    fn keeps_a_text_on_its_line() {
        assert_eq!(one_line("a\nb\u{1b}[0m"), "a\\nb\\u{1b}[0m");
    }
}
