//! A `ClientWithMiddleware` and a plain client of reqwest 0.13.

use reqwest as client;
use reqwest_middleware as chain;
use standin::reqwest::{Middleware, layer, middleware};

#[path = "base_url.rs"]
mod base_url;
#[path = "chain.rs"]
mod mounted;

pub use base_url::BaseUrl;
#[path = "blocking.rs"]
mod blocking;
#[path = "by_name.rs"]
mod by_name;
#[path = "plain.rs"]
mod plain;

pub use blocking::Blocking;
pub use by_name::Bare;
pub use mounted::Chain;
pub use plain::Plain;
