//! A reply that comes before the body of its request: who reads bodies ahead has to know it from the head.

use crate::engine::Engine;
use crate::reply::plan;
use crate::request::Request;

impl Engine {
    /// Whether the mock that a request with this head will meet, as far as the head tells, replies before it has the body: then
    /// an adapter does not read that ahead.
    pub fn answers_early(&self, head: &Request) -> bool {
        let mocks = {
            let state = self.state();
            match state.registry.has_early() {
                true => state.registry.in_order(),
                false => return false,
            }
        };
        let mut fitting = mocks.iter().filter(|live| {
            live.is_open() && !live.runs_user_code_to_match() && live.line_fits(head)
        });
        let first = fitting.find(|live| live.head_conditions().iter().all(|it| it.accepts(head)));
        first.is_some_and(|live| {
            let number = live.uses() + 1;
            let reply = live
                .declaration
                .plan
                .value(number, || plan::draw(self.seed(), live.id, number));
            reply.is_some_and(|reply| reply.is_early())
        })
    }
}
