//! The journey of one request: admit - choose - claim - answer - settle.
//!
//! An exchange is a state machine that whoever brought the request steps. It asks for the body only when a mock that is not
//! ruled out needs it, asks for a future to be awaited, or has decided. User code runs here, outside any lock.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;

use crate::engine::Engine;
use crate::engine::outcome::{Answered, Failed, Outcome, Passed, Ticket, Unmatched};
use crate::engine::state::{Claim, State};
use crate::journal::{Entry, Record, Settled, Verdict};
use crate::matching::Condition;
use crate::network::Destination;
use crate::registry::{Candidate, Live, Order, RegexTier};
use crate::reply::plan::{self, Step as Planned};
use crate::reply::{Answer, Reply};
use crate::request::{PathParams, Request};
use crate::sync::MutexGuard;
use crate::url::Target;

/// The most of a body that is waited for, unless the adapter has it whole anyway.
const BODY_LIMIT: usize = 256 << 20;

/// How many candidates are taken from the index at a time, once the first did not fit.
const BATCH: usize = 32;

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
    /// A future to be awaited; give what it resolves to to [`Exchange::resume`].
    Await(Awaiting),
    /// Decided: nothing follows.
    Decided(Outcome),
}

/// One request on its way through an engine.
#[derive(Debug)]
pub struct Exchange {
    engine: Engine,
    request: Request,
    whole: bool,
    immediate: bool,
    phase: Phase,
    cursor: Cursor,
    verdicts: Vec<(u64, Verdict)>,
}

#[derive(Debug)]
enum Phase {
    Admit,
    Choose,
    /// This mock is not ruled out by the head, and needs the body.
    Held(Candidate),
    /// The claimed mock's async closure is running.
    Running(Arc<Live>, Claim, Ticket),
    /// The async closure is done, and the outcome has not been fetched.
    Ready(Box<Outcome>),
    Decided,
}

/// Where in the order of mocks the exchange is.
#[derive(Debug, Default)]
struct Cursor {
    /// Mocks registered after this stamp are not seen.
    as_of: u64,
    reorders: u64,
    after: Option<Order>,
    /// The candidate that was fetched first: usually the one that fits.
    fetched: Option<Candidate>,
    /// Those fetched after it and not asked yet, the next one last.
    more: Vec<Candidate>,
    /// What the automata found, the next one last.
    by_regex: Vec<Candidate>,
    exhausted: bool,
    /// Whether mocks were moved meanwhile, so that some are met again.
    again: bool,
    asked: Vec<u64>,
}

/// Automata over paths, and over whole URLs.
type Tiers = (Vec<Arc<RegexTier>>, Vec<Arc<RegexTier>>);

impl Cursor {
    /// Takes the next candidates from the index; at first one only, and the automata to be searched.
    fn fetch(&mut self, state: &mut State, target: &Target) -> Option<Tiers> {
        let mut tiers = None;
        if self.after.is_none() {
            let index = state.registry.index();
            tiers = index.has_regexes().then(|| index.tiers(target));
            self.reorders = state.registry.reorders();
            self.fetched = state.registry.index().first(target);
            self.exhausted = self.fetched.is_none();
            self.after = self.fetched.as_ref().map(|(order, _)| *order);
        } else {
            state
                .registry
                .index()
                .next(target, self.after, BATCH, &mut self.more);
            self.exhausted = self.more.len() < BATCH;
            self.after = self.more.last().map(|(order, _)| *order).or(self.after);
            self.more.reverse();
        }
        tiers
    }

    /// Searches the automata; outside the lock, because it takes a while.
    fn search(&mut self, tiers: Option<Tiers>, target: &Target) {
        let Some((over_paths, over_urls)) = tiers else {
            return;
        };
        for tier in &over_paths {
            tier.find(target.path(), &mut self.by_regex);
        }
        if !over_urls.is_empty() {
            let url = target.url();
            over_urls
                .iter()
                .for_each(|tier| tier.find(&url, &mut self.by_regex));
        }
        self.by_regex
            .sort_by_key(|(order, _)| std::cmp::Reverse(*order));
    }

    /// The next of both, in order.
    fn next(&mut self) -> Option<Candidate> {
        let fetched = self.fetched.as_ref().or(self.more.last());
        match (fetched, self.by_regex.last()) {
            (Some((fetched, _)), Some((found, _))) if found < fetched => self.by_regex.pop(),
            (None, _) => self.by_regex.pop(),
            _ => self.fetched.take().or_else(|| self.more.pop()),
        }
    }
}

/// What a mock said.
enum Said {
    No,
    NeedsBody,
    /// It fits; with the answer of its closure, where that had to be asked before the claim, and the request as its maps
    /// made it.
    Yes(Option<Answer>, Option<Box<Request>>),
    Panicked(String),
}

