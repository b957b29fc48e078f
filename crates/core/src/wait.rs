//! Waiting for the calls of a mock: awaited or blocking, with a limit or without.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::block;
use crate::clock::{Clock, Sleep, SystemClock};
use crate::handle::{MockHandle, calls_of};
use crate::mistake::mistaken;
use crate::registry::Standing;
use crate::sync::enlist;

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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimedOut {
    why: Why,
    n: u64,
    count: u64,
    mock: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Why {
    /// So much time went by.
    Late(Duration),
    /// They cannot come any more.
    Never(String),
}

impl fmt::Display for TimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            why,
            n,
            count,
            mock,
        } = self;
        let (calls, come) = (calls_of(*n), come(*count));
        match why {
            Why::Late(limit) => write!(
                f,
                "waited {limit:?} for {calls} of {mock}, and there {come}"
            ),
            Why::Never(why) => write!(f, "{calls} of {mock} cannot come: {why}; there {come}"),
        }
    }
}

impl std::error::Error for TimedOut {}

impl Wait {
    pub(crate) fn new(handle: MockHandle, n: u64, at: &'static Location<'static>) -> Self {
        Self { handle, n, at }
    }

    /// Waits at most this long: by the engine's clock, as long as all happens on the thread on which the engine began; in real
    /// time once a request came from another thread or a closure was [attached](crate::Engine::attach) for one, because a paused clock
    /// does not wait for those.
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
            mistaken(error);
        }
    }

    fn poll(&self, cx: &mut Context<'_>) -> Poll<Result<(), TimedOut>> {
        let handle = &self.handle;
        let live = handle.live();
        let mut state = handle.engine.state();
        if live.uses() >= self.n {
            return Poll::Ready(Ok(()));
        }
        let why = match (live.standing(), live.bounds.max) {
            _ if handle.engine.has_ended() => "its engine has ended".to_owned(),
            (Standing::Removed, _) => "it was removed, or its scope was left".to_owned(),
            (_, Some(most)) if most < self.n => {
                let uses = if most == 1 { "use" } else { "uses" };
                format!("it has {most} {uses} in all")
            }
            (Standing::Spent | Standing::Never, _) => "it has no use left".to_owned(),
            (Standing::Open, _) => {
                enlist(&mut state.waiting, cx);
                return Poll::Pending;
            }
        };
        drop(state);
        Poll::Ready(Err(self.failed(Why::Never(why))))
    }

    fn failed(&self, why: Why) -> TimedOut {
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
            mistaken(error);
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
        let began = SystemClock.now();
        let mut is_real = false;
        std::future::poll_fn(|cx| {
            if let Poll::Ready(done) = wait.poll(cx) {
                return Poll::Ready(done);
            }
            if !is_real && self.wait.handle.engine.runs_elsewhere() {
                let left = self.limit.saturating_sub(SystemClock.now() - began);
                if let Some(really) = clock.sleep_for_real(left) {
                    sleep = really;
                }
                is_real = true;
            }
            poll_sleep(&mut sleep, cx).map(|()| Err(self.timed_out()))
        })
        .await
    }

    fn timed_out(&self) -> TimedOut {
        self.wait.failed(Why::Late(self.limit))
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

fn come(count: u64) -> String {
    match count {
        0 => "was none".into(),
        1 => "was 1".into(),
        n => format!("were {n}"),
    }
}
