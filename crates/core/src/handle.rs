//! What a terminal returns: the calls of one mock, assertions about them, and changes to the mock.

use std::fmt;
use std::panic::Location;
use std::sync::{Arc, Weak};

use crate::declare::{Declaration, DeclareError, IntoTimes, Times};
use crate::engine::{Engine, wake};
use crate::journal::{Call, Calls};
use crate::matching::Condition;
use crate::mistake::mistaken;
use crate::registry::{Live, Standing};
use crate::report::MockLine;
use crate::wait::Wait;

/// A handle to a registered mock. It never keeps an engine going; after the engine's end it still tells the calls.
#[derive(Clone)]
pub struct MockHandle {
    pub(crate) engine: Engine,
    id: u64,
    /// A closure of the mock may hold this handle, and must not hold itself by it.
    live: Weak<Live>,
}

impl MockHandle {
    /// Made inside the lock: an engine that forgets a mock keeps what its handles tell of it, where it has any.
    pub(crate) fn new(engine: Engine, live: &Arc<Live>) -> Self {
        Self {
            engine,
            id: live.id,
            live: Arc::downgrade(live),
        }
    }

    /// The mock, or what the engine keeps of it. Never asked inside the lock.
    pub(crate) fn live(&self) -> Arc<Live> {
        let kept = || self.engine.state().gone.get(&self.id).cloned();
        match self.live.upgrade().or_else(kept) {
            Some(live) => live,
            None => panic!(
                "an engine knows nothing of mock {}: please report this",
                self.id
            ),
        }
    }

    /// How reports speak of it: its title, name and place.
    pub fn line(&self) -> MockLine {
        self.live().line()
    }

    /// How often it was used.
    pub fn count(&self) -> u64 {
        self.live().uses()
    }

    /// Whether it has the calls that it must have.
    pub fn is_done(&self) -> bool {
        self.live().is_done()
    }

    /// Whether it has no use left, or was removed.
    pub fn is_spent(&self) -> bool {
        !self.live().is_open()
    }

    /// Its calls so far, in order.
    pub fn calls(&self) -> Calls {
        let state = self.engine.state();
        let mine = state.journal.iter().filter(|(_, entry)| {
            entry.counts && entry.mock.as_ref().is_some_and(|mock| mock.id == self.id)
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
            None => mistaken(format_args!(
                "{} was never called, so it has no last call",
                self.line()
            )),
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
            mistaken(format_args!(
                "expected {times} of {}, and there {}{}",
                self.line(),
                were(count),
                self.listed()
            ));
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
            None => mistaken(format_args!("{} was never called", self.line())),
            Some(last) => mistaken(format_args!(
                "none of {} of {} fits; the last one: {}{}",
                calls_of(calls.len() as u64),
                self.line(),
                matcher.explain(last.request()),
                self.listed()
            )),
        }
    }

    /// Removes the mock: it answers no more, and verification does not ask for its calls.
    pub fn remove(&self) {
        let live = self.live();
        let mut state = self.engine.state();
        let stamp = state.next_stamp();
        let was_open = live.is_open();
        live.close(Standing::Removed, stamp);
        if was_open {
            state.registry.retire(&live);
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
        let old = self.live();
        let mut live = Live::new(old.scope, old.depth, declaration);
        let new = {
            let mut state = self.engine.state();
            state.name(&mut live);
            live.stand_in_for(&old);
            let live = Arc::new(live);
            let new = Self::new(self.engine.clone(), &live);
            state.registry.replace(&old, live);
            new
        };
        self.remove();
        Ok(new)
    }

    /// Changes its priority; lower ones are asked first.
    pub fn set_priority(&self, priority: i32) {
        let live = self.live();
        self.engine.state().registry.set_priority(&live, priority);
    }

    /// Moves it directly before another mock of its scope, whose priority it takes. Where the other one is in a scope within or
    /// around its own, it stays: inner scopes are asked first.
    ///
    /// # Panics
    /// When the other mock is of another engine.
    #[track_caller]
    pub fn move_before(&self, other: &MockHandle) {
        assert!(
            self.engine.is(&other.engine),
            "{} cannot be moved before a mock of another engine: declare both on one",
            self.line()
        );
        let (live, other) = (self.live(), other.live());
        self.engine.state().registry.move_before(&live, &other);
    }

    /// Moves it behind all others of its scope and priority.
    pub fn move_last(&self) {
        let live = self.live();
        self.engine.state().registry.move_last(&live);
    }

    /// Waits until it was called `n` times: `orders.wait_for(3).within(secs(5)).await`, or `.blocking()`.
    ///
    /// It fails at once when so many calls cannot come any more: the mock was removed, its scope was left, its uses are
    /// fewer, or its engine ended.
    #[track_caller]
    pub fn wait_for(&self, n: u64) -> Wait {
        Wait::new(self.clone(), n, Location::caller())
    }

    fn listed(&self) -> String {
        let calls = self.calls();
        let shown = calls.iter().take(5).map(|call| {
            format!(
                "\n  #{} {} {}",
                call.number(),
                call.request().method(),
                crate::secret::url(&call.request().url())
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

pub(crate) fn calls_of(count: u64) -> String {
    if count == 1 {
        "1 call".into()
    } else {
        format!("{count} calls")
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
                mistaken(format_args!(
                    "{} was not called{behind}: {calls}",
                    handle.line()
                ));
            }
        }
        before = Some(handle);
    }
}
