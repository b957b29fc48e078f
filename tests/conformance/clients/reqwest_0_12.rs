//! A `ClientWithMiddleware` of reqwest 0.12.

use reqwest_0_12 as client;
use reqwest_middleware_0_4 as chain;
use standin::reqwest_0_12::{Middleware, middleware};

#[path = "chain.rs"]
mod mounted;

pub use mounted::Chain;
