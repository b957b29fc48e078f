//! `Debug` of replies: within bounds, and without their secrets.

use std::fmt;

use crate::glimpse::{Bytes, Headers};
use crate::reply::{Action, Body, Head, Payload, Reply};

/// Pieces of a body that are shown.
const PIECES: usize = 8;

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Reply");
        match self.as_fault() {
            Some(fault) => shown.field("fault", fault),
            None => shown
                .field("status", &self.status())
                .field("headers", &Headers(self.headers()))
                .field("body", self.as_body()),
        };
        let mut shown_of_waits = 0;
        for action in self.actions() {
            match action {
                Action::Trailers(trailers) => shown.field("trailers", &Headers(&trailers)),
                Action::Fault(fault) if self.as_fault().is_none() => shown.field("breaks", &fault),
                Action::Head(_) | Action::Chunk(_) | Action::Live(_) | Action::Fault(_) => continue,
                waits if shown_of_waits < PIECES => {
                    shown_of_waits += 1;
                    shown.field("waits", &waits)
                }
                _ => continue,
            };
        }
        if let Some(error) = &self.error {
            shown.field("error", error);
        }
        shown.finish()
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Whole(bytes) => f.debug_tuple("Whole").field(&Bytes(bytes)).finish(),
            Self::Chunks(chunks) => {
                write!(f, "Chunks of {} bytes ", self.len())?;
                let mut list = f.debug_list();
                list.entries(chunks.iter().take(PIECES).map(|chunk| Bytes(chunk)));
                match chunks.len().saturating_sub(PIECES) {
                    0 => list.finish(),
                    more => list.entry(&format_args!("{more} more")).finish(),
                }
            }
            Self::Live(live) => live.fmt(f),
        }
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Payload")
            .field("body", &self.body)
            .field("content_type", &self.content_type)
            .finish()
    }
}

impl fmt::Debug for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = self.clone().with_body(());
        f.debug_struct("Head")
            .field("status", &head.status())
            .field("version", &head.version())
            .field("headers", &Headers(head.headers()))
            .finish()
    }
}

impl fmt::Debug for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wait(duration) => f.debug_tuple("Wait").field(duration).finish(),
            Self::WaitToConnect(duration) => {
                f.debug_tuple("WaitToConnect").field(duration).finish()
            }
            Self::Hold(gate) => f.debug_tuple("Hold").field(gate).finish(),
            Self::Informational(head) => f.debug_tuple("Informational").field(head).finish(),
            Self::Noise(bytes) => f.debug_tuple("Noise").field(&Bytes(bytes)).finish(),
            Self::Live(live) => live.fmt(f),
            Self::Head(head) => head.fmt(f),
            Self::Chunk(bytes) => f.debug_tuple("Chunk").field(&Bytes(bytes)).finish(),
            Self::Trailers(trailers) => {
                f.debug_tuple("Trailers").field(&Headers(trailers)).finish()
            }
            Self::Fault(fault) => f.debug_tuple("Fault").field(fault).finish(),
        }
    }
}
