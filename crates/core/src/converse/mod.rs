//! A request may ask for more than an answer: for a connection on which both sides then talk. What is said there is decided here,
//! and carried by whoever has the stream.
//!
//! `conversing.rs` is such an outcome, `upgrade.rs` a protocol of the test's own, `stream.rs` what a stream must be able to do.
//! `script.rs` is what is said over a WebSocket, `expect.rs` what the client has to say, `talk.rs` plays it; `socket.rs` is what
//! closures hold, `message.rs` what is said, `talked.rs` what is kept of it.

mod conversing;
#[cfg(feature = "websocket")]
mod expect;
mod message;
#[cfg(feature = "websocket")]
mod script;
#[cfg(feature = "websocket")]
mod socket;
mod stream;
#[cfg(feature = "websocket")]
mod talk;
mod talked;
mod upgrade;

pub use conversing::{Conversation, Conversing};
pub use message::{Frame, Message, Side};
#[cfg(feature = "websocket")]
pub use script::{IntoScript, Script, ws};
#[cfg(feature = "websocket")]
pub use socket::{Command, Gone, Line, WebSocket};
pub use stream::ByteStream;
#[cfg(feature = "websocket")]
pub use talk::{Play, Ran, Recorder, Running, Talk};
#[cfg(feature = "websocket")]
pub(crate) use talked::Stand;
pub(crate) use talked::Talked;
pub use upgrade::{IntoEnd, Talking, Upgrade};
