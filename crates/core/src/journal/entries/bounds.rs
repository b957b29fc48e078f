//! What the journal drops, so that a test that runs for long does not fill the memory. It is given back to be dropped outside the
//! lock: the owner of a body's memory may be the user's.

use bytes::Bytes;

use super::{Entry, Journal, Settled};

impl Journal {
    #[must_use = "dropped by the caller, outside the lock"]
    pub(crate) fn set_body_bound(&mut self, bytes: usize) -> Vec<Bytes> {
        self.body_bound = bytes;
        self.sweep()
    }

    #[must_use = "dropped by the caller, outside the lock"]
    pub(crate) fn set_calls_bound(&mut self, calls: usize) -> Vec<Entry> {
        self.calls_bound = calls.max(1);
        let mut displaced = Vec::new();
        while self.entries.len() > self.calls_bound {
            displaced.extend(self.drop_first());
        }
        displaced
    }

    /// Drops the oldest. What a test is to fail for is kept aside.
    pub(super) fn drop_first(&mut self) -> Option<Entry> {
        let entry = self.entries.pop_front()?;
        let number = self.first;
        self.first += 1;
        self.dropped_calls += 1;
        let unmatched = match entry.settled {
            Settled::Unmatched | Settled::Malformed if self.lenient => {
                self.unmatched.remove(&number);
                false
            }
            Settled::Unmatched | Settled::Malformed => !entry.taken,
            _ => false,
        };
        if unmatched || entry.is_owed() {
            self.owed.insert(number, entry);
            return None;
        }
        self.body_bytes -= entry.held();
        Some(entry)
    }

    /// Drops the oldest bodies, of matched requests first, until the rest is within the bound. Each body is met twice at most,
    /// however often this runs.
    #[must_use = "dropped by the caller, outside the lock"]
    pub(super) fn sweep(&mut self) -> Vec<Bytes> {
        let mut bodies = Vec::new();
        let end = self.first + self.entries.len() as u64;
        for number in self.swept.max(self.first)..end {
            if self.body_bytes <= self.body_bound {
                return bodies;
            }
            self.swept = number + 1;
            if !self.unmatched.contains(&number) {
                bodies.extend(self.take_body(number));
            }
        }
        while self.body_bytes > self.body_bound && self.swept_all < end {
            let number = self.swept_all;
            // Between those aside and the first of the rest lie gaps.
            let next = match self.owed.range(number..).next() {
                Some((&aside, _)) => aside,
                None => number.max(self.first),
            };
            if next >= end {
                break;
            }
            self.swept_all = next + 1;
            bodies.extend(self.take_body(next));
        }
        bodies
    }

    fn take_body(&mut self, number: u64) -> Vec<Bytes> {
        let Some(entry) = self.get_mut(number) else {
            return Vec::new();
        };
        let held = entry.held();
        if held == 0 {
            return Vec::new();
        }
        let mut bodies: Vec<Bytes> = entry.record.take_body().into_iter().collect();
        if let Some(talked) = entry.talked_mut() {
            bodies.extend(talked.take_payloads());
        }
        self.body_bytes -= held;
        self.dropped_bodies += 1;
        bodies
    }
}
