//! The engine: one isolated world of mocks, journal, network policy and seed.
//!
//! `exchange.rs` tells the story of one request; `state.rs` is what it changes; `outcome.rs` is what comes out; `verify.rs`
//! and `near.rs` make the report at the end.

mod ask;
mod at_once;
mod awaiting;
mod carried;
mod claim;
mod connect;
mod cursor;
mod declare;
mod early;
mod ended;
mod exchange;
mod fits;
mod hooks;
mod malformed;
#[cfg(all(loom, test))]
mod models;
mod near;
mod notes;
mod outcome;
mod owned;
mod settings;
mod state;
mod streaming;
mod telling;
mod trace;
mod unanswered;
mod unmatched;
mod upload;
mod verify;

use std::collections::BTreeSet;
use std::fmt;
use std::future::poll_fn;
use std::panic::Location;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use crate::clock::{Clock, SystemClock};
use crate::engine::state::State;
use crate::engine::unmatched::OpenCalls;
use crate::engine::verify::Gathered;
use crate::journal::{BODY_BOUND, Call, Calls, bound_of_one};
use crate::network::Destination;
use crate::observer;
use crate::registry::{Live, Standing};
use crate::report::Report;
use crate::request::Request;
use crate::sync::{AtomicBool, Mutex, MutexGuard, Ordering, enlist};

pub(crate) use ask::message as panic_message;
pub use awaiting::{Awaited, Awaiting};
pub use carried::{Accepted, Carried, CatchUp, Turn};
pub(crate) use claim::wake;
pub use connect::Connect;
pub use early::BodyUse;
pub use ended::Ended;
pub use exchange::{Exchange, Step};
pub use fits::Fits;
pub use outcome::{Answered, Failed, Outcome, Passed, Ticket};
pub use owned::OwnedEngine;
pub(crate) use state::Scope;
pub(crate) use telling::{Returned, close, tell_notes};
pub use unmatched::Unmatched;
pub use upload::Upload;
pub(crate) use verify::Whole;

/// The most of a body that is read for matching, unless an engine is told otherwise.
const BODY_LIMIT: usize = 256 << 20;

/// A handle to one isolated world. Clones are handles to the same.
///
/// The world ends when its owner drops (an [`OwnedEngine`], or the [`Guard`](crate::Guard) of `activate()`), whatever handles
/// remain; they then answer that it has ended.
#[derive(Clone)]
pub struct Engine(pub(crate) Arc<Shared>);

pub(crate) struct Shared {
    state: Mutex<State>,
    clock: Arc<dyn Clock>,
    began: Instant,
    seed: u64,
    ended: AtomicBool,
    /// The thread on which it began.
    home: usize,
    /// Whether requests come from other threads too, which a paused clock does not wait for.
    elsewhere: AtomicBool,
    /// What the journal keeps of one body; a copy of what it was told.
    body_bound: AtomicUsize,
    /// The most of a body that is read for matching.
    body_limit: AtomicUsize,
}

