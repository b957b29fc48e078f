//! What happened, whole and in order.
//!
//! `record.rs` is a request in few bytes, `entries.rs` the journal inside the engine, `call.rs` and `calls.rs` the snapshots that
//! users read.

mod call;
mod calls;
mod entries;
mod record;

pub use call::{Call, CallOutcome};
pub use calls::Calls;
pub(crate) use entries::{Displaced, Entry, Journal, Settled, Verdict};
pub(crate) use record::Record;
