//! Not every server speaks HTTP. A mock of a connection, `mock::tcp("redis.example.com:6379")`, is served by a protocol: a script, a
//! closure over the stream of bytes, or whatever implements [`Protocol`].
//!
//! `pipe.rs` is what the two ends share: the test's is `connection.rs`, the adapter's `engine/carried.rs`, which moves bytes and polls
//! the protocol. `script.rs` and `playing.rs` are scripts, `protocol.rs` is what may stand in `.serve(..)`, `mock.rs` the builder,
//! `broken.rs` what went wrong, `transcript.rs` what was said, `unix.rs` the path of a socket as a host.

mod broken;
mod connection;
mod mock;
mod pipe;
mod playing;
mod protocol;
mod script;
#[cfg(test)]
mod tests;
mod transcript;
mod unix;

pub(crate) use broken::Broken;
pub use connection::Connection;
pub use mock::TcpMock;
pub(crate) use pipe::{Due, Ending, Pipe, Sleeper};
pub(crate) use protocol::Serve;
pub use protocol::{IntoProtocol, Protocol, ToClient};
pub use script::{ByteScript, script};
pub use transcript::Said;
pub(crate) use unix::host_of_path;
