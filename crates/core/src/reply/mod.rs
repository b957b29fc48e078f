//! Replies: plans for answering, as values in which nothing happens.
//!
//! `reply.rs` is one reply, `body.rs` what may be its body, `into_reply.rs` what may stand in `.reply(..)`, `plan.rs` what a mock
//! answers from use to use, `fault.rs` and `gate.rs` what goes wrong and what waits.

mod body;
mod fault;
mod gate;
mod into_answer;
mod into_reply;
pub(crate) mod plan;
#[expect(clippy::module_inception, reason = "a file is named after its noun")]
mod reply;
mod shown;

pub use body::{Body, IntoBody, Json, Payload};
pub use fault::{Chance, Fault};
pub use gate::{Gate, Opened};
pub use into_answer::{Answer, IntoAnswer, IntoStatus};
pub use into_reply::{IntoReply, Replies, SequenceStep, reply_async, reply_with};
pub use plan::Plan;
pub use reply::{Action, Head, HeaderText, Reason, Reply, reply};
