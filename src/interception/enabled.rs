//! Interception starts once for the process; each engine's report says why it did not.

use std::env;

use standin_core::Engine;
use standin_socket::Unavailable;

pub(crate) struct Interception(Result<(), Unavailable>);

impl Interception {
    /// # Panics
    /// When `STANDIN_INTERCEPT` asks for what cannot be had: a test that goes on without would show nothing.
    #[track_caller]
    pub(crate) fn start() -> Self {
        let started = standin_socket::start();
        if let Err(why) = started
            && env::var_os("STANDIN_INTERCEPT")
                .is_some_and(|said| !["", "on", "off"].iter().any(|no_wish| said == *no_wish))
        {
            panic!("{why} (STANDIN_INTERCEPT is set)");
        }
        Self(started)
    }

    pub(crate) fn tell(self, engine: &Engine) {
        if let Err(why) = self.0 {
            engine.note(why.to_string());
        }
    }
}
