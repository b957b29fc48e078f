//! A `ClientWithMiddleware` and a plain client of reqwest 0.12.

use reqwest_0_12 as client;
use reqwest_middleware_0_4 as chain;
use standin::reqwest_0_12::{Middleware, layer, middleware};

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
