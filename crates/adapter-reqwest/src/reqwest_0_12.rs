//! For reqwest 0.12 with reqwest-middleware 0.4.

use ::reqwest_0_12 as client;
use ::reqwest_middleware_0_4 as chain;

#[path = "middleware.rs"]
mod middleware;

pub use middleware::{Middleware, middleware, middleware_for};
