//! Over a WebSocket both sides say messages, whenever they like. A mock follows a script (`script.rs`) or a closure.
//!
//! `expect.rs` is what the client has to say, `talk.rs` plays a script and judges, `socket.rs` is what closures hold, `message.rs` what
//! is said, `talked.rs` what the journal keeps of it. Frames are the adapter's.

#[cfg(feature = "websocket")]
mod expect;
pub(super) mod message;
#[cfg(feature = "websocket")]
pub(super) mod script;
#[cfg(feature = "websocket")]
mod socket;
#[cfg(feature = "websocket")]
mod talk;
mod talked;

pub use message::{Frame, Message, Side};
#[cfg(feature = "websocket")]
pub use script::{IntoScript, Script, ws};
#[cfg(feature = "websocket")]
pub use socket::{Command, Gone, Line, WebSocket};
#[cfg(feature = "websocket")]
pub use talk::{Play, Ran, Recorder, Running, Talk};
#[cfg(feature = "websocket")]
pub(crate) use talked::Stand;
pub(crate) use talked::Talked;
