//! The engine of standin, without I/O.

mod body;
mod miss;
mod url;

pub use miss::{Detail, Difference, Miss, Part};
