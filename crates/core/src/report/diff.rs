//! What differs between two texts: a reader should look at the one word that is wrong, not compare two screens.
//!
//! Work is bounded whatever the input: common ends are set aside in linear time, and the rest is compared by longest common
//! subsequence up to [`MOST`] elements a side.

use std::ops::Range;

/// Lines, or words of a line, of each side that are compared beyond their common ends.
const MOST: usize = 400;
/// Equal lines shown around a change.
const CONTEXT: usize = 2;

/// Where two one-line texts differ, in characters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Marks {
    pub(super) expected: Vec<Range<usize>>,
    pub(super) received: Vec<Range<usize>>,
    /// Something was left out of received that no mark in received shows.
    pub(super) lacks: bool,
}

/// Marks what differs, or nothing if the texts have too little in common for marks to help.
pub(super) fn marks(expected: &str, received: &str) -> Option<Marks> {
    let (a, b) = (words(expected), words(received));
    let mut marks = Marks::default();
    let (mut at, mut same) = ((0, 0), 0);
    let mut from = (0, 0);
    let mut pairs = common(&a, &b);
    pairs.push((a.len(), b.len()));
    for (i, j) in pairs {
        let (gone, come) = (&a[from.0..i], &b[from.1..j]);
        same += change(&mut marks, at, &gone.concat(), &come.concat());
        at = (at.0 + length(gone), at.1 + length(come));
        if let Some(word) = a.get(i) {
            let word = word.chars().count();
            at = (at.0 + word, at.1 + word);
            same += word;
        }
        from = (i + 1, j + 1);
    }
    let longer = at.0.max(at.1);
    (same * 5 >= longer * 2 && same < longer).then_some(marks)
}

/// Marks one change, without the ends that the two sides share where these are most of it; returns what they share.
fn change(marks: &mut Marks, at: (usize, usize), gone: &str, come: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (gone.chars().collect(), come.chars().collect());
    if a.is_empty() && b.is_empty() {
        return 0;
    }
    let (mut head, mut tail) = ends(&a, &b);
    if (head + tail) * 2 < a.len().max(b.len()) {
        (head, tail) = (0, 0);
    }
    let expected = at.0 + head..at.0 + a.len() - tail;
    let received = at.1 + head..at.1 + b.len() - tail;
    if received.is_empty() {
        marks.lacks = true;
    } else {
        marks.received.push(received);
    }
    if !expected.is_empty() {
        marks.expected.push(expected);
    }
    head + tail
}

/// Runs of letters and digits, and every other character by itself.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices() {
        if c.is_alphanumeric() {
            start.get_or_insert(at);
        } else {
            words.extend(start.take().map(|start| &text[start..at]));
            words.push(&text[at..at + c.len_utf8()]);
        }
    }
    words.extend(start.map(|start| &text[start..]));
    words
}

fn length(words: &[&str]) -> usize {
    words.iter().map(|word| word.chars().count()).sum()
}

