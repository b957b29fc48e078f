//! A body that is too long to be kept shall still be told from others, by a person with a tool of the shell too.
//!
//! XXH64, because a build without optimisation gets through 100 MiB of it in a second, and SHA-256 would bring seven crates.

use std::fmt;

const P1: u64 = 0x9E37_79B1_85EB_CA87;
const P2: u64 = 0xC2B2_AE3D_27D4_EB4F;
const P3: u64 = 0x1656_67B1_9E37_79F9;
const P4: u64 = 0x85EB_CA77_C2B2_AE63;
const P5: u64 = 0x27D4_EB2F_1656_67C5;

/// Bytes that are taken in together.
const STRIPE: usize = 32;

/// A digest of bytes: XXH64 with the seed 0, shown as `xxhsum -H64` shows it.
///
/// It tells bodies apart; who wants two to be equal can make them so.
///
/// ```
/// use standin_core::Digest;
///
/// assert_eq!(Digest::of(b"abc").to_string(), "44bc2cf5ad770999");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest(u64);

impl Digest {
    /// The digest of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        let mut hasher = Hasher::default();
        hasher.push(bytes);
        hasher.digest()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// Takes bytes in piece by piece.
#[derive(Debug)]
pub(crate) struct Hasher {
    lanes: [u64; 4],
    /// What is left of the pieces so far, shorter than a stripe.
    rest: [u8; STRIPE],
    rest_len: usize,
    length: u64,
}

impl Default for Hasher {
    fn default() -> Self {
        Self {
            lanes: [P1.wrapping_add(P2), P2, 0, P1.wrapping_neg()],
            rest: [0; STRIPE],
            rest_len: 0,
            length: 0,
        }
    }
}

impl Hasher {
    pub(crate) fn push(&mut self, mut bytes: &[u8]) {
        self.length += bytes.len() as u64;
        if self.rest_len > 0 {
            let taken = bytes.len().min(STRIPE - self.rest_len);
            self.rest[self.rest_len..self.rest_len + taken].copy_from_slice(&bytes[..taken]);
            self.rest_len += taken;
            bytes = &bytes[taken..];
            if self.rest_len < STRIPE {
                return;
            }
            let rest = self.rest;
            self.stripe(&rest);
        }
        let (stripes, rest) = bytes.as_chunks::<STRIPE>();
        stripes.iter().for_each(|stripe| self.stripe(stripe));
        self.rest[..rest.len()].copy_from_slice(rest);
        self.rest_len = rest.len();
    }

    fn stripe(&mut self, stripe: &[u8; STRIPE]) {
        let (words, _) = stripe.as_chunks::<8>();
        for (lane, word) in self.lanes.iter_mut().zip(words) {
            *lane = round(*lane, u64::from_le_bytes(*word));
        }
    }

    pub(crate) fn digest(&self) -> Digest {
        let mut hash = P5;
        if self.length >= STRIPE as u64 {
            let [a, b, c, d] = self.lanes;
            let turned = [
                a.rotate_left(1),
                b.rotate_left(7),
                c.rotate_left(12),
                d.rotate_left(18),
            ];
            hash = turned.into_iter().fold(0, u64::wrapping_add);
            for lane in self.lanes {
                hash = (hash ^ round(0, lane)).wrapping_mul(P1).wrapping_add(P4);
            }
        }
        hash = hash.wrapping_add(self.length);
        let (words, mut rest) = self.rest[..self.rest_len].as_chunks::<8>();
        for word in words {
            hash ^= round(0, u64::from_le_bytes(*word));
            hash = hash.rotate_left(27).wrapping_mul(P1).wrapping_add(P4);
        }
        if let Some((half, left)) = rest.split_first_chunk::<4>() {
            hash ^= u64::from(u32::from_le_bytes(*half)).wrapping_mul(P1);
            hash = hash.rotate_left(23).wrapping_mul(P2).wrapping_add(P3);
            rest = left;
        }
        for byte in rest {
            hash ^= u64::from(*byte).wrapping_mul(P5);
            hash = hash.rotate_left(11).wrapping_mul(P1);
        }
        hash = (hash ^ (hash >> 33)).wrapping_mul(P2);
        hash = (hash ^ (hash >> 29)).wrapping_mul(P3);
        Digest(hash ^ (hash >> 32))
    }
}

fn round(lane: u64, word: u64) -> u64 {
    lane.wrapping_add(word.wrapping_mul(P2))
        .rotate_left(31)
        .wrapping_mul(P1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_what_others_call_xxh64() {
        for (text, digest) in [
            ("", "ef46db3751d8e999"),
            ("abc", "44bc2cf5ad770999"),
            (
                "Nobody inspects the spammish repetition",
                "fbcea83c8a378bf1",
            ),
        ] {
            assert_eq!(Digest::of(text.as_bytes()).to_string(), digest, "{text}");
        }
    }

    #[test]
    fn the_pieces_do_not_matter() {
        let bytes: Vec<u8> = (0..1000_u32).map(|n| (n * 7) as u8).collect();
        for length in [1, 7, 31, 32, 33, 64, 999] {
            let mut hasher = Hasher::default();
            bytes.chunks(length).for_each(|piece| hasher.push(piece));
            assert_eq!(hasher.digest(), Digest::of(&bytes), "{length}");
        }
    }
}
