//! The journey of one request: admit - choose - claim - answer - settle.
//!
//! An exchange is a state machine that whoever brought the request steps. It asks for the body only when a mock that is not
//! ruled out needs it, asks for a future to be awaited, or has decided. User code runs here, outside any lock.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use bytes::Bytes;

use crate::engine::ask::{Said, ask_plain, ask_user, message};
use crate::engine::awaiting::{Awaited, Awaiting};
use crate::engine::claim::{claim_simple, wake};
use crate::engine::cursor::Cursor;
use crate::engine::hooks::Hook;
use crate::engine::outcome::{Outcome, Passed, Ticket};
use crate::engine::state::Claim;
use crate::engine::upload::Upload;
use crate::engine::{Engine, trace};
use crate::journal::{Entry, Record, Settled, Verdict};
use crate::registry::{Candidate, Live};
use crate::reply::Answer;
use crate::reply::plan::{self, Step as Planned};
use crate::request::Request;
use crate::request_body::RequestBody;

/// What an exchange needs next.
#[derive(Debug)]
#[must_use = "an exchange goes on only when its step is done"]
#[non_exhaustive]
pub enum Step {
    /// The body, up to `limit` bytes: read it and give it to [`Exchange::body`].
    Body {
        /// In bytes.
        limit: usize,
    },
    /// The body as it comes: give it to [`Exchange::stream`], with the [`upload`](Exchange::upload) written beside it.
    Stream,
    /// A future to be awaited; give what it resolves to to [`Exchange::resume`].
    Await(Awaiting),
    /// Decided: nothing follows.
    Decided(Outcome),
}

/// One request on its way through an engine.
#[derive(Debug)]
pub struct Exchange {
    pub(super) engine: Engine,
    pub(super) request: Request,
    /// As it came, where a map changed it.
    pub(super) original: Option<Box<Request>>,
    pub(super) whole: bool,
    pub(super) immediate: bool,
    pub(super) tunnelling: bool,
    /// Its call, once there is one.
    pub(super) call: Option<u64>,
    /// The body, for a closure that takes it as it comes.
    pub(super) streamed: Option<RequestBody>,
    pub(super) phase: Phase,
    pub(super) cursor: Cursor,
    pub(super) verdicts: Vec<(u64, Verdict)>,
}

#[derive(Debug)]
pub(super) enum Phase {
    Admit,
    Choose,
    /// This mock is not ruled out by the head, and needs the body.
    Held(Candidate),
    /// The claimed mock's async closure takes the body, which is not handed over yet.
    Streaming(Arc<Live>, Claim, Ticket),
    /// The claimed mock's async closure is running.
    Running(Arc<Live>, Claim, Ticket),
    /// The async closure is done, and the outcome has not been fetched.
    Ready(Box<Outcome>),
    Decided,
}

impl Exchange {
    #[inline]
    pub(super) fn new(engine: Engine, request: Request, whole: bool) -> Self {
        Self {
            engine,
            request,
            original: None,
            whole,
            immediate: false,
            tunnelling: false,
            call: None,
            streamed: None,
            phase: Phase::Admit,
            cursor: Cursor::default(),
            verdicts: Vec::new(),
        }
    }

    /// For adapters that hand a reply over at once, without a connection between, and have tried
    /// [`reply_at_once`](Engine::reply_at_once): a reply with nothing to wait for is settled together with the claim.
    #[must_use]
    #[inline]
    pub fn immediate(mut self) -> Self {
        self.immediate = true;
        self
    }

    /// For adapters that can open a tunnel: a CONNECT that nothing matches is decided as [`Outcome::Tunnel`] when some mock could
    /// have the authority that it names.
    #[must_use]
    pub fn tunnelling(mut self) -> Self {
        self.tunnelling = true;
        self
    }

    /// The request, as far as it has come.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// The body that [`Step::Body`] asked for.
    pub fn body(&mut self, body: Bytes) {
        self.request.set_body(body);
        self.whole = true;
    }

    /// The rest of the body, of which the decision needed nothing: what the adapter still reads of it is for the journal.
    /// `None` where the engine had it whole.
    pub fn upload(&mut self) -> Option<Upload> {
        let call = self.call.filter(|_| !self.whole)?;
        self.whole = true;
        Some(Upload::new(self.engine.clone(), call))
    }

