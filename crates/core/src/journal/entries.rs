//! The journal inside the engine: entries in order, bodies bounded.

use std::collections::VecDeque;
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use crate::journal::record::Record;
use crate::miss::Miss;
use crate::registry::Live;
use crate::reply::Reply;

/// Bodies in all that the journal keeps; beyond it the oldest are dropped.
pub(crate) const BODY_BOUND: usize = 64 << 20;

/// Calls that the journal keeps; beyond it the oldest are dropped.
pub(crate) const CALLS_BOUND: usize = 100_000;

/// How an exchange stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Settled {
    Pending,
    Answered,
    Faulted,
    PassedThrough,
    Unmatched,
    Aborted,
    Panicked,
    Failed,
}

/// What a mock's user code said, kept because it is asked once only.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Verdict {
    Missed(Miss),
    Filtered,
    Declined,
    /// It was registered after the request came, which therefore did not see it.
    Late,
    /// No mock's, but that of the engine's hook that was added here, and rejected the request or panicked.
    Hook(&'static Location<'static>),
}

/// One call. Small, because a test may make many.
#[derive(Debug)]
pub(crate) struct Entry {
    /// Nanoseconds since the engine began: enough for 584 years.
    at: u64,
    /// The engine's stamp, comparable to those of mocks.
    pub(crate) stamp: u64,
    /// The innermost scope at that time.
    pub(crate) scope: u64,
    pub(crate) record: Record,
    pub(crate) mock: Option<Arc<Live>>,
    pub(crate) reply: Option<Arc<Reply>>,
    extra: Option<Box<Extra>>,
    pub(crate) settled: Settled,
    /// Whether it counts as a use of the mock.
    pub(crate) counts: bool,
    /// Taken by `take_unmatched`: verification is content with it.
    pub(crate) taken: bool,
}

/// What few entries have.
#[derive(Debug, Default)]
struct Extra {
    /// The length of a body that was dropped.
    dropped: usize,
    /// What user code said no to, and to which mock; kept for requests that nothing matched.
    verdicts: Vec<(u64, Verdict)>,
    /// What a closure panicked or failed with.
    message: String,
}

impl Entry {
    pub(crate) fn claimed(
        at: Duration,
        stamp: u64,
        scope: u64,
        record: Record,
        live: Arc<Live>,
    ) -> Self {
        Self {
            at: at.as_nanos() as u64,
            stamp,
            scope,
            record,
            mock: Some(live),
            reply: None,
            extra: None,
            settled: Settled::Pending,
            counts: true,
            taken: false,
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
            at: at.as_nanos() as u64,
            stamp,
            scope,
            record,
            mock: None,
            reply: None,
            extra: (!verdicts.is_empty()).then(|| {
                Box::new(Extra {
                    verdicts,
                    ..Extra::default()
                })
            }),
            settled,
            counts: false,
            taken: false,
        }
    }

    /// Since the engine began.
    pub(crate) fn at(&self) -> Duration {
        Duration::from_nanos(self.at)
    }

    /// The length of a body that was dropped.
    pub(crate) fn dropped(&self) -> usize {
        self.extra.as_ref().map_or(0, |extra| extra.dropped)
    }

    /// What user code said no to, and to which mock.
    pub(crate) fn verdicts(&self) -> &[(u64, Verdict)] {
        self.extra.as_ref().map_or(&[], |extra| &extra.verdicts)
    }

    /// What a closure panicked or failed with.
    pub(crate) fn message(&self) -> &str {
        self.extra.as_ref().map_or("", |extra| &extra.message)
    }

    fn extra(&mut self) -> &mut Extra {
        self.extra.get_or_insert_default()
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
    calls_bound: usize,
    pub(crate) dropped_calls: u64,
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
            calls_bound: CALLS_BOUND,
            dropped_calls: 0,
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

    pub(crate) fn set_calls_bound(&mut self, calls: usize) {
        self.calls_bound = calls.max(1);
        while self.entries.len() > self.calls_bound {
            self.drop_first();
        }
    }

    fn drop_first(&mut self) {
        if let Some(entry) = self.entries.pop_front() {
            self.body_bytes -= entry.record.body().len();
            self.first += 1;
            self.dropped_calls += 1;
        }
    }

    /// Appends an entry and gives its number.
    pub(crate) fn push(&mut self, entry: Entry) -> u64 {
        if self.entries.len() >= self.calls_bound {
            self.drop_first();
        }
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
            let from = if spare_unmatched {
                self.swept.max(self.first)
            } else {
                self.first
            };
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
                    entry.extra().dropped = length;
                    self.body_bytes -= length;
                    self.dropped_bodies += 1;
                }
            }
        }
    }

    /// Whether no exchange is under way.
    pub(crate) fn is_settled(&self) -> bool {
        self.entries
            .iter()
            .all(|entry| entry.settled != Settled::Pending)
    }

    pub(crate) fn settle(&mut self, number: u64, settled: Settled, reply: Option<Arc<Reply>>) {
        if let Some(entry) = self.get_mut(number) {
            entry.settled = settled;
            if reply.is_some() {
                entry.reply = reply;
            }
        }
    }

    /// Settles it with what the test's own code said.
    pub(crate) fn fail(&mut self, number: u64, settled: Settled, message: &str) {
        if let Some(entry) = self.get_mut(number) {
            entry.settled = settled;
            message.clone_into(&mut entry.extra().message);
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
        self.unmatched
            .retain(|number| numbers.binary_search(number).is_err());
        numbers
    }

    /// What the test's own closures failed with, and nobody was told.
    pub(crate) fn failures(&self) -> impl Iterator<Item = (u64, &Entry)> {
        self.iter().filter(|(_, entry)| {
            !entry.taken && matches!(entry.settled, Settled::Panicked | Settled::Failed)
        })
    }

    pub(crate) fn take_failures(&mut self, scope: u64) {
        for entry in self.entries.iter_mut().filter(|entry| entry.scope == scope) {
            entry.taken |= matches!(entry.settled, Settled::Panicked | Settled::Failed);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Forgets all entries; numbers go on. They are given back, because what the user's closures hold is to be dropped
    /// outside the lock.
    #[must_use = "dropped by the caller, outside the lock"]
    pub(crate) fn clear(&mut self) -> VecDeque<Entry> {
        self.first += self.entries.len() as u64;
        self.swept = self.first;
        self.unmatched.clear();
        self.body_bytes = 0;
        std::mem::take(&mut self.entries)
    }
}
