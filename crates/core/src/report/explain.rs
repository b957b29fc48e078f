//! How one miss reads: its first line says what is wrong, the lines under it show expected above received.

use std::ops::Range;

use super::diff::{self, Row};
use super::page::{Ink, Line, Page, columns, visible};
use super::{RequestDump, hint};
use crate::{Detail, Difference, Miss, Part};

/// Places of a structured body that are listed.
const PLACES: usize = 10;
/// Rows of a diff by lines.
const ROWS: usize = 60;
/// Characters of a line in a diff.
const LINE: usize = 400;
/// What stands before a value, and its columns.
const EXPECTED: &str = "expected  ";
const RECEIVED: &str = "received  ";
const LABEL: usize = 10;

/// Explains `miss`; `request` is searched for a similar name where a named part is absent.
pub(super) fn miss(
    page: &mut Page,
    indent: usize,
    miss: &Miss,
    request: Option<&RequestDump>,
    width: usize,
) {
    let part = miss.part.to_string();
    match (miss.detail.as_deref(), &miss.received) {
        (Some(Detail::Differences(places)), _) if !places.is_empty() => {
            differences(page, indent, miss, places, width);
        }
        (
            Some(Detail::Text {
                expected,
                received,
                line,
            }),
            _,
        ) => text(page, indent, miss, (expected, received), *line),
        (_, Some(received)) if of_lines(miss, received) => {
            text(page, indent, miss, (&miss.expected, received), 1);
        }
        (_, None) => {
            let hint = miss
                .hint
                .clone()
                .or_else(|| similar_name(&miss.part, request?));
            let line = Line::new(indent)
                .ink(Ink::Strong, &part)
                .plain(" is missing");
            absent(page, line, hint, &miss.expected, width);
        }
        (_, Some(received)) => {
            let hint = miss
                .hint
                .clone()
                .or_else(|| hint::between(&miss.part, &miss.expected, received));
            let line = Line::new(indent).ink(Ink::Strong, &part);
            pair(
                page,
                line,
                " does not fit",
                hint,
                (&miss.expected, received),
                width,
            );
        }
    }
}

fn of_lines(miss: &Miss, received: &str) -> bool {
    miss.expected.contains('\n') || received.contains('\n')
}

/// Whether the explanation of `miss` holds what a reader must know of the body.
pub(super) fn shows_the_body(miss: &Miss) -> bool {
    miss.detail.is_some()
        || miss
            .received
            .as_deref()
            .is_some_and(|received| of_lines(miss, received))
}

/// Whether a value that was received is shown uncut by an explanation at `indent`.
pub(super) fn is_whole(received: &str, indent: usize, width: usize) -> bool {
    received.chars().count() <= room(indent + 2, width)
}

/// Columns for a value behind its label.
fn room(indent: usize, width: usize) -> usize {
    width.saturating_sub(indent + LABEL + 2)
}

