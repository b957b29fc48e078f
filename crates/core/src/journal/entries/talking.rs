//! Conversations in the journal: what is said, bounded as bodies are, and whose script is still to be played.

use std::collections::BTreeSet;

use super::{Entry, Journal};

#[cfg(feature = "websocket")]
use super::{Displaced, Settled};
#[cfg(feature = "websocket")]
use crate::conversation::{Frame, Stand};

impl Journal {
    /// Conversations that did not come to the end of their script, or have not come to it yet.
    pub(crate) fn talking(&self) -> impl Iterator<Item = (u64, &Entry)> {
        self.talking
            .iter()
            .filter_map(|&number| Some((number, self.get(number)?)))
    }

    /// Marks conversations that have not come to the end of their script as dealt with.
    #[must_use = "dropped by the caller, outside the lock"]
    pub(crate) fn take_talking(&mut self, scope: Option<u64>) -> Vec<Entry> {
        let numbers: BTreeSet<u64> = std::mem::take(&mut self.talking);
        let (displaced, left) = self.take(numbers, scope, |_, _| {});
        self.talking = left;
        displaced
    }
}

#[cfg(feature = "websocket")]
impl Journal {
    /// Writes what was said.
    pub(crate) fn say(&mut self, number: u64, frame: Frame, bound: usize) -> Displaced {
        let Some(entry) = self.get_mut(number) else {
            return Displaced::default();
        };
        self.body_bytes += entry.talks().push(frame, bound);
        // It may have been passed over already.
        self.swept = self.swept.min(number);
        self.swept_all = self.swept_all.min(number);
        let bodies = match self.body_bytes > self.body_bound {
            true => self.sweep(),
            false => Vec::new(),
        };
        Displaced {
            _bodies: bodies,
            ..Displaced::default()
        }
    }

    /// Writes where its script stands.
    pub(crate) fn stands(&mut self, number: u64, stand: Stand) {
        if let Some(entry) = self.get_mut(number)
            && !entry.taken
        {
            entry.talks().stand = Some(stand);
            self.talking.insert(number);
        }
    }

    /// Its script is played.
    pub(crate) fn played(&mut self, number: u64) {
        self.talking.remove(&number);
    }

    /// It did not go as its script has it; where that stands says why.
    pub(crate) fn fail_talk(&mut self, number: u64, message: &str) {
        if let Some(entry) = self.get_mut(number) {
            let was_under_way = entry.is_under_way();
            entry.settled = Settled::Failed;
            entry.set_message(message);
            let is_under_way = entry.is_under_way();
            self.pending -= usize::from(was_under_way && !is_under_way);
        }
    }
}
