//! What a call keeps of the conversation that it became: what was said, and where its script stands.

use std::panic::Location;

use bytes::Bytes;

use crate::conversation::websocket::message::{Frame, Message};
use crate::miss::Miss;

/// Messages that a call keeps.
const FRAMES: usize = 10_000;

#[derive(Debug, Default)]
pub(crate) struct Talked {
    frames: Vec<Frame>,
    /// Of those that are kept, in bytes.
    bytes: usize,
    /// How many came behind those that are kept.
    dropped: usize,
    /// Of one that follows a script.
    pub(crate) stand: Option<Stand>,
}

/// Where a script stands.
#[derive(Debug, Clone)]
pub(crate) struct Stand {
    pub(crate) played: usize,
    pub(crate) steps: usize,
    /// The step that comes next, and its place in the source.
    pub(crate) next: Option<(String, &'static Location<'static>)>,
    /// What the client said instead.
    pub(crate) miss: Option<Box<Miss>>,
    /// How it ended before its end.
    pub(crate) how: Option<String>,
}

#[cfg_attr(
    not(feature = "websocket"),
    allow(dead_code, reason = "conversations without messages keep none")
)]
impl Talked {
    /// Keeps a message, up to `bound` bytes in all; how many bytes are held more than before.
    pub(crate) fn push(&mut self, frame: Frame, bound: usize) -> usize {
        if self.frames.len() >= FRAMES {
            self.dropped += 1;
            return 0;
        }
        let length = frame.payload_len();
        if self.bytes + length > bound {
            self.frames.push(frame.emptied());
            return 0;
        }
        self.bytes += length;
        self.frames.push(frame);
        length
    }

    pub(crate) fn frames(&self) -> &[Frame] {
        &self.frames
    }

    /// How many messages are not among the frames.
    pub(crate) fn dropped(&self) -> usize {
        self.dropped
    }

    /// What is held, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Lets go of what messages carried.
    pub(crate) fn take_payloads(&mut self) -> Vec<Bytes> {
        self.bytes = 0;
        let emptied = std::mem::take(&mut self.frames).into_iter();
        let mut payloads = Vec::new();
        self.frames = emptied
            .map(|frame| {
                if let Message::Binary(bytes) | Message::Ping(bytes) | Message::Pong(bytes) =
                    frame.message()
                {
                    payloads.push(bytes.clone());
                }
                frame.emptied()
            })
            .collect();
        payloads
    }
}
