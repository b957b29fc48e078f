//! A query to a name server, and the answer to it, as bytes: RFC 1035, as much of it as says which name is asked for.
//!
//! What comes is anybody's: nothing of it is believed that is not there.

use std::net::IpAddr;

const HEADER: usize = 12;
/// The longest name, with its lengths and its end.
const LONGEST_NAME: usize = 255;
const LONGEST_LABEL: u8 = 63;

const ADDRESS: u16 = 1;
const ADDRESS_OF_IPV6: u16 = 28;
const INTERNET: u16 = 1;

/// What a name server says of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Code {
    NoError = 0,
    /// It does not answer now.
    ServerFailed = 2,
    NoSuchName = 3,
}

/// One question.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Query {
    id: [u8; 2],
    recursion_desired: bool,
    /// The name in lower case, without the dot at its end.
    pub(super) name: String,
    kind: u16,
    class: u16,
    /// As it came: it is repeated.
    question: Vec<u8>,
}

impl Query {
    /// `None` for what is no question of one name.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let header = bytes.first_chunk::<HEADER>()?;
        let [id_0, id_1, flags, ..] = *header;
        // Neither a response nor an operation that is none of asking.
        let is_question = flags & 0xf8 == 0 && header[4..6] == [0, 1];
        let (name, length) = is_question.then(|| name(&bytes[HEADER..])).flatten()?;
        let question = bytes.get(HEADER..HEADER + length + 4)?;
        let number = |at: usize| u16::from_be_bytes([question[at], question[at + 1]]);
        Some(Self {
            id: [id_0, id_1],
            recursion_desired: flags & 1 != 0,
            name,
            kind: number(length),
            class: number(length + 2),
            question: question.to_vec(),
        })
    }

    /// Whether it asks for addresses, of one family.
    pub(super) fn wants_address(&self) -> bool {
        self.class == INTERNET && matches!(self.kind, ADDRESS | ADDRESS_OF_IPV6)
    }

    /// Whether it asks for addresses of IPv4, of which every look-up of a mocked name has one.
    pub(super) fn wants_ipv4(&self) -> bool {
        self.class == INTERNET && self.kind == ADDRESS
    }

    /// The answer: those of the addresses that it asks for. None of them outlives the query.
    pub(super) fn answer(&self, code: Code, addresses: &[IpAddr]) -> Vec<u8> {
        let wanted = addresses.iter().filter(|address| {
            let kind = if address.is_ipv4() {
                ADDRESS
            } else {
                ADDRESS_OF_IPV6
            };
            self.class == INTERNET && self.kind == kind
        });
        let mut records = Vec::new();
        let mut count: u16 = 0;
        // As many as fit in a datagram that nobody has asked to be longer.
        for address in wanted.take(16) {
            // The name of the question, for no time at all.
            records.extend_from_slice(&[0xc0, HEADER as u8]);
            records.extend_from_slice(&self.kind.to_be_bytes());
            records.extend_from_slice(&self.class.to_be_bytes());
            records.extend_from_slice(&[0; 4]);
            match address {
                IpAddr::V4(ip) => {
                    records.extend_from_slice(&[0, 4]);
                    records.extend_from_slice(&ip.octets());
                }
                IpAddr::V6(ip) => {
                    records.extend_from_slice(&[0, 16]);
                    records.extend_from_slice(&ip.octets());
                }
            }
            count += 1;
        }
        let mut answer = head(self.id, self.recursion_desired, code, 1, count).to_vec();
        answer.extend_from_slice(&self.question);
        answer.append(&mut records);
        answer
    }
}

fn head(id: [u8; 2], recursion: bool, code: Code, questions: u8, answers: u16) -> [u8; HEADER] {
    let [high, low] = answers.to_be_bytes();
    let flags = [0x80 | u8::from(recursion), 0x80 | code as u8];
    [
        id[0], id[1], flags[0], flags[1], 0, questions, high, low, 0, 0, 0, 0,
    ]
}

