//! What both sides said, in the order in which it was said, and no more of it than a journal can hold.

use std::fmt;

use bytes::{Bytes, BytesMut};

use super::broken::described;

/// Bytes that are kept of each side of one conversation.
const KEPT: usize = 64 << 10;

/// What one side of a conversation said, until the other spoke.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Said {
    /// By the client.
    Client(Bytes),
    /// By the mock.
    Mock(Bytes),
}

/// Bounded, and without passwords that are known by the words before them.
impl fmt::Debug for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Client(bytes) => write!(f, "Client({})", described(bytes)),
            Self::Mock(bytes) => write!(f, "Mock({})", described(bytes)),
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Transcript {
    turns: Vec<(bool, BytesMut)>,
    /// Of the mock, and of the client: how much was said in all.
    lengths: [usize; 2],
}

impl Transcript {
    pub(super) fn add(&mut self, by_client: bool, bytes: &[u8]) {
        let length = &mut self.lengths[usize::from(by_client)];
        let room = KEPT.saturating_sub(*length);
        *length += bytes.len();
        let kept = &bytes[..room.min(bytes.len())];
        match self.turns.last_mut() {
            _ if kept.is_empty() => {}
            Some((by, turn)) if *by == by_client => turn.extend_from_slice(kept),
            _ => self.turns.push((by_client, kept.into())),
        }
    }

    pub(super) fn turns(&self) -> Vec<Said> {
        let said = |(by_client, bytes): &(bool, BytesMut)| {
            let bytes = Bytes::copy_from_slice(bytes);
            match by_client {
                true => Said::Client(bytes),
                false => Said::Mock(bytes),
            }
        };
        self.turns.iter().map(said).collect()
    }

    /// How much the client said in all.
    pub(super) fn heard(&self) -> usize {
        self.lengths[1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_are_kept_up_to_the_bound() {
        let mut transcript = Transcript::default();
        transcript.add(true, b"PI");
        transcript.add(true, b"NG");
        transcript.add(false, b"PONG");
        transcript.add(true, &vec![b'x'; KEPT]);
        transcript.add(true, b"y");
        let turns = transcript.turns();
        assert_eq!(turns[0], Said::Client("PING".into()));
        assert_eq!(turns[1], Said::Mock("PONG".into()));
        assert!(matches!(&turns[2], Said::Client(bytes) if bytes.len() == KEPT - 4));
        assert_eq!((turns.len(), transcript.heard()), (3, KEPT + 5));
    }
}
