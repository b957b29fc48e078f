//! A `ClientWithMiddleware` of reqwest 0.12, and a plain client of it.

use reqwest_0_12 as client;
use reqwest_middleware_0_4 as chain;
use standin::reqwest_0_12::{Middleware, middleware};

#[path = "base_url.rs"]
mod base_url;
#[path = "chain.rs"]
mod mounted;

pub use base_url::BaseUrl;
pub use mounted::Chain;
