//! A client that compresses its request must match the same declaration as one that does not.
//!
//! A `content-encoding` header lists the codings in the order in which they were applied; they are undone from the last
//! to the first, each within a limit, so that a decompression bomb ends in an error and not in the memory of the test.

#[cfg(not(feature = "compression"))]
mod disabled;
#[cfg(feature = "compression")]
mod enabled;

use std::fmt;
use std::io;

use bytes::Bytes;

#[cfg(not(feature = "compression"))]
use disabled::undo;
#[cfg(feature = "compression")]
use enabled::undo;

/// How many codings may be stacked; more than two are not seen in the wild.
const CODINGS: usize = 8;

/// A content coding that is not `identity`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    Gzip,
    Deflate,
    Brotli,
    Zstd,
}

impl Coding {
    fn of(name: &str) -> Option<Self> {
        let codings = [
            ("gzip", Self::Gzip),
            ("x-gzip", Self::Gzip),
            ("deflate", Self::Deflate),
            ("br", Self::Brotli),
            ("zstd", Self::Zstd),
        ];
        codings
            .into_iter()
            .find(|(own, _)| own.eq_ignore_ascii_case(name))
            .map(|(_, coding)| coding)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::Brotli => "br",
            Self::Zstd => "zstd",
        }
    }
}

/// Why a body cannot be decoded.
#[derive(Debug)]
pub(crate) enum DecodeError {
    Unknown(String),
    TooMany(usize),
    #[cfg_attr(
        not(feature = "compression"),
        allow(dead_code, reason = "made where the feature is on")
    )]
    TooLong {
        coding: &'static str,
        limit: usize,
    },
    #[cfg_attr(
        not(feature = "compression"),
        allow(dead_code, reason = "made where the feature is on")
    )]
    Broken {
        coding: &'static str,
        source: io::Error,
    },
    #[cfg_attr(
        feature = "compression",
        allow(dead_code, reason = "made where the feature is off")
    )]
    Disabled {
        coding: &'static str,
    },
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(coding) => write!(
                f,
                "unknown content-encoding `{coding}`: gzip, deflate, br, zstd and identity are known"
            ),
            Self::TooMany(codings) => write!(
                f,
                "the content-encoding lists {codings} codings, more than the limit of {CODINGS}"
            ),
            Self::TooLong { coding, limit } => write!(
                f,
                "the body is longer than the limit of {limit} bytes once its {coding} is decoded"
            ),
            Self::Broken { coding, .. } => write!(f, "the body is not valid {coding}"),
            Self::Disabled { coding } => write!(
                f,
                "the body is compressed ({coding}): switch on standin's feature `compression` to match what is inside"
            ),
        }
    }
}

impl std::error::Error for DecodeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Broken { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// The body with its content codings undone.
///
/// `content_encoding` is the header's value, several headers joined by commas, or empty. Known are `gzip` (also
/// `x-gzip`), `deflate` (with zlib's frame, as the standard has it, and without), `br`, `zstd` and `identity`. An empty
/// body is empty under any coding: clients send one with the header still set.
///
/// # Errors
///
/// When a coding is unknown, when the bytes are not of that coding or end too early, when the body or one of its stages
/// would be longer than `limit` bytes, and for any known coding but `identity` when the feature `compression` is off.
pub(crate) fn decode(
    content_encoding: &str,
    body: &Bytes,
    limit: usize,
) -> Result<Bytes, DecodeError> {
    let mut codings = Vec::new();
    for name in content_encoding.split(',').map(str::trim) {
        if name.is_empty() || name.eq_ignore_ascii_case("identity") {
            continue;
        }
        codings.push(Coding::of(name).ok_or_else(|| DecodeError::Unknown(name.to_owned()))?);
    }
    if codings.len() > CODINGS {
        return Err(DecodeError::TooMany(codings.len()));
    }
    let mut body = body.clone();
    for coding in codings.into_iter().rev() {
        if body.is_empty() {
            break;
        }
        body = undo(coding, &body, limit)?.into();
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identity_and_nothing_leave_the_body() {
        let body = Bytes::from_static(b"plain");
        for header in ["", "identity", " , Identity ,"] {
            assert_eq!(decode(header, &body, 0).unwrap(), body);
        }
        assert_eq!(decode("gzip", &Bytes::new(), 0).unwrap(), Bytes::new());
    }

    #[test]
    fn an_unknown_coding_is_named() {
        let error = decode("gzip, snappy", &Bytes::from_static(b"x"), 10).unwrap_err();
        assert!(error.to_string().contains("`snappy`"), "{error}");
    }

    #[test]
    fn a_long_list_is_refused() {
        let error = decode(&["gzip"; 9].join(","), &Bytes::from_static(b"x"), 10).unwrap_err();
        assert!(matches!(error, DecodeError::TooMany(9)), "{error}");
    }

    #[cfg(not(feature = "compression"))]
    #[test]
    fn the_missing_feature_is_named() {
        let error = decode("br", &Bytes::from_static(b"x"), 10).unwrap_err();
        assert!(
            error.to_string().contains("feature `compression`"),
            "{error}"
        );
    }
}