    /// Ends an exchange whose client left before its request was whole; the journal shows what came.
    pub fn abort(mut self, body: Bytes) {
        self.body(body);
    }

    /// Ends an exchange whose request cannot be taken in whole, with the reason in the journal; verification fails with it.
    pub fn refuse(mut self, why: &str) {
        let phase = mem::replace(&mut self.phase, Phase::Decided);
        self.whole = true;
        if let Some(call) = self.record(Settled::Failed, Vec::new()) {
            if let Phase::Held((_, live)) = phase {
                self.engine.state().journal.blame(call, &live);
            }
            self.engine.fail(call, Settled::Failed, why);
            trace::call(&self.engine, call, "failed");
        }
    }

    /// What [`Step::Await`] asked for.
    pub fn resume(&mut self, awaited: Awaited) {
        self.phase = match mem::replace(&mut self.phase, Phase::Decided) {
            Phase::Running(live, claim, ticket) => {
                ticket.hand_over();
                let outcome = match awaited.0 {
                    Ok(answer) => self.answer_with(&live, claim, answer),
                    Err(message) => self.panicked(&live, Some(claim), message),
                };
                Phase::Ready(Box::new(outcome))
            }
            other => other,
        };
    }

    /// Goes on until something is needed or decided.
    ///
    /// # Panics
    /// When it is called again after it has decided.
    pub fn step(&mut self) -> Step {
        let step = self.advance();
        if let Step::Decided(outcome) = &step {
            trace::decided(self, outcome);
        }
        step
    }

    fn advance(&mut self) -> Step {
        loop {
            match mem::replace(&mut self.phase, Phase::Decided) {
                Phase::Admit => match self.admit() {
                    Some(step) => return step,
                    None => self.phase = Phase::Choose,
                },
                Phase::Choose => match self.choose() {
                    Some(candidate) => {
                        if let Some(step) = self.ask(candidate) {
                            return step;
                        }
                    }
                    None => return Step::Decided(self.unmatched()),
                },
                Phase::Held(candidate) if !self.whole => {
                    self.phase = Phase::Held(candidate);
                    return self.needs_body();
                }
                Phase::Held(candidate) => {
                    if let Some(step) = self.ask(candidate) {
                        return step;
                    }
                }
                Phase::Streaming(live, claim, ticket) => {
                    return self.streaming(live, claim, ticket);
                }
                Phase::Ready(outcome) => return Step::Decided(*outcome),
                Phase::Running(..) | Phase::Decided => panic!(
                    "an exchange was stepped while its future is awaited or after it decided: please report this"
                ),
            }
        }
    }

    fn needs_body(&self) -> Step {
        Step::Body {
            limit: self.engine.body_limit(),
        }
    }

    // ---- admit ----------------------------------------------------------------------------------------------------------

    fn admit(&mut self) -> Option<Step> {
        if self.engine.has_ended() {
            return Some(Step::Decided(Outcome::Ended));
        }
        let (hooks, tiers) = {
            let target = self.request.target();
            let bound = self.engine.body_bound();
            // Who is immediate has had a look at the usual mock already; and a digest that nobody may ask for takes time.
            let record = (self.whole && !self.immediate && self.request.body().len() <= bound)
                .then(|| (self.engine.elapsed(), Record::of(&self.request, bound)));
            let mut state = self.engine.state();
            self.cursor.as_of = state.stamp();
            if state.hooks.is_empty() {
                let tiers = self.cursor.fetch(&mut state, &target);
                if let (None, Some((at, record))) = (&tiers, record)
                    && let Some((_, live)) = self.cursor.fetched.take_if(|(_, live)| {
                        live.fits_by_line(self.request.method(), &target, self.cursor.is_literal)
                    })
                {
                    // The usual mock says no more than method and URL: asking it takes less than to lock again.
                    let claimed = claim_simple(self, state, live, at, record);
                    return claimed.map(|(outcome, call)| {
                        self.call = Some(call);
                        Step::Decided(outcome)
                    });
                }
                (None, tiers)
            } else {
                (Some(Arc::clone(&state.hooks)), None)
            }
        };
        let Some(hooks) = hooks else {
            self.cursor.search(tiers, &self.request.target());
            return None;
        };
        if !self.whole {
            self.phase = Phase::Admit;
            return Some(self.needs_body());
        }
        for Hook { at, run, .. } in &hooks.filters {
            let asked = catch_unwind(AssertUnwindSafe(|| run(&self.request)));
            if !matches!(asked, Ok(true)) {
                self.verdicts.push((0, Verdict::Hook(at)));
            }
            match asked {
                Ok(true) => {}
                Ok(false) => return Some(Step::Decided(self.unmatched())),
                Err(payload) => return Some(Step::Decided(self.hook_panicked(message(payload)))),
            }
        }
        if !hooks.maps.is_empty() {
            self.original = Some(Box::new(self.request.clone()));
        }
        for Hook { at, run, .. } in &hooks.maps {
            if let Err(payload) = catch_unwind(AssertUnwindSafe(|| run(&mut self.request))) {
                self.verdicts.push((0, Verdict::Hook(at)));
                return Some(Step::Decided(self.hook_panicked(message(payload))));
            }
        }
        None
    }

