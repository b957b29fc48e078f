//! All mocks of an engine, and the index that keeps finding one flat in their number.
//!
//! Ids are names and never reused; order is a key and never a position. A mock that is spent leaves the index and stays
//! here for reports.

mod bucket;
mod hash;
mod index;
mod live;
mod order;
mod regexes;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub(crate) use index::{Candidate, Index, Tiers};
pub(crate) use live::{Live, Standing};
pub(crate) use order::Order;

use order::STRIDE;

use crate::url::Authorities;

/// The mocks of one engine.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    mocks: BTreeMap<u64, (Order, Arc<Live>)>,
    index: Index,
    /// Those of the mocks up to `counted`: most tests never ask for them.
    authorities: Authorities,
    /// The id of the last mock whose authority was counted.
    counted: u64,
    next_place: u64,
    /// How often the order of registered mocks was changed.
    reorders: u64,
    /// Whether a mock was ever here that has something to say to who connects.
    meets_connections: bool,
    /// Whether a mock was ever here that one version of HTTP alone can carry out.
    wants_version: bool,
    /// Whether a mock was ever here that replies before the body of a request, or takes that as it comes.
    early: bool,
}

impl Registry {
    /// Registers a mock behind all others of its scope and priority.
    pub(crate) fn add(&mut self, live: Arc<Live>) {
        self.next_place += STRIDE;
        let order = Order::new(
            live.depth,
            live.declaration.priority.unwrap_or(0),
            self.next_place,
            live.id,
        );
        self.insert(order, live);
    }

    fn insert(&mut self, order: Order, live: Arc<Live>) {
        self.meets_connections |= live.meets_connections();
        self.wants_version |= live.wanted_version().is_some();
        self.early |= live.is_early();
        if live.is_open() && !live.is_of_connections() {
            self.index.insert(order, &live);
        }
        self.mocks.insert(live.id, (order, live));
    }

    /// Takes a spent or removed mock out of the index.
    pub(crate) fn retire(&mut self, live: &Live) {
        if let Some((order, live)) = self.mocks.get(&live.id) {
            self.index.remove(*order, live);
        }
    }

    /// Forgets the mocks that `gone` says, entirely: a request that has one in hand can claim it no more.
    /// They are given back, because what the user's closures hold is to be dropped outside the lock.
    #[must_use = "dropped by the caller, outside the lock"]
    pub(crate) fn forget(&mut self, stamp: u64, gone: impl Fn(&Live) -> bool) -> Vec<Arc<Live>> {
        let Self {
            mocks,
            index,
            authorities,
            counted,
            ..
        } = self;
        let mut forgotten = Vec::new();
        mocks.retain(|_, (order, live)| {
            if !gone(live) {
                return true;
            }
            if live.is_open() {
                live.close(Standing::Removed, stamp);
                index.remove(*order, live);
            }
            if live.id <= *counted {
                authorities.remove(&live.authority());
            }
            forgotten.push(Arc::clone(live));
            false
        });
        forgotten
    }

    /// Puts `live` in the place of `old`, in its order; a priority that its declaration says is its own.
    pub(crate) fn replace(&mut self, old: &Live, live: Arc<Live>) {
        match self.mocks.get(&old.id) {
            Some((order, _)) => {
                let priority = live.declaration.priority.unwrap_or(order.priority());
                let order = Order::new(order.depth(), priority, order.place(), live.id);
                self.insert(order, live);
            }
            None => self.add(live),
        }
    }

    /// Moves a mock directly before another of a scope as deep; both go by the other's priority. One of another depth stays,
    /// because inner scopes are asked first whatever their mocks' places are.
    pub(crate) fn move_before(&mut self, live: &Live, other: &Live) {
        let Some(&(target, _)) = self.mocks.get(&other.id) else {
            return;
        };
        if live.depth != other.depth {
            return;
        }
        let before = self.places_before(target, live.id);
        let place = match before {
            Some(before) if target.place() - before > 1 => before + (target.place() - before) / 2,
            None if target.place() > 1 => target.place() / 2,
            _ => {
                self.spread();
                return self.move_before(live, other);
            }
        };
        self.reorder(live.id, |order| {
            Order::new(target.depth(), target.priority(), place, order.id())
        });
    }

