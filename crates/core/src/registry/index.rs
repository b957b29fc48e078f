//! Which mocks could answer a request: buckets by (host literal or any) and (path literal, template, regex, anything else).
//!
//! Every bucket holds open mocks by their order; a request merges the few buckets that its host and path lead to. So the cost
//! does not depend on how many mocks there are for other hosts and paths.

use std::sync::Arc;

use crate::registry::bucket::Bucket;
use crate::registry::hash::TextMap;
use crate::registry::live::{Key, Live, PathKey};
use crate::registry::order::Order;
use crate::registry::regexes::{RegexTier, Regexes};
use crate::url::{TargetRef, TemplateTrie};

/// A mock that may answer, and its place among the others.
pub(crate) type Candidate = (Order, Arc<Live>);

/// The first mock that may answer, and whether it was found by host and path that are literally those of the request.
pub(crate) type First = (Candidate, bool);

#[derive(Debug, Default)]
pub(crate) struct Index {
    /// In boxes, so that the table is small: it is made anew with every engine.
    hosts: TextMap<Box<Paths>>,
    any: Paths,
    /// Whether any regex is here at all.
    regexes: usize,
    /// How often mocks changed their bucket; a request that was asking meanwhile begins again.
    moves: u64,
    /// Automata that are asked no more. They hold mocks that are long gone, whose closures are to be dropped outside the lock:
    /// the next request takes them along.
    displaced: Vec<Arc<RegexTier>>,
}

/// What a request has to ask about itself, outside the lock.
#[derive(Debug, Default)]
pub(crate) struct Tiers {
    pub(crate) over_paths: Vec<Arc<RegexTier>>,
    pub(crate) over_urls: Vec<Arc<RegexTier>>,
    /// Not asked, only dropped.
    _displaced: Vec<Arc<RegexTier>>,
}

#[derive(Debug, Default)]
struct Paths {
    literal: TextMap<Bucket>,
    templates: TemplateTrie<Bucket>,
    residual: Bucket,
    path_regexes: Regexes,
    url_regexes: Regexes,
}

impl Index {
    pub(super) fn insert(&mut self, order: Order, live: &Arc<Live>) {
        let Key { host, path } = live.key();
        let paths = match host {
            Some(host) => match self.hosts.contains_key(host) {
                true => self.hosts.get_mut(host),
                false => Some(self.hosts.entry(host.into()).or_default()),
            },
            None => None,
        };
        let paths = paths.map_or(&mut self.any, |paths| &mut **paths);
        match path {
            PathKey::Literal(path) => match paths.literal.get_mut(path) {
                Some(bucket) => bucket,
                None => paths.literal.entry(path.into()).or_default(),
            },
            PathKey::Template(template) => paths.templates.bucket(template),
            PathKey::Residual => &mut paths.residual,
            PathKey::PathRegex(regex) => {
                self.regexes += 1;
                return paths.path_regexes.insert(order, live, regex);
            }
            PathKey::UrlRegex(regex) => {
                self.regexes += 1;
                return paths.url_regexes.insert(order, live, regex);
            }
        }
        .insert(order, live);
    }

    pub(super) fn remove(&mut self, order: Order, live: &Live) {
        let Key { host, path } = live.key();
        let paths = match host {
            Some(host) => match self.hosts.get_mut(host) {
                Some(paths) => paths,
                None => return,
            },
            None => &mut self.any,
        };
        match path {
            PathKey::Literal(path) => {
                if let Some(bucket) = paths.literal.get_mut(path) {
                    bucket.remove(order);
                    if bucket.is_empty() {
                        paths.literal.remove(path);
                    }
                }
            }
            PathKey::Template(template) => {
                if let Some(bucket) = paths.templates.get_mut(template) {
                    bucket.remove(order);
                    if bucket.is_empty() {
                        paths.templates.remove(template);
                    }
                }
            }
            PathKey::Residual => {
                paths.residual.remove(order);
            }
            PathKey::PathRegex(_) => {
                self.regexes -= 1;
                let moved = paths.path_regexes.remove(order, &mut self.displaced);
                self.moves += u64::from(moved);
            }
            PathKey::UrlRegex(_) => {
                self.regexes -= 1;
                let moved = paths.url_regexes.remove(order, &mut self.displaced);
                self.moves += u64::from(moved);
            }
        }
    }

