//! The short way: most requests meet a mock that says no more than method and URL, and get a reply that is plain.
//!
//! Such a request is only looked at: no exchange is made for it, and nothing of it is copied but what the journal keeps.

use std::sync::Arc;

use crate::engine::claim::{Claiming, Fixed, answered, claim_fixed};
use crate::engine::outcome::Answered;
use crate::engine::{Engine, trace};
use crate::journal::{COPIED, Record};
use crate::reply::Reply;
use crate::request_ref::RequestRef;

impl Engine {
    /// The reply to a whole request, for an adapter that hands it over at once, where a look is enough to know it: the first
    /// mock in question asks for method and URL alone, and its reply is [plain](Reply::is_plain). The call is claimed and settled.
    ///
    /// `None` says nothing about the request, and nothing has happened: [`admit`](Self::admit) it.
    pub fn reply_at_once(&self, request: &RequestRef<'_>) -> Option<Arc<Reply>> {
        Some(self.claim_at_once(request, true)?.reply)
    }

    /// The same for an adapter that has a connection between: it settles the call when the reply is out.
    pub fn answer_at_once(&self, request: &RequestRef<'_>) -> Option<Answered> {
        let Fixed { claim, reply, .. } = self.claim_at_once(request, false)?;
        Some(answered(self, claim, reply))
    }

    /// Inlined, because each caller knows one half of what it does.
    #[inline(always)]
    fn claim_at_once(&self, request: &RequestRef<'_>, immediate: bool) -> Option<Fixed> {
        self.note_thread();
        if self.has_ended() || request.body.len() > COPIED.min(self.body_bound()) {
            return None;
        }
        let target = request.target()?;
        // What takes time, and what is not of core, comes before the lock.
        let (at, record) = (self.elapsed(), Record::of_ref(request));
        let mut state = self.state();
        if !state.hooks.is_empty() || state.registry.index().has_regexes() {
            return None;
        }
        let ((_, live), is_literal) = state.registry.index().first(&target)?;
        if !(live.replies_at_once() && live.fits_by_line(request.method, &target, is_literal)) {
            return None;
        }
        let with = Claiming {
            at,
            record,
            is_body_open: false,
            immediate,
        };
        let fixed = claim_fixed(state, live, with)?;
        trace::call(self, fixed.claim.call, "answered");
        Some(fixed)
    }
}
