//! Replies: plans for answering, as values in which nothing happens.
//!
//! `reply.rs` is one reply, `body.rs` and `live.rs` what may be its body, `motion.rs` how that moves, `playing.rs` and
//! `action.rs` what is to be done for it; `into_reply.rs` is what may stand in `.reply(..)`, `plan.rs` what a mock answers from use to use; `fault.rs`,
//! `gate.rs` and `delay.rs` are what goes wrong and what waits; `lines.rs` has bodies of lines: server-sent events, NDJSON.

mod action;
mod body;
mod delay;
mod fault;
mod gate;
mod header_text;
mod into_answer;
mod into_reply;
mod lines;
mod live;
mod motion;
pub(crate) mod plan;
mod playing;
#[expect(clippy::module_inception, reason = "a file is named after its noun")]
mod reply;
mod shown;
mod written;

pub use action::{Action, Head, Reason};
pub use body::{Body, IntoBody, Json, Payload};
pub use delay::Delay;
pub use fault::{Chance, Fault, FaultStep, Transport};
pub use gate::{Gate, Opened};
pub use header_text::HeaderText;
pub use into_answer::{Answer, IntoAnswer, IntoStatus};
pub use into_reply::{IntoReply, Replies, SequenceStep, reply_async, reply_streamed, reply_with};
pub use lines::{Event, Events, events, ndjson};
pub use live::{Feed, Live, LiveBody};
pub use plan::Plan;
pub use reply::{Reply, reply};
pub use written::Writer;
