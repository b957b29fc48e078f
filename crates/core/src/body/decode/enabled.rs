//! The four content codings, undone within a limit.

use std::io::{self, Read};

use brotli_decompressor::Decompressor;
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{FrameDecoder, StreamingDecoder};

use super::{Coding, DecodeError};

/// RFC 9659 forbids senders a larger window.
const ZSTD_WINDOW: u64 = 8 << 20;

pub(super) fn undo(coding: Coding, body: &[u8], limit: usize) -> Result<Vec<u8>, DecodeError> {
    let mut output = Output {
        bytes: Vec::new(),
        limit,
    };
    let result = match coding {
        Coding::Gzip => output.take(MultiGzDecoder::new(body)),
        Coding::Deflate => deflate(&mut output, body),
        Coding::Brotli => output.take(Decompressor::new(body, 4096)),
        Coding::Zstd => zstd(&mut output, body),
    };
    let coding = coding.name();
    match result {
        Ok(()) => Ok(output.bytes),
        Err(Stop::Full) => Err(DecodeError::TooLong { coding, limit }),
        Err(Stop::Broken(source)) => Err(DecodeError::Broken { coding, source }),
    }
}

enum Stop {
    Full,
    Broken(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Broken(error)
    }
}

struct Output {
    bytes: Vec<u8>,
    limit: usize,
}

impl Output {
    fn take(&mut self, from: impl Read) -> Result<(), Stop> {
        // One byte more than there is room for tells a full output from one that overflows.
        let room = (self.limit - self.bytes.len()) as u64 + 1;
        from.take(room).read_to_end(&mut self.bytes)?;
        if self.bytes.len() > self.limit {
            Err(Stop::Full)
        } else {
            Ok(())
        }
    }
}

/// The standard asks for zlib's frame; old servers and clients leave it out.
fn deflate(output: &mut Output, body: &[u8]) -> Result<(), Stop> {
    match output.take(ZlibDecoder::new(body)) {
        Err(Stop::Broken(zlib)) => {
            output.bytes.clear();
            output
                .take(DeflateDecoder::new(body))
                .map_err(|raw| match raw {
                    Stop::Full => Stop::Full,
                    Stop::Broken(_) if has_zlib_header(body) => Stop::Broken(zlib),
                    broken => broken,
                })
        }
        result => result,
    }
}

fn has_zlib_header(body: &[u8]) -> bool {
    matches!(body, [method, flags, ..] if method & 0x0f == 8 && u16::from_be_bytes([*method, *flags]) % 31 == 0)
}

