//! An engine decides and never acts: somebody has to wait, to hold a reply at its gate, to break off, to hand a body over.
//!
//! This is what the in-process adapters share: [`Serving`] brings a request of the `http` crate to an engine and carries the
//! decision out, [`ReplyBody`] is the body of the reply, [`Error`] is what the client gets in its place.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod body;
mod error;
mod intake;
mod seat;
mod serving;
mod time;

pub use body::ReplyBody;
pub use error::{BoxError, Error};
pub use seat::Seat;
pub use serving::{Served, Serving, Through};
#[cfg(feature = "tokio")]
pub use time::TokioClock;
pub use time::{clock, sleep};
