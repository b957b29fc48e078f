//! Verifiers differ in what they ask of a certificate. Ours says what the strictest of them want to read.
//!
//! CA and leaf have distinct names (OpenSSL takes a leaf with the name of its CA for a CA that signed itself), key identifiers
//! (OpenSSL's strict mode, Python's default), subject alternative names (names in the subject alone count for nothing), a
//! validity of less than 398 days for the leaf (Apple's limit is 825, for public ones 398), and critical basic constraints and
//! key usages for the CA.

use std::net::IpAddr;

use ring::digest;
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};

use super::der::{self, value};

const DAY: i64 = 86_400;
/// Clocks differ: what is minted now is valid since yesterday.
const BEFORE: i64 = DAY;
const LEAF_DAYS: i64 = 396;
const CA_DAYS: i64 = 3650;

/// Object identifiers, as DER has them.
const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const PRIME256V1: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const ECDSA_WITH_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
const SERVER_AUTH: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01];
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const ORGANISATION: &[u8] = &[0x55, 0x04, 0x0a];
/// The second level of `id-ce`: which extension it is.
const SUBJECT_KEY: u8 = 14;
const KEY_USAGE: u8 = 15;
const ALTERNATIVE_NAME: u8 = 17;
const BASIC_CONSTRAINTS: u8 = 19;
const AUTHORITY_KEY: u8 = 35;
const EXTENDED_USAGE: u8 = 37;

/// The longest common name that X.520 allows, in characters.
const LONGEST_NAME: usize = 64;

/// A key pair on P-256, made in this process.
pub(super) struct Pair(EcdsaKeyPair);

impl Pair {
    /// # Panics
    /// When the machine gives no random bytes.
    pub(super) fn generate() -> Self {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_ASN1_SIGNING;
        let pair = EcdsaKeyPair::generate_pkcs8(algorithm, &random)
            .map_err(|error| error.to_string())
            .and_then(|document| {
                EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random)
                    .map_err(|error| error.to_string())
            });
        match pair {
            Ok(pair) => Self(pair),
            Err(error) => panic!("no key can be made, for want of random bytes: {error}"),
        }
    }

    /// A signature in ASN.1; `None` when the machine gives no random bytes.
    pub(super) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        let signature = self.0.sign(&SystemRandom::new(), message).ok()?;
        Some(signature.as_ref().to_vec())
    }

    fn public(&self) -> &[u8] {
        self.0.public_key().as_ref()
    }

    /// By which certificates name it: the first 20 bytes of its digest.
    fn id(&self) -> Vec<u8> {
        digest::digest(&digest::SHA256, self.public()).as_ref()[..20].to_vec()
    }

    fn info(&self) -> Vec<u8> {
        let algorithm = [oid(EC_PUBLIC_KEY), oid(PRIME256V1)];
        let algorithm = value(der::SEQUENCE, &algorithm);
        value(der::SEQUENCE, &[algorithm, der::bits(self.public())])
    }
}

/// Whoever signs leaves: its name and its key.
pub(super) struct Issuer {
    pub(super) pair: Pair,
    name: Vec<u8>,
}

impl Issuer {
    /// A new one, whose name no other process's has: bundles of several then stay unambiguous.
    pub(super) fn generate() -> Self {
        let pair = Pair::generate();
        let id: String = pair.id()[..4]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let name = name(&format!("standin CA {id} (made in a test's process)"));
        Self { pair, name }
    }

    /// Its own certificate, which signs itself. `now` in seconds since 1970.
    pub(super) fn certificate(&self, now: i64) -> Vec<u8> {
        let constraints = value(
            der::SEQUENCE,
            &[value(der::BOOLEAN, &[[0xff]]), der::integer(&[0])],
        );
        // keyCertSign and cRLSign.
        let usage = value(der::BIT_STRING, &[[1, 0b0000_0110]]);
        self.signed(
            now,
            CA_DAYS,
            &self.name,
            &self.pair,
            &[
                extension(BASIC_CONSTRAINTS, true, &constraints),
                extension(KEY_USAGE, true, &usage),
                extension(
                    SUBJECT_KEY,
                    false,
                    &value(der::OCTET_STRING, &[self.pair.id()]),
                ),
            ],
        )
    }

