//! How a conversation went wrong: expected against received, as text where it is text and else in hexadecimal.

use crate::miss::{Miss, Part};
use crate::secret::{self, Piece};

/// Bytes that are shown of one side.
const SHOWN: usize = 160;

/// What a script or a closure waited for and did not hear.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Broken {
    /// Which step it was, and where it stands.
    pub(crate) step: String,
    pub(crate) expected: Wanted,
    /// What was there in its place, or so far.
    pub(crate) received: Vec<u8>,
}

/// What was waited for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Wanted {
    These(bytes::Bytes),
    Described(String),
}

impl Broken {
    pub(crate) fn miss(&self) -> Miss {
        let as_text = is_text(&self.received)
            && match &self.expected {
                Wanted::These(bytes) => is_text(bytes),
                Wanted::Described(_) => true,
            };
        let expected = match &self.expected {
            Wanted::These(bytes) => shown(bytes, as_text),
            Wanted::Described(what) => what.clone(),
        };
        let received = match self.received.is_empty() {
            true => "nothing more".to_owned(),
            false => shown(&self.received, as_text),
        };
        let is_same = expected == received;
        let miss = Miss::new(Part::Custom(self.step.clone()), expected).received(received);
        match is_same {
            true => miss.hint("they differ in what is not shown here"),
            false => miss,
        }
    }
}

/// Whether a reader would rather see characters than numbers.
fn is_text(bytes: &[u8]) -> bool {
    // What is cut in the middle of a character is text all the same.
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !text
        .chars()
        .any(|c| c.is_control() && !matches!(c, '\r' | '\n' | '\t'))
}

/// Bytes as a report shows them, without a control character.
pub(super) fn shown(bytes: &[u8], as_text: bool) -> String {
    let (mut parts, mut left, mut more) = (Vec::new(), SHOWN, 0);
    for piece in secret::pieces(bytes) {
        match piece {
            Piece::Open(open) => {
                let (some, rest) = open.split_at(open.len().min(left));
                (left, more) = (left - some.len(), more + rest.len());
                if !some.is_empty() {
                    parts.push(written(some, as_text));
                }
            }
            Piece::Secret(secret) if left == 0 => more += secret.len(),
            Piece::Secret(secret) => {
                left = left.saturating_sub(secret.len());
                parts.push(secret::stars(&String::from_utf8_lossy(secret)));
            }
        }
    }
    let shown = match as_text {
        true => format!("\"{}\"", parts.concat()),
        false => parts.join(" "),
    };
    match more {
        0 => shown,
        more => format!("{shown} and {more} bytes more"),
    }
}

fn written(bytes: &[u8], as_text: bool) -> String {
    if as_text {
        return String::from_utf8_lossy(bytes).escape_debug().to_string();
    }
    let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    pairs.join(" ")
}

/// The same, as whatever suits it.
pub(super) fn described(bytes: &[u8]) -> String {
    shown(bytes, is_text(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_text_and_the_rest_is_numbers() {
        assert_eq!(described(b"PING\r\n"), r#""PING\r\n""#);
        assert_eq!(described(&[0, 255, 16]), "00 ff 10");
        assert_eq!(described("ü".as_bytes()), "\"ü\"");
        assert_eq!(described(&"ü".as_bytes()[..1]), "\"\u{fffd}\"");
        let long = described(&[b'a'; 200]);
        assert!(long.ends_with("\" and 40 bytes more"), "{long}");
    }

    #[test]
    fn passwords_are_not_shown() {
        let broken = Broken {
            step: "step 1".into(),
            expected: Wanted::These("AUTH hunter2\r\n".into()),
            received: b"AUTH hunter3\r\n".to_vec(),
        };
        let miss = broken.miss();
        assert!(!miss.to_string().contains("hunter"), "{miss}");
        assert!(miss.hint.is_some());
        assert_eq!(described(b"p\0\0\0\x07ab\0"), "70 00 00 00 07 ***(2) 00");
    }

    #[test]
    fn both_sides_are_shown_alike() {
        let broken = Broken {
            step: "step 1".into(),
            expected: Wanted::These("AB".into()),
            received: vec![0x41, 0],
        };
        assert_eq!(
            broken.miss().to_string(),
            "step 1: expected 41 42, received 41 00"
        );
    }
}
