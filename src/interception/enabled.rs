//! Interception starts once for the process; each engine's report says why it did not.

use standin_core::Engine;
use standin_socket::Unavailable;

pub(crate) struct Interception(Result<(), Unavailable>);

impl Interception {
    pub(crate) fn start() -> Self {
        Self(standin_socket::start())
    }

    pub(crate) fn tell(self, engine: &Engine) {
        if let Err(why) = self.0 {
            engine.note(why.to_string());
        }
    }
}