    /// A certificate of the server `host`, whose key is `pair`.
    pub(super) fn leaf(&self, now: i64, host: &str, pair: &Pair) -> Vec<u8> {
        let alternative = match host.parse::<IpAddr>() {
            Ok(IpAddr::V4(address)) => value(der::implicit(7), &[address.octets()]),
            Ok(IpAddr::V6(address)) => value(der::implicit(7), &[address.octets()]),
            Err(_) => value(der::implicit(2), &[host]),
        };
        let common = if host.len() <= LONGEST_NAME {
            host
        } else {
            "standin"
        };
        let authority = value(der::SEQUENCE, &[value(der::implicit(0), &[self.pair.id()])]);
        // digitalSignature.
        let usage = value(der::BIT_STRING, &[[7, 0b1000_0000]]);
        self.signed(
            now,
            LEAF_DAYS,
            &name(common),
            pair,
            &[
                extension(BASIC_CONSTRAINTS, true, &value::<&[u8]>(der::SEQUENCE, &[])),
                extension(KEY_USAGE, true, &usage),
                extension(
                    EXTENDED_USAGE,
                    false,
                    &value(der::SEQUENCE, &[oid(SERVER_AUTH)]),
                ),
                extension(
                    ALTERNATIVE_NAME,
                    false,
                    &value(der::SEQUENCE, &[alternative]),
                ),
                extension(SUBJECT_KEY, false, &value(der::OCTET_STRING, &[pair.id()])),
                extension(AUTHORITY_KEY, false, &authority),
            ],
        )
    }

    fn signed(
        &self,
        now: i64,
        days: i64,
        subject: &[u8],
        pair: &Pair,
        extensions: &[Vec<u8>],
    ) -> Vec<u8> {
        let algorithm = value(der::SEQUENCE, &[oid(ECDSA_WITH_SHA256)]);
        let validity = [der::time(now - BEFORE), der::time(now + days * DAY)];
        let content = value(
            der::SEQUENCE,
            &[
                // The third version.
                &*value(der::field(0), &[der::integer(&[2])]),
                &serial(),
                &algorithm,
                &self.name,
                &value(der::SEQUENCE, &validity),
                subject,
                &pair.info(),
                &value(der::field(3), &[value(der::SEQUENCE, extensions)]),
            ],
        );
        let Some(signature) = self.pair.sign(&content) else {
            panic!("no certificate can be signed, for want of random bytes");
        };
        value(der::SEQUENCE, &[content, algorithm, der::bits(&signature)])
    }
}

/// 16 random bytes, positive and not zero.
fn serial() -> Vec<u8> {
    let mut bytes = [0; 16];
    // Signing asks for random bytes too, and says when there are none.
    let _ = SystemRandom::new().fill(&mut bytes);
    bytes[0] = bytes[0] & 0x7f | 0x40;
    der::integer(&bytes)
}

fn name(common: &str) -> Vec<u8> {
    let part = |kind, text: &str| {
        let attribute = [oid(kind), value(der::UTF8_STRING, &[text])];
        value(der::SET, &[value(der::SEQUENCE, &attribute)])
    };
    value(
        der::SEQUENCE,
        &[part(ORGANISATION, "standin"), part(COMMON_NAME, common)],
    )
}

fn extension(number: u8, is_critical: bool, content: &[u8]) -> Vec<u8> {
    let critical = match is_critical {
        true => value(der::BOOLEAN, &[[0xff]]),
        false => Vec::new(),
    };
    value(
        der::SEQUENCE,
        &[
            oid(&[0x55, 0x1d, number]),
            critical,
            value(der::OCTET_STRING, &[content]),
        ],
    )
}

fn oid(bytes: &[u8]) -> Vec<u8> {
    value(der::OID, &[bytes])
}
