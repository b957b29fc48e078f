//! What a terminal returns: the calls of one mock, assertions about them, waiting for them, and changes to the mock.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::block;
use crate::clock::Sleep;
use crate::declare::{Declaration, DeclareError, IntoTimes, Times};
use crate::engine::{Engine, Scope, wake};
use crate::journal::{Call, Calls};
use crate::matching::Condition;
use crate::registry::{Live, Standing};
use crate::report::MockLine;
use crate::sync::enlist;

/// A handle to a registered mock. It never keeps an engine going; after the engine's end it still tells the calls.
#[derive(Clone)]
pub struct MockHandle {
    engine: Engine,
    live: Arc<Live>,
}

impl MockHandle {
    pub(crate) fn new(engine: Engine, live: Arc<Live>) -> Self {
        Self { engine, live }
    }

    /// How reports speak of it: its title, name and place.
    pub fn line(&self) -> MockLine {
        self.live.line()
    }

    /// How often it was used.
    pub fn count(&self) -> u64 {
        self.live.uses()
    }

    /// Whether it has the calls that it must have.
    pub fn is_done(&self) -> bool {
        self.live.is_done()
    }

    /// Whether it has no use left, or was removed.
    pub fn is_spent(&self) -> bool {
        !self.live.is_open()
    }

    /// Its calls so far, in order.
    pub fn calls(&self) -> Calls {
        let state = self.engine.state();
        let mine = state.journal.iter().filter(|(_, entry)| {
            entry.counts
                && entry
                    .mock
                    .as_ref()
                    .is_some_and(|mock| mock.id == self.live.id)
        });
        Calls::new(
            mine.map(|(number, entry)| Call::of(number, entry))
                .collect(),
        )
    }

    /// Its last call.
    ///
    /// # Panics
    /// When it was never called.
    #[track_caller]
    pub fn last_call(&self) -> Call {
        match self.calls().last() {
            Some(call) => call.clone(),
            None => panic!("{} was never called, so it has no last call", self.line()),
        }
    }

    /// Asserts how often it was called: a number or a range.
    ///
    /// # Panics
    /// When it was called more or less often; with its calls.
    #[track_caller]
    pub fn assert_called(&self, times: impl IntoTimes) {
        let (times, count) = (times.into_times(), self.count());
        if !times.contains(count) {
            panic!(
                "expected {times} of {}, and there {}{}",
                self.line(),
                were(count),
                self.listed()
            );
        }
    }

    /// Asserts that it was not called.
    ///
    /// # Panics
    /// When it was called; with its calls.
    #[track_caller]
    pub fn assert_not_called(&self) {
        self.assert_called(Times {
            min: 0,
            max: Some(0),
        });
    }

    /// Asserts that one of its calls fits: `orders.assert_called_with(matchers::json_includes(json!({"sku": "A1"})))`.
    ///
    /// # Panics
    /// When none does; with what the last call lacks.
    #[track_caller]
    pub fn assert_called_with(&self, matcher: impl Into<Condition>) {
        let matcher = matcher.into();
        matcher.refuse_mistake();
        let calls = self.calls();
        if calls.iter().any(|call| matcher.accepts(call.request())) {
            return;
        }
        match calls.last() {
            None => panic!("{} was never called", self.line()),
            Some(last) => panic!(
                "none of {} of {} fits; the last one: {}{}",
                calls_of(calls.len() as u64),
                self.line(),
                matcher.explain(last.request()),
                self.listed()
            ),
        }
    }

    /// Removes the mock: it answers no more, and verification does not ask for its calls.
    pub fn remove(&self) {
        let mut state = self.engine.state();
        let stamp = state.next_stamp();
        let was_open = self.live.is_open();
        self.live.close(Standing::Removed, stamp);
        if was_open {
            state.registry.retire(&self.live);
        }
        wake(state);
    }

    /// Puts another declaration in its place in the order, and removes it.
    ///
    /// # Panics
    /// When something in the declaration cannot work; [`try_replace`](Self::try_replace) returns that.
    #[track_caller]
    pub fn replace(&self, declaration: Declaration) -> MockHandle {
        match self.try_replace(declaration) {
            Ok(handle) => handle,
            Err(error) => crate::declare::refuse(&error),
        }
    }

