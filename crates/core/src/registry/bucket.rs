//! The open mocks of one place in the index, by their order. Most places have one mock, and a map for one would be ten times as
//! large as what it holds.

use std::collections::{BTreeMap, btree_map};
use std::ops::Bound;
use std::sync::Arc;

use crate::registry::live::Live;
use crate::registry::order::Order;

#[derive(Debug, Default)]
pub(crate) enum Bucket {
    #[default]
    Empty,
    One(Order, Arc<Live>),
    Several(BTreeMap<Order, Arc<Live>>),
}

/// Those of a bucket, in order.
pub(super) enum Members<'b> {
    One(Option<(&'b Order, &'b Arc<Live>)>),
    Several(btree_map::Range<'b, Order, Arc<Live>>),
}

impl Bucket {
    pub(super) fn insert(&mut self, order: Order, live: &Arc<Live>) {
        let live = Arc::clone(live);
        *self = match std::mem::take(self) {
            Self::Empty => Self::One(order, live),
            Self::One(other, first) => Self::Several([(other, first), (order, live)].into()),
            Self::Several(mut several) => {
                several.insert(order, live);
                Self::Several(several)
            }
        };
    }

    pub(super) fn remove(&mut self, order: Order) {
        match self {
            Self::One(one, _) if *one == order => *self = Self::Empty,
            Self::Empty | Self::One(..) => {}
            Self::Several(several) => {
                several.remove(&order);
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::One(..) => false,
            Self::Several(several) => several.is_empty(),
        }
    }

    pub(super) fn first(&self) -> Option<(&Order, &Arc<Live>)> {
        match self {
            Self::Empty => None,
            Self::One(order, live) => Some((order, live)),
            Self::Several(several) => several.first_key_value(),
        }
    }

    /// Those behind `after`, in order.
    pub(super) fn behind(&self, after: Option<Order>) -> Members<'_> {
        match self {
            Self::Several(several) => {
                let from = after.map_or(Bound::Unbounded, Bound::Excluded);
                Members::Several(several.range((from, Bound::Unbounded)))
            }
            one => Members::One(one.first().filter(|(order, _)| Some(**order) > after)),
        }
    }
}

impl<'b> Iterator for Members<'b> {
    type Item = (&'b Order, &'b Arc<Live>);

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::One(one) => one.take(),
            Self::Several(several) => several.next(),
        }
    }
}
