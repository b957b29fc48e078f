//! The async closures of mocks: one gets the whole request, another its head, and the body as that comes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;

use crate::engine::ask::message;
use crate::engine::awaiting::Awaiting;
use crate::engine::exchange::{Exchange, Phase, Step};
use crate::engine::outcome::Ticket;
use crate::engine::state::Claim;
use crate::registry::Live;
use crate::reply::plan::Step as Planned;
use crate::reply::{Answer, LiveBody};
use crate::request_body::RequestBody;

impl Exchange {
    /// The body that [`Step::Stream`] asked for. What comes of it belongs into the [`upload`](Self::upload) too.
    pub fn stream(&mut self, body: impl LiveBody + 'static) {
        self.streamed = Some(RequestBody::coming(Box::pin(body)));
    }

    /// Asks for the body, where it is neither whole nor handed over, and begins the closure of a claimed mock with it.
    pub(super) fn streaming(&mut self, live: Arc<Live>, claim: Claim, ticket: Ticket) -> Step {
        let body = match self.streamed.take() {
            Some(body) => body,
            None if self.whole => RequestBody::whole(self.request.body().clone()),
            None => {
                self.phase = Phase::Streaming(live, claim, ticket);
                return Step::Stream;
            }
        };
        let request = self.request.clone();
        let declared = Arc::clone(&live);
        self.begin(live, claim, ticket, || {
            match declared.declaration.plan.step(claim.number) {
                Planned::Streamed(closure) => closure(request, body),
                _ => {
                    panic!("a body was handed over to a reply that takes none: please report this")
                }
            }
        })
    }

    /// Begins an async closure of a claimed mock; a panic before its first await is caught too.
    pub(super) fn begin(
        &mut self,
        live: Arc<Live>,
        claim: Claim,
        ticket: Ticket,
        begin: impl FnOnce() -> Pin<Box<dyn Future<Output = Answer> + Send>>,
    ) -> Step {
        match catch_unwind(AssertUnwindSafe(begin)) {
            Ok(future) => {
                self.phase = Phase::Running(live, claim, ticket);
                Step::Await(Awaiting(future))
            }
            Err(payload) => {
                ticket.hand_over();
                Step::Decided(self.panicked(&live, Some(claim), message(payload)))
            }
        }
    }
}
