//! A thousand regexes as one automaton.
//!
//! Asking each of them would cost a thousand searches for each request. They are gathered in tiers, each one `RegexSet`, which
//! says in a single pass who may match. A new regex is loose at first; when enough are, they are built into a tier together
//! with the smaller ones, so that every regex is built a logarithmic number of times.

use std::collections::BTreeMap;
use std::sync::Arc;

use regex::{Regex, RegexSet, RegexSetBuilder};

use crate::registry::bucket::Bucket;
use crate::registry::index::Candidate;
use crate::registry::live::Live;
use crate::registry::order::Order;

/// Fewer than these are asked one by one.
const LOOSE: usize = 8;

/// Memory that the automaton of a tier may take.
const SIZE_LIMIT: usize = 256 << 20;

#[derive(Debug, Default)]
pub(super) struct Regexes {
    loose: BTreeMap<Order, (Arc<Live>, Regex)>,
    candidates: Bucket,
    tiers: Vec<Arc<RegexTier>>,
    closed: usize,
    /// Loose ones that a tier could not hold stay loose.
    stuck: usize,
}

/// Mocks whose regexes are one automaton.
#[derive(Debug)]
pub(crate) struct RegexTier {
    set: RegexSet,
    members: Vec<(Order, Arc<Live>, Regex)>,
}

impl Regexes {
    pub(super) fn insert(&mut self, order: Order, live: &Arc<Live>, regex: &Regex) {
        self.loose.insert(order, (Arc::clone(live), regex.clone()));
        self.candidates.insert(order, live);
    }

    /// Says whether others have become loose again; their tier goes to `displaced`.
    pub(super) fn remove(&mut self, order: Order, displaced: &mut Vec<Arc<RegexTier>>) -> bool {
        if self.loose.remove(&order).is_some() {
            self.candidates.remove(order);
            return false;
        }
        let moved = |tier: &Arc<RegexTier>| tier.open_at(order).is_some();
        if let Some(at) = self.tiers.iter().position(moved) {
            // It lives on at another place, and a tier cannot forget the old one.
            let tier = self.tiers.remove(at);
            self.loosen(&tier, order);
            displaced.push(tier);
            return true;
        }
        self.closed += 1;
        let members: usize = self.tiers.iter().map(|tier| tier.members.len()).sum();
        let loosen = self.closed * 2 > members;
        if loosen {
            self.closed = 0;
            for tier in std::mem::take(&mut self.tiers) {
                self.loosen(&tier, order);
                displaced.push(tier);
            }
        }
        loosen
    }

    /// Makes the members of a tier loose, but for the closed ones and that at `gone`.
    fn loosen(&mut self, tier: &RegexTier, gone: Order) {
        for (at, live, regex) in &tier.members {
            if live.is_open() && *at != gone {
                self.insert(*at, live, regex);
            }
        }
    }

    /// Those that are asked one by one.
    pub(super) fn loose(&self) -> &Bucket {
        &self.candidates
    }

    pub(super) fn tiers(&self) -> &[Arc<RegexTier>] {
        &self.tiers
    }

    pub(super) fn into_tiers(self) -> Vec<Arc<RegexTier>> {
        self.tiers
    }

    /// Builds a tier when enough are loose, and says whether it did; those that went into it go to `displaced`.
    pub(super) fn gather(&mut self, displaced: &mut Vec<Arc<RegexTier>>) -> bool {
        if self.loose.len() < LOOSE.max(self.stuck * 2) {
            return false;
        }
        let mut members: Vec<(Order, Arc<Live>, Regex)> = std::mem::take(&mut self.loose)
            .into_iter()
            .map(|(order, (live, regex))| (order, live, regex))
            .collect();
        self.candidates = Bucket::default();
        while let Some(tier) = self
            .tiers
            .pop_if(|tier| tier.members.len() <= members.len() * 2)
        {
            members.extend(
                tier.members
                    .iter()
                    .filter(|(_, live, _)| live.is_open())
                    .cloned(),
            );
            displaced.push(tier);
        }
        members.sort_by_key(|(order, ..)| *order);
        let built = RegexSetBuilder::new(members.iter().map(|(.., regex)| regex.as_str()))
            .size_limit(SIZE_LIMIT)
            .dfa_size_limit(SIZE_LIMIT)
            .build();
        match built {
            Ok(set) => {
                self.tiers.push(Arc::new(RegexTier { set, members }));
                true
            }
            Err(_) => {
                self.stuck = members.len();
                for (order, live, regex) in members {
                    self.insert(order, &live, &regex);
                }
                false
            }
        }
    }
}

impl RegexTier {
    /// The member at `order`, while it is open.
    fn open_at(&self, order: Order) -> Option<&Arc<Live>> {
        let at = self
            .members
            .binary_search_by_key(&order, |(at, ..)| *at)
            .ok()?;
        Some(&self.members[at].1).filter(|live| live.is_open())
    }

    /// Adds the open mocks whose regex is found in `text`.
    pub(crate) fn find(&self, text: &str, found: &mut Vec<Candidate>) {
        for at in &self.set.matches(text) {
            let (order, live, _) = &self.members[at];
            if live.is_open() {
                found.push((*order, Arc::clone(live)));
            }
        }
    }
}