    /// The twin of [`replace`](Self::replace) that returns the mistake.
    ///
    /// # Errors
    /// When something in the declaration cannot work; the mock then stays as it is.
    pub fn try_replace(&self, declaration: Declaration) -> Result<MockHandle, DeclareError> {
        self.engine.admits(&declaration)?;
        let scope = Scope {
            id: self.live.scope,
            depth: self.live.depth,
        };
        let mut live = Live::new(scope.id, scope.depth, declaration);
        let live = {
            let mut state = self.engine.state();
            state.name(&mut live);
            live.stand_in_for(&self.live);
            let live = Arc::new(live);
            state.registry.replace(&self.live, Arc::clone(&live));
            live
        };
        self.remove();
        Ok(Self::new(self.engine.clone(), live))
    }

    /// Changes its priority; lower ones are asked first.
    pub fn set_priority(&self, priority: i32) {
        self.engine
            .state()
            .registry
            .set_priority(&self.live, priority);
    }

    /// Moves it directly before another mock, whose scope and priority it takes for its order.
    pub fn move_before(&self, other: &MockHandle) {
        self.engine
            .state()
            .registry
            .move_before(&self.live, &other.live);
    }

    /// Moves it behind all others of its scope and priority.
    pub fn move_last(&self) {
        self.engine.state().registry.move_last(&self.live);
    }

    /// Waits until it was called `n` times: `orders.wait_for(3).within(secs(5)).await`, or `.blocking()`.
    ///
    /// It fails at once when so many calls cannot come any more: the mock was removed, its scope was left, its uses are
    /// fewer, or its engine ended.
    #[track_caller]
    pub fn wait_for(&self, n: u64) -> Wait {
        Wait {
            handle: self.clone(),
            n,
            at: Location::caller(),
        }
    }

    fn listed(&self) -> String {
        let calls = self.calls();
        let shown = calls.iter().take(5).map(|call| {
            format!(
                "\n  #{} {} {}",
                call.number(),
                call.request().method(),
                call.request().url()
            )
        });
        let more = calls.len().saturating_sub(5);
        shown
            .chain((more > 0).then(|| format!("\n  and {more} more")))
            .collect()
    }
}

impl fmt::Debug for MockHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MockHandle({}, {})", self.line(), calls_of(self.count()))
    }
}

fn calls_of(count: u64) -> String {
    if count == 1 {
        "1 call".into()
    } else {
        format!("{count} calls")
    }
}

fn come(count: u64) -> String {
    match count {
        0 => "was none".into(),
        1 => "was 1".into(),
        n => format!("were {n}"),
    }
}

fn were(count: u64) -> String {
    match count {
        0 => "was none".into(),
        1 => "was 1 call:".into(),
        n => format!("were {n} calls:"),
    }
}

/// Asserts that these mocks were called in this order; calls in between are allowed.
///
/// # Panics
/// When they were not; with the calls as they came.
///
/// ```
/// # use standin_core::prelude::*;
/// # use standin_core::{Request, assert_order};
/// # let net = standin_core::activate();
/// let login = mock::post("https://x.io/login").reply(200);
/// let orders = mock::get("https://x.io/orders").reply(200);
/// # for request in [Request::post("https://x.io/login"), Request::get("https://x.io/orders")] {
/// #     drop(net.serve_blocking(request));
/// # }
/// assert_order([&login, &orders]);
/// ```
#[track_caller]
pub fn assert_order<'h>(handles: impl IntoIterator<Item = &'h MockHandle>) {
    let mut last = 0;
    let mut before: Option<&MockHandle> = None;
    for handle in handles {
        let calls = handle.calls();
        match calls.iter().map(Call::number).find(|number| *number > last) {
            Some(number) => last = number,
            None => {
                let behind = before.map_or(String::new(), |before| {
                    format!(" after {} (which was call #{last})", before.line())
                });
                let numbers: Vec<String> = calls
                    .iter()
                    .map(|call| format!("#{}", call.number()))
                    .collect();
                let calls = match numbers.as_slice() {
                    [] => "it was never called".to_owned(),
                    _ => format!("its calls are {}", numbers.join(", ")),
                };
                panic!("{} was not called{behind}: {calls}", handle.line());
            }
        }
        before = Some(handle);
    }
}

/// Waits for calls, without a limit of its own; [`within`](Self::within) gives one.
#[derive(Debug)]
#[must_use = "it waits only when it is awaited, or by `.blocking()`"]
pub struct Wait {
    handle: MockHandle,
    n: u64,
    at: &'static Location<'static>,
}

/// Waits for calls, for so long.
#[derive(Debug)]
#[must_use = "it waits only when it is awaited, or by `.blocking()`"]
pub struct Within {
    wait: Wait,
    limit: Duration,
    at: &'static Location<'static>,
}

