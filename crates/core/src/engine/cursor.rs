//! Where in the order of mocks an exchange is: what was fetched from the index and not asked yet.
//!
//! Candidates are taken a few at a time under a stamp, so that nothing is copied and a mock that was registered meanwhile is not
//! seen.

use crate::engine::state::State;
use crate::registry::{Candidate, Order, Tiers};
use crate::url::TargetRef;

/// How many candidates are taken from the index at a time, once the first did not fit.
const BATCH: usize = 32;

/// Where in the order of mocks the exchange is.
#[derive(Debug, Default)]
pub(super) struct Cursor {
    /// Mocks registered after this stamp are not seen.
    pub(super) as_of: u64,
    pub(super) reorders: u64,
    pub(super) after: Option<Order>,
    /// The candidate that was fetched first: usually the one that fits.
    pub(super) fetched: Option<Candidate>,
    /// Whether that one was found by host and path that are literally those of the request.
    pub(super) is_literal: bool,
    /// Those fetched after it and not asked yet, the next one last.
    pub(super) more: Vec<Candidate>,
    /// What the automata found, the next one last.
    pub(super) by_regex: Vec<Candidate>,
    pub(super) exhausted: bool,
    /// Whether mocks were moved meanwhile, so that some are met again.
    pub(super) again: bool,
    pub(super) asked: Vec<u64>,
    /// Not asked any more, and perhaps forgotten by the registry: dropped outside the lock.
    displaced: Vec<Candidate>,
}

impl Cursor {
    /// Takes the next candidates from the index; at first one only, and the automata to be searched.
    pub(super) fn fetch(&mut self, state: &mut State, target: &TargetRef<'_>) -> Option<Tiers> {
        let mut tiers = None;
        // A mock that changed its bucket meanwhile is in none of those behind `after`, or in one of them once more.
        if self.after.is_some() && self.reorders != state.registry.reorders() {
            self.restart();
        }
        if self.after.is_none() {
            let index = state.registry.index();
            tiers = index.has_regexes().then(|| index.tiers(target));
            self.reorders = state.registry.reorders();
            let first = state.registry.index().first(target);
            self.is_literal = first.as_ref().is_some_and(|(_, is_literal)| *is_literal);
            self.fetched = first.map(|(candidate, _)| candidate);
            self.exhausted = self.fetched.is_none();
            self.after = self.fetched.as_ref().map(|(order, _)| *order);
        } else {
            state
                .registry
                .index()
                .next(target, self.after, BATCH, &mut self.more);
            self.exhausted = self.more.len() < BATCH;
            self.after = self.more.last().map(|(order, _)| *order).or(self.after);
            self.more.reverse();
        }
        tiers
    }

    /// Begins again with the first mock; nobody is asked twice.
    pub(super) fn restart(&mut self) {
        self.again = true;
        self.after = None;
        self.exhausted = false;
        self.displaced.append(&mut self.more);
        self.displaced.append(&mut self.by_regex);
        self.displaced.extend(self.fetched.take());
    }

    /// Searches the automata; outside the lock, because it takes a while.
    pub(super) fn search(&mut self, tiers: Option<Tiers>, target: &TargetRef<'_>) {
        self.displaced.clear();
        let Some(tiers) = tiers else {
            return;
        };
        for tier in &tiers.over_paths {
            tier.find(target.path, &mut self.by_regex);
        }
        if !tiers.over_urls.is_empty() {
            let url = target.url();
            tiers
                .over_urls
                .iter()
                .for_each(|tier| tier.find(&url, &mut self.by_regex));
        }
        self.by_regex
            .sort_by_key(|(order, _)| std::cmp::Reverse(*order));
    }

    /// The next of both, in order.
    pub(super) fn next(&mut self) -> Option<Candidate> {
        let fetched = self.fetched.as_ref().or(self.more.last());
        match (fetched, self.by_regex.last()) {
            (Some((fetched, _)), Some((found, _))) if found < fetched => self.by_regex.pop(),
            (None, _) => self.by_regex.pop(),
            (Some((fetched, _)), Some((found, _))) if found == fetched => {
                self.by_regex.pop();
                self.fetched.take().or_else(|| self.more.pop())
            }
            _ => self.fetched.take().or_else(|| self.more.pop()),
        }
    }
}
