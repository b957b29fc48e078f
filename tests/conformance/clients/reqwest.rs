//! A `ClientWithMiddleware` of reqwest 0.13, and a plain client of it.

use reqwest as client;
use reqwest_middleware as chain;
use standin::reqwest::{Middleware, middleware};

#[path = "base_url.rs"]
mod base_url;
#[path = "chain.rs"]
mod mounted;

pub use base_url::BaseUrl;
pub use mounted::Chain;
