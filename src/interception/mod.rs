//! Interception is a feature, and whoever makes an engine does not ask whether it is there.

#[cfg(not(feature = "intercept"))]
mod disabled;
#[cfg(feature = "intercept")]
mod enabled;

#[cfg(not(feature = "intercept"))]
pub(crate) use disabled::Interception;
#[cfg(feature = "intercept")]
pub(crate) use enabled::Interception;
