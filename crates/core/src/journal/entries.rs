//! The journal inside the engine: entries in order, bodies bounded.

mod bounds;
mod talking;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use bytes::Bytes;

use crate::journal::entry::{Entry, Settled};
use crate::journal::record::Cut;
use crate::registry::Live;
use crate::reply::Reply;

/// Bodies in all that the journal keeps; beyond it the oldest are dropped.
pub(crate) const BODY_BOUND: usize = 64 << 20;

/// What is kept of one body, at least, where that fits at all.
const ONE_BODY: usize = 16 << 20;

/// What is kept of one body, of bodies that are kept up to `bound` bytes in all: one that is long shall not push all others out.
pub(crate) fn bound_of_one(bound: usize) -> usize {
    (bound / 4).max(bound.min(ONE_BODY))
}

/// Calls that the journal keeps; beyond it the oldest are dropped.
pub(crate) const CALLS_BOUND: usize = 100_000;

/// What happened, in order. A call's number never changes, whatever is cleared.
#[derive(Debug)]
pub(crate) struct Journal {
    entries: VecDeque<Entry>,
    /// The number of the first entry; numbers count from 1.
    first: u64,
    /// Pushed out or cleared, and shown to nobody any more; but a test is still to fail for them, or may be once they end.
    owed: BTreeMap<u64, Entry>,
    /// What nothing matched and nobody took.
    unmatched: BTreeSet<u64>,
    /// What the test's own code failed with and nobody was told.
    failed: BTreeSet<u64>,
    /// Conversations whose script is not played to its end.
    talking: BTreeSet<u64>,
    /// How many are under way.
    pending: usize,
    /// Whether nobody asks for what nothing matched, so that it goes when its time comes.
    pub(crate) lenient: bool,
    body_bytes: usize,
    body_bound: usize,
    calls_bound: usize,
    pub(crate) dropped_calls: u64,
    /// Entries before this number have no body any more, unless nothing matched them.
    swept: u64,
    /// Entries before this number have no body any more.
    swept_all: u64,
    pub(crate) dropped_bodies: u64,
}

impl Default for Journal {
    fn default() -> Self {
        Self {
            entries: VecDeque::new(),
            first: 1,
            owed: BTreeMap::new(),
            unmatched: BTreeSet::new(),
            failed: BTreeSet::new(),
            talking: BTreeSet::new(),
            pending: 0,
            lenient: false,
            body_bytes: 0,
            body_bound: BODY_BOUND,
            calls_bound: CALLS_BOUND,
            dropped_calls: 0,
            swept: 1,
            swept_all: 1,
            dropped_bodies: 0,
        }
    }
}

/// What entries held. Code of the user runs where it is dropped: closures hold whatever they like, and so does a body that was
/// made of memory with an owner.
#[derive(Debug, Default)]
#[must_use = "dropped by the caller, outside the lock"]
pub(crate) struct Displaced {
    _entry: Option<Entry>,
    _reply: Option<Arc<Reply>>,
    _bodies: Vec<Bytes>,
}

impl Journal {
    /// Appends an entry and gives its number, and what had to go.
    #[inline]
    pub(crate) fn push(&mut self, entry: Entry) -> (u64, Displaced) {
        let displaced = if self.entries.len() >= self.calls_bound {
            self.drop_first()
        } else {
            None
        };
        let number = self.first + self.entries.len() as u64;
        self.pending += usize::from(entry.is_under_way());
        match entry.settled {
            Settled::Unmatched | Settled::Malformed => {
                self.unmatched.insert(number);
            }
            Settled::Panicked | Settled::Failed => {
                self.failed.insert(number);
            }
            _ => {}
        }
        self.body_bytes += entry.record.body().len();
        self.entries.push_back(entry);
        let bodies = if self.body_bytes > self.body_bound {
            self.sweep()
        } else {
            Vec::new()
        };
        let displaced = Displaced {
            _entry: displaced,
            _reply: None,
            _bodies: bodies,
        };
        (number, displaced)
    }

