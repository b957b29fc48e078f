//! What happened, whole and in order.
//!
//! `record.rs` is a request in few bytes, `entry.rs` a call and `entries.rs` the journal inside the engine, `call.rs` and `calls.rs` the snapshots that
//! users read, `digest.rs` what is left of a body that is too long.

mod call;
mod calls;
mod digest;
mod entries;
mod entry;
mod record;

pub use call::{Call, CallOutcome};
pub use calls::Calls;
pub use digest::Digest;
pub(crate) use digest::Hasher;
pub(crate) use entries::{BODY_BOUND, Displaced, Journal, bound_of_one};
pub(crate) use entry::{Entry, Settled, Verdict};
pub(crate) use record::{COPIED, Cut, Record};
