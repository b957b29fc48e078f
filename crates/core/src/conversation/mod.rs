//! Not every server speaks HTTP. A mock of a connection, `mock::tcp("redis.example.com:6379")`, is served by a protocol: a script, a
//! closure over the stream of bytes, or whatever implements [`Protocol`].
//!
//! Core has no stream. `pipe.rs` is what the two ends share: the test's is `connection.rs`, the adapter's `engine/carried.rs`, which
//! moves bytes and polls the protocol. `script.rs` and `playing.rs` are scripts, `protocol.rs` is what may stand in `.serve(..)`,
//! `mock.rs` the builder, `transcript.rs` what was said, `socket.rs` the name of a Unix socket as a host.

mod broken;
mod connection;
mod mock;
mod pipe;
mod playing;
mod protocol;
mod script;
mod socket;
#[cfg(test)]
mod tests;
mod transcript;

pub(crate) use broken::Broken;
pub use connection::Connection;
pub use mock::TcpMock;
pub(crate) use pipe::{Due, Ending, Pipe, Sleeper};
pub use protocol::{IntoProtocol, Protocol, ToClient};
pub(crate) use protocol::{Playing, Serve};
pub use script::{ByteScript, script};
pub(crate) use socket::host_of_path;
pub use transcript::Said;
