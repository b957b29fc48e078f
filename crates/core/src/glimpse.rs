//! What `Debug` shows of headers and bodies: little of them, and no secret. A log line must not hold a whole upload.

use std::fmt;

use http::HeaderMap;

use crate::secret;

/// Bytes of a body that are shown.
const BODY: usize = 1024;
/// Headers that are shown.
const HEADERS: usize = 32;
/// Characters of a value that are shown.
const VALUE: usize = 200;

/// Headers, those with credentials masked.
pub(crate) struct Headers<'h>(pub(crate) &'h HeaderMap);

impl fmt::Debug for Headers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for (name, value) in self.0.iter().take(HEADERS) {
            let text = String::from_utf8_lossy(value.as_bytes());
            map.entry(
                &cut(name.as_str(), VALUE),
                &cut(&secret::masked(name.as_str(), &text), VALUE),
            );
        }
        match self.0.len().saturating_sub(HEADERS) {
            0 => map.finish(),
            more => map.entry(&"..", &format_args!("{more} more")).finish(),
        }
    }
}

/// The beginning of a body, and its length where that is not all.
pub(crate) struct Bytes<'b>(pub(crate) &'b [u8]);

impl fmt::Debug for Bytes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = &self.0[..self.0.len().min(BODY)];
        write!(f, "b\"{}\"", shown.escape_ascii())?;
        if shown.len() < self.0.len() {
            write!(f, ".. ({} bytes)", self.0.len())?;
        }
        Ok(())
    }
}

/// The beginning of a text.
pub(crate) fn cut(text: &str, most: usize) -> String {
    crate::body::listing::shorten(text, most)
}