/// One line of a diff.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Row<'a> {
    /// A new place begins, with this line (from 1) of the received text.
    Place(usize),
    Same(&'a str),
    Expected(&'a str),
    Received(&'a str),
    /// So many lines of the two texts were too many to be compared.
    Uncompared(usize),
}

/// A diff by lines: the changes with two equal lines around them.
pub(super) fn lines<'a>(expected: &'a str, received: &'a str) -> Vec<Row<'a>> {
    let script = script(&split(expected), &split(received));
    let mut shown = vec![false; script.len()];
    for at in (0..script.len()).filter(|&at| !matches!(script[at], Row::Same(_))) {
        let last = (at + CONTEXT).min(script.len() - 1);
        shown[at.saturating_sub(CONTEXT)..=last].fill(true);
    }
    let mut rows = Vec::new();
    let (mut line, mut jumped) = (1, true);
    for (row, shown) in script.into_iter().zip(shown) {
        if shown {
            rows.extend(jumped.then_some(Row::Place(line)));
            rows.push(row);
        }
        jumped = !shown;
        line += usize::from(matches!(row, Row::Same(_) | Row::Received(_)));
    }
    rows
}

/// All lines of both texts, what was expected before what was received instead.
fn script<'a>(a: &[&'a str], b: &[&'a str]) -> Vec<Row<'a>> {
    let mut rows = Vec::new();
    let mut from = (0, 0);
    let pairs = common(a, b);
    for (i, j) in pairs.into_iter().chain([(a.len(), b.len())]) {
        let (gone, come) = (&a[from.0..i], &b[from.1..j]);
        rows.extend(gone.iter().take(MOST).map(|line| Row::Expected(line)));
        rows.extend(come.iter().take(MOST).map(|line| Row::Received(line)));
        let left = gone.len().saturating_sub(MOST) + come.len().saturating_sub(MOST);
        rows.extend((left > 0).then_some(Row::Uncompared(left)));
        rows.extend(a.get(i).map(|line| Row::Same(line)));
        from = (i + 1, j + 1);
    }
    rows
}

/// Lines by `\n`; whether the last one ended in it is a line of its own, since it is a difference.
fn split(text: &str) -> Vec<&str> {
    text.split('\n').collect()
}

/// The pairs of positions of a longest common subsequence. Where more than [`MOST`] elements lie between the common ends,
/// only the ends.
fn common<T: PartialEq>(a: &[T], b: &[T]) -> Vec<(usize, usize)> {
    let (head, tail) = ends(a, b);
    let mut pairs: Vec<_> = (0..head).map(|at| (at, at)).collect();
    let (left, right) = (&a[head..a.len() - tail], &b[head..b.len() - tail]);
    if left.len() <= MOST && right.len() <= MOST {
        // lengths[i][j]: the longest that left[i..] and right[j..] have in common.
        let row = right.len() + 1;
        let mut lengths = vec![0_u16; (left.len() + 1) * row];
        for i in (0..left.len()).rev() {
            for j in (0..right.len()).rev() {
                lengths[i * row + j] = if left[i] == right[j] {
                    lengths[(i + 1) * row + j + 1] + 1
                } else {
                    lengths[(i + 1) * row + j].max(lengths[i * row + j + 1])
                };
            }
        }
        let (mut i, mut j) = (0, 0);
        while i < left.len() && j < right.len() {
            if left[i] == right[j] {
                pairs.push((head + i, head + j));
                (i, j) = (i + 1, j + 1);
            } else if lengths[(i + 1) * row + j] >= lengths[i * row + j + 1] {
                i += 1;
            } else {
                j += 1;
            }
        }
    }
    pairs.extend(
        (0..tail)
            .rev()
            .map(|back| (a.len() - 1 - back, b.len() - 1 - back)),
    );
    pairs
}

/// How many elements are equal at the start and, of the rest, at the end.
fn ends<T: PartialEq>(a: &[T], b: &[T]) -> (usize, usize) {
    let head = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let tail = a[head..]
        .iter()
        .rev()
        .zip(b[head..].iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    (head, tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The marks as a reader sees them: under expected, under received.
    fn carets(expected: &str, received: &str) -> Option<[String; 2]> {
        let row = |ranges: Vec<Range<usize>>| {
            let end = ranges.last().map_or(0, |range| range.end);
            let mark = |at| {
                if ranges.iter().any(|range| range.contains(&at)) {
                    '^'
                } else {
                    '.'
                }
            };
            (0..end).map(mark).collect()
        };
        marks(expected, received).map(|marks| [row(marks.expected), row(marks.received)])
    }

    #[test]
    fn marks_name_the_characters_that_differ() {
        for (expected, received, under) in [
            ("/users/7", "/user/7", [".....^".into(), String::new()]),
            ("/users", "/users/", [String::new(), "......^".into()]),
            (
                "/a/users/7",
                "/a/posts/7",
                ["...^^^^^".into(), "...^^^^^".into()],
            ),
            (
                "a=1&b=22&c=3",
                "a=9&b=22&c=",
                ["..^........^".into(), "..^".into()],
            ),
        ] {
            assert_eq!(
                carets(expected, received),
                Some(under),
                "{expected} {received}"
            );
        }
        assert!(marks("/users/7", "/user/7").is_some_and(|marks| marks.lacks));
        assert_eq!(
            marks("the one", "whatever"),
            None,
            "nothing in common is not worth a mark"
        );
        assert_eq!(marks("", ""), None);
        assert_eq!(marks("same", "same"), None);
    }

    #[test]
    fn a_diff_shows_each_change_with_its_surroundings() {
        let expected = "1\n2\n3\n4\n5\n6\n7\n8\n9\nend";
        let received = "1\n2\n3\nX\n5\n6\n7\n8\n9\nend\n";
        use Row::{Expected, Place, Received, Same};
        let rows = [
            Place(2),
            Same("2"),
            Same("3"),
            Expected("4"),
            Received("X"),
            Same("5"),
            Same("6"),
            Place(9),
            Same("9"),
            Same("end"),
            Received(""),
        ];
        assert_eq!(lines(expected, received), rows);
        assert_eq!(lines("a", "a"), []);
    }

    #[test]
    fn what_is_too_long_is_shown_from_its_beginning() {
        let long = |word: &str| {
            (0..10_000)
                .map(|line| format!("{word}{line}\n"))
                .collect::<String>()
        };
        let (expected, received) = (long("a"), long("b"));
        let rows = lines(&expected, &received);
        assert_eq!(rows.len(), 1 + 2 * MOST + 2);
        assert_eq!(rows[1 + 2 * MOST], Row::Uncompared(19_200));
        assert!(marks(&"a-".repeat(5_000), &"b-".repeat(5_000)).is_none());
    }
}
