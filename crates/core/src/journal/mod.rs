//! What happened, whole and in order.
//!
//! `record.rs` is a request in few bytes, `entry.rs` one call, `entries.rs` the journal inside the engine, `call.rs` and `calls.rs` the snapshots that
//! users read.

mod call;
mod calls;
mod entries;
mod entry;
mod record;

pub use call::{Call, CallOutcome};
pub use calls::Calls;
pub(crate) use entries::{Displaced, Journal};
pub(crate) use entry::{Entry, Settled, Verdict};
pub(crate) use record::{COPIED, Record};
