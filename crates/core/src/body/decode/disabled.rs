//! Without the feature `compression` nothing can be decoded, and the error says so.

use super::{Coding, DecodeError};

pub(super) fn undo(coding: Coding, _body: &[u8], _limit: usize) -> Result<Vec<u8>, DecodeError> {
    Err(DecodeError::Disabled {
        coding: coding.name(),
    })
}