impl Engine {
    /// An engine of its own, for code that passes it around instead of activating it; it verifies when it drops.
    #[expect(
        clippy::new_ret_no_self,
        reason = "who makes an engine owns it; handles are clones"
    )]
    #[track_caller]
    pub fn new() -> OwnedEngine {
        Self::with_clock(SystemClock)
    }

    /// An engine whose time comes from `clock`.
    #[track_caller]
    pub fn with_clock(clock: impl Clock) -> OwnedEngine {
        OwnedEngine::new(Self::start(Arc::new(clock)))
    }

    pub(crate) fn start(clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Shared {
            state: Mutex::new(State::default()),
            began: clock.now(),
            clock,
            seed: seed(),
            ended: AtomicBool::new(false),
            home: crate::sync::this_thread(),
            elsewhere: AtomicBool::new(false),
            body_bound: AtomicUsize::new(bound_of_one(BODY_BOUND)),
            body_limit: AtomicUsize::new(BODY_LIMIT),
        }))
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock()
    }

    /// Keeps everybody else from changing this engine as long as the result lives: for who copies the whole process (`fork`),
    /// whose copy shall not have an engine that somebody was changing.
    pub fn hold(&self) -> Held<'_> {
        Held {
            _state: self.state(),
        }
    }

    /// The time of this engine.
    pub fn clock(&self) -> &dyn Clock {
        &*self.0.clock
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.0.clock.now().saturating_duration_since(self.0.began)
    }

    /// The seed from which every chance is drawn; `STANDIN_SEED` sets it.
    pub fn seed(&self) -> u64 {
        self.0.seed
    }

    /// Whether the owner is gone.
    pub fn has_ended(&self) -> bool {
        self.0.ended.load(Ordering::Acquire)
    }

    /// Notes from where a request comes.
    #[inline]
    fn note_thread(&self) {
        if crate::sync::this_thread() != self.0.home {
            self.note_elsewhere();
        }
    }

    pub(crate) fn note_elsewhere(&self) {
        self.0.elsewhere.store(true, Relaxed);
    }

    pub(crate) fn runs_elsewhere(&self) -> bool {
        self.0.elsewhere.load(Relaxed)
    }

    /// Its own, as long as it lives.
    pub(crate) fn address(&self) -> usize {
        Arc::as_ptr(&self.0).addr()
    }

    /// Whether `other` is a handle to the same engine.
    pub fn is(&self, other: &Engine) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Admits a request whose body has not come yet; [`Exchange::step`] says what it needs next.
    pub fn admit(&self, head: Request) -> Exchange {
        self.note_thread();
        Exchange::new(self.clone(), head, false)
    }

    /// Admits a request whose body is there already.
    pub fn admit_whole(&self, request: Request) -> Exchange {
        self.note_thread();
        Exchange::new(self.clone(), request, true)
    }

    /// Serves a whole request.
    ///
    /// It waits only where the reply is made by an async closure; delays are part of the reply, and the adapter's to wait for.
    pub async fn serve(&self, request: Request) -> Outcome {
        let mut exchange = self.admit_whole(request);
        loop {
            match exchange.step() {
                Step::Body { .. } | Step::Stream => exchange.body(bytes::Bytes::new()),
                Step::Await(awaiting) => {
                    let awaited = awaiting.await;
                    exchange.resume(awaited);
                }
                Step::Decided(outcome) => return outcome,
            }
        }
    }

    /// Serves a whole request on this thread; an async closure is waited for by blocking.
    pub fn serve_blocking(&self, request: impl Into<Request>) -> Outcome {
        let mut exchange = self.admit_whole(request.into());
        loop {
            match exchange.step() {
                Step::Body { .. } | Step::Stream => exchange.body(bytes::Bytes::new()),
                Step::Await(awaiting) => exchange.resume(crate::block::block_on(awaiting)),
                Step::Decided(outcome) => return outcome,
            }
        }
    }

    /// What happened so far, whole and in order.
    pub fn calls(&self) -> Calls {
        let state = self.state();
        Calls::new(
            state
                .journal
                .iter()
                .map(|(number, entry)| Call::of(number, entry))
                .collect(),
        )
    }

    /// Resolves when no exchange is under way any more.
    pub async fn settled(&self) {
        poll_fn(|cx| self.poll_settled(cx)).await;
    }

    /// The twin of [`settled`](Self::settled) that blocks this thread, in real time; whether none was under way in the end.
    pub fn settled_within(&self, limit: Duration) -> bool {
        crate::block::block_on_for(self.settled(), limit).is_some()
    }

    fn poll_settled(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.state();
        if state.journal.is_settled() {
            return Poll::Ready(());
        }
        enlist(&mut state.waiting, cx);
        Poll::Pending
    }

    /// Forgets the calls so far, and with them what matched nothing; counts of mocks stay. What a closure panicked or failed
    /// with still fails verification, and what is under way is still waited for.
    pub fn clear_calls(&self) {
        OpenCalls::tell(self);
        let forgotten = self.state().journal.clear();
        drop(forgotten);
    }

    /// The requests that no mock matched, and what was no request, which verification then does not fail for.
    pub fn take_unmatched(&self) -> Calls {
        let mut calls = Vec::new();
        let taken = self
            .state()
            .journal
            .take_unmatched(None, |number, entry| calls.push(Call::of(number, entry)));
        drop(taken);
        Calls::new(calls)
    }

    /// Keeps the last so many calls; older ones are dropped, their counts stay, and so does what verification fails for.
    /// 100,000 unless said otherwise.
    pub fn keep_calls(&self, calls: usize) {
        let displaced = self.state().journal.set_calls_bound(calls);
        drop(displaced);
    }

    /// Keeps bodies of at most this many bytes in all; the oldest are dropped beyond it, their lengths stay. 64 MiB unless
    /// said otherwise.
    ///
    /// Of one body a quarter of that is kept, or 16 MiB where that is more, with the length and the digest of the whole.
    pub fn keep_bodies(&self, bytes: usize) {
        self.0.body_bound.store(bound_of_one(bytes), Relaxed);
        let bodies = self.state().journal.set_body_bound(bytes);
        drop(bodies);
    }

    /// What the journal keeps of one body, in bytes.
    pub(crate) fn body_bound(&self) -> usize {
        self.0.body_bound.load(Relaxed)
    }

    /// Reads bodies of at most this many bytes for matching; a request that is longer is refused where a mock looks at its
    /// body. 256 MiB unless said otherwise.
    pub fn read_bodies(&self, bytes: usize) {
        self.0.body_limit.store(bytes, Relaxed);
    }

    /// The most of a body that is read for matching, in bytes.
    pub fn body_limit(&self) -> usize {
        self.0.body_limit.load(Relaxed)
    }

    /// Whether every mock has the calls that it must have.
    pub fn is_done(&self) -> bool {
        self.state()
            .registry
            .iter()
            .all(|live| live.is_done() || live.standing() == Standing::Removed)
    }

    /// The mocks that still lack calls, in the order in which they were declared.
    pub fn pending(&self) -> Vec<crate::MockHandle> {
        let state = self.state();
        let lacks = |live: &&Arc<Live>| !live.is_done() && live.standing() != Standing::Removed;
        let pending = state.registry.iter().filter(lacks);
        pending
            .map(|live| crate::MockHandle::new(self.clone(), live))
            .collect()
    }

    /// Removes every mock; the calls stay.
    pub fn remove_all(&self) {
        let forgotten = {
            let mut state = self.state();
            let stamp = state.next_stamp();
            let forgotten = state.registry.forget(stamp, |_| true);
            state.keep_for_handles(&forgotten);
            wake(state);
            forgotten
        };
        drop(forgotten);
    }

    /// Whether a connection to `destination` could carry a request for some mock, spent ones included: what a connector asks
    /// before it takes a connection over. A host pattern or a path alone never claims loopback, which needs its literal.
    pub fn claims(&self, destination: &Destination) -> bool {
        destination
            .port
            .is_some_and(|port| self.state().registry.claim(&destination.host, port))
    }

    /// The ports by which a connection to `host` could carry a request for some mock, spent ones included: what a resolver asks
    /// before it takes a name over. Empty where they cannot be told; `None` when no mock could be reached by this host.
    pub fn claimed_ports(&self, host: &str) -> Option<BTreeSet<u16>> {
        let host = Destination::new("", host, None).host;
        self.state().registry.claimed_ports(&host)
    }

    /// Whether the network policy could let out what connects to `host`: by another name of it, an address or a port that are not
    /// known yet. What really may leave is decided when they are.
    pub fn may_leave(&self, host: &str) -> bool {
        let network = Arc::clone(&self.state().network);
        !network.is_closed() && network.may_allow(&Destination::new("", host, None))
    }

    /// Whether the network policy lets out what connects to `destination`. What is really let out passes through the journal
    /// too; this only asks.
    pub fn lets_out(&self, destination: &Destination) -> bool {
        let network = Arc::clone(&self.state().network);
        network.allows(destination)
    }

    /// What would fail verification now; an empty report when nothing would.
    pub fn report(&self) -> Report {
        self.catch_up();
        verify::report(self, Whole::Engine)
    }

    /// Verifies now: every mock has the calls it must have, and no request matched nothing.
    ///
    /// # Panics
    /// With the report, when that is not so.
    #[track_caller]
    pub fn verify(&self) {
        let report = self.report();
        if !report.is_ok() {
            let mut state = self.state();
            state.told = Some(state.stamp());
            drop(state);
            close(&report, Location::caller(), false, Returned::Well);
        }
    }

    /// Whether neither a mock nor a request was ever here.
    pub(crate) fn is_untouched(&self) -> bool {
        self.state().stamp() == 0
    }

    /// Verifies the whole engine, or one scope of it, and ends it. Gathering what is to be told and ending are one, so that no
    /// request comes between; telling it, which asks user code, follows outside the lock.
    pub(crate) fn close(&self, whole: Whole) -> Report {
        self.catch_up();
        OpenCalls::tell(self);
        let mut state = self.state();
        // `verify` has just said all this: that is why the test is failing.
        let told = std::thread::panicking() && state.told == Some(state.stamp());
        let gathered = Gathered::of(&state, whole);
        let of = match whole {
            Whole::Engine => None,
            Whole::Scope(scope) => Some(scope.id),
        };
        let unmatched = state.journal.take_unmatched(of, |_, _| {});
        state.blame(of);
        let failures = state.journal.take_failures(of);
        let talking = state.journal.take_talking(of);
        match whole {
            Whole::Engine => self.end(state),
            Whole::Scope(scope) => {
                state.scopes.retain(|open| *open != scope);
                let stamp = state.next_stamp();
                let forgotten = state.registry.forget(stamp, |live| live.scope == scope.id);
                state.keep_for_handles(&forgotten);
                let held = (forgotten, state.leave(scope.id));
                wake(state);
                drop(held);
            }
        }
        drop((unmatched, failures, talking));
        if matches!(whole, Whole::Engine) {
            observer::ended(self);
        }
        let mut report = gathered.tell(self);
        if told {
            report = Report::new(Vec::new(), report.requests);
        }
        report
    }

    fn end(&self, mut state: MutexGuard<'_, State>) {
        self.0.ended.store(true, Ordering::Release);
        let stamp = state.next_stamp();
        // A request that has a mock in hand can claim it no more.
        let open = state.registry.iter().filter(|live| live.is_open());
        open.for_each(|live| live.close(Standing::Removed, stamp));
        let registry = std::mem::take(&mut state.registry);
        state.keep_for_handles(registry.iter());
        // What the user's closures hold may be the engine itself; it is dropped here, outside the lock.
        let held = (
            registry,
            state.journal.let_go_of_closures(),
            std::mem::take(&mut state.hooks),
            std::mem::take(&mut state.network),
        );
        let ending = state.ending.take();
        wake(state);
        ending.for_each(Waker::wake);
        drop(held);
    }
}

/// Nobody else changes the engine while it lives.
#[must_use = "the engine is let go when it drops"]
pub struct Held<'e> {
    _state: MutexGuard<'e, State>,
}

impl fmt::Debug for Held<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held").finish_non_exhaustive()
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        f.debug_struct("Engine")
            .field("mocks", &state.registry.iter().count())
            .field("calls", &state.journal.len())
            .field("ended", &self.has_ended())
            .finish()
    }
}

/// `STANDIN_SEED`, read once, or one of chance.
fn seed() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    static SET: OnceLock<Option<Result<u64, String>>> = OnceLock::new();
    let set = SET.get_or_init(|| {
        let text = std::env::var("STANDIN_SEED").ok()?;
        Some(text.trim().parse().map_err(|_| text))
    });
    match set {
        Some(Ok(seed)) => *seed,
        Some(Err(text)) => panic!(
            "STANDIN_SEED is `{text}`, and a seed is a number from 0 to {}",
            u64::MAX
        ),
        None => RandomState::new().hash_one(0_u8),
    }
}
