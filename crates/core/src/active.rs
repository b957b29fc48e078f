//! Which engine `mock::get(..)` and adapters without an argument use: the one active on this thread.
//!
//! This is core's one global: a thread-local stack of engines. The top is the active one; a different engine hides what is
//! below it wholly, the same engine again is a scope of it.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::marker::PhantomData;
use std::ops::Deref;
use std::panic::Location;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::thread;

use crate::clock::{Clock, SystemClock};
use crate::declare::Place;
use crate::engine::{Engine, Returned, Scope, Whole, close, tell_notes};
use crate::mistake::mistaken;
use crate::observer;
use crate::report::Report;

thread_local! {
    static STACK: RefCell<Vec<Entry>> = const { RefCell::new(Vec::new()) };
    /// Where the last guard of this thread was made that ended without having seen a mock or a request.
    static UNUSED: Cell<Option<&'static Location<'static>>> = const { Cell::new(None) };
}

/// One activation: the same place may be on the stack several times.
#[derive(Debug, Clone)]
struct Entry {
    place: Place,
    /// Shared by the entry on the stack and by who takes it off, which may happen while it is kept aside.
    left: Arc<AtomicBool>,
}

impl Entry {
    fn new(place: Place) -> Self {
        Self {
            place,
            left: Arc::default(),
        }
    }

    fn is(&self, other: &Entry) -> bool {
        Arc::ptr_eq(&self.left, &other.left)
    }

    fn enter(&self) {
        STACK.with_borrow_mut(|stack| stack.push(self.clone()));
    }

    /// Takes it off the stack for good; others may lie above it.
    fn leave(&self) {
        self.left.store(true, Ordering::Relaxed);
        let left = STACK.with_borrow_mut(|stack| {
            let mine = stack.iter().rposition(|entry| entry.is(self));
            mine.map(|at| stack.remove(at))
        });
        drop(left);
    }
}

/// Makes an engine active on this thread until the guard drops, which verifies it.
///
/// While an engine is active already, this opens a scope of the same engine: its mocks are asked before the outer ones, and
/// leaving verifies and removes its own.
///
/// ```
/// use standin_core::prelude::*;
///
/// let _net = standin_core::activate();
/// mock::get("https://api.github.com/zen").optional().reply("Keep it logically awesome.");
/// ```
#[track_caller]
pub fn activate() -> Guard {
    activate_with(SystemClock)
}

/// As [`activate`], with the time of `clock` where a new engine is made.
#[track_caller]
pub fn activate_with(clock: impl Clock) -> Guard {
    let at = Location::caller();
    match active() {
        Some(engine) if !engine.has_ended() => engine.open_scope(at),
        _ => Guard::push(
            Engine::start(Arc::new(clock)),
            Scope::default(),
            Duty::Engine,
            at,
        ),
    }
}

/// The engine that is active on this thread; none while the thread ends.
pub fn active() -> Option<Engine> {
    let top = |stack: &RefCell<Vec<Entry>>| {
        let stack = stack.try_borrow().ok()?;
        stack.last().map(|entry| entry.place.engine.clone())
    };
    STACK.try_with(top).ok()?
}

/// The innermost scope of `engine` that is active on this thread; its outermost where none is.
pub(crate) fn scope_of(engine: &Engine) -> Scope {
    scope_here(engine).unwrap_or_default()
}

/// The innermost scope of `engine` that is active on this thread.
fn scope_here(engine: &Engine) -> Option<Scope> {
    STACK.with_borrow(|stack| {
        let places = stack.iter().rev().map(|entry| &entry.place);
        let mut mine = places.filter(|place| place.engine.is(engine));
        mine.next().map(|place| place.scope)
    })
}

