//! For reqwest 0.13 with reqwest-middleware 0.5.

use ::reqwest_0_13 as client;
use ::reqwest_middleware_0_5 as chain;

#[path = "middleware.rs"]
mod middleware;

pub use middleware::{Middleware, middleware, middleware_for};
