//! The journal inside the engine: entries in order, bodies bounded.

mod bounds;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

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

    /// Whether a test fails for it, or may once it ends.
    fn is_owed(&self) -> bool {
        match self.settled {
            Settled::Pending => true,
            Settled::Panicked | Settled::Failed => !self.taken,
            _ => false,
        }
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
    /// Pushed out or cleared, and shown to nobody any more; but a test is still to fail for them, or may be once they end.
    owed: BTreeMap<u64, Entry>,
    /// What nothing matched and nobody took.
    unmatched: BTreeSet<u64>,
    /// What the test's own code failed with and nobody was told.
    failed: BTreeSet<u64>,
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
    pub(crate) fn push(&mut self, entry: Entry) -> (u64, Displaced) {
        let displaced = if self.entries.len() >= self.calls_bound {
            self.drop_first()
        } else {
            None
        };
        let number = self.first + self.entries.len() as u64;
        match entry.settled {
            Settled::Pending => self.pending += 1,
            Settled::Unmatched => {
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
        let was_pending = entry.settled == Settled::Pending;
        entry.settled = settled;
        let displaced = match reply {
            Some(reply) => entry.reply.replace(reply),
            None => None,
        };
        let is_owed = entry.is_owed();
        self.pending -= usize::from(was_pending);
        Displaced {
            _entry: if is_owed { None } else { self.release(number) },
            _reply: displaced,
            _bodies: Vec::new(),
        }
    }

    /// Settles it with what the test's own code said.
    pub(crate) fn fail(&mut self, number: u64, settled: Settled, message: &str) {
        if let Some(entry) = self.get_mut(number) {
            let was_pending = entry.settled == Settled::Pending;
            entry.settled = settled;
            message.clone_into(&mut entry.extra().message);
            if !entry.taken {
                self.failed.insert(number);
            }
            self.pending -= usize::from(was_pending);
        }
    }

    /// Lets go of an entry aside that nobody asks for any more.
    fn release(&mut self, number: u64) -> Option<Entry> {
        let entry = self.owed.remove(&number)?;
        self.body_bytes -= entry.record.body().len();
        Some(entry)
    }

    /// Names the mock whose closure panicked before anything was claimed.
    pub(crate) fn blame(&mut self, number: u64, live: &Arc<Live>) {
        if let Some(entry) = self.get_mut(number) {
            entry.mock = Some(Arc::clone(live));
        }
    }

    fn get_mut(&mut self, number: u64) -> Option<&mut Entry> {
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

    /// As [`take_unmatched`](Self::take_unmatched), of what the test's own closures failed with.
    #[must_use = "dropped by the caller, outside the lock"]
    pub(crate) fn take_failures(&mut self, scope: Option<u64>) -> Vec<Entry> {
        let numbers = std::mem::take(&mut self.failed);
        let (displaced, left) = self.take(numbers, scope, |_, _| {});
        self.failed = left;
        displaced
    }

    fn take(
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
                self.body_bytes -= entry.record.body().len();
                forgotten.push(entry);
            }
            self.first += 1;
        }
        forgotten
    }

    /// At the end of the engine: entries keep what a [`Call`](crate::Call) tells of their mock, and let go of its closures,
    /// which may hold a handle to this engine.
    #[must_use = "dropped by the caller, outside the lock"]
    pub(crate) fn let_go_of_closures(&mut self) -> Vec<Arc<Live>> {
        let mut plain: BTreeMap<u64, Arc<Live>> = BTreeMap::new();
        let mut held = Vec::new();
        for entry in self.entries.iter_mut().chain(self.owed.values_mut()) {
            if let Some(live) = &mut entry.mock
                && !live.is_plain()
            {
                let plain = plain
                    .entry(live.id)
                    .or_insert_with(|| Arc::new(live.without_closures()));
                held.push(std::mem::replace(live, Arc::clone(plain)));
            }
        }
        held
    }
}

#[cfg(test)]
mod tests;
