//! Interception starts once for the process; where it did not, that is said then, and in each engine's report.

use std::env;
use std::io::{self, Write};
use std::sync::Once;

use standin_core::Engine;
use standin_socket::Unavailable;

pub(crate) struct Interception(Result<(), Unavailable>);

impl Interception {
    /// # Panics
    /// When `STANDIN_INTERCEPT` asks for what cannot be had: a test that goes on without would show nothing.
    #[track_caller]
    pub(crate) fn start() -> Self {
        let started = standin_socket::start();
        if let Err(why) = started {
            let wish = env::var_os("STANDIN_INTERCEPT").unwrap_or_default();
            match wish.as_encoded_bytes() {
                b"" | b"on" => say(&why),
                b"off" => {}
                _ => panic!("{why} (STANDIN_INTERCEPT is set)"),
            }
        }
        Self(started)
    }

    pub(crate) fn tell(self, engine: &Engine) {
        if let Err(why) = self.0 {
            engine.note(why.to_string());
        }
    }
}

/// Past what captures the output of tests: one that passes may have gone to the real network.
fn say(why: &Unavailable) {
    static SAID: Once = Once::new();
    SAID.call_once(|| {
        let line = format!("standin: {why}\n");
        let _ = io::stderr().write_all(line.as_bytes());
    });
}
