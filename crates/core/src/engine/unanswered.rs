//! Requests that no mock answers, and replies that the test's own code could not make.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use http::Method;

use crate::engine::ask::message;
use crate::engine::exchange::Exchange;
use crate::engine::outcome::{Failed, Outcome, Passed, Ticket};
use crate::engine::state::Claim;
use crate::engine::unmatched::Unmatched;
use crate::journal::{Entry, Record, Settled, Verdict};
use crate::network::Destination;
use crate::registry::Live;

impl Exchange {
    pub(super) fn unmatched(&mut self) -> Outcome {
        if self.engine.has_ended() {
            return Outcome::Ended;
        }
        let target = self.request.target();
        if self.tunnelling && *self.request.method() == Method::CONNECT {
            let to = Destination::new(target.scheme, target.host, target.port);
            if self.engine.claims(&to) {
                return Outcome::Tunnel;
            }
        }
        let network = Arc::clone(&self.engine.state().network);
        let destination = (!network.is_closed())
            .then(|| Destination::new(target.scheme, target.host, target.port));
        let leaves =
            match destination.map(|to| catch_unwind(AssertUnwindSafe(|| network.allows(&to)))) {
                None => false,
                Some(Ok(leaves)) => leaves,
                Some(Err(payload)) => return self.hook_panicked(message(payload)),
            };
        let mut verdicts = mem::take(&mut self.verdicts);
        let settled = if leaves {
            Settled::Pending
        } else {
            Settled::Unmatched
        };
        verdicts.extend(
            self.engine
                .state()
                .registry
                .since(self.cursor.as_of)
                .map(|live| (live.id, Verdict::Late)),
        );
        let record = Record::of(&self.request, self.engine.body_bound());
        let Some(call) = self.write(record.clone(), settled, verdicts) else {
            return Outcome::Ended;
        };
        if leaves {
            return Outcome::PassThrough(Passed {
                request: self.take_request(),
                ticket: Ticket::new(self.engine.clone(), call, None),
            });
        }
        Outcome::Unmatched(Unmatched::new(&self.engine, call, record))
    }

    /// Writes an entry that belongs to no mock; one that nothing matched only until the engine's report is made.
    pub(super) fn record(
        &mut self,
        settled: Settled,
        verdicts: Vec<(u64, Verdict)>,
    ) -> Option<u64> {
        let record = Record::of(&self.request, self.engine.body_bound());
        self.write(record, settled, verdicts)
    }

    fn write(
        &mut self,
        record: Record,
        settled: Settled,
        verdicts: Vec<(u64, Verdict)>,
    ) -> Option<u64> {
        let at = self.engine.elapsed();
        let mut state = self.engine.state();
        if settled != Settled::Panicked && self.engine.has_ended() {
            return None;
        }
        let (stamp, scope) = (state.next_stamp(), state.innermost().id);
        let mut entry = Entry::of_no_mock(at, stamp, scope, record, settled, verdicts);
        entry.is_body_open = !self.whole;
        let (call, displaced) = state.journal.push(entry);
        drop(state);
        drop(displaced);
        self.call = Some(call);
        Some(call)
    }

    pub(super) fn panicked(
        &mut self,
        live: &Arc<Live>,
        claim: Option<Claim>,
        message: String,
    ) -> Outcome {
        let call = match claim {
            Some(claim) => claim.call,
            None => {
                let call = self.record(Settled::Panicked, Vec::new()).unwrap_or(0);
                self.engine.state().journal.blame(call, live);
                call
            }
        };
        self.engine.fail(call, Settled::Panicked, &message);
        Outcome::Failed(Failed::panicked(live, message))
    }

    pub(super) fn hook_panicked(&mut self, message: String) -> Outcome {
        let verdicts = mem::take(&mut self.verdicts);
        let call = self.record(Settled::Panicked, verdicts).unwrap_or(0);
        self.engine.fail(call, Settled::Panicked, &message);
        Outcome::Failed(Failed::new(
            "a filter or map",
            "the engine".into(),
            "panicked",
            message,
        ))
    }

    pub(super) fn failed(&mut self, live: &Arc<Live>, claim: Claim, message: &str) -> Outcome {
        self.engine.fail(claim.call, Settled::Failed, message);
        Outcome::Failed(Failed::new(
            "the reply",
            live.line().to_string(),
            "failed",
            message.into(),
        ))
    }
}