    // ---- choose ---------------------------------------------------------------------------------------------------------

    /// The next mock that may answer, in order.
    fn choose(&mut self) -> Option<Candidate> {
        loop {
            let cursor = &mut self.cursor;
            if cursor.fetched.is_none() && cursor.more.is_empty() && !cursor.exhausted {
                let target = self.request.target();
                let tiers = cursor.fetch(&mut self.engine.state(), &target);
                cursor.search(tiers, &target);
            }
            let (order, live) = match cursor.next() {
                Some(candidate) => candidate,
                None if self.reordered() => continue,
                None => return None,
            };
            let cursor = &self.cursor;
            if live.stands_since <= cursor.as_of
                && !(cursor.again && cursor.asked.contains(&live.id))
            {
                return Some((order, live));
            }
        }
    }

    /// Mocks were moved while this request was asking: it begins again, and asks nobody twice.
    fn reordered(&mut self) -> bool {
        let reorders = self.engine.state().registry.reorders();
        let moved = reorders != self.cursor.reorders;
        if moved {
            self.cursor.restart();
        }
        moved
    }

    /// Asks a mock, and claims it when it fits.
    fn ask(&mut self, candidate: Candidate) -> Option<Step> {
        let said = if candidate.1.runs_user_code() {
            let (live, whole) = (Arc::clone(&candidate.1), self.whole);
            let (request, verdicts) = (&mut self.request, &mut self.verdicts);
            catch_unwind(AssertUnwindSafe(|| {
                ask_user(&live, request, whole, verdicts)
            }))
            .unwrap_or_else(|payload| Said::Panicked(message(payload)))
        } else {
            ask_plain(&candidate.1, &mut self.request, self.whole)
        };
        self.phase = Phase::Choose;
        let (_, live) = candidate;
        match said {
            Said::NeedsBody => {
                self.phase = Phase::Held((candidate.0, live));
                None
            }
            Said::No => {
                self.cursor.asked.push(live.id);
                None
            }
            Said::Yes(answer, mapped) => self.claim(live, answer, mapped),
            Said::Panicked(message) => {
                let outcome = self.panicked(&live, None, message);
                self.phase = Phase::Decided;
                Some(Step::Decided(outcome))
            }
        }
    }

    // ---- claim ----------------------------------------------------------------------------------------------------------

    /// Use, count and journal entry together; or nothing, and the exchange goes on.
    fn claim(
        &mut self,
        live: Arc<Live>,
        answer: Option<Answer>,
        mapped: Option<Box<Request>>,
    ) -> Option<Step> {
        let at = self.engine.elapsed();
        let record = Record::of(
            mapped.as_deref().unwrap_or(&self.request),
            self.engine.body_bound(),
        );
        if live.is_simple() && answer.is_none() {
            let (outcome, call) = claim_simple(self, self.engine.state(), live, at, record)?;
            self.call = Some(call);
            self.phase = Phase::Decided;
            return Some(Step::Decided(outcome));
        }
        let claim = {
            let mut state = self.engine.state();
            let taken = state.take_use(&live)?;
            let mut entry = Entry::claimed(at, taken.stamp, taken.scope, record, Arc::clone(&live));
            entry.is_body_open = !self.whole;
            let (claim, displaced) = state.write(taken, entry);
            wake(state);
            drop(displaced);
            claim
        };
        self.call = Some(claim.call);
        if let Some(mapped) = mapped {
            let came = mem::replace(&mut self.request, *mapped);
            self.original.get_or_insert_with(|| Box::new(came));
        }
        let declaration = &live.declaration;
        if !declaration.observers.is_empty() {
            let request = &self.request;
            let observed = catch_unwind(AssertUnwindSafe(|| {
                declaration
                    .observers
                    .iter()
                    .for_each(|observe| observe(request));
            }));
            if let Err(payload) = observed {
                let outcome = self.panicked(&live, Some(claim), message(payload));
                self.phase = Phase::Decided;
                return Some(Step::Decided(outcome));
            }
        }
        self.phase = Phase::Decided;
        if let Some(answer) = answer {
            return Some(Step::Decided(self.answer_with(&live, claim, answer)));
        }
        Some(self.answer(&live, claim, declaration.plan.step(claim.number)))
    }

