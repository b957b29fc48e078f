//! How little can the thing cost at all? What one would write by hand for exactly one test, and nothing more.

pub mod dispatch;
pub mod hyper;
pub mod middleware;
pub mod service;