/// A name at the beginning of `bytes`, and how many of them it takes. `None` for one that is cut off or too long, that points
/// somewhere else, or that no URL could have.
fn name(bytes: &[u8]) -> Option<(String, usize)> {
    let mut name = String::new();
    let mut at = 0;
    loop {
        let length = *bytes.get(at)?;
        at += 1;
        if length == 0 {
            return Some((name, at));
        }
        if length > LONGEST_LABEL {
            return None;
        }
        let label = bytes.get(at..at + usize::from(length))?;
        at += label.len();
        if at >= LONGEST_NAME
            || !label
                .iter()
                .all(|byte| byte.is_ascii_graphic() && *byte != b'.')
        {
            return None;
        }
        if !name.is_empty() {
            name.push('.');
        }
        name.extend(
            label
                .iter()
                .map(|byte| char::from(byte.to_ascii_lowercase())),
        );
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn asked(name: &str, kind: u16) -> Vec<u8> {
        let mut bytes = vec![7, 8, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1];
        for label in name.split('.').filter(|label| !label.is_empty()) {
            bytes.push(label.len() as u8);
            bytes.extend_from_slice(label.as_bytes());
        }
        bytes.push(0);
        bytes.extend_from_slice(&kind.to_be_bytes());
        bytes.extend_from_slice(&[0, 1]);
        // The additional record by which EDNS says its limits.
        bytes.extend_from_slice(&[0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0]);
        bytes
    }

    #[test]
    fn a_question_is_answered_with_the_addresses_of_its_family() {
        let query = Query::read(&asked("API.standin.test.", 1)).expect("a query");
        assert_eq!(query.name, "api.standin.test");
        assert!(query.wants_address());
        let addresses = [
            "127.64.0.1".parse().expect("v4"),
            "::1".parse().expect("v6"),
        ];
        let answer = query.answer(Code::NoError, &addresses);
        assert_eq!(answer[..12], [7, 8, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]);
        assert!(answer.ends_with(&[0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 127, 64, 0, 1]));
        let query = Query::read(&asked("x.io", 28)).expect("a query");
        assert_eq!(query.answer(Code::NoError, &addresses[..1])[6..8], [0, 0]);
        assert_eq!(query.answer(Code::NoError, &addresses)[6..8], [0, 1]);
        let query = Query::read(&asked("x.io", 15)).expect("a query");
        assert!(!query.wants_address());
        assert_eq!(query.answer(Code::NoSuchName, &[])[3], 0x83);
    }

    #[test]
    fn what_is_no_question_is_none() {
        let changed = |at: usize, byte: u8| {
            let mut bytes = asked("x.io", 1);
            bytes[at] = byte;
            Query::read(&bytes)
        };
        assert!(changed(0, 9).is_some());
        assert_eq!(changed(5, 2), None, "two questions");
        assert_eq!(changed(2, 5 << 3), None, "an update");
        assert_eq!(changed(2, 0x80), None, "a response");
        assert_eq!(changed(12, 0xc0), None, "a pointer");
        assert_eq!(changed(13, b'.'), None, "a dot inside a label");
        assert_eq!(Query::read(&asked("x.io", 1)[..16]), None);
        assert_eq!(Query::read(b"hello"), None);
        let long = ["abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"; 5].join(".");
        assert_eq!(Query::read(&asked(&long, 1)), None);
    }

    proptest! {
        #[test]
        fn no_bytes_harm_it(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            if let Some(query) = Query::read(&bytes) {
                prop_assert!(query.name.len() < LONGEST_NAME);
                let answer = query.answer(Code::NoError, &["1.2.3.4".parse().expect("v4")]);
                prop_assert_eq!(&answer[..2], &bytes[..2]);
            }
        }

        #[test]
        fn no_byte_that_is_changed_harms_it(at in 0_usize..40, byte in any::<u8>()) {
            let mut bytes = asked("api.standin.test", 1);
            let at = at % bytes.len();
            bytes[at] = byte;
            let _ = Query::read(&bytes).map(|query| query.answer(Code::NoError, &[]));
        }
    }
}
