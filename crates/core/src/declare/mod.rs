//! Declaring: what a test expects, as plain data, and the fluent builder that makes it.

pub(crate) mod authority;
mod bind;
mod builder;
pub(crate) mod declaration;
mod error;
mod into_url;
mod times;

pub use bind::{Base, Draft, Mock};
pub(crate) use bind::{Place, refuse, standard_methods};
pub use builder::Builder;
pub use declaration::Declaration;
pub use error::DeclareError;
pub use into_url::IntoUrl;
pub use times::{IntoTimes, Times};