impl Exchange {
    #[inline]
    pub(super) fn new(engine: Engine, request: Request, whole: bool) -> Self {
        Self {
            engine,
            request,
            whole,
            immediate: false,
            phase: Phase::Admit,
            cursor: Cursor::default(),
            verdicts: Vec::new(),
        }
    }

    /// For adapters that hand a reply over at once, without a connection between: a reply with nothing to wait for is then
    /// settled together with the claim.
    #[must_use]
    #[inline]
    pub fn immediate(mut self) -> Self {
        self.immediate = true;
        self
    }

    /// The body that [`Step::Body`] asked for.
    pub fn body(&mut self, body: Bytes) {
        self.request.set_body(body);
        self.whole = true;
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
                    return Step::Body { limit: BODY_LIMIT };
                }
                Phase::Held(candidate) => {
                    if let Some(step) = self.ask(candidate) {
                        return step;
                    }
                }
                Phase::Ready(outcome) => return Step::Decided(*outcome),
                Phase::Running(..) | Phase::Decided => panic!(
                    "an exchange was stepped while its future is awaited or after it decided: please report this"
                ),
            }
        }
    }

    // ---- admit ----------------------------------------------------------------------------------------------------------

    fn admit(&mut self) -> Option<Step> {
        if self.engine.has_ended() {
            return Some(Step::Decided(Outcome::Ended));
        }
        let (hooks, tiers) = {
            let record = self
                .whole
                .then(|| (self.engine.elapsed(), Record::of(&self.request)));
            let mut state = self.engine.state();
            self.cursor.as_of = state.stamp();
            if state.hooks.is_empty() {
                let tiers = self.cursor.fetch(&mut state, self.request.target());
                if let (None, Some((at, record))) = (&tiers, record)
                    && let Some((_, live)) = self
                        .cursor
                        .fetched
                        .take_if(|(_, live)| live.fits_by_line(&self.request))
                {
                    // The usual mock says no more than method and URL: asking it takes less than to lock again.
                    let outcome =
                        claim_simple(&self.engine, state, live, at, record, self.immediate);
                    return outcome.map(Step::Decided);
                }
                (None, tiers)
            } else {
                (Some(Arc::clone(&state.hooks)), None)
            }
        };
        let Some(hooks) = hooks else {
            self.cursor.search(tiers, self.request.target());
            return None;
        };
        if !self.whole {
            self.phase = Phase::Admit;
            return Some(Step::Body { limit: BODY_LIMIT });
        }
        for (at, accepts) in &hooks.filters {
            let asked = catch_unwind(AssertUnwindSafe(|| accepts(&self.request)));
            if !matches!(asked, Ok(true)) {
                self.verdicts.push((0, Verdict::Hook(at)));
            }
            match asked {
                Ok(true) => {}
                Ok(false) => return Some(Step::Decided(self.unmatched())),
                Err(payload) => return Some(Step::Decided(self.hook_panicked(message(payload)))),
            }
        }
        for (at, change) in &hooks.maps {
            if let Err(payload) = catch_unwind(AssertUnwindSafe(|| change(&mut self.request))) {
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
                let tiers = cursor.fetch(&mut self.engine.state(), target);
                cursor.search(tiers, target);
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
        let cursor = &mut self.cursor;
        let moved = reorders != cursor.reorders;
        if moved {
            cursor.again = true;
            cursor.after = None;
            cursor.exhausted = false;
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
        let record = Record::of(mapped.as_deref().unwrap_or(&self.request));
        if live.is_simple() && answer.is_none() {
            let outcome = claim_simple(
                &self.engine,
                self.engine.state(),
                live,
                at,
                record,
                self.immediate,
            )?;
            self.phase = Phase::Decided;
            return Some(Step::Decided(outcome));
        }
        let claim = {
            let mut state = self.engine.state();
            let taken = state.take_use(&live)?;
            let entry = Entry::claimed(at, taken.stamp, taken.scope, record, Arc::clone(&live));
            let claim = state.write(taken, entry);
            wake(state);
            claim
        };
        if let Some(mapped) = mapped {
            self.request = *mapped;
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
            Planned::Fixed(reply) => self.replies(claim, Arc::clone(reply)),
            Planned::Chance {
                fault,
                p,
                otherwise,
            } => {
                self.engine.state().drew = true;
                if plan::draw(self.engine.seed(), live.id, claim.number) < *p {
                    self.replies(claim, Arc::clone(fault))
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
                let request = self.request.clone();
                match catch_unwind(AssertUnwindSafe(|| closure(request))) {
                    Ok(future) => {
                        let ticket = Ticket::new(self.engine.clone(), claim.call, None);
                        self.phase = Phase::Running(Arc::clone(live), claim, ticket);
                        return Step::Await(Awaiting(future));
                    }
                    Err(payload) => self.panicked(live, Some(claim), message(payload)),
                }
            }
            Planned::PassThrough => Outcome::PassThrough(Passed {
                request: self.take_request(),
                ticket: Ticket::new(self.engine.clone(), claim.call, None),
            }),
            Planned::Failed(error) => self.failed(live, claim, error),
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
            Step::Body { .. } | Step::Await(_) => {
                self.failed(live, claim, "an answer asked for more: please report this")
            }
        }
    }

    fn replies(&self, claim: Claim, reply: Arc<Reply>) -> Outcome {
        answered(&self.engine, claim, reply)
    }

    fn take_request(&mut self) -> Box<Request> {
        Box::new(mem::replace(&mut self.request, Request::empty()))
    }

    // ---- what is no answer ----------------------------------------------------------------------------------------------

    fn unmatched(&mut self) -> Outcome {
        if self.engine.has_ended() {
            return Outcome::Ended;
        }
        let target = self.request.target();
        let network = Arc::clone(&self.engine.state().network);
        let destination = (!network.is_closed())
            .then(|| Destination::new(target.scheme(), target.host(), target.port()));
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
        let call = self.record(settled, verdicts);
        if leaves {
            return Outcome::PassThrough(Passed {
                request: self.take_request(),
                ticket: Ticket::new(self.engine.clone(), call, None),
            });
        }
        Outcome::Unmatched(Unmatched {
            engine: self.engine.clone(),
            call,
        })
    }

    /// Writes an entry that belongs to no mock.
    fn record(&self, settled: Settled, verdicts: Vec<(u64, Verdict)>) -> u64 {
        let at = self.engine.elapsed();
        let record = Record::of(&self.request);
        let mut state = self.engine.state();
        let (stamp, scope) = (state.next_stamp(), state.innermost().id);
        state.journal.push(Entry::of_no_mock(
            at, stamp, scope, record, settled, verdicts,
        ))
    }

    fn panicked(&mut self, live: &Arc<Live>, claim: Option<Claim>, message: String) -> Outcome {
        let call = match claim {
            Some(claim) => claim.call,
            None => {
                let call = self.record(Settled::Panicked, Vec::new());
                self.engine.state().journal.blame(call, live);
                call
            }
        };
        self.engine
            .state()
            .journal
            .fail(call, Settled::Panicked, &message);
        Outcome::Failed(Failed::new(
            "a closure",
            live.line().to_string(),
            "panicked",
            message,
        ))
    }

    fn hook_panicked(&mut self, message: String) -> Outcome {
        let verdicts = mem::take(&mut self.verdicts);
        let call = self.record(Settled::Panicked, verdicts);
        self.engine
            .state()
            .journal
            .fail(call, Settled::Panicked, &message);
        Outcome::Failed(Failed::new(
            "a filter or map",
            "the engine".into(),
            "panicked",
            message,
        ))
    }

    fn failed(&mut self, live: &Arc<Live>, claim: Claim, message: &str) -> Outcome {
        self.engine
            .state()
            .journal
            .fail(claim.call, Settled::Failed, message);
        Outcome::Failed(Failed::new(
            "the reply",
            live.line().to_string(),
            "failed",
            message.into(),
        ))
    }
}

impl Engine {
    // ---- settle ---------------------------------------------------------------------------------------------------------

    pub(super) fn settle(&self, call: u64, settled: Settled, reply: Option<Arc<Reply>>) {
        let mut state = self.state();
        state.journal.settle(call, settled, reply);
        wake(state);
    }
}

/// A mock whose replies are values and which nobody observes is answered with the claim.
fn claim_simple(
    engine: &Engine,
    mut state: MutexGuard<'_, State>,
    live: Arc<Live>,
    at: Duration,
    record: Record,
    immediate: bool,
) -> Option<Outcome> {
    let taken = state.take_use(&live)?;
    let reply = live.declaration.plan.fixed(taken.number)?;
    let is_settled = immediate && reply.is_plain();
    let mut entry = Entry::claimed(at, taken.stamp, taken.scope, record, live);
    if is_settled {
        entry.settled = Settled::Answered;
        entry.reply = Some(Arc::clone(&reply));
    }
    let claim = state.write(taken, entry);
    wake(state);
    Some(if is_settled {
        Outcome::Reply(Answered {
            ticket: Ticket::settled(),
            reply,
        })
    } else {
        answered(engine, claim, reply)
    })
}

fn answered(engine: &Engine, claim: Claim, reply: Arc<Reply>) -> Outcome {
    Outcome::Reply(Answered {
        ticket: Ticket::new(engine.clone(), claim.call, Some(Arc::clone(&reply))),
        reply,
    })
}

/// Asks a mock in which no user code runs.
fn ask_plain(live: &Live, request: &mut Request, whole: bool) -> Said {
    if !live.line_fits(request) {
        return Said::No;
    }
    request.set_params(params(live, request));
    let fits = |condition: &Condition| condition.accepts(request);
    if !live.head_conditions().iter().all(fits) {
        return Said::No;
    }
    let bodies = live.body_conditions();
    if !whole && (!bodies.is_empty() || live.declaration.plan.needs_body()) {
        return Said::NeedsBody;
    }
    if bodies.iter().all(fits) {
        Said::Yes(None, None)
    } else {
        Said::No
    }
}

/// Asks a mock in which user code runs, and keeps what that said.
fn ask_user(
    live: &Live,
    request: &mut Request,
    whole: bool,
    verdicts: &mut Vec<(u64, Verdict)>,
) -> Said {
    let declaration = &live.declaration;
    if live.has_hooks() && !whole {
        return Said::NeedsBody;
    }
    if !declaration.filters.iter().all(|accepts| accepts(request)) {
        verdicts.push((live.id, Verdict::Filtered));
        return Said::No;
    }
    let mut mapped = (!declaration.maps.is_empty()).then(|| Box::new(request.clone()));
    if let Some(mapped) = &mut mapped {
        declaration.maps.iter().for_each(|change| change(mapped));
    }
    let request = mapped.as_deref_mut().unwrap_or(request);
    if !live.line_fits(request) {
        return miss_of_mapped(live, request, verdicts);
    }
    request.set_params(params(live, request));
    // What needs no user code is asked first, and user code only when everything it may look at is there: it is asked once.
    let (head, bodies) = (live.head_conditions(), live.body_conditions());
    let plain = |condition: &&Condition| !condition.is_user_code();
    if !head
        .iter()
        .filter(plain)
        .all(|condition| condition.accepts(request))
    {
        return miss_of_mapped(live, request, verdicts);
    }
    if !whole && (!bodies.is_empty() || declaration.plan.needs_body()) {
        return Said::NeedsBody;
    }
    if !bodies
        .iter()
        .filter(plain)
        .all(|condition| condition.accepts(request))
    {
        return miss_of_mapped(live, request, verdicts);
    }
    let mut asked = live
        .conditions()
        .iter()
        .filter(|condition| condition.is_user_code());
    let fits = asked.all(|condition| match condition.check(request) {
        Ok(()) => true,
        Err(miss) => {
            verdicts.push((live.id, Verdict::Missed(miss)));
            false
        }
    });
    if !fits {
        return Said::No;
    }
    let Some(closure) = declaration.plan.may_decline() else {
        return Said::Yes(None, mapped);
    };
    let answer = closure(request);
    if answer.declines() {
        verdicts.push((live.id, Verdict::Declined));
        return Said::No;
    }
    Said::Yes(Some(answer), mapped)
}

/// The variables of this mock's path, where somebody asks for them; never those of a mock that was asked before it.
fn params(live: &Live, request: &Request) -> PathParams {
    if !live.wants_params() {
        return PathParams::new();
    }
    live.captures(request).unwrap_or_default()
}

/// A report cannot run a mock's maps again, so what they made is explained now.
fn miss_of_mapped(live: &Live, request: &Request, verdicts: &mut Vec<(u64, Verdict)>) -> Said {
    if !live.declaration.maps.is_empty() {
        let misses = live.explain(request, &[]);
        verdicts.extend(
            misses
                .into_iter()
                .map(|miss| (live.id, Verdict::Missed(miss))),
        );
    }
    Said::No
}

/// Lets go of the lock, then wakes who waits for calls.
fn wake(mut state: MutexGuard<'_, State>) {
    if !state.waiting.is_empty() {
        let waiting = mem::take(&mut state.waiting);
        drop(state);
        waiting.into_iter().for_each(Waker::wake);
    }
}

/// What a panic said.
fn message(payload: Box<dyn Any + Send>) -> String {
    match payload.downcast::<String>() {
        Ok(message) => *message,
        Err(payload) => match payload.downcast::<&'static str>() {
            Ok(message) => (*message).to_owned(),
            Err(_) => "a panic whose payload is not text".to_owned(),
        },
    }
}

/// The async closure of a mock, running. Resolves even when the closure panics.
#[must_use = "a future does nothing unless it is awaited"]
pub struct Awaiting(Pin<Box<dyn Future<Output = Answer> + Send>>);

/// What an async closure came to.
#[derive(Debug)]
pub struct Awaited(Result<Answer, String>);

impl Future for Awaiting {
    type Output = Awaited;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Awaited> {
        let future = self.0.as_mut();
        match catch_unwind(AssertUnwindSafe(|| future.poll(cx))) {
            Ok(polled) => polled.map(|answer| Awaited(Ok(answer))),
            Err(payload) => Poll::Ready(Awaited(Err(message(payload)))),
        }
    }
}

impl fmt::Debug for Awaiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Awaiting")
    }
}
