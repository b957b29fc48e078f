//! A closure of the test that talks is over at some time, and may have failed.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

/// What a test's side of a conversation comes to; an error is why the test fails.
pub(crate) type Run = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

/// What a closure that talks may end with: nothing, or a `Result`, whose error fails verification.
#[diagnostic::on_unimplemented(
    message = "a closure that talks returns `()` or a `Result`, not `{Self}`",
    label = "neither `()` nor a `Result`"
)]
pub trait IntoEnd {
    /// The error, as text.
    ///
    /// # Errors
    /// When it is one.
    fn into_end(self) -> Result<(), String>;
}

impl IntoEnd for () {
    fn into_end(self) -> Result<(), String> {
        Ok(())
    }
}

impl<T, E: fmt::Display> IntoEnd for Result<T, E> {
    fn into_end(self) -> Result<(), String> {
        self.map(drop).map_err(|error| error.to_string())
    }
}
