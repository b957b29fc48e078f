//! What is measured? One file for each group; a new row is added to its group's `rows`, and standin's part of it to `ours`.

pub mod dispatch;
pub mod interception;
pub mod latency;
mod lifetime;
pub mod memory;
pub mod scaling;
pub mod starting;

use crate::row::Row;

/// Every row, in the order in which it runs and is printed.
pub fn all() -> Vec<Row> {
    [
        dispatch::rows(),
        latency::rows(),
        scaling::rows(),
        lifetime::rows(),
        starting::rows(),
        memory::rows(),
        interception::rows(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
