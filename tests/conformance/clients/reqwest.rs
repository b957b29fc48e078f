//! A `ClientWithMiddleware` of reqwest 0.13.

use reqwest as client;
use reqwest_middleware as chain;
use standin::reqwest::{Middleware, middleware};

#[path = "chain.rs"]
mod mounted;

pub use mounted::Chain;