/// Where mocks of the active engine go.
#[track_caller]
pub(crate) fn bound(function: &str) -> Place {
    if let Some(place) = STACK.with_borrow(|stack| stack.last().map(|entry| entry.place.clone())) {
        return place;
    }
    if let Some(at) = UNUSED.get() {
        mistaken(format_args!(
            "`{function}` needs an active engine, and the one that was activated at {at} ended at once: \
             `let _ = ..` drops the guard immediately; write `let _net = standin::activate();`"
        ));
    }
    mistaken(format_args!(
        "`{function}` needs an active engine: put `let _net = standin::activate();` at the beginning of the test. \
         On a thread that the test starts, wrap the closure or future in `engine.attach(..)`; the guard is the engine: `net.attach(..)`"
    ));
}

/// Keeps an engine, or a scope of one, active on this thread; dropping it verifies.
///
/// It reads as the [`Engine`]. It cannot be sent to another thread: what is active belongs to the thread.
#[derive(Debug)]
#[must_use = "the engine is active as long as the guard lives: `let _net = standin::activate();`"]
pub struct Guard {
    engine: Engine,
    scope: Scope,
    entry: Entry,
    duty: Duty,
    at: &'static Location<'static>,
    /// Whether the test returned an error and which, where somebody saw how it ended.
    returned: Option<Option<String>>,
    _of_this_thread: PhantomData<*const ()>,
}

/// What a guard owes when it drops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Duty {
    /// Verify and end the engine.
    Engine,
    /// Verify and remove the scope.
    Scope,
    /// Nothing: the engine belongs to somebody else.
    None,
}

impl Guard {
    fn push(engine: Engine, scope: Scope, duty: Duty, at: &'static Location<'static>) -> Self {
        UNUSED.set(None);
        let entry = Entry::new(Place {
            engine: engine.clone(),
            scope,
        });
        entry.enter();
        observer::activated(&engine);
        Self {
            engine,
            scope,
            entry,
            duty,
            at,
            returned: None,
            _of_this_thread: PhantomData,
        }
    }

    /// A handle to the engine, for other threads.
    pub fn engine(&self) -> Engine {
        self.engine.clone()
    }

    /// Requests that nothing matches leave verification content; of a scope, those that come while it is the innermost.
    pub fn lenient(self) -> Self {
        self.engine.set_lenient_in(self.scope.id, true);
        self
    }

    /// Leaves, as dropping it does; a report then begins with the error that the test returned.
    ///
    /// # Panics
    /// When verification fails.
    pub fn finish(mut self, returned: Option<String>) {
        self.returned = Some(returned);
    }
}

impl Deref for Guard {
    type Target = Engine;

    fn deref(&self) -> &Engine {
        &self.engine
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.entry.leave();
        let whole = match self.duty {
            Duty::Engine => Whole::Engine,
            Duty::Scope => Whole::Scope(self.scope),
            Duty::None => return,
        };
        if self.duty == Duty::Engine && self.engine.is_untouched() {
            UNUSED.set(Some(self.at));
        }
        let waits = match thread::panicking() {
            true => self.engine.under_way(),
            false => Vec::new(),
        };
        let report = self.engine.close(whole);
        let report = waits.into_iter().fold(report, Report::note);
        if !report.is_ok() {
            let returned = match &self.returned {
                None => Returned::Unseen("`net.run(..)` shows both"),
                Some(None) => Returned::Well,
                Some(Some(error)) => Returned::Error(error),
            };
            close(&report, self.at, thread::panicking(), returned);
        } else if self.duty == Duty::Engine {
            tell_notes(&report, self.at);
        }
    }
}

impl Engine {
    /// Makes this engine active on this thread until the guard drops. Another engine that was active is hidden wholly; when
    /// it is this one, a scope of it is opened.
    #[track_caller]
    pub fn activate(&self) -> Guard {
        let at = Location::caller();
        match active() {
            Some(engine) if engine.is(self) => self.open_scope(at),
            _ => Guard::push(self.clone(), scope_of(self), Duty::None, at),
        }
    }

