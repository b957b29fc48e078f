//! Calls as a list that can be asked.

use std::fmt;
use std::ops::Deref;
use std::vec;

use serde_core::{Serialize, Serializer};

use crate::journal::call::Call;
use crate::matching::Condition;

/// Calls in order: a slice that can be filtered by the same matchers that declarations use.
#[derive(Clone, Default)]
pub struct Calls(Vec<Call>);

impl Serialize for Calls {
    /// As the list of its calls.
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(to)
    }
}

impl fmt::Debug for Calls {
    /// The last 20.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut list = f.debug_list();
        let before = self.0.len().saturating_sub(20);
        if before > 0 {
            list.entry(&format_args!("{before} before"));
        }
        list.entries(&self.0[before..]).finish()
    }
}

impl Calls {
    pub(crate) fn new(calls: Vec<Call>) -> Self {
        Self(calls)
    }

    /// The calls whose request fits.
    ///
    /// # Panics
    /// When something in the matcher cannot work, such as a regex that is none.
    #[must_use]
    #[track_caller]
    pub fn filter(&self, matcher: impl Into<Condition>) -> Self {
        let matcher = matcher.into();
        matcher.refuse_mistake();
        Self(
            self.0
                .iter()
                .filter(|call| matcher.accepts(call.request()))
                .cloned()
                .collect(),
        )
    }
}

impl Deref for Calls {
    type Target = [Call];

    fn deref(&self) -> &[Call] {
        &self.0
    }
}

impl IntoIterator for Calls {
    type Item = Call;
    type IntoIter = vec::IntoIter<Call>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'c> IntoIterator for &'c Calls {
    type Item = &'c Call;
    type IntoIter = std::slice::Iter<'c, Call>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}
