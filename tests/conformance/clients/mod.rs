//! The clients on which the suite is mounted.

pub mod hyper;
pub mod network;
pub mod reqwest;
pub mod reqwest_0_12;
pub mod tower;

pub use hyper::Hyper;
pub use tower::{Layer, Service};
