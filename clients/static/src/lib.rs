//! Nothing here: what this crate tries is in its tests.