    // ---- answer ---------------------------------------------------------------------------------------------------------

    fn answer(&mut self, live: &Arc<Live>, claim: Claim, step: &Planned) -> Step {
        Step::Decided(match step {
            Planned::Fixed(reply) => self.replies(live, claim, reply),
            Planned::Chance {
                reply,
                p,
                otherwise,
            } => {
                self.engine.state().drew = true;
                if plan::draw(self.engine.seed(), live.id, claim.number) < *p {
                    self.replies(live, claim, reply)
                } else {
                    return self.answer(live, claim, otherwise);
                }
            }
            Planned::Closure(closure) => {
                match catch_unwind(AssertUnwindSafe(|| closure(&self.request))) {
                    Ok(answer) => self.answer_with(live, claim, answer),
                    Err(payload) => self.panicked(live, Some(claim), message(payload)),
                }
            }
            Planned::Async(closure) => {
                let (request, ticket) = (self.request.clone(), self.ticket(claim));
                return self.begin(Arc::clone(live), claim, ticket, || closure(request));
            }
            Planned::Streamed(_) => {
                let ticket = self.ticket(claim);
                return self.streaming(Arc::clone(live), claim, ticket);
            }
            Planned::PassThrough => Outcome::PassThrough(Passed {
                request: self.take_request(),
                ticket: self.ticket(claim),
            }),
            Planned::Converse(conversation, reply) => self.converses(claim, conversation, reply),
            Planned::Failed(error) => self.failed(live, claim, error),
            Planned::Serve(_) => {
                self.failed(live, claim, "a mock of connections was asked for a reply: please report this")
            }
            Planned::Declined if matches!(live.declaration.plan.step(claim.number), Planned::Async(_) | Planned::Streamed(_)) => {
                self.failed(
                    live,
                    claim,
                    "an async closure cannot decline: its use is already counted; decline in a closure that is not async, \
                     or by `.when(..)`",
                )
            }
            Planned::Declined => self.failed(
                live,
                claim,
                "a reply in a sequence cannot decline: its use is already counted",
            ),
            Planned::Invalid(error) => self.failed(live, claim, &error.to_string()),
        })
    }

    /// The answer of a closure is a step as a declared one is, but it cannot hold another closure.
    fn answer_with(&mut self, live: &Arc<Live>, claim: Claim, answer: Answer) -> Outcome {
        match self.answer(live, claim, &Planned::fixed(answer)) {
            Step::Decided(outcome) => outcome,
            Step::Body { .. } | Step::Stream | Step::Await(_) => {
                self.failed(live, claim, "an answer asked for more: please report this")
            }
        }
    }

    fn ticket(&self, claim: Claim) -> Ticket {
        Ticket::new(self.engine.clone(), claim.call, None)
    }

    /// For the real server, which gets what the client sent.
    pub(super) fn take_request(&mut self) -> Box<Request> {
        let changed = mem::replace(&mut self.request, Request::empty());
        self.original.take().unwrap_or_else(|| Box::new(changed))
    }
}

impl Drop for Exchange {
    /// A client that is gone before its request was decided is in the journal, and no call waits for a body that nobody reads.
    fn drop(&mut self) {
        match (&self.phase, self.call) {
            (Phase::Admit | Phase::Choose | Phase::Held(_), None) => {
                self.whole = true;
                let verdicts = mem::take(&mut self.verdicts);
                self.record(Settled::Aborted, verdicts);
            }
            (_, Some(call)) if !self.whole => self.engine.end_body(call, Bytes::new(), None),
            _ => {}
        }
    }
}
