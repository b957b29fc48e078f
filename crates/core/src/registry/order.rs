//! The order in which mocks are asked: inner scopes first, then lower priorities, then first come.

use std::cmp::Reverse;

/// Between two places lies room for mocks that are moved there.
pub(crate) const STRIDE: u64 = 1 << 20;

/// The key by which mocks are asked. No two mocks of an engine have the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Order {
    depth: Reverse<u32>,
    priority: i32,
    place: u64,
    id: u64,
}

impl Order {
    pub(crate) fn new(depth: u32, priority: i32, place: u64, id: u64) -> Self {
        Self {
            depth: Reverse(depth),
            priority,
            place,
            id,
        }
    }

    pub(crate) fn depth(self) -> u32 {
        self.depth.0
    }

    pub(crate) fn priority(self) -> i32 {
        self.priority
    }

    pub(crate) fn place(self) -> u64 {
        self.place
    }

    pub(crate) fn id(self) -> u64 {
        self.id
    }
}