    /// Whether no exchange is under way.
    pub(crate) fn is_settled(&self) -> bool {
        self.pending == 0
    }

    pub(crate) fn settle(
        &mut self,
        number: u64,
        settled: Settled,
        reply: Option<Arc<Reply>>,
    ) -> Displaced {
        let Some(entry) = self.get_mut(number) else {
            return Displaced::default();
        };
        let was_under_way = entry.is_under_way();
        entry.settled = settled;
        let displaced = match reply {
            Some(reply) => entry.reply.replace(reply),
            None => None,
        };
        self.pending -= usize::from(was_under_way && !entry.is_under_way());
        Displaced {
            _entry: self.release(number),
            _reply: displaced,
            _bodies: Vec::new(),
        }
    }

    /// Writes the body of a call that was claimed before it came.
    pub(crate) fn end_body(&mut self, number: u64, body: Bytes, cut: Option<Cut>) -> Displaced {
        let Some(entry) = self.get_mut(number) else {
            return Displaced::default();
        };
        if !std::mem::take(&mut entry.is_body_open) {
            return Displaced::default();
        }
        let is_under_way = entry.is_under_way();
        entry.record.set_body(body, cut);
        let length = entry.record.body().len();
        self.pending -= usize::from(!is_under_way);
        self.body_bytes += length;
        // It may have been passed over already.
        self.swept = self.swept.min(number);
        self.swept_all = self.swept_all.min(number);
        let released = if self.unmatched.contains(&number) {
            None
        } else {
            self.release(number)
        };
        let bodies = if self.body_bytes > self.body_bound {
            self.sweep()
        } else {
            Vec::new()
        };
        Displaced {
            _entry: released,
            _reply: None,
            _bodies: bodies,
        }
    }

    /// Settles it with what the test's own code said.
    pub(crate) fn fail(&mut self, number: u64, settled: Settled, message: &str) {
        if let Some(entry) = self.get_mut(number) {
            let was_under_way = entry.is_under_way();
            entry.settled = settled;
            entry.set_message(message);
            let (is_taken, is_under_way) = (entry.taken, entry.is_under_way());
            if !is_taken {
                self.failed.insert(number);
            }
            self.pending -= usize::from(was_under_way && !is_under_way);
        }
    }

    /// Lets go of an entry aside, unless somebody may still ask for it.
    pub(super) fn release(&mut self, number: u64) -> Option<Entry> {
        if self.owed.get(&number)?.is_owed() {
            return None;
        }
        let entry = self.owed.remove(&number)?;
        self.body_bytes -= entry.held();
        Some(entry)
    }

    /// Names the mock whose closure panicked before anything was claimed.
    pub(crate) fn blame(&mut self, number: u64, live: &Arc<Live>) {
        if let Some(entry) = self.get_mut(number) {
            entry.mock = Some(Arc::clone(live));
        }
    }

    pub(super) fn get_mut(&mut self, number: u64) -> Option<&mut Entry> {
        match number.checked_sub(self.first) {
            Some(at) => self.entries.get_mut(usize::try_from(at).ok()?),
            None => self.owed.get_mut(&number),
        }
    }

