//! The only way for text to get into a report: what a peer sent must not move the cursor, hide, or fill the screen.
//!
//! A [`Page`] collects lines of inked pieces. Every piece is escaped and cut on its way in, so nothing that renders can
//! forget to.

use std::fmt::Write as _;

use super::Style;

/// Characters of one piece that are shown.
const PIECE: usize = 400;

/// What a piece of text is; its colour follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    Plain,
    Strong,
    Dim,
    Expected,
    Received,
    ExpectedMark,
    ReceivedMark,
    Hint,
    Alarm,
}

impl Ink {
    fn code(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Strong => "1",
            Self::Dim => "2",
            Self::Expected => "32",
            Self::Received => "31",
            Self::ExpectedMark => "1;4;32",
            Self::ReceivedMark => "1;4;31",
            Self::Hint => "36",
            Self::Alarm => "1;31",
        }
    }
}

/// A line: an indentation and pieces, escaped already.
#[derive(Debug, Clone)]
pub(super) struct Line {
    indent: usize,
    pieces: Vec<(Ink, String)>,
}

impl Line {
    pub(super) fn new(indent: usize) -> Self {
        Self {
            indent,
            pieces: Vec::new(),
        }
    }

    pub(super) fn ink(mut self, ink: Ink, text: &str) -> Self {
        self.pieces.push((ink, visible(text, PIECE)));
        self
    }

    pub(super) fn plain(self, text: &str) -> Self {
        self.ink(Ink::Plain, text)
    }

    pub(super) fn indent(&self) -> usize {
        self.indent
    }

    /// The columns that it takes.
    pub(super) fn width(&self) -> usize {
        self.indent
            + self
                .pieces
                .iter()
                .map(|(_, text)| columns(text))
                .sum::<usize>()
    }

    /// Appends the line, without blanks at its end.
    fn paint(&self, out: &mut String, colour: bool) {
        let blank = |(_, text): &&(Ink, String)| text.trim_end_matches(' ').is_empty();
        let kept = self.pieces.len() - self.pieces.iter().rev().take_while(blank).count();
        for (at, (ink, text)) in self.pieces[..kept].iter().enumerate() {
            if at == 0 {
                out.extend(std::iter::repeat_n(' ', self.indent));
            }
            let text = if at + 1 == kept {
                text.trim_end_matches(' ')
            } else {
                text
            };
            match ink.code() {
                code if colour && !code.is_empty() && !text.is_empty() => {
                    let _ = write!(out, "\u{1b}[{code}m{text}\u{1b}[0m");
                }
                _ => out.push_str(text),
            }
        }
        out.push('\n');
    }
}

/// Lines under way to a reader.
#[derive(Debug, Default)]
pub(super) struct Page {
    lines: Vec<Line>,
}

impl Page {
    pub(super) fn push(&mut self, line: Line) {
        self.lines.push(line);
    }

    /// Appends `other`, at most `most` lines of it.
    pub(super) fn append(&mut self, mut other: Self, most: usize) {
        let all = other.lines.len();
        if all > most {
            other.lines.truncate(most - 1);
            other.push(
                Line::new(2).ink(Ink::Dim, &format!("… and {} more lines", all - (most - 1))),
            );
        }
        self.lines.append(&mut other.lines);
    }

    pub(super) fn blank(&mut self) {
        self.push(Line::new(0));
    }

    pub(super) fn paint(&self, style: Style) -> String {
        let mut out = String::with_capacity(self.lines.len() * 64);
        for line in &self.lines {
            line.paint(&mut out, style.colour);
        }
        out
    }
}

/// The text on one line, at most `most` characters of it, with whatever is not seen or misleads the eye written out.
pub(crate) fn visible(text: &str, most: usize) -> String {
    let mut out = String::with_capacity(text.len().min(most * 4));
    for (at, c) in text.chars().enumerate() {
        if at == most {
            out.push('…');
            break;
        }
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if misleads(c) => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

/// Control characters, those that turn the direction of writing, and those that look like nothing or like a blank.
fn misleads(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{a0}' | '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            | '\u{2000}'..='\u{200c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{205f}'..='\u{206f}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The columns that a terminal gives to `text`, near enough to set a caret under it.
pub(super) fn columns(text: &str) -> usize {
    text.chars().map(column).sum()
}

fn column(c: char) -> usize {
    match u32::from(c) {
        0x300..=0x36f | 0x200d | 0x20d0..=0x20ff | 0xfe00..=0xfe0f => 0,
        0x1100..=0x115f
        | 0x2e80..=0xa4cf
        | 0xac00..=0xd7a3
        | 0xf900..=0xfaff
        | 0xfe30..=0xfe6f
        | 0xff00..=0xff60 => 2,
        0xffe0..=0xffe6
        | 0x1f300..=0x1f64f
        | 0x1f680..=0x1f6ff
        | 0x1f900..=0x1f9ff
        | 0x20000..=0x3fffd => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_written_out() {
        assert_eq!(
            visible("a\u{1b}[2Jb\r\n\t\0", 99),
            r"a\u{1b}[2Jb\r\n\t\u{0}"
        );
        assert_eq!(
            visible("\u{202e}gnp\u{2066}\u{a0}\u{200b}", 99),
            r"\u{202e}gnp\u{2066}\u{a0}\u{200b}"
        );
        assert_eq!(
            visible("grüß 👩\u{200d}🚀 日本", 99),
            "grüß 👩\u{200d}🚀 日本"
        );
        assert_eq!(visible("abcdef", 3), "abc…");
        assert_eq!(visible("abc", 3), "abc");
    }

    #[test]
    fn lines_end_without_blanks_and_pages_at_their_limit() {
        let mut many = Page::default();
        (0..10).for_each(|at| many.push(Line::new(1).plain(&format!("{at}  "))));
        let mut page = Page::default();
        page.append(many, 3);
        assert_eq!(page.paint(Style::plain()), " 0\n 1\n  … and 8 more lines\n");
    }
}
