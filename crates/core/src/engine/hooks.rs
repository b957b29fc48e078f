//! What is asked and changed before any mock is looked for.

use std::fmt;
use std::panic::Location;

use crate::declare::declaration::{Filter, Map};

/// Engine-wide filters and maps, in the order in which they were added.
#[derive(Clone, Default)]
pub(crate) struct Hooks {
    pub(crate) filters: Vec<(&'static Location<'static>, Filter)>,
    pub(crate) maps: Vec<(&'static Location<'static>, Map)>,
}

impl Hooks {
    pub(crate) fn is_empty(&self) -> bool {
        self.filters.is_empty() && self.maps.is_empty()
    }
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} filters, {} maps",
            self.filters.len(),
            self.maps.len()
        )
    }
}
