//! Protocols of bytes have words by which a password comes: those are known here, and what follows them is not shown.

/// A piece of what was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Piece<'b> {
    Open(&'b [u8]),
    /// What is not shown.
    Secret(&'b [u8]),
}

/// Words behind `AUTH` that say how, and are no password: SASL's mechanisms.
const MECHANISMS: [&str; 8] = [
    "PLAIN",
    "LOGIN",
    "EXTERNAL",
    "ANONYMOUS",
    "XOAUTH2",
    "OAUTHBEARER",
    "CRAM-MD5",
    "DIGEST-MD5",
];

/// What was said, with its passwords apart: `AUTH` of Redis and SMTP, `PASS`, `LOGIN` and `AUTHENTICATE` of IMAP, the password
/// message of PostgreSQL. Nothing else can be told from the bytes alone.
pub(crate) fn pieces(said: &[u8]) -> Vec<Piece<'_>> {
    if let Some((secret, rest)) = password_message(said) {
        let mut all = vec![Piece::Open(&said[..5]), Piece::Secret(secret)];
        all.push(Piece::Open(rest));
        all.retain(|piece| !matches!(piece, Piece::Open(b"") | Piece::Secret(b"")));
        return all;
    }
    let mut pieces = Vec::new();
    let mut open = 0;
    let mut hide = |from: usize, to: usize| {
        if from < to {
            pieces.extend([
                Piece::Open(&said[open..from]),
                Piece::Secret(&said[from..to]),
            ]);
            open = to;
        }
    };
    let (mut at, mut array) = (0, Array::default());
    for line in said.split_inclusive(|byte| *byte == b'\n') {
        let bare = line.trim_ascii_end();
        match array.hides(bare) {
            Some(true) => hide(at, at + bare.len()),
            Some(false) => {}
            None => {
                if let Some(from) = password_in(bare) {
                    hide(at + from, at + bare.len());
                }
            }
        }
        at += line.len();
    }
    pieces.push(Piece::Open(&said[open..]));
    pieces.retain(|piece| *piece != Piece::Open(b""));
    pieces
}

/// `p`, a length, the password and a zero: of PostgreSQL. The password, and what is behind it.
fn password_message(said: &[u8]) -> Option<(&[u8], &[u8])> {
    // No text has zeros, and no password is longer.
    let [b'p', 0, 0, high, low, rest @ ..] = said else {
        return None;
    };
    let length = usize::from(u16::from_be_bytes([*high, *low]));
    Some(rest.split_at(rest.len().min(length.saturating_sub(5))))
}

/// Where in a line the password begins.
fn password_in(line: &[u8]) -> Option<usize> {
    let mut words = Vec::new();
    let mut at = 0;
    for word in line.split(|byte| *byte == b' ') {
        if !word.is_empty() {
            words.push((at, word));
        }
        at += word.len() + 1;
    }
    let is = |n: usize, word: &str| {
        words
            .get(n)
            .is_some_and(|(_, said)| said.eq_ignore_ascii_case(word.as_bytes()))
    };
    let how = |n: usize| MECHANISMS.iter().any(|mechanism| is(n, mechanism));
    // Behind a name, or behind how it is proved, where there is more.
    let behind = match () {
        () if is(0, "AUTH") && (words.len() > 2 || how(1)) => 2,
        () if is(0, "AUTH") || is(0, "PASS") => 1,
        () if is(1, "LOGIN") && words.len() > 3 => 3,
        () if is(1, "AUTHENTICATE") && how(2) => 3,
        () => return None,
    };
    words.get(behind).map(|(at, _)| *at)
}

/// Where in an array of Redis's strings a line stands: a length and a string, one after the other.
#[derive(Debug, Default)]
struct Array {
    /// Strings that are still to come.
    left: usize,
    is_length: bool,
    /// Behind `AUTH`: whether a name comes before the password.
    auth: Option<bool>,
}

impl Array {
    /// Whether a line is a password; `None` where it stands in no array.
    fn hides(&mut self, line: &[u8]) -> Option<bool> {
        let number = |line: &[u8]| std::str::from_utf8(line).ok()?.parse::<usize>().ok();
        if self.left == 0 {
            self.left = number(line.strip_prefix(b"*")?)?;
            (self.is_length, self.auth) = (true, None);
            return Some(false);
        }
        if self.is_length {
            if number(line.strip_prefix(b"$").unwrap_or_default()).is_none() {
                *self = Self::default();
                return None;
            }
            self.is_length = false;
            return Some(false);
        }
        self.is_length = true;
        self.left -= 1;
        match self.auth {
            None if line.eq_ignore_ascii_case(b"AUTH") => self.auth = Some(self.left > 1),
            Some(true) => self.auth = Some(false),
            Some(false) => {
                self.auth = None;
                return Some(true);
            }
            None => {}
        }
        Some(false)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(said: &[u8]) -> String {
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        let pieces = pieces(said).into_iter().map(|piece| match piece {
            Piece::Open(bytes) => text(bytes),
            Piece::Secret(bytes) => super::super::stars(&text(bytes)),
        });
        pieces.collect()
    }

    #[test]
    fn passwords_are_known_by_the_words_before_them() {
        for (said, expected) in [
            ("AUTH hunter2\r\nPING\r\n", "AUTH ***(7)\r\nPING\r\n"),
            ("auth ada hunter2\r\n", "auth ada ***(7)\r\n"),
            ("AUTH PLAIN AGFkYQ==\r\n", "AUTH PLAIN ***(8)\r\n"),
            ("AUTH LOGIN\r\n", "AUTH LOGIN\r\n"),
            ("USER ada\r\nPASS a b\r\n", "USER ada\r\nPASS ***(3)\r\n"),
            ("a1 LOGIN ada hunter2\r\n", "a1 LOGIN ada ***(7)\r\n"),
            (
                "a1 AUTHENTICATE PLAIN AGFk\r\n",
                "a1 AUTHENTICATE PLAIN ***(4)\r\n",
            ),
            (
                "*2\r\n$4\r\nAUTH\r\n$7\r\nhunter2\r\n",
                "*2\r\n$4\r\nAUTH\r\n$7\r\n***(7)\r\n",
            ),
            (
                "*5\r\n$5\r\nHELLO\r\n$1\r\n3\r\n$4\r\nAUTH\r\n$3\r\nada\r\n$2\r\n$1\r\n*1\r\n$4\r\nPING\r\n",
                "*5\r\n$5\r\nHELLO\r\n$1\r\n3\r\n$4\r\nAUTH\r\n$3\r\nada\r\n$2\r\n***(2)\r\n*1\r\n$4\r\nPING\r\n",
            ),
            ("p\0\0\0\x0chunter2\0", "p\0\0\0\x0c***(7)\0"),
        ] {
            assert_eq!(shown(said.as_bytes()), expected);
        }
        for open in [
            "",
            "GET authors\r\n",
            "AUTHOR me\r\n",
            "p",
            "*2\r\n$3\r\nGET\r\n$4\r\nAUTH\r\n",
            "*9\r\nAUTH",
        ] {
            assert_eq!(shown(open.as_bytes()), open);
        }
    }

    proptest! {
        #[test]
        fn nothing_is_lost_or_added(said in "([*$]?(AUTH|PASS|LOGIN|p|[0-9]|\\PC)[ \r\n\0]*){0,20}") {
            let all: Vec<&[u8]> = pieces(said.as_bytes())
                .into_iter()
                .map(|piece| match piece { Piece::Open(bytes) | Piece::Secret(bytes) => bytes })
                .collect();
            prop_assert_eq!(all.concat(), said.as_bytes());
        }
    }
}
