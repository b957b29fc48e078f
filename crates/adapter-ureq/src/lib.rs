//! ureq connects to whatever its URL says. An agent made here connects to the mocks of a test, and is ureq in all else.
//!
//! ```
//! use standin_core::prelude::*;
//!
//! # fn main() -> Result<(), ureq::Error> {
//! let _net = standin_core::activate();
//! mock::get("https://api.github.com/zen").reply("Keep it logically awesome.");
//!
//! let agent = standin_ureq::agent();
//! let said = agent.get("https://api.github.com/zen").call()?.body_mut().read_to_string()?;
//! assert_eq!(said, "Keep it logically awesome.");
//! # Ok(())
//! # }
//! ```
//!
//! `https` needs no TLS here, and no TLS feature of ureq is switched on. The server runs in the thread that calls ureq, in memory.
//! ureq's timeouts are the machine's time, so a reply's delay is too, even within a tokio runtime whose time is paused. An
//! async closure that replies has a tokio runtime only where the calling thread has one.
//!
//! # What is not stable
//!
//! ureq lets its connections be replaced in `ureq::unversioned`, which may change with any minor release. So this crate fits ureq
//! 3.5 alone (`~3.5`), and cargo keeps a project that uses it there until standin follows.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod connector;
mod mocked;
mod parking;
mod place;
mod real;
mod refused;
mod upstream;

use standin_core::Engine;
use standin_wire::Seat;
use ureq::Agent;
use ureq::config::Config;

pub use connector::{Connector, Resolver};
pub use standin_wire::Error;

/// An agent with ureq's default configuration that connects to the mocks of the engine that is active now, as long as it lives;
/// without one, of the engine that is active at the request.
///
/// A request that no mock matches gets 501, which ureq turns into [`ureq::Error::StatusCode`] unless it is told otherwise; an
/// authority that no mock could have is [`std::io::ErrorKind::ConnectionRefused`], with the report as its text. Verification
/// fails either way. What a pass-through mock or the network policy lets out goes by ureq's own connector.
pub fn agent() -> Agent {
    agent_with(Config::default())
}

/// The same with a configuration: timeouts, redirects, middleware.
///
/// ```
/// use std::time::Duration;
/// use standin_core::prelude::*;
///
/// let _net = standin_core::activate();
/// mock::get("https://x.io/slow").reply(reply(200).delay(secs(30)));
///
/// let config = ureq::Agent::config_builder().timeout_global(Some(Duration::from_millis(200))).build();
/// let refused = standin_ureq::agent_with(config).get("https://x.io/slow").call();
/// assert!(matches!(refused, Err(ureq::Error::Timeout(_))));
/// ```
pub fn agent_with(config: Config) -> Agent {
    Agent::with_parts(config, connector(), resolver())
}

/// What [`agent`] is made of, for [`Agent::with_parts`].
pub fn connector() -> Connector {
    Connector::new(Seat::of_client())
}

/// A connector to the mocks of `engine`.
///
/// ```
/// use standin_core::{Engine, prelude::*};
///
/// # fn main() -> Result<(), ureq::Error> {
/// let engine = Engine::new();
/// engine.get("https://x.io/").reply(204);
///
/// let config = ureq::config::Config::default();
/// let agent = ureq::Agent::with_parts(config, standin_ureq::connector_for(&engine), standin_ureq::resolver());
/// assert_eq!(agent.get("https://x.io/").call()?.status(), 204);
/// # Ok(())
/// # }
/// ```
pub fn connector_for(engine: &Engine) -> Connector {
    Connector::new(Seat::of(engine))
}

/// A resolver that asks nobody: the [`Connector`] resolves what goes to the real network, and mocks have no address.
pub fn resolver() -> Resolver {
    Resolver::default()
}
