//! A body of megabytes that lacks one word must not become a report of megabytes: of two long texts what is kept is where they
//! begin to differ.

use crate::miss::Detail;

/// Bytes of each text that are kept.
const MOST: usize = 64 * 1024;
/// Equal lines that are kept before the first that differs.
const LINES: usize = 3;

/// Two texts to be shown as a diff.
pub(crate) fn of(expected: &str, received: &str) -> Detail {
    if expected.len().max(received.len()) <= MOST {
        return Detail::Text {
            expected: expected.to_owned(),
            received: received.to_owned(),
            line: 1,
        };
    }
    let pairs = expected.bytes().zip(received.bytes());
    let same = pairs.take_while(|(a, b)| a == b).count();
    let from = start(expected, same);
    Detail::Text {
        line: 1 + expected[..from].matches('\n').count(),
        expected: end(&expected[from..]),
        received: end(&received[from..]),
    }
}

/// Where a few lines before `same` begin, and not too far before it.
fn start(text: &str, same: usize) -> usize {
    let far = boundary(text, same.saturating_sub(MOST / 2));
    let near = boundary(text, same);
    let lines = text[far..near].rmatch_indices('\n');
    lines.map(|(at, _)| far + at + 1).nth(LINES).unwrap_or(far)
}

fn end(text: &str) -> String {
    match boundary(text, MOST) {
        end if end < text.len() => format!("{}\n… {} bytes more", &text[..end], text.len() - end),
        _ => text.to_owned(),
    }
}

fn boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_where_they_begin_to_differ() {
        let lines = |odd: &str| -> String {
            let line = |n| {
                if n == 70_000 {
                    odd.to_owned()
                } else {
                    format!("line ü {n}\n")
                }
            };
            (1..=100_000).map(line).collect()
        };
        let Detail::Text {
            expected,
            received,
            line,
        } = of(&lines("this\n"), &lines("that\n"))
        else {
            panic!("it is text")
        };
        assert_eq!(line, 69_997);
        assert!(
            expected.starts_with("line ü 69997\nline ü 69998\nline ü 69999\nthis\n"),
            "{}",
            &expected[..80]
        );
        assert!(received.starts_with("line ü 69997\n") && received.len() < MOST + 40);
    }

    #[test]
    fn one_endless_line_is_cut_on_both_sides() {
        let text = |odd: &str| format!("{}{odd}{}", "ü".repeat(MOST), "é".repeat(MOST));
        let Detail::Text {
            expected,
            received,
            line,
        } = of(&text("a"), &text("b"))
        else {
            panic!("it is text")
        };
        assert_eq!(line, 1);
        assert!(expected.contains('a') && received.contains('b'));
        assert!(expected.len() < MOST + 40 && received.len() < MOST + 40);
        let Detail::Text {
            expected, received, ..
        } = of(&"ü".repeat(MOST), "")
        else {
            panic!("it is text")
        };
        assert!(received.is_empty() && expected.len() < MOST + 40);
    }
}
