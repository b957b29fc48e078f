//! When an engine ends, its connections end, and where tests share a pool, none of them outlives its exchange.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use standin_wire::{Farewell, Shut};

use crate::intercept::is_shared;

/// The open connections of an engine.
#[derive(Debug, Default)]
pub(crate) struct Connections(Mutex<Kept>);

#[derive(Debug, Default)]
pub(crate) struct Kept {
    has_ended: bool,
    open: BTreeMap<u64, (Shut, Farewell)>,
    last: u64,
}

impl Connections {
    /// `None` when the engine has ended.
    pub(crate) fn keep(&self, shut: Shut, farewell: &Farewell) -> Option<Listed<'_>> {
        let mut kept = self.hold();
        if kept.has_ended {
            return None;
        }
        kept.last += 1;
        let number = kept.last;
        kept.open.insert(number, (shut, farewell.clone()));
        drop(kept);
        // Asked after it is in the list, which whoever begins to share goes through.
        if is_shared() {
            farewell.say();
        }
        Some(Listed(self, number))
    }

    fn forget(&self, number: u64) {
        let forgotten = self.hold().open.remove(&number);
        drop(forgotten);
    }

    /// Ends what is open, and whatever comes.
    pub(crate) fn end(&self) {
        let open = {
            let mut kept = self.hold();
            kept.has_ended = true;
            std::mem::take(&mut kept.open)
        };
        open.into_values().for_each(|(shut, _)| shut.shut());
    }

    /// Ends what idles; the rest ends with its next reply.
    pub(crate) fn end_idle(&self) {
        let mut kept = self.hold();
        kept.open.values().for_each(|(_, farewell)| farewell.say());
        let is_idle = |(_, farewell): &(Shut, Farewell)| farewell.is_idle();
        let open = std::mem::take(&mut kept.open);
        let (idle, busy) = open.into_iter().partition(|(_, open)| is_idle(open));
        kept.open = busy;
        drop(kept);
        let idle: BTreeMap<u64, (Shut, Farewell)> = idle;
        idle.into_values().for_each(|(shut, _)| shut.shut());
    }

    /// Keeps everybody else from changing them: for a moment, and for who copies the process (`fork`).
    pub(crate) fn hold(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection among those of its engine, until its task ends, however that comes.
#[derive(Debug)]
pub(crate) struct Listed<'a>(&'a Connections, u64);

impl Drop for Listed<'_> {
    fn drop(&mut self) {
        self.0.forget(self.1);
    }
}
