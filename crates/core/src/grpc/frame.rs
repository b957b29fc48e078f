//! Messages of gRPC stand in a body one behind the other: a flag, a length of four bytes, the message. A peer may write anything.

use std::fmt;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use prost::Message;

use crate::body::decode;

/// What stands before each message.
const PREFIX: usize = 5;

/// The most that a compressed message may become, in bytes.
const DECODED: usize = 256 << 20;

/// Why a body holds no messages of gRPC, or not such.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodeError(pub(super) String);

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for DecodeError {}

impl DecodeError {
    fn cut_short(came: usize, length: usize) -> Self {
        Self(format!(
            "the body ends within a message: of {length} bytes there are {came}"
        ))
    }
}

/// A message with what stands before it.
pub(super) fn framed(message: &impl Message) -> Bytes {
    let length = message.encoded_len();
    let mut frame = BytesMut::with_capacity(PREFIX + length);
    frame.put_u8(0);
    // A message of prost is at most 2 GiB long.
    frame.put_u32(u32::try_from(length).unwrap_or(u32::MAX));
    // It grows as it has to, so there is always room.
    let _ = message.encode(&mut frame);
    frame.freeze()
}

/// Bytes on their way to becoming messages.
#[derive(Debug, Default)]
pub(super) struct Frames {
    left: BytesMut,
    /// How compressed messages are compressed: the header `grpc-encoding`.
    encoding: String,
}

impl Frames {
    pub(super) fn encoded(encoding: Option<&str>) -> Self {
        Self {
            left: BytesMut::new(),
            encoding: encoding.unwrap_or_default().to_owned(),
        }
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.left.extend_from_slice(bytes);
    }

    /// The next message, when all of it is there.
    pub(super) fn next(&mut self) -> Result<Option<Bytes>, DecodeError> {
        let Some((flag, length)) = self.prefix()? else {
            return Ok(None);
        };
        if self.left.len() - PREFIX < length {
            return Ok(None);
        }
        self.left.advance(PREFIX);
        let message = self.left.split_to(length).freeze();
        match flag {
            0 => Ok(Some(message)),
            _ => self.decoded(&message).map(Some),
        }
    }

    /// Nothing follows.
    pub(super) fn end(&self) -> Result<(), DecodeError> {
        match self.prefix()? {
            Some((_, length)) => Err(DecodeError::cut_short(self.left.len() - PREFIX, length)),
            None if self.left.is_empty() => Ok(()),
            None => Err(DecodeError(format!(
                "the body ends before a message: {} of the {PREFIX} bytes that stand before one",
                self.left.len()
            ))),
        }
    }

    fn prefix(&self) -> Result<Option<(u8, usize)>, DecodeError> {
        let Some((flag, rest)) = self.left.split_first() else {
            return Ok(None);
        };
        if *flag > 1 {
            return Err(DecodeError(format!(
                "no message of gRPC: the byte before its length is 0 or 1, and this is {flag}"
            )));
        }
        let Some(length) = rest.first_chunk::<4>() else {
            return Ok(None);
        };
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        Ok(Some((*flag, length)))
    }

    fn decoded(&self, message: &Bytes) -> Result<Bytes, DecodeError> {
        if self.encoding.is_empty() || self.encoding.eq_ignore_ascii_case("identity") {
            return Err(DecodeError(
                "a message is compressed, and the header `grpc-encoding` does not say how"
                    .to_owned(),
            ));
        }
        decode::decode(&self.encoding, message, DECODED)
            .map_err(|error| DecodeError(format!("a compressed message: {error}")))
    }
}

/// What a message of prost is called.
pub(super) fn name_of<M>() -> &'static str {
    let name = std::any::type_name::<M>();
    name.rsplit("::").next().unwrap_or(name)
}

pub(super) fn decoded<M: Message + Default>(message: Bytes) -> Result<M, DecodeError> {
    M::decode(message).map_err(|error| {
        let name = name_of::<M>();
        DecodeError(format!("a message that is no `{name}`: {error}"))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(bytes: &[u8], pieces: usize) -> Result<Vec<Bytes>, DecodeError> {
        let mut frames = Frames::encoded(Some("gzip"));
        let mut messages = Vec::new();
        for piece in bytes.chunks(pieces.max(1)) {
            frames.push(piece);
            while let Some(message) = frames.next()? {
                messages.push(message);
            }
        }
        frames.end().map(|()| messages)
    }

    #[test]
    fn messages_come_out_as_they_went_in() {
        let one = framed(&"Ada".to_owned());
        assert_eq!(one[..5], [0, 0, 0, 0, 5]);
        let three = [&one[..], &framed(&String::new()), &one].concat();
        for pieces in 1..three.len() {
            let messages = all(&three, pieces).unwrap();
            let names: Vec<String> = messages.into_iter().map(|m| decoded(m).unwrap()).collect();
            assert_eq!(names, ["Ada", "", "Ada"]);
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let said = |bytes: &[u8]| all(bytes, 100).unwrap_err().to_string();
        assert_eq!(
            said(b"{\"sku\": \"A1\"}"),
            "no message of gRPC: the byte before its length is 0 or 1, and this is 123"
        );
        assert_eq!(
            said(&[0, 0, 0]),
            "the body ends before a message: 3 of the 5 bytes that stand before one"
        );
        assert_eq!(
            said(&[0, 0xff, 0xff, 0xff, 0xff, 1]),
            "the body ends within a message: of 4294967295 bytes there are 1"
        );
        let error = decoded::<String>(Bytes::from_static(&[0x0a, 9])).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("a message that is no `String`: "),
            "{error}"
        );
        let mut frames = Frames::encoded(None);
        frames.push(&[1, 0, 0, 0, 0]);
        let error = frames.next().unwrap_err().to_string();
        assert!(
            error.contains("`grpc-encoding` does not say how"),
            "{error}"
        );
    }

    #[test]
    fn a_compressed_message_is_decoded_or_says_why_not() {
        let mut frames = Frames::encoded(Some("gzip"));
        frames.push(&[1, 0, 0, 0, 3, 1, 2, 3]);
        let error = frames.next().unwrap_err().to_string();
        let why = match cfg!(feature = "compression") {
            true => "a compressed message: the body is not valid gzip",
            false => "feature `compression`",
        };
        assert!(error.contains(why), "{error}");
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_end_nothing(bytes: Vec<u8>, pieces in 1_usize..9) {
            if let Ok(messages) = all(&bytes, pieces) {
                for message in messages {
                    let _ = decoded::<String>(message);
                }
            }
        }

        #[test]
        fn bytes_that_begin_well_end_nothing(mut bytes: Vec<u8>, flag in 0_u8..2, length in 0_u8..40) {
            bytes.splice(0..0, [flag, 0, 0, 0, length]);
            let _ = all(&bytes, 7);
        }
    }
}
