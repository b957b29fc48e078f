//! Claiming for the usual mock, whose reply is a value, with use, count, journal entry and answer under one lock; and settling.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::Waker;
use std::time::Duration;

use crate::conversation::{Conversation, Conversing};
use crate::engine::Engine;
use crate::engine::ask::message;
use crate::engine::exchange::Exchange;
use crate::engine::outcome::{Answered, Outcome, Ticket};
use crate::engine::state::{Claim, State};
use crate::journal::{Entry, Record, Settled};
use crate::registry::Live;
use crate::reply::{Body, Reply, plan};
use crate::request::Request;
use crate::sync::MutexGuard;

/// A mock whose replies are values and which nobody observes is answered with the claim.
pub(super) fn claim_simple(
    exchange: &Exchange,
    state: MutexGuard<'_, State>,
    live: Arc<Live>,
    at: Duration,
    record: Record,
) -> Option<(Outcome, u64)> {
    let with = Claiming {
        at,
        record,
        is_body_open: !exchange.whole,
        immediate: exchange.immediate,
    };
    let fixed = claim_fixed(state, live, with)?;
    let outcome = if fixed.is_settled {
        Outcome::Reply(Answered {
            ticket: Ticket::settled(),
            reply: fixed.reply,
        })
    } else {
        Outcome::Reply(answered(&exchange.engine, fixed.claim, fixed.reply))
    };
    Some((outcome, fixed.claim.call))
}

/// What the journal is told of a claim.
pub(super) struct Claiming {
    pub(super) at: Duration,
    pub(super) record: Record,
    pub(super) is_body_open: bool,
    /// Whether a plain reply is carried out at once, so that the claim settles it.
    pub(super) immediate: bool,
}

/// A claim, and the reply that was known with it.
pub(super) struct Fixed {
    pub(super) reply: Arc<Reply>,
    pub(super) claim: Claim,
    is_settled: bool,
}

#[inline]
pub(super) fn claim_fixed(
    mut state: MutexGuard<'_, State>,
    live: Arc<Live>,
    with: Claiming,
) -> Option<Fixed> {
    let taken = state.take_use(&live).and_then(|taken| {
        let (reply, step) = live.declaration.plan.fixed(taken.number)?;
        Some((taken, reply, step))
    });
    let Some((taken, reply, step)) = taken else {
        // What the mock holds may be dropped with it, and that not inside the lock.
        drop(state);
        return None;
    };
    let is_settled = with.immediate && reply.is_plain();
    let mut entry = Entry::claimed(with.at, taken.stamp, taken.scope, with.record, live);
    entry.is_body_open = with.is_body_open;
    if is_settled {
        entry = entry.answered(step);
    }
    let (claim, displaced) = state.write(taken, entry);
    wake(state);
    drop(displaced);
    Some(Fixed {
        reply,
        claim,
        is_settled,
    })
}

pub(super) fn answered(engine: &Engine, claim: Claim, reply: Arc<Reply>) -> Answered {
    Answered {
        ticket: Ticket::new(engine.clone(), claim.call, Some(Arc::clone(&reply))),
        reply,
    }
}

/// The reply with the delays of this use. User code may run, outside the lock.
pub(super) fn draw(engine: &Engine, mock: u64, number: u64, reply: &Arc<Reply>) -> Arc<Reply> {
    if !reply.is_drawn() {
        return Arc::clone(reply);
    }
    engine.state().drew = true;
    let mut place = 0;
    Arc::new(reply.drawn(number, || {
        place += 1;
        plan::draw_within(engine.seed(), mock, number, place)
    }))
}

impl Exchange {
    pub(super) fn replies(
        &mut self,
        live: &Arc<Live>,
        claim: Claim,
        reply: &Arc<Reply>,
    ) -> Outcome {
        let drawn = catch_unwind(AssertUnwindSafe(|| {
            draw(&self.engine, live.id, claim.number, reply)
        }));
        match drawn {
            Ok(reply) => Outcome::Reply(answered(&self.engine, claim, reply)),
            Err(payload) => self.panicked(live, Some(claim), message(payload)),
        }
    }

    /// The mock talks; its request is that of the mock's maps.
    pub(super) fn converses(
        &mut self,
        claim: Claim,
        conversation: &Conversation,
        reply: &Arc<Reply>,
    ) -> Outcome {
        Outcome::Converse(Conversing {
            request: Box::new(mem::replace(&mut self.request, Request::empty())),
            reply: Arc::clone(reply),
            conversation: conversation.clone(),
            ticket: Ticket::new(self.engine.clone(), claim.call, Some(Arc::clone(reply))),
        })
    }
}

/// Lets go of the lock, then wakes who waits for calls.
pub(crate) fn wake(mut state: MutexGuard<'_, State>) {
    if !state.waiting.is_empty() {
        let waiting = mem::take(&mut state.waiting);
        drop(state);
        waiting.into_iter().for_each(Waker::wake);
    }
}

impl Engine {
    /// Writes how a call ended.
    pub(super) fn settle(&self, call: u64, settled: Settled, reply: Option<Arc<Reply>>) {
        if let Some(Body::Live(live)) = reply.as_deref().map(Reply::as_body) {
            live.let_go();
        }
        let mut state = self.state();
        let displaced = state.journal.settle(call, settled, reply);
        wake(state);
        drop(displaced);
    }

    /// Writes that a conversation did not go as its script has it.
    #[cfg(feature = "websocket")]
    pub(crate) fn fail_talk(&self, call: u64, message: &str) {
        let mut state = self.state();
        state.journal.fail_talk(call, message);
        wake(state);
    }

    /// Writes that a call ended with what the test's own code said.
    pub(super) fn fail(&self, call: u64, settled: Settled, message: &str) {
        let mut state = self.state();
        state.journal.fail(call, settled, message);
        wake(state);
    }
}
