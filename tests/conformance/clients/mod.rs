//! The clients on which the suite is mounted.

pub mod bare;
pub mod hyper;
pub mod network;
pub mod reqwest;
pub mod reqwest_0_12;
pub mod tower;
pub mod ureq;

pub use hyper::Hyper;
pub use tower::{Layer, Service};
pub use ureq::Ureq;
