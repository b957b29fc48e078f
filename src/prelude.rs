//! What a test writes: `use standin::prelude::*`.

pub use crate::run::Run;
pub use standin_core::prelude::*;