    fn open_scope(&self, at: &'static Location<'static>) -> Guard {
        let scope = {
            let mut state = self.state();
            let depth = state.innermost().depth + 1;
            let scope = Scope {
                id: state.next_id(),
                depth,
            };
            state.scopes.push(scope);
            scope
        };
        Guard::push(self.clone(), scope, Duty::Scope, at)
    }

    /// Carries this engine to where a closure or a future runs: on another thread, in a spawned task, in a pool.
    ///
    /// ```
    /// # use standin_core::prelude::*;
    /// let net = standin_core::activate();
    /// std::thread::spawn(net.attach(|| {
    ///     mock::get("https://x.io/").optional().reply(200);
    /// }))
    /// .join()
    /// .unwrap();
    /// ```
    pub fn attach<M, T: Attach<M>>(&self, work: T) -> T::Attached {
        let scope = scope_here(self).unwrap_or_else(|| self.state().innermost());
        work.attached(Place {
            engine: self.clone(),
            scope,
        })
    }
}

/// Closures and futures, which [`Engine::attach`] takes. `M` keeps them apart and is inferred.
pub trait Attach<M> {
    /// The same, with the engine active while it runs.
    type Attached;

    #[doc(hidden)]
    fn attached(self, place: Place) -> Self::Attached;
}

mod marker {
    #[derive(Debug)]
    pub struct Closure<R>(R);
    #[derive(Debug)]
    pub struct Future;
}

/// A closure or a future during which an engine is active.
#[derive(Debug)]
#[must_use = "it does nothing until it is called or awaited"]
pub struct Attached<T> {
    work: T,
    entry: Entry,
    /// What the work had activated and not left when it was polled last.
    kept: Vec<Entry>,
}

/// Takes the engine off the stack again, even when the work panics or leaves a guard behind.
struct Entered(Entry);

impl Drop for Entered {
    fn drop(&mut self) {
        self.0.leave();
    }
}

/// While a future is polled, its engine and what it activated at earlier polls are on the stack; between the polls this
/// thread runs the tasks of others.
struct Polled<'a> {
    entry: &'a Entry,
    kept: &'a mut Vec<Entry>,
}

impl<'a> Polled<'a> {
    fn new(entry: &'a Entry, kept: &'a mut Vec<Entry>) -> Self {
        // A guard may have dropped outside the future.
        let stays = kept
            .drain(..)
            .filter(|entry| !entry.left.load(Ordering::Relaxed));
        let stays: Vec<Entry> = stays.collect();
        STACK.with_borrow_mut(|stack| {
            stack.push(entry.clone());
            stack.extend(stays);
        });
        Self { entry, kept }
    }
}

impl Drop for Polled<'_> {
    fn drop(&mut self) {
        STACK.with_borrow_mut(|stack| {
            if let Some(at) = stack.iter().rposition(|entry| entry.is(self.entry)) {
                *self.kept = stack.split_off(at + 1);
                stack.pop();
            }
        });
    }
}

impl<F: FnOnce() -> R + Send + 'static, R: 'static> Attach<marker::Closure<R>> for F {
    type Attached = Box<dyn FnOnce() -> R + Send>;

    fn attached(self, place: Place) -> Self::Attached {
        place.engine.note_elsewhere();
        Box::new(move || {
            let entry = Entry::new(place);
            entry.enter();
            let _entered = Entered(entry);
            self()
        })
    }
}

impl<F: Future> Attach<marker::Future> for F {
    type Attached = Attached<Pin<Box<F>>>;

    fn attached(self, place: Place) -> Self::Attached {
        Attached {
            work: Box::pin(self),
            entry: Entry::new(place),
            kept: Vec::new(),
        }
    }
}

impl<F: Future> Future for Attached<Pin<Box<F>>> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let Self { work, entry, kept } = &mut *self;
        let _polled = Polled::new(entry, kept);
        work.as_mut().poll(cx)
    }
}
