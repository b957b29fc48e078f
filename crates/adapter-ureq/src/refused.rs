//! ureq's errors have no source: what is not said in the first line is never seen.

use std::error::Error as StdError;
use std::fmt;
use std::io;

use standin_wire::Error;

/// A standin error that says its causes too, because nobody could ask for them.
#[derive(Debug)]
struct Refused(Error);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let causes = std::iter::successors(self.0.source(), |cause| (*cause).source());
        causes
            .into_iter()
            .try_for_each(|cause| write!(f, ": {cause}"))
    }
}

impl StdError for Refused {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.0)
    }
}

pub(crate) fn refused(why: Error) -> ureq::Error {
    ureq::Error::Io(io::Error::new(
        io::ErrorKind::ConnectionRefused,
        Refused(why),
    ))
}