    /// Those aside too, which [`iter`](Self::iter) does not show.
    pub(crate) fn get(&self, number: u64) -> Option<&Entry> {
        match number.checked_sub(self.first) {
            Some(at) => self.entries.get(usize::try_from(at).ok()?),
            None => self.owed.get(&number),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, &Entry)> {
        (self.first..).zip(&self.entries)
    }

    /// Requests that nothing matched and that nobody took, with their numbers.
    pub(crate) fn unmatched(&self) -> impl Iterator<Item = (u64, &Entry)> {
        self.unmatched
            .iter()
            .filter_map(|&number| Some((number, self.get(number)?)))
    }

    /// Marks what nothing matched as dealt with, and shows each to `see`. What nobody asks for any more is given back.
    #[must_use = "dropped by the caller, outside the lock"]
    pub(crate) fn take_unmatched(
        &mut self,
        scope: Option<u64>,
        see: impl FnMut(u64, &Entry),
    ) -> Vec<Entry> {
        let numbers = std::mem::take(&mut self.unmatched);
        let (displaced, left) = self.take(numbers, scope, see);
        self.unmatched = left;
        displaced
    }

    /// What the test's own closures failed with, and nobody was told.
    pub(crate) fn failures(&self) -> impl Iterator<Item = (u64, &Entry)> {
        self.failed
            .iter()
            .filter_map(|&number| Some((number, self.get(number)?)))
    }

    /// Connections that are under way.
    pub(crate) fn conversing(&self) -> impl Iterator<Item = &Entry> {
        let entries = self.owed.values().chain(&self.entries);
        entries.filter(|entry| entry.settled == Settled::Pending && entry.pipe().is_some())
    }

    /// As [`take_unmatched`](Self::take_unmatched), of what the test's own closures failed with.
    #[must_use = "dropped by the caller, outside the lock"]
    pub(crate) fn take_failures(&mut self, scope: Option<u64>) -> Vec<Entry> {
        let numbers = std::mem::take(&mut self.failed);
        let (displaced, left) = self.take(numbers, scope, |_, _| {});
        self.failed = left;
        displaced
    }

    pub(super) fn take(
        &mut self,
        numbers: BTreeSet<u64>,
        scope: Option<u64>,
        mut see: impl FnMut(u64, &Entry),
    ) -> (Vec<Entry>, BTreeSet<u64>) {
        let (mut displaced, mut left) = (Vec::new(), BTreeSet::new());
        for number in numbers {
            let Some(entry) = self.get_mut(number) else {
                continue;
            };
            if scope.is_some_and(|scope| entry.scope != scope) {
                left.insert(number);
                continue;
            }
            entry.taken = true;
            see(number, entry);
            displaced.extend(self.release(number));
        }
        (displaced, left)
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Forgets all entries, but for failures that nobody was told and calls under way, which are only hidden; numbers go on.
    /// What is forgotten is given back, because what the user's closures hold is to be dropped outside the lock.
    #[must_use = "dropped by the caller, outside the lock"]
    pub(crate) fn clear(&mut self) -> Vec<Entry> {
        let mut forgotten = Vec::with_capacity(self.entries.len());
        for number in std::mem::take(&mut self.unmatched) {
            forgotten.extend(self.release(number));
        }
        for entry in std::mem::take(&mut self.entries) {
            if entry.is_owed() {
                self.owed.insert(self.first, entry);
            } else {
                self.body_bytes -= entry.held();
                forgotten.push(entry);
            }
            self.first += 1;
        }
        forgotten
    }

    /// At the end of the engine: entries keep what a [`Call`](crate::Call) tells of their mock, and let go of its closures,
    /// which may hold a handle to this engine.
    #[must_use = "dropped by the caller, outside the lock"]
    pub(crate) fn let_go_of_closures(&mut self) -> (Vec<Arc<Live>>, Vec<Arc<Reply>>) {
        let mut plain: BTreeMap<u64, Arc<Live>> = BTreeMap::new();
        let (mut held, mut replies) = (Vec::new(), Vec::new());
        for entry in self.entries.iter_mut().chain(self.owed.values_mut()) {
            if let Some(reply) = entry.reply.take_if(|reply| reply.holds_closure()) {
                entry.reply = Some(Arc::new(reply.without_closures()));
                replies.push(reply);
            }
            if let Some(live) = &mut entry.mock
                && !live.is_plain()
            {
                let plain = plain
                    .entry(live.id)
                    .or_insert_with(|| Arc::new(live.without_closures()));
                held.push(std::mem::replace(live, Arc::clone(plain)));
            }
        }
        (held, replies)
    }
}

#[cfg(test)]
mod tests;
