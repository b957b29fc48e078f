//! A request may ask for more than an answer: for a connection on which both sides then talk. What is said there is decided here,
//! and carried by whoever has the stream.
//!
//! `conversing.rs` is such an outcome, `upgrade.rs` a protocol of the test's own, `stream.rs` what a stream must be able to do.

mod conversing;
mod stream;
mod upgrade;

pub use conversing::{Conversation, Conversing};
pub use stream::ByteStream;
pub use upgrade::{IntoEnd, Talking, Upgrade};
