//! A client of reqwest is connected to mocks by a layer in its connector; a `ClientWithMiddleware` of reqwest-middleware is answered
//! by a middleware at the end of its chain.
//!
//! One source serves every version of reqwest: each is a feature and a module of its own, and features only add.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![allow(
    clippy::duplicate_mod,
    reason = "layer.rs and middleware.rs are the source for every version of reqwest"
)]

#[cfg(any(feature = "reqwest", feature = "reqwest-0_12"))]
mod destination;
#[cfg(any(feature = "reqwest", feature = "reqwest-0_12"))]
mod lent;

#[cfg(feature = "reqwest")]
#[cfg_attr(docsrs, doc(cfg(feature = "reqwest")))]
pub mod reqwest;
#[cfg(feature = "reqwest-0_12")]
#[cfg_attr(docsrs, doc(cfg(feature = "reqwest-0_12")))]
pub mod reqwest_0_12;

pub use standin_wire::{BoxError, Error};