    /// Moves a mock behind all others of its scope and priority.
    pub(crate) fn move_last(&mut self, live: &Live) {
        self.next_place += STRIDE;
        let place = self.next_place;
        self.reorder(live.id, |order| {
            Order::new(order.depth(), order.priority(), place, order.id())
        });
    }

    /// Changes the priority of a mock.
    pub(crate) fn set_priority(&mut self, live: &Live, priority: i32) {
        self.reorder(live.id, |order| {
            Order::new(order.depth(), priority, order.place(), order.id())
        });
    }

    fn reorder(&mut self, id: u64, change: impl FnOnce(Order) -> Order) {
        let Some((order, live)) = self.mocks.remove(&id) else {
            return;
        };
        if live.is_open() {
            self.index.remove(order, &live);
        }
        self.reorders += 1;
        self.insert(change(order), live);
    }

    /// The greatest place below that of `target`, of another mock than `moving`.
    fn places_before(&self, target: Order, moving: u64) -> Option<u64> {
        self.mocks
            .iter()
            .filter(|(id, _)| **id != moving)
            .map(|(_, (order, _))| order.place())
            .filter(|place| *place < target.place())
            .max()
    }

    /// Gives every mock a new place with room on both sides.
    fn spread(&mut self) {
        let mut all: Vec<(Order, Arc<Live>)> =
            std::mem::take(&mut self.mocks).into_values().collect();
        all.sort_by_key(|(order, _)| (order.place(), order.id()));
        let old = std::mem::take(&mut self.index);
        self.reorders += old.moves() + 1;
        self.index.displace(old);
        self.next_place = 0;
        for (order, live) in all {
            self.next_place += STRIDE;
            let order = Order::new(order.depth(), order.priority(), self.next_place, order.id());
            self.insert(order, live);
        }
    }

    pub(crate) fn meets_connections(&self) -> bool {
        self.meets_connections
    }

    /// Whether there ever was a mock that declares what one version of HTTP alone can carry out.
    pub(crate) fn wants_version(&self) -> bool {
        self.wants_version
    }

    pub(crate) fn has_early(&self) -> bool {
        self.early
    }

    /// Whether a connection to this host and port could carry a request for some mock, spent ones included.
    pub(crate) fn claim(&mut self, host: &str, port: u16) -> bool {
        self.count_authorities();
        self.authorities.claim(host, port)
    }

    /// The ports of this host by which a request could come, where they can be told; `None` when none could.
    pub(crate) fn claimed_ports(&mut self, host: &str) -> Option<BTreeSet<u16>> {
        self.count_authorities();
        self.authorities.ports(host)
    }

    fn count_authorities(&mut self) {
        for (id, (_, live)) in self.mocks.range(self.counted + 1..) {
            self.authorities.add(live.authority());
            self.counted = *id;
        }
    }

    pub(crate) fn index(&mut self) -> &mut Index {
        &mut self.index
    }

    pub(crate) fn reorders(&self) -> u64 {
        self.reorders + self.index.moves()
    }

    /// All mocks in the order in which they are asked.
    pub(crate) fn in_order(&self) -> Vec<Arc<Live>> {
        let mut all: Vec<&(Order, Arc<Live>)> = self.mocks.values().collect();
        all.sort_by_key(|(order, _)| *order);
        all.into_iter().map(|(_, live)| Arc::clone(live)).collect()
    }

    /// The mocks that were registered after this stamp.
    pub(crate) fn since(&self, stamp: u64) -> impl Iterator<Item = &Arc<Live>> {
        self.mocks
            .values()
            .rev()
            .map(|(_, live)| live)
            .take_while(move |live| live.since > stamp)
            .filter(move |live| live.stands_since > stamp)
    }

    /// All mocks in the order of registration.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Live>> {
        self.mocks.values().map(|(_, live)| live)
    }
}