/// The parts that misses name, for a line that has no room for more.
pub(super) fn parts(misses: &[Miss]) -> String {
    let mut names: Vec<String> = Vec::new();
    for miss in misses {
        let name = miss.part.to_string();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let more = names.len().saturating_sub(5);
    names.truncate(5);
    match more {
        0 => listed(&names),
        more => format!("{} and {more} more", names.join(", ")),
    }
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn listed(names: &[String]) -> String {
    match names {
        [rest @ .., one, last] if !rest.is_empty() => {
            format!("{}, {one} and {last}", rest.join(", "))
        }
        names => names.join(" and "),
    }
}

fn absent(page: &mut Page, line: Line, hint: Option<String>, expected: &str, width: usize) {
    let line = match &hint {
        Some(hint) => line.plain(": ").ink(Ink::Hint, hint),
        None => line,
    };
    let indent = line.indent() + 2;
    if hint.is_none() && line.width() + columns(expected) + 11 <= width && !expected.contains('\n')
    {
        page.push(line.plain(", expected ").ink(Ink::Expected, expected));
    } else {
        page.push(line);
        value(page, indent, Ink::Expected, expected);
    }
}

/// Whether both are secrets, told by their lengths, with the same words in front.
fn are_lengths(expected: &str, received: &str) -> bool {
    let front = |value| str::split_once(value, "***(").map(|(front, _)| front.to_owned());
    front(expected).is_some() && front(expected) == front(received)
}

fn is_pattern(expected: &str) -> bool {
    ["re(", "glob(", "not("]
        .iter()
        .any(|made_by| expected.starts_with(made_by))
}

/// Expected and received of one place: on one line if they are short and differ as wholes, else one above the other.
fn pair(
    page: &mut Page,
    line: Line,
    differs: &str,
    hint: Option<String>,
    values: (&str, &str),
    width: usize,
) {
    let (expected, received) = values;
    let indent = line.indent() + 2;
    let (seen_expected, seen_received) = windows(expected, received, room(indent, width));
    // Between a pattern and a text, or between the lengths of secrets, what differs says nothing.
    let marks = if is_pattern(expected) || are_lengths(expected, received) {
        None
    } else {
        diff::marks(&seen_expected, &seen_received)
    };
    let short =
        line.width() + columns(&seen_expected) + columns(&seen_received) + 24 <= width.min(90);
    if hint.is_none() && marks.is_none() && short {
        let line = line
            .plain(": expected ")
            .ink(Ink::Expected, &seen_expected)
            .plain(", received ");
        page.push(line.ink(Ink::Received, &seen_received));
        return;
    }
    page.push(match &hint {
        Some(hint) => line.plain(": ").ink(Ink::Hint, hint),
        None => line.plain(differs),
    });
    let marks = marks.unwrap_or_default();
    let label = |text| Line::new(indent).ink(Ink::Dim, text);
    let shown = marked(
        label(EXPECTED),
        &seen_expected,
        &marks.expected,
        Ink::Expected,
        Ink::ExpectedMark,
    );
    page.push(shown);
    if marks.lacks {
        page.push(carets(indent + LABEL, &seen_expected, &marks.expected));
    }
    page.push(marked(
        label(RECEIVED),
        &seen_received,
        &marks.received,
        Ink::Received,
        Ink::ReceivedMark,
    ));
    if !marks.received.is_empty() {
        page.push(carets(indent + LABEL, &seen_received, &marks.received));
    }
}

/// Both texts escaped and, where they are too long for a line, cut to the surroundings of their first difference.
fn windows(expected: &str, received: &str, room: usize) -> (String, String) {
    let same = expected
        .chars()
        .zip(received.chars())
        .take_while(|(a, b)| a == b)
        .count();
    let longest = expected.chars().count().max(received.chars().count());
    let start = if longest > room && same > room / 2 {
        same - room / 3
    } else {
        0
    };
    let cut = |text: &str| {
        let rest: String = text.chars().skip(start).take(room + 1).collect();
        let front = if start > 0 { "…" } else { "" };
        match visible(&rest, room) {
            seen if seen.is_empty() && start == 0 => "(empty)".to_owned(),
            seen => format!("{front}{seen}"),
        }
    };
    (cut(expected), cut(received))
}

fn marked(line: Line, text: &str, marks: &[Range<usize>], ink: Ink, mark: Ink) -> Line {
    let chars: Vec<char> = text.chars().collect();
    let piece = |range: Range<usize>| chars[range].iter().collect::<String>();
    let (mut line, mut at) = (line, 0);
    for range in marks {
        line = line
            .ink(ink, &piece(at..range.start))
            .ink(mark, &piece(range.clone()));
        at = range.end;
    }
    line.ink(ink, &piece(at..chars.len()))
}

fn carets(indent: usize, text: &str, marks: &[Range<usize>]) -> Line {
    let mut row = String::new();
    for (at, c) in text.chars().enumerate() {
        let mark = if marks.iter().any(|range| range.contains(&at)) {
            "^"
        } else {
            " "
        };
        row.push_str(&mark.repeat(columns(c.encode_utf8(&mut [0; 4]))));
    }
    Line::new(indent).ink(Ink::Hint, row.trim_end())
}

/// One value under its label, cut by the page; further lines of it aligned.
fn value(page: &mut Page, indent: usize, ink: Ink, value: &str) {
    let label = if ink == Ink::Expected {
        EXPECTED
    } else {
        RECEIVED
    };
    let mut lines = value.lines();
    let first = lines.next().unwrap_or("(empty)");
    page.push(Line::new(indent).ink(Ink::Dim, label).ink(ink, first));
    for line in lines.by_ref().take(PLACES) {
        page.push(Line::new(indent + LABEL).ink(ink, line));
    }
    left_out(page, indent + LABEL, lines.count(), "line");
}

/// Says how many were left out, if any.
pub(super) fn left_out(page: &mut Page, indent: usize, count: usize, what: &str) {
    if count > 0 {
        page.push(Line::new(indent).ink(
            Ink::Dim,
            &format!("… and {}", counted(count as u64, &format!("more {what}"))),
        ));
    }
}

/// `1 line`, `2 lines`.
pub(super) fn counted(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn differences(page: &mut Page, indent: usize, miss: &Miss, places: &[Difference], width: usize) {
    let line = Line::new(indent).ink(Ink::Strong, &miss.part.to_string());
    if let [place] = places {
        let (lead, at) = if place.at.is_empty() {
            (" ", "as a whole")
        } else {
            (" at ", place.at.as_str())
        };
        let between = || {
            hint::between(
                &miss.part,
                place.expected.as_deref()?,
                place.received.as_deref()?,
            )
        };
        let hint = miss.hint.clone().or_else(between);
        return one_place(
            page,
            line.plain(lead).ink(Ink::Strong, at),
            place,
            hint,
            width,
        );
    }
    page.push(with_hint(
        line.plain(&format!(" differs at {} places", places.len())),
        miss,
    ));
    for place in places.iter().take(PLACES) {
        let at = if place.at.is_empty() {
            "(the whole)"
        } else {
            &place.at
        };
        one_place(page, Line::new(indent + 2).plain(at), place, None, width);
    }
    left_out(
        page,
        indent + 2,
        places.len().saturating_sub(PLACES),
        "place",
    );
}

fn one_place(page: &mut Page, line: Line, place: &Difference, hint: Option<String>, width: usize) {
    let indent = line.indent() + 2;
    match (&place.expected, &place.received) {
        (Some(expected), Some(received)) => {
            pair(page, line, " differs", hint, (expected, received), width)
        }
        (Some(expected), None) => absent(page, line.plain(" is missing"), hint, expected, width),
        (None, Some(received)) => {
            let line = line.plain(" was not expected");
            if !received.contains('\n') && line.width() + columns(received) + 11 <= width {
                page.push(line.plain(", received ").ink(Ink::Received, received));
            } else {
                page.push(line);
                value(page, indent, Ink::Received, received);
            }
        }
        (None, None) => page.push(line.plain(" differs")),
    }
}

fn with_hint(line: Line, miss: &Miss) -> Line {
    match &miss.hint {
        Some(hint) => line.plain(": ").ink(Ink::Hint, hint),
        None => line,
    }
}

fn text(page: &mut Page, indent: usize, miss: &Miss, texts: (&str, &str), first: usize) {
    let (expected, received) = texts;
    let hint = miss
        .hint
        .clone()
        .or_else(|| hint::between(&miss.part, expected, received));
    let line = Line::new(indent).ink(Ink::Strong, &miss.part.to_string());
    let rows = diff::lines(expected, received);
    if rows.is_empty() {
        page.push(with_hint(line.plain(" does not fit"), miss));
        return value(page, indent + 2, Ink::Expected, &miss.expected);
    }
    let line = line
        .plain(" differs (")
        .ink(Ink::Expected, "- expected")
        .plain(", ")
        .ink(Ink::Received, "+ received");
    page.push(match &hint {
        Some(hint) => line.plain("): ").ink(Ink::Hint, hint),
        None => line.plain(")"),
    });
    for (at, row) in rows.iter().enumerate().take(ROWS) {
        let marks = partner(&rows, at)
            .map(|(gone, come)| marks_of(gone, come))
            .unwrap_or_default();
        match row {
            Row::Place(line) => {
                let line = line.saturating_add(first).saturating_sub(1);
                page.push(Line::new(indent + 2).ink(Ink::Dim, &format!("line {line}")))
            }
            Row::Same(line) => page.push(Line::new(indent + 4).plain("  ").plain(line)),
            Row::Expected(line) => {
                let inks = ("- ", Ink::Expected, Ink::ExpectedMark);
                changed(page, indent + 4, line, inks, &marks.expected, marks.lacks);
            }
            Row::Received(line) => {
                let inks = ("+ ", Ink::Received, Ink::ReceivedMark);
                changed(page, indent + 4, line, inks, &marks.received, true);
            }
            Row::Uncompared(count) => {
                let text = format!(
                    "… and {} too many to compare",
                    counted(*count as u64, "line")
                );
                page.push(Line::new(indent + 4).ink(Ink::Dim, &text));
            }
        }
    }
    left_out(page, indent + 4, rows.len().saturating_sub(ROWS), "row");
}

type Inks = (&'static str, Ink, Ink);

fn changed(
    page: &mut Page,
    indent: usize,
    line: &str,
    (sign, ink, mark): Inks,
    marks: &[Range<usize>],
    point: bool,
) {
    let start = Line::new(indent).ink(ink, sign);
    if line.is_empty() {
        return page.push(start.ink(Ink::Dim, "(an empty line)"));
    }
    let line = visible(line, LINE);
    page.push(marked(start, &line, marks, ink, mark));
    if point && !marks.is_empty() {
        page.push(carets(indent + 2, &line, marks));
    }
}

fn marks_of(expected: &str, received: &str) -> diff::Marks {
    diff::marks(&visible(expected, LINE), &visible(received, LINE)).unwrap_or_default()
}

/// Both lines of the change that the row at `at` belongs to, if it changes one line into one line.
fn partner<'a>(rows: &[Row<'a>], at: usize) -> Option<(&'a str, &'a str)> {
    let first = match rows[at] {
        Row::Expected(_) => at,
        Row::Received(_) => at.checked_sub(1)?,
        _ => return None,
    };
    let alone = !matches!(
        first.checked_sub(1).map(|at| rows[at]),
        Some(Row::Expected(_))
    ) && !matches!(rows.get(first + 2), Some(Row::Received(_)));
    match (rows[first], rows.get(first + 1)) {
        (Row::Expected(gone), Some(Row::Received(come))) if alone => Some((gone, come)),
        _ => None,
    }
}

/// A name in the request that resembles that of a part which is absent.
fn similar_name(part: &Part, request: &RequestDump) -> Option<String> {
    match part {
        Part::Header(name) => {
            hint::misnamed(name, request.headers.iter().map(|(name, _)| name.as_str()))
        }
        Part::Query(key) => {
            let query = request.url.split_once('?')?.1;
            let query = query.split('#').next().unwrap_or(query);
            hint::misnamed(
                key,
                query
                    .split('&')
                    .map(|pair| pair.split('=').next().unwrap_or(pair)),
            )
        }
        Part::Cookie(name) => {
            let cookies = request
                .headers
                .iter()
                .filter(|(name, _)| name.eq_ignore_ascii_case("cookie"));
            let pairs = cookies.flat_map(|(_, value)| value.split("; "));
            hint::misnamed(
                name,
                pairs.map(|pair| pair.split('=').next().unwrap_or(pair)),
            )
        }
        _ => None,
    }
}
