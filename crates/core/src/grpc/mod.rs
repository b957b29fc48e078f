//! A call of gRPC is a POST whose body is framed messages and whose status comes behind the reply's body, percent-encoded; a test
//! shall say messages and statuses, and nothing of that.
//!
//! [`Status`] and [`Code`] are always here. With feature `grpc` come messages of prost: what was sent is matched decoded
//! (`Builder::message`), replied with (`message`, `stream`, `unary`, `converse`), and read in the journal
//! (`Request::message`). Messages are any [`prost::Message`](https://docs.rs/prost); nothing is generated here.
//!
#![cfg_attr(feature = "grpc", doc = "```")]
#![cfg_attr(not(feature = "grpc"), doc = "```text")]
//! use standin_core::grpc;
//! use standin_core::prelude::*;
//!
//! #[derive(Clone, PartialEq, prost::Message)]
//! struct HelloRequest {
//!     #[prost(string, tag = "1")]
//!     name: String,
//! }
//!
//! #[derive(Clone, PartialEq, prost::Message)]
//! struct HelloReply {
//!     #[prost(string, tag = "1")]
//!     text: String,
//! }
//!
//! # let net = standin_core::activate().lenient();
//! const HELLO: &str = "https://x.io/greet.Greeter/SayHello";
//! let ada = mock::grpc(HELLO)
//!     .message(|m: &HelloRequest| m.name == "Ada")
//!     .optional()
//!     .reply(grpc::message(HelloReply { text: "Good day, Ada.".into() }));
//! mock::grpc(HELLO).optional().reply(grpc::Status::not_found("no such user"));
//! # ada.remove();
//! ```
//!
//! The deadline that a client sends (`grpc-timeout`, `Request::grpc_timeout`) is held against its reply: what a mock has not said by
//! then is not said, but [`Code::DeadlineExceeded`], and the call was aborted. That is a millisecond late, so that a client with a
//! timer of its own hears that first, as it does over a network. A fault is no answer, whatever the time: [`Fault::Hang`](crate::Fault::Hang)
//! hangs.
//!
//! What is not done: gRPC-Web; compressed replies (a compressed request is decoded with feature `compression`).

mod code;
#[cfg(feature = "grpc")]
mod converse;
#[cfg(feature = "grpc")]
mod frame;
#[cfg(feature = "grpc")]
mod matching;
#[cfg(feature = "grpc")]
mod message;
#[cfg(feature = "grpc")]
mod replies;
mod status;

use std::time::Duration;

pub use code::Code;
#[cfg(feature = "grpc")]
pub use converse::{Messages, Sender, converse};
#[cfg(feature = "grpc")]
pub use frame::DecodeError;
#[cfg(feature = "grpc")]
pub(crate) use matching::mock_of;
#[cfg(feature = "grpc")]
pub use replies::{Stream, message, stream, unary};
pub use status::Status;

pub(crate) const CONTENT_TYPE: &str = "application/grpc";

/// Whether a content type is gRPC's: `application/grpc`, or with `+proto` or parameters behind it.
pub fn is_grpc(content_type: &[u8]) -> bool {
    let own = CONTENT_TYPE.as_bytes();
    content_type.len() >= own.len()
        && content_type[..own.len()].eq_ignore_ascii_case(own)
        && matches!(content_type.get(own.len()), None | Some(b'+' | b';' | b' '))
}

/// How long a client gives its call: the value of its header `grpc-timeout`.
pub fn timeout(header: &str) -> Option<Duration> {
    let (number, unit) = header.split_at_checked(header.len().checked_sub(1)?)?;
    if number.len() > 8 || !number.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let number: u64 = number.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(3600 * number)),
        "M" => Some(Duration::from_secs(60 * number)),
        "S" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_millis(number)),
        "u" => Some(Duration::from_micros(number)),
        "n" => Some(Duration::from_nanos(number)),
        _ => None,
    }
}
