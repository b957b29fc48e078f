//! Where there are no hooks, starting says so.

use crate::unavailable::Unavailable;

pub(crate) fn start() -> Result<(), Unavailable> {
    Err(Unavailable::PLATFORM)
}

pub(crate) fn seal() -> Result<(), Unavailable> {
    Err(Unavailable::PLATFORM)
}

pub(crate) fn shared_pool(_prefix: &'static str) {}
