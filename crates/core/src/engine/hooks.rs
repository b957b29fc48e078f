//! What is asked and changed before any mock is looked for.

use std::fmt;
use std::panic::Location;

use crate::declare::declaration::{Filter, Map};

/// A filter or a map of the whole engine.
#[derive(Clone)]
pub(crate) struct Hook<F> {
    pub(crate) scope: u64,
    pub(crate) at: &'static Location<'static>,
    pub(crate) run: F,
}

/// Engine-wide filters and maps, in the order in which they were added.
#[derive(Clone, Default)]
pub(crate) struct Hooks {
    pub(crate) filters: Vec<Hook<Filter>>,
    pub(crate) maps: Vec<Hook<Map>>,
}

impl Hooks {
    pub(crate) fn is_empty(&self) -> bool {
        self.filters.is_empty() && self.maps.is_empty()
    }

    /// Those that outlive a scope.
    pub(crate) fn without(&self, scope: u64) -> Self {
        let mut rest = self.clone();
        rest.filters.retain(|hook| hook.scope != scope);
        rest.maps.retain(|hook| hook.scope != scope);
        rest
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
