//! Some clients want more than answers: a connection on which both sides talk. What is said there is decided here, and carried by
//! whoever has the stream; core has none.
//!
//! Each way of talking has its place. `bytes/` are connections of whatever protocol (`mock::tcp(..)`, `mock::unix(..)`), claimed when
//! a client connects. `websocket/` are messages, and `upgrade.rs` a protocol of the test's own: a request asks for these, and
//! `conversing.rs` is the decision to talk. Streams of gRPC are bodies, both at a time: they are in `grpc/`. What they share: `end.rs`,
//! how a closure that talks ends, and `stream.rs`, what a stream must be able to do for one.

mod bytes;
mod conversing;
mod end;
mod stream;
mod upgrade;
mod websocket;

pub(crate) use self::bytes::{Broken, Due, Ending, Pipe, Serve, Sleeper, host_of_path};
pub use self::bytes::{
    ByteScript, Connection, IntoProtocol, Protocol, Said, TcpMock, ToClient, script,
};
pub use conversing::{Conversation, Conversing};
pub use end::IntoEnd;
pub(crate) use end::Run;
pub use stream::ByteStream;
pub use upgrade::{Talking, Upgrade};
#[cfg(feature = "websocket")]
pub(crate) use websocket::Stand;
pub(crate) use websocket::Talked;
#[cfg(feature = "websocket")]
pub use websocket::{
    Command, Gone, IntoScript, Line, Play, Ran, Recorder, Running, Script, Talk, WebSocket, ws,
};
pub use websocket::{Frame, Message, Side};
