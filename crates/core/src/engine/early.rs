//! A reply may come before the body of its request, and a closure may take the body as it comes: who reads bodies ahead has to
//! know that from the head.

use crate::engine::Engine;
use crate::reply::plan;
use crate::request::Request;

/// What becomes of the body of a request, as far as its head tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BodyUse {
    /// An adapter may read it before the engine is asked.
    Ahead,
    /// The mock replies before it has the body: that is not read.
    None,
    /// The mock takes it as it comes.
    Streamed,
}

impl Engine {
    /// What the mock that a request with this head will meet, as far as the head tells, does with its body. Whatever it says,
    /// [`Exchange::step`](crate::Exchange::step) asks for what is really needed.
    pub fn body_use(&self, head: &Request) -> BodyUse {
        let mocks = {
            let state = self.state();
            match state.registry.has_early() {
                true => state.registry.in_order(),
                false => return BodyUse::Ahead,
            }
        };
        let mut fitting = mocks.iter().filter(|live| {
            live.is_open() && !live.runs_user_code_to_match() && live.line_fits(head)
        });
        let first = fitting.find(|live| live.head_conditions().iter().all(|it| it.accepts(head)));
        let Some(live) = first else {
            return BodyUse::Ahead;
        };
        let (number, plan) = (live.uses() + 1, &live.declaration.plan);
        if plan.streams(number) {
            return BodyUse::Streamed;
        }
        let reply = plan.value(number, || plan::draw(self.seed(), live.id, number));
        match reply.is_some_and(|reply| reply.is_early()) {
            true => BodyUse::None,
            false => BodyUse::Ahead,
        }
    }

    /// Whether every body may be read ahead, whatever its head: then [`body_use`](Self::body_use) need not be asked.
    pub fn reads_ahead(&self) -> bool {
        !self.state().registry.has_early()
    }
}
