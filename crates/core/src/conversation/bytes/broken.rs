//! How a conversation went wrong: expected against received, as text where it is text and else in hexadecimal.

use crate::miss::{Miss, Part};

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
        let miss = Miss::new(Part::Custom(self.step.clone()), expected);
        match self.received.is_empty() {
            true => miss.received("nothing more"),
            false => miss.received(shown(&self.received, as_text)),
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
    let some = &bytes[..bytes.len().min(SHOWN)];
    let shown = match as_text {
        true => format!("\"{}\"", String::from_utf8_lossy(some).escape_debug()),
        false => {
            let pairs: Vec<String> = some.iter().map(|byte| format!("{byte:02x}")).collect();
            pairs.join(" ")
        }
    };
    match bytes.len() - some.len() {
        0 => shown,
        more => format!("{shown} and {more} bytes more"),
    }
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
