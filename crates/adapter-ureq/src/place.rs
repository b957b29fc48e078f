//! A pool keeps connections, and the next request on one may be another test's, or come after its host was mocked.

use standin_core::{Destination, Engine};
use standin_wire::Seat;

/// For whom a connection was made, and where to.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) seat: Seat,
    pub(crate) engine: Engine,
    pub(crate) destination: Destination,
}

impl Place {
    /// Whether a connection made now would be of this kind, for the same engine.
    pub(crate) fn still(&self, is_mocked: bool) -> bool {
        self.seat.asked().is_ok_and(|now| {
            now.is(&self.engine) && !now.has_ended() && now.claims(&self.destination) == is_mocked
        })
    }
}
