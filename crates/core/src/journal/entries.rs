//! The journal inside the engine: entries in order, bodies bounded.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use crate::journal::record::Record;
use crate::miss::Miss;
use crate::registry::Live;
use crate::reply::Reply;

/// Bodies in all that the journal keeps; beyond it the oldest are dropped.
pub(crate) const BODY_BOUND: usize = 64 << 20;

/// How an exchange stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Settled {
    Pending,
    Answered,
    Faulted,
    PassedThrough,
    Unmatched,
    Aborted,
    Panicked(Box<str>),
    Failed(Box<str>),
}

/// What a mock's user code said, kept because it is asked once only.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Verdict {
    Missed(Miss),
    Filtered,
    Declined,
}

#[derive(Debug)]
pub(crate) struct Entry {
    /// Since the engine began.
    pub(crate) at: Duration,
    /// The engine's stamp, comparable to those of mocks.
    pub(crate) stamp: u64,
    /// The innermost scope at that time.
    pub(crate) scope: u64,
    pub(crate) record: Record,
    /// The length of a body that was dropped.
    pub(crate) dropped: usize,
    pub(crate) mock: Option<Arc<Live>>,
    /// Whether it counts as a use of the mock.
    pub(crate) counts: bool,
    pub(crate) settled: Settled,
    pub(crate) reply: Option<Arc<Reply>>,
    /// What user code said no to, and to which mock; kept for requests that nothing matched.
    pub(crate) verdicts: Box<[(u64, Verdict)]>,
    /// Taken by `take_unmatched`: verification is content with it.
    pub(crate) taken: bool,
}

impl Entry {
    pub(crate) fn claimed(at: Duration, stamp: u64, scope: u64, record: Record, live: Arc<Live>) -> Self {
        Self {
            mock: Some(live),
            counts: true,
            ..Self::of_no_mock(at, stamp, scope, record, Settled::Pending, Vec::new())
        }
    }

    pub(crate) fn of_no_mock(
        at: Duration,
        stamp: u64,
        scope: u64,
        record: Record,
        settled: Settled,
        verdicts: Vec<(u64, Verdict)>,
    ) -> Self {
        Self {
            at,
            stamp,
            scope,
            record,
            dropped: 0,
            mock: None,
            counts: false,
            settled,
            reply: None,
            verdicts: verdicts.into(),
            taken: false,
        }
    }
}

/// What happened, in order. A call's number never changes, whatever is cleared.
#[derive(Debug)]
pub(crate) struct Journal {
    entries: VecDeque<Entry>,
    /// The number of the first entry; numbers count from 1.
    first: u64,
    unmatched: Vec<u64>,
    body_bytes: usize,
    body_bound: usize,
    /// Entries before this number have no body any more.
    swept: u64,
    pub(crate) dropped_bodies: u64,
}

impl Default for Journal {
    fn default() -> Self {
        Self {
            entries: VecDeque::new(),
            first: 1,
            unmatched: Vec::new(),
            body_bytes: 0,
            body_bound: BODY_BOUND,
            swept: 1,
            dropped_bodies: 0,
        }
    }
}

impl Journal {
    pub(crate) fn set_body_bound(&mut self, bytes: usize) {
        self.body_bound = bytes;
        self.sweep();
    }

    /// Appends an entry and gives its number.
    pub(crate) fn push(&mut self, entry: Entry) -> u64 {
        let number = self.first + self.entries.len() as u64;
        if entry.mock.is_none() && entry.settled == Settled::Unmatched {
            self.unmatched.push(number);
        }
        self.body_bytes += entry.record.body().len();
        self.entries.push_back(entry);
        if self.body_bytes > self.body_bound {
            self.sweep();
        }
        number
    }

    /// Drops the oldest bodies, of matched requests first, until the rest is within the bound.
    fn sweep(&mut self) {
        for spare_unmatched in [true, false] {
            let from = if spare_unmatched { self.swept } else { self.first };
            let end = self.first + self.entries.len() as u64;
            for number in from..end {
                if self.body_bytes <= self.body_bound {
                    return;
                }
                let entry = &mut self.entries[(number - self.first) as usize];
                if spare_unmatched {
                    self.swept = number + 1;
                    if entry.mock.is_none() {
                        continue;
                    }
                }
                let length = entry.record.body().len();
                if length > 0 {
                    entry.record.drop_body();
                    entry.dropped = length;
                    self.body_bytes -= length;
                    self.dropped_bodies += 1;
                }
            }
        }
    }

    /// Whether no exchange is under way.
    pub(crate) fn is_settled(&self) -> bool {
        self.entries.iter().all(|entry| entry.settled != Settled::Pending)
    }

    pub(crate) fn settle(&mut self, number: u64, settled: Settled, reply: Option<Arc<Reply>>) {
        if let Some(entry) = self.get_mut(number) {
            entry.settled = settled;
            if reply.is_some() {
                entry.reply = reply;
            }
        }
    }

    /// Names the mock whose closure panicked before anything was claimed.
    pub(crate) fn blame(&mut self, number: u64, live: &Arc<Live>) {
        if let Some(entry) = self.get_mut(number) {
            entry.mock = Some(Arc::clone(live));
        }
    }

    fn get_mut(&mut self, number: u64) -> Option<&mut Entry> {
        let at = usize::try_from(number.checked_sub(self.first)?).ok()?;
        self.entries.get_mut(at)
    }

    pub(crate) fn get(&self, number: u64) -> Option<&Entry> {
        let at = usize::try_from(number.checked_sub(self.first)?).ok()?;
        self.entries.get(at)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, &Entry)> {
        (self.first..).zip(&self.entries)
    }

    /// Numbers of requests that nothing matched and that nobody took.
    pub(crate) fn unmatched(&self) -> impl Iterator<Item = (u64, &Entry)> {
        self.unmatched
            .iter()
            .filter_map(|&number| Some((number, self.get(number)?)))
            .filter(|(_, entry)| !entry.taken)
    }

    /// Marks what nothing matched as dealt with, and gives the numbers.
    pub(crate) fn take_unmatched(&mut self, scope: Option<u64>) -> Vec<u64> {
        let numbers: Vec<u64> = self
            .unmatched()
            .filter(|(_, entry)| scope.is_none_or(|scope| entry.scope == scope))
            .map(|(number, _)| number)
            .collect();
        for &number in &numbers {
            if let Some(entry) = self.get_mut(number) {
                entry.taken = true;
            }
        }
        self.unmatched.retain(|number| numbers.binary_search(number).is_err());
        numbers
    }

    /// What the test's own closures failed with, and nobody was told.
    pub(crate) fn failures(&self) -> impl Iterator<Item = (u64, &Entry)> {
        self.iter().filter(|(_, entry)| {
            !entry.taken && matches!(entry.settled, Settled::Panicked(_) | Settled::Failed(_))
        })
    }

    pub(crate) fn take_failures(&mut self, scope: u64) {
        for entry in self.entries.iter_mut().filter(|entry| entry.scope == scope) {
            entry.taken |= matches!(entry.settled, Settled::Panicked(_) | Settled::Failed(_));
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn pending(&self) -> usize {
        self.entries.iter().filter(|entry| entry.settled == Settled::Pending).count()
    }

    /// Forgets all entries; numbers go on.
    pub(crate) fn clear(&mut self) {
        self.first += self.entries.len() as u64;
        self.swept = self.first;
        self.entries.clear();
        self.unmatched.clear();
        self.body_bytes = 0;
    }
}
