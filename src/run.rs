//! A test that returns `Err` ends with an early `?`: the guard drops, its report fails the test, and the error is never seen.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use standin_core::Guard;

/// How long exchanges that are still under way may take to end.
const SETTLE: Duration = Duration::from_secs(1);

/// Runs a test inside its guard, so that its error and the report are told together.
///
/// ```
/// use standin::prelude::*;
///
/// # #[derive(Debug)]
/// # struct Error;
/// fn my_test() -> Result<(), Error> {
///     let net = standin::activate();
///     mock::get("https://x.io/").optional().reply(200);
///     net.run_blocking(|| {
///         // the test, with `?`
///         Ok(())
///     })
/// }
/// # my_test().unwrap();
/// ```
pub trait Run: sealed::Sealed {
    /// Runs the future, gives exchanges that are under way up to a second of the engine's time to end, and verifies.
    ///
    /// # Panics
    /// When verification fails: with the report, which begins with the error that the test returned.
    fn run<F: Future>(self, test: F) -> impl Future<Output = F::Output>
    where
        F::Output: Tested;

    /// The twin of [`run`](Self::run) for tests without a runtime; it waits in real time.
    ///
    /// # Panics
    /// When verification fails: with the report, which begins with the error that the test returned.
    fn run_blocking<T: Tested>(self, test: impl FnOnce() -> T) -> T;
}

/// What a test may return: nothing, or a `Result` whose error can be printed.
#[diagnostic::on_unimplemented(
    message = "a test inside `run` returns `()` or a `Result`, not `{Self}`",
    label = "neither `()` nor a `Result`"
)]
pub trait Tested {
    /// The error, as a test that returns it prints it: with its whole chain, where its `Debug` has that.
    fn error(&self) -> Option<String>;
}

impl Tested for () {
    fn error(&self) -> Option<String> {
        None
    }
}

impl<T, E: fmt::Debug> Tested for Result<T, E> {
    fn error(&self) -> Option<String> {
        self.as_ref()
            .err()
            .map(|error| without_backtrace(&format!("{error:?}")).to_owned())
    }
}

/// With `RUST_BACKTRACE=1` anyhow writes a backtrace behind its chain, and a report would drown in it.
fn without_backtrace(error: &str) -> &str {
    error
        .split_once("\n\nStack backtrace:\n")
        .map_or(error, |(chain, _)| chain)
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for standin_core::Guard {}
}

impl Run for Guard {
    async fn run<F: Future>(self, test: F) -> F::Output
    where
        F::Output: Tested,
    {
        let returned = test.await;
        {
            let mut settled = pin!(self.settled());
            // Made only when there is something to wait for: a runtime may have no timer.
            let mut limit = None;
            poll_fn(|cx| match settled.as_mut().poll(cx) {
                Poll::Ready(()) => Poll::Ready(()),
                Poll::Pending => {
                    let limit = limit.get_or_insert_with(|| standin_wire::sleep(&self, SETTLE));
                    limit.as_mut().poll(cx)
                }
            })
            .await;
        }
        self.finish(returned.error());
        returned
    }

    fn run_blocking<T: Tested>(self, test: impl FnOnce() -> T) -> T {
        let returned = test();
        self.settled_within(SETTLE);
        self.finish(returned.error());
        returned
    }
}
