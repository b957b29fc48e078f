//! The hash of the index. Its keys are hosts and paths of the user's own declarations, so it need not withstand an attacker.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A map with text as its key.
pub(super) type TextMap<T> = HashMap<Box<str>, T, BuildHasherDefault<TextHasher>>;

/// Eight bytes at a time: rotate, add, multiply; the high bits, which are mixed best, are brought down at the end.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct TextHasher(u64);

const ODD: u64 = 0x9e37_79b9_7f4a_7c15;

impl TextHasher {
    fn word(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(ODD);
    }
}

/// What ends a text. Some of it may have been in a word already: to copy the rest alone takes longer than the whole hash.
fn end(bytes: &[u8]) -> u64 {
    if let Some(last) = bytes.last_chunk::<8>() {
        return u64::from_le_bytes(*last);
    }
    if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
        return u64::from(first) | u64::from(last) << 32;
    }
    bytes
        .iter()
        .fold(0, |end, byte| end << 8 | u64::from(*byte))
}

impl Hasher for TextHasher {
    fn write(&mut self, bytes: &[u8]) {
        let (words, _) = bytes.as_chunks::<8>();
        for word in words {
            self.word(u64::from_le_bytes(*word));
        }
        self.word(end(bytes) ^ (bytes.len() as u64).wrapping_mul(ODD));
    }

    fn write_u8(&mut self, byte: u8) {
        self.word(byte.into());
    }

    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_texts_differ() {
        let mut seen = std::collections::BTreeSet::new();
        for length in 0..24 {
            for at in 0..length {
                let mut text = vec![b'a'; length];
                text[at] = b'b';
                let mut hasher = TextHasher::default();
                hasher.write(&text);
                assert!(seen.insert(hasher.finish()), "{length} {at}");
            }
        }
    }

    #[test]
    fn ten_thousand_paths_spread() {
        let mut buckets = vec![0_u32; 1 << 14];
        for i in 0..10_000 {
            let mut hasher = TextHasher::default();
            std::hash::Hash::hash(format!("/items/{i}/details").as_str(), &mut hasher);
            buckets[(hasher.finish() & 0x3fff) as usize] += 1;
        }
        assert!(
            buckets.iter().all(|&count| count < 12),
            "{:?}",
            buckets.iter().max()
        );
    }
}