/// The calls did not come in time, or cannot come any more.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why} for {} of {mock}, and there {}", calls_of(*n), come(*count))]
pub struct TimedOut {
    why: String,
    n: u64,
    count: u64,
    mock: String,
}

impl Wait {
    /// Waits at most this long, by the engine's clock.
    #[track_caller]
    pub fn within(self, limit: Duration) -> Within {
        Within {
            wait: self,
            limit,
            at: Location::caller(),
        }
    }

    /// Blocks this thread until the calls have come.
    ///
    /// # Panics
    /// When they cannot come any more.
    #[track_caller]
    pub fn blocking(self) {
        if let Err(error) = block::block_on(std::future::poll_fn(|cx| self.poll(cx))) {
            panic!("{error}");
        }
    }

    fn poll(&self, cx: &mut Context<'_>) -> Poll<Result<(), TimedOut>> {
        let handle = &self.handle;
        let mut state = handle.engine.state();
        if handle.count() >= self.n {
            return Poll::Ready(Ok(()));
        }
        let why = match handle.live.standing() {
            _ if handle.engine.has_ended() => "its engine ended while one waited",
            Standing::Removed => "it was removed, or its scope was left, while one waited",
            Standing::Spent | Standing::Never => "its uses are fewer than was waited",
            Standing::Open => {
                enlist(&mut state.waiting, cx);
                return Poll::Pending;
            }
        };
        drop(state);
        Poll::Ready(Err(self.failed(why.to_owned())))
    }

    fn failed(&self, why: String) -> TimedOut {
        TimedOut {
            why,
            n: self.n,
            count: self.handle.count(),
            mock: self.handle.line().to_string(),
        }
    }
}

impl IntoFuture for Wait {
    type Output = ();
    type IntoFuture = Pin<Box<dyn Future<Output = ()> + Send>>;

    /// # Panics
    /// When the calls cannot come any more.
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            if let Err(error) = std::future::poll_fn(|cx| self.poll(cx)).await {
                panic!("{error}\n  at {}", self.at);
            }
        })
    }
}

impl Within {
    /// Blocks this thread, in real time.
    ///
    /// # Panics
    /// When the calls do not come in time, or cannot come any more.
    #[track_caller]
    pub fn blocking(self) {
        if let Err(error) = self.try_blocking() {
            panic!("{error}");
        }
    }

    /// The twin of [`blocking`](Self::blocking) that returns the failure.
    ///
    /// # Errors
    /// When the calls do not come in time, or cannot come any more.
    pub fn try_blocking(self) -> Result<(), TimedOut> {
        let wait = &self.wait;
        block::block_on_for(std::future::poll_fn(|cx| wait.poll(cx)), self.limit)
            .unwrap_or_else(|| Err(self.timed_out()))
    }

    /// The twin of awaiting it that returns the failure.
    ///
    /// # Errors
    /// When the calls do not come in time, or cannot come any more.
    ///
    /// # Panics
    /// When the engine's clock cannot wait, as that of an engine made by core alone.
    pub async fn checked(self) -> Result<(), TimedOut> {
        let clock = self.wait.handle.engine.clock();
        let wait = &self.wait;
        let Some(deadline) = clock.now().checked_add(self.limit) else {
            // Longer than the clock can tell: it does not end.
            return std::future::poll_fn(|cx| wait.poll(cx)).await;
        };
        let Some(mut sleep) = clock.sleep_until(deadline) else {
            panic!(
                "the clock of this engine cannot wait: use `.blocking()`, or an engine whose clock has a timer \
                 (`standin::activate()` makes one)"
            );
        };
        std::future::poll_fn(|cx| match (wait.poll(cx), poll_sleep(&mut sleep, cx)) {
            (Poll::Ready(done), _) => Poll::Ready(done),
            (Poll::Pending, Poll::Ready(())) => Poll::Ready(Err(self.timed_out())),
            (Poll::Pending, Poll::Pending) => Poll::Pending,
        })
        .await
    }

    fn timed_out(&self) -> TimedOut {
        self.wait.failed(format!("waited {:?}", self.limit))
    }
}

fn poll_sleep(sleep: &mut Sleep, cx: &mut Context<'_>) -> Poll<()> {
    sleep.as_mut().poll(cx)
}

impl IntoFuture for Within {
    type Output = ();
    type IntoFuture = Pin<Box<dyn Future<Output = ()> + Send>>;

    /// # Panics
    /// When the calls do not come in time.
    fn into_future(self) -> Self::IntoFuture {
        let at = self.at;
        Box::pin(async move {
            if let Err(error) = self.checked().await {
                panic!("{error}\n  at {at}");
            }
        })
    }
}
