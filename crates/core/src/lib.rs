//! The engine of standin, without I/O.

mod body;
mod miss;

pub use miss::{Detail, Difference, Miss, Part};