    pub(super) fn moves(&self) -> u64 {
        self.moves
    }

    pub(crate) fn has_regexes(&self) -> bool {
        self.regexes > 0
    }

    /// The automata that have to be asked about a request to `target`: those over paths, those over whole URLs. Asking
    /// them is left to the caller, outside the lock.
    pub(crate) fn tiers(&mut self, target: &TargetRef<'_>) -> Tiers {
        let mut tiers = Tiers::default();
        let displaced = &mut self.displaced;
        let of_host = self.hosts.get_mut(target.host).map(|paths| &mut **paths);
        for paths in [of_host, Some(&mut self.any)].into_iter().flatten() {
            self.moves += u64::from(paths.path_regexes.gather(displaced))
                + u64::from(paths.url_regexes.gather(displaced));
            let over_paths = paths.path_regexes.tiers();
            tiers.over_paths.extend_from_slice(over_paths);
            tiers.over_urls.extend_from_slice(paths.url_regexes.tiers());
        }
        tiers._displaced = std::mem::take(&mut self.displaced);
        tiers
    }

    /// Keeps the automata of an index that this one takes the place of, until somebody can drop them.
    pub(super) fn displace(&mut self, old: Self) {
        let Self {
            hosts,
            any,
            displaced,
            ..
        } = old;
        self.displaced.extend(displaced);
        for paths in hosts.into_values().map(|paths| *paths).chain([any]) {
            self.displaced.extend(paths.path_regexes.into_tiers());
            self.displaced.extend(paths.url_regexes.into_tiers());
        }
    }

    /// Shows the buckets that a target leads to, those in tiers excepted, and whether each is of this very host and path. Some
    /// are empty.
    fn buckets<'i>(&'i self, target: &TargetRef<'_>, mut see: impl FnMut(&'i Bucket, bool)) {
        let of_host = self.hosts.get(target.host).map(|paths| &**paths);
        for (paths, is_of_host) in [(of_host, true), (Some(&self.any), false)] {
            let Some(paths) = paths else { continue };
            if !paths.literal.is_empty()
                && let Some(bucket) = paths.literal.get(target.path)
            {
                see(bucket, is_of_host);
            }
            if !paths.templates.is_empty() {
                let mut found = Vec::new();
                paths.templates.find(target.path, &mut found);
                found.into_iter().for_each(|bucket| see(bucket, false));
            }
            see(&paths.residual, false);
            see(paths.path_regexes.loose(), false);
            see(paths.url_regexes.loose(), false);
        }
    }

    /// The first candidate of all.
    #[inline]
    pub(crate) fn first(&self, target: &TargetRef<'_>) -> Option<First> {
        let mut first: Option<(&Order, &Arc<Live>, bool)> = None;
        self.buckets(target, |bucket, is_literal| {
            if let Some((order, live)) = bucket.first()
                && first.is_none_or(|(before, ..)| order < before)
            {
                first = Some((order, live, is_literal));
            }
        });
        first.map(|(order, live, is_literal)| (own((order, live)), is_literal))
    }

    /// Adds to `found` the next `limit` candidates behind `after`, in order; those in tiers excepted.
    pub(crate) fn next(
        &self,
        target: &TargetRef<'_>,
        after: Option<Order>,
        limit: usize,
        found: &mut Vec<Candidate>,
    ) {
        let mut buckets = Vec::new();
        self.buckets(target, |bucket, _| {
            if !bucket.is_empty() {
                buckets.push(bucket);
            }
        });
        if let [bucket] = buckets.as_slice() {
            found.extend(bucket.behind(after).take(limit).map(own));
            return;
        }
        let mut heads: Vec<_> = buckets
            .into_iter()
            .map(|bucket| bucket.behind(after).peekable())
            .collect();
        while found.len() < limit {
            let first = heads
                .iter_mut()
                .filter_map(|head| head.peek().map(|(order, _)| **order))
                .min();
            let Some(first) = first else { return };
            let next = heads
                .iter_mut()
                .find_map(|head| head.next_if(|(order, _)| **order == first));
            found.extend(next.map(own));
        }
    }
}

fn own((order, live): (&Order, &Arc<Live>)) -> Candidate {
    (*order, Arc::clone(live))
}
