//! A `ClientWithMiddleware` of reqwest-middleware runs whatever stands in its chain; standin at its end answers from mocks.
//!
//! One source serves every version of reqwest: each is a feature and a module of its own, and features only add.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![allow(
    clippy::duplicate_mod,
    reason = "middleware.rs is the source for every version of reqwest"
)]

#[cfg(feature = "reqwest")]
#[cfg_attr(docsrs, doc(cfg(feature = "reqwest")))]
pub mod reqwest;
#[cfg(feature = "reqwest-0_12")]
#[cfg_attr(docsrs, doc(cfg(feature = "reqwest-0_12")))]
pub mod reqwest_0_12;

pub use standin_wire::Error;
