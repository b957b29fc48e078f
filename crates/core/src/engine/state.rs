//! Everything that a request or a declaration changes, behind one lock that is held for moments only.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Weak};
use std::task::Waker;

use crate::engine::carried::CatchUp;
use crate::engine::ended::Ending;
use crate::engine::hooks::Hooks;
use crate::engine::notes::Notes;
use crate::engine::unmatched::OpenCalls;
use crate::journal::{Displaced, Entry, Journal};
use crate::network::NetworkPolicy;
use crate::registry::{Live, Registry};
use crate::report::MockLine;

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) registry: Registry,
    pub(crate) journal: Journal,
    pub(crate) network: Arc<NetworkPolicy>,
    pub(crate) hooks: Arc<Hooks>,
    /// What handles tell of mocks that the registry forgot, without the user's closures.
    pub(crate) gone: BTreeMap<u64, Arc<Live>>,
    /// Open scopes, outermost first; the engine's own (0) is not among them.
    pub(crate) scopes: Vec<Scope>,
    /// Of the open scopes that say so themselves.
    pub(crate) leniency: BTreeMap<u64, bool>,
    /// What clients hold of requests that nothing matched.
    pub(crate) unmatched: OpenCalls,
    /// Builders that were dropped without a terminal, with their scopes.
    pub(crate) unfinished: Vec<(u64, MockLine)>,
    /// Mocks of which a scope has told that their closure panicked before a use was claimed.
    pub(crate) blamed: BTreeSet<u64>,
    /// Who carries conversations, and may be behind what clients have said.
    pub(crate) carriers: Vec<Weak<dyn CatchUp>>,
    /// What adapters want to have told.
    pub(crate) notes: Notes,
    /// Whether a chance was drawn, so that the seed is worth telling.
    pub(crate) drew: bool,
    pub(crate) waiting: Vec<Waker>,
    pub(crate) ending: Ending,
    /// The stamp at which `verify` told what it found.
    pub(crate) told: Option<u64>,
    stamp: u64,
    next_id: u64,
}

/// A scope of an engine: which, and how deep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Scope {
    pub(crate) id: u64,
    pub(crate) depth: u32,
}

impl State {
    /// Orders registrations, removals and calls among each other.
    pub(crate) fn next_stamp(&mut self) -> u64 {
        self.stamp += 1;
        self.stamp
    }

    pub(crate) fn stamp(&self) -> u64 {
        self.stamp
    }

    pub(crate) fn next_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    /// The scope that a request of now belongs to.
    pub(crate) fn innermost(&self) -> Scope {
        self.scopes.last().copied().unwrap_or_default()
    }

    /// Claims one use of `live`, or says that there is none left. [`write`](Self::write) follows before the lock is let go.
    #[inline]
    pub(crate) fn take_use(&mut self, live: &Live) -> Option<Taken> {
        let stamp = self.next_stamp();
        let (number, last) = live.take_use(stamp)?;
        if last {
            self.registry.retire(live);
        }
        Some(Taken {
            stamp,
            number,
            scope: self.innermost().id,
        })
    }

    /// Writes the journal entry of a use that was taken; what had to go is dropped by the caller, outside the lock.
    #[inline]
    pub(crate) fn write(&mut self, taken: Taken, entry: Entry) -> (Claim, Displaced) {
        let (call, displaced) = self.journal.push(entry);
        let number = taken.number;
        (Claim { number, call }, displaced)
    }

    /// Keeps of these mocks what their handles tell.
    pub(crate) fn keep_for_handles<'l>(
        &mut self,
        forgotten: impl IntoIterator<Item = &'l Arc<Live>>,
    ) {
        let held = forgotten
            .into_iter()
            .filter(|live| Arc::weak_count(live) > 0);
        self.gone
            .extend(held.map(|live| (live.id, Arc::new(live.without_closures()))));
    }

    /// Gives a mock its name and its stamp.
    pub(crate) fn name(&mut self, live: &mut Live) {
        let id = self.next_id();
        live.name(id, self.next_stamp());
    }
}

/// A use that was taken and is not in the journal yet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Taken {
    pub(crate) stamp: u64,
    /// Counted from 1.
    pub(crate) number: u64,
    pub(crate) scope: u64,
}

/// One use of a mock that now belongs to one request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Claim {
    /// The use, counted from 1.
    pub(crate) number: u64,
    /// The call in the journal.
    pub(crate) call: u64,
}