/// Frame after frame; those that are there to be skipped are.
fn zstd(output: &mut Output, mut body: &[u8]) -> Result<(), Stop> {
    let mut decoder = FrameDecoder::new();
    decoder.set_max_window_size(ZSTD_WINDOW.max(output.limit as u64));
    while !body.is_empty() {
        match StreamingDecoder::new_with_decoder(&mut body, &mut decoder) {
            Ok(frame) => output.take(frame)?,
            Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                length,
                ..
            })) => {
                let rest = usize::try_from(length)
                    .ok()
                    .and_then(|length| body.get(length..));
                body = rest.ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))?;
            }
            Err(error) => return Err(Stop::Broken(io::Error::other(error))),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use bytes::Bytes;
    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
    use proptest::prelude::*;

    use super::super::decode;

    const TEXT: &[u8] = b"the quick brown fox jumps over the lazy dog, the quick brown fox again";

    // Made with the reference encoders of brotli and zstd.
    const BROTLI: &[u8] = b"\x1b\x45\x00\x00\x9c\x09\x36\x4e\xa8\x77\x37\x7c\x84\x4a\x6f\x32\x33\x36\x3a\x79\x86\xa7\x97\
        \x6f\x68\x61\x0d\xc2\x32\x97\x17\x36\xe0\xc0\x21\xc0\x60\x5f\x6c\xbe\x9e\xad\xaf\x0c\x44\xf9\xc7\x21\xba\x58\xe5\
        \x91\xb1\x6c\x7d\x90\x03\x20\x07";
    const BROTLI_10_MB_OF_ZEROS: &[u8] =
        b"\xcb\xff\xff\x3f\xf8\x27\x00\xe2\xb1\x40\x20\xf7\xfe\x2f\xff\x2c\x31\xf0\x4f\
        \x00\xc4\x61\x11\x80\x8e\x23\x06";
    const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd\x24\x46\xdd\x01\x00\x14\x03\x74\x68\x65\x20\x71\x75\x69\x63\x6b\x20\x62\x72\
        \x6f\x77\x6e\x20\x66\x6f\x78\x20\x6a\x75\x6d\x70\x73\x20\x6f\x76\x65\x72\x20\x74\x68\x65\x20\x6c\x61\x7a\x79\x20\
        \x64\x6f\x67\x2c\x61\x67\x61\x69\x6e\x02\x00\x50\x21\x60\x5c\xb3\x0c\xc9\x5a\x04\x4f";
    const ZSTD_1_MB_OF_ZEROS: &[u8] = b"\x28\xb5\x2f\xfd\xa0\x40\x42\x0f\x00\x54\x00\x00\x10\x00\x00\x01\x00\xfb\xff\x39\
        \xc0\x02\x02\x00\x10\x00\x02\x00\x10\x00\x02\x00\x10\x00\x02\x00\x10\x00\x02\x00\x10\x00\x02\x00\x10\x00\x03\x12\
        \x0a\x00";

    fn gzip(body: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(body).unwrap();
        encoder.finish().unwrap()
    }

    fn zlib(body: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(body).unwrap();
        encoder.finish().unwrap()
    }

    fn raw(body: &[u8]) -> Vec<u8> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(body).unwrap();
        encoder.finish().unwrap()
    }

    fn decoded(header: &str, body: &[u8], limit: usize) -> Result<Vec<u8>, String> {
        decode(header, &Bytes::copy_from_slice(body), limit)
            .map(|body| body.to_vec())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn decodes_each_coding() {
        for (header, body) in [
            ("gzip", gzip(TEXT)),
            ("X-GZIP", gzip(TEXT)),
            ("deflate", zlib(TEXT)),
            ("deflate", raw(TEXT)),
            ("br", BROTLI.to_vec()),
            ("zstd", ZSTD.to_vec()),
            ("identity, deflate, gzip", gzip(&zlib(TEXT))),
            ("br,gzip", gzip(BROTLI)),
            ("zstd,gzip", gzip(ZSTD)),
        ] {
            assert_eq!(
                decoded(header, &body, 1000).as_deref(),
                Ok(TEXT),
                "{header}"
            );
        }
    }

    #[test]
    fn exactly_the_limit_is_no_bomb() {
        for (header, body) in [
            ("gzip", gzip(TEXT)),
            ("deflate", zlib(TEXT)),
            ("br", BROTLI.to_vec()),
            ("zstd", ZSTD.to_vec()),
        ] {
            assert!(decoded(header, &body, TEXT.len()).is_ok(), "{header}");
            let error = decoded(header, &body, TEXT.len() - 1).unwrap_err();
            assert!(error.contains("limit of 69 bytes"), "{header}: {error}");
        }
    }

    #[test]
    fn bombs_end_at_the_limit() {
        let zeros = vec![0; 10_000_000];
        for (header, body) in [
            ("gzip", gzip(&zeros)),
            ("deflate", zlib(&zeros)),
            ("deflate", raw(&zeros)),
            ("br", BROTLI_10_MB_OF_ZEROS.to_vec()),
            ("zstd", ZSTD_1_MB_OF_ZEROS.to_vec()),
            ("gzip,gzip", gzip(&gzip(&zeros))),
        ] {
            assert!(
                decoded(header, &body, 100_000)
                    .unwrap_err()
                    .contains("limit of 100000 bytes"),
                "{header}"
            );
        }
        assert_eq!(
            decoded("br", BROTLI_10_MB_OF_ZEROS, 10_000_000).unwrap(),
            zeros
        );
    }

    #[test]
    fn what_ends_too_early_is_broken() {
        for (header, body) in [
            ("gzip", gzip(TEXT)),
            ("deflate", zlib(TEXT)),
            ("deflate", raw(TEXT)),
            ("br", BROTLI.to_vec()),
            ("zstd", ZSTD.to_vec()),
        ] {
            for end in 1..body.len() {
                let result = decoded(header, &body[..end], 1000);
                assert!(result.is_err(), "{header} of {end} bytes: {result:?}");
            }
        }
    }

    #[test]
    fn what_is_no_such_coding_is_broken() {
        for header in ["gzip", "deflate", "br", "zstd"] {
            let error = decoded(header, b"{\"plain\": \"json\"}", 1000).unwrap_err();
            assert_eq!(error, format!("the body is not valid {header}"));
        }
    }

    #[test]
    fn members_and_frames_follow_each_other() {
        assert_eq!(
            decoded("gzip", &[gzip(b"a"), gzip(b"b")].concat(), 10).as_deref(),
            Ok(&b"ab"[..])
        );
        let skipped = b"\x50\x2a\x4d\x18\x03\x00\x00\x00abc";
        let twice = [ZSTD, &skipped[..], ZSTD].concat();
        assert_eq!(
            decoded("zstd", &twice, 1000).unwrap(),
            [TEXT, TEXT].concat()
        );
        assert!(decoded("zstd", &skipped[..9], 1000).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_panic(body: Vec<u8>, coding in "gzip|deflate|br|zstd") {
            let _ = decoded(&coding, &body, 10_000);
        }

        #[test]
        fn no_damage_panics(at in 0usize..70, bits in 1u8.., which in 0usize..4) {
            let (header, mut body) = match which {
                0 => ("gzip", gzip(TEXT)),
                1 => ("deflate", zlib(TEXT)),
                2 => ("br", BROTLI.to_vec()),
                _ => ("zstd", ZSTD.to_vec()),
            };
            if let Some(byte) = body.get_mut(at) {
                *byte ^= bits;
            }
            let _ = decoded(header, &body, 10_000);
        }

        #[test]
        fn what_was_encoded_comes_back(body: Vec<u8>) {
            prop_assert_eq!(decoded("gzip", &gzip(&body), 10_000), Ok(body.clone()));
            prop_assert_eq!(decoded("deflate", &zlib(&body), 10_000), Ok(body.clone()));
            prop_assert_eq!(decoded("deflate", &raw(&body), 10_000), Ok(body));
        }
    }
}
