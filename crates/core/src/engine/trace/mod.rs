//! A test that goes wrong is read beside the log of the code under test, so each decision is an event there too.
//!
//! An event has the target `standin` and tells of one call: its number, method, URL, outcome, mock, and where nothing matched the
//! nearest mock with what it missed. Credentials are masked as in a report. It is made outside the engine's lock, and only where a
//! subscriber listens; without the feature `tracing` these functions are empty.

#[cfg(not(feature = "tracing"))]
mod disabled;
#[cfg(feature = "tracing")]
mod enabled;

#[cfg(not(feature = "tracing"))]
pub(super) use disabled::{call, decided};
#[cfg(feature = "tracing")]
pub(super) use enabled::{call, decided};
