//! rustls brings no cryptography of its own, and each of its provider features may be the one too many: with two of them in a
//! graph, the user's `ClientConfig::builder()` panics. So the provider is ours, on *ring*, and no feature of rustls.
//!
//! It has what a server with an ECDSA P-256 certificate needs, for TLS 1.2 and 1.3, and what a client needs for the real network. It
//! is handed over by hand: it is never installed as the process's default.

use std::sync::Arc;

use ring::{aead, digest, hmac};
use rustls::crypto::tls12::PrfUsingHmac;
use rustls::crypto::tls13::HkdfUsingHmac;
use rustls::crypto::{
    CryptoProvider, GetRandomFailed, KeyExchangeAlgorithm, KeyProvider, SecureRandom,
    WebPkiSupportedAlgorithms,
};
use rustls::pki_types::PrivateKeyDer;
use rustls::sign::SigningKey;
use rustls::{
    CipherSuite, CipherSuiteCommon, Error, SignatureScheme, SupportedCipherSuite, Tls12CipherSuite,
    Tls13CipherSuite,
};

use webpki::ring as ring_algs;

use super::agreement::GROUPS;
use super::digests::{Digest, Keyed};
use super::records::Aead;

/// The provider of every connection that standin accepts.
pub(super) fn provider() -> Arc<CryptoProvider> {
    // Clients are not asked for certificates.
    let nobody = WebPkiSupportedAlgorithms {
        all: &[],
        mapping: &[],
    };
    provider_of(SUITES.to_vec(), nobody)
}

/// The provider of a connection that standin makes, to whatever server.
pub(super) fn client_provider() -> Arc<CryptoProvider> {
    provider_of([SUITES, RSA_SUITES].concat(), VERIFIED)
}

fn provider_of(
    cipher_suites: Vec<SupportedCipherSuite>,
    signature_verification_algorithms: WebPkiSupportedAlgorithms,
) -> Arc<CryptoProvider> {
    Arc::new(CryptoProvider {
        cipher_suites,
        kx_groups: GROUPS.to_vec(),
        signature_verification_algorithms,
        secure_random: &Random,
        key_provider: &NoKeys,
    })
}

/// By which a server's certificates and its part in a handshake are verified; of TLS 1.2, whatever the curve.
const VERIFIED: WebPkiSupportedAlgorithms = WebPkiSupportedAlgorithms {
    all: &[
        ring_algs::ECDSA_P256_SHA256,
        ring_algs::ECDSA_P256_SHA384,
        ring_algs::ECDSA_P384_SHA256,
        ring_algs::ECDSA_P384_SHA384,
        ring_algs::ED25519,
        ring_algs::RSA_PSS_2048_8192_SHA256_LEGACY_KEY,
        ring_algs::RSA_PSS_2048_8192_SHA384_LEGACY_KEY,
        ring_algs::RSA_PSS_2048_8192_SHA512_LEGACY_KEY,
        ring_algs::RSA_PKCS1_2048_8192_SHA256,
        ring_algs::RSA_PKCS1_2048_8192_SHA384,
        ring_algs::RSA_PKCS1_2048_8192_SHA512,
    ],
    mapping: &[
        (
            SignatureScheme::ECDSA_NISTP256_SHA256,
            &[ring_algs::ECDSA_P256_SHA256, ring_algs::ECDSA_P384_SHA256],
        ),
        (
            SignatureScheme::ECDSA_NISTP384_SHA384,
            &[ring_algs::ECDSA_P384_SHA384, ring_algs::ECDSA_P256_SHA384],
        ),
        (SignatureScheme::ED25519, &[ring_algs::ED25519]),
        (
            SignatureScheme::RSA_PSS_SHA256,
            &[ring_algs::RSA_PSS_2048_8192_SHA256_LEGACY_KEY],
        ),
        (
            SignatureScheme::RSA_PSS_SHA384,
            &[ring_algs::RSA_PSS_2048_8192_SHA384_LEGACY_KEY],
        ),
        (
            SignatureScheme::RSA_PSS_SHA512,
            &[ring_algs::RSA_PSS_2048_8192_SHA512_LEGACY_KEY],
        ),
        (
            SignatureScheme::RSA_PKCS1_SHA256,
            &[ring_algs::RSA_PKCS1_2048_8192_SHA256],
        ),
        (
            SignatureScheme::RSA_PKCS1_SHA384,
            &[ring_algs::RSA_PKCS1_2048_8192_SHA384],
        ),
        (
            SignatureScheme::RSA_PKCS1_SHA512,
            &[ring_algs::RSA_PKCS1_2048_8192_SHA512],
        ),
    ],
};

/// The key of a leaf is loaded already.
#[derive(Debug)]
struct NoKeys;

impl KeyProvider for NoKeys {
    fn load_private_key(&self, _key: PrivateKeyDer<'static>) -> Result<Arc<dyn SigningKey>, Error> {
        Err(Error::General(
            "standin's provider loads no keys: it has its own".to_owned(),
        ))
    }
}

#[derive(Debug)]
struct Random;

impl SecureRandom for Random {
    fn fill(&self, buf: &mut [u8]) -> Result<(), GetRandomFailed> {
        ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), buf)
            .map_err(|_| GetRandomFailed)
    }
}

static SHA256: Digest = Digest(&digest::SHA256);
static SHA384: Digest = Digest(&digest::SHA384);
static HMAC_SHA256: Keyed = Keyed(&hmac::HMAC_SHA256);
static HMAC_SHA384: Keyed = Keyed(&hmac::HMAC_SHA384);

/// How many records one key may protect: those of AES-GCM, by the draft of the CFRG on AEAD limits.
const GCM_RECORDS: u64 = 1 << 24;

static SUITES: &[SupportedCipherSuite] = &[
    SupportedCipherSuite::Tls13(&Tls13CipherSuite {
        common: common(CipherSuite::TLS13_AES_128_GCM_SHA256, &SHA256, GCM_RECORDS),
        hkdf_provider: &HkdfUsingHmac(&HMAC_SHA256),
        aead_alg: &Aead::implicit(&aead::AES_128_GCM),
        quic: None,
    }),
    SupportedCipherSuite::Tls13(&Tls13CipherSuite {
        common: common(CipherSuite::TLS13_AES_256_GCM_SHA384, &SHA384, GCM_RECORDS),
        hkdf_provider: &HkdfUsingHmac(&HMAC_SHA384),
        aead_alg: &Aead::implicit(&aead::AES_256_GCM),
        quic: None,
    }),
    SupportedCipherSuite::Tls13(&Tls13CipherSuite {
        common: common(
            CipherSuite::TLS13_CHACHA20_POLY1305_SHA256,
            &SHA256,
            u64::MAX,
        ),
        hkdf_provider: &HkdfUsingHmac(&HMAC_SHA256),
        aead_alg: &Aead::implicit(&aead::CHACHA20_POLY1305),
        quic: None,
    }),
    SupportedCipherSuite::Tls12(&Tls12CipherSuite {
        common: common(
            CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
            &SHA256,
            GCM_RECORDS,
        ),
        prf_provider: &PrfUsingHmac(&HMAC_SHA256),
        kx: KeyExchangeAlgorithm::ECDHE,
        sign: SCHEMES,
        aead_alg: &Aead::explicit(&aead::AES_128_GCM),
    }),
    SupportedCipherSuite::Tls12(&Tls12CipherSuite {
        common: common(
            CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
            &SHA384,
            GCM_RECORDS,
        ),
        prf_provider: &PrfUsingHmac(&HMAC_SHA384),
        kx: KeyExchangeAlgorithm::ECDHE,
        sign: SCHEMES,
        aead_alg: &Aead::explicit(&aead::AES_256_GCM),
    }),
    SupportedCipherSuite::Tls12(&Tls12CipherSuite {
        common: common(
            CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
            &SHA256,
            u64::MAX,
        ),
        prf_provider: &PrfUsingHmac(&HMAC_SHA256),
        kx: KeyExchangeAlgorithm::ECDHE,
        sign: SCHEMES,
        aead_alg: &Aead::implicit(&aead::CHACHA20_POLY1305),
    }),
];

/// For servers of TLS 1.2 whose certificate is of RSA.
static RSA_SUITES: &[SupportedCipherSuite] = &[
    SupportedCipherSuite::Tls12(&Tls12CipherSuite {
        common: common(
            CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
            &SHA256,
            GCM_RECORDS,
        ),
        prf_provider: &PrfUsingHmac(&HMAC_SHA256),
        kx: KeyExchangeAlgorithm::ECDHE,
        sign: RSA_SCHEMES,
        aead_alg: &Aead::explicit(&aead::AES_128_GCM),
    }),
    SupportedCipherSuite::Tls12(&Tls12CipherSuite {
        common: common(
            CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
            &SHA384,
            GCM_RECORDS,
        ),
        prf_provider: &PrfUsingHmac(&HMAC_SHA384),
        kx: KeyExchangeAlgorithm::ECDHE,
        sign: RSA_SCHEMES,
        aead_alg: &Aead::explicit(&aead::AES_256_GCM),
    }),
];

/// The first is that of our own leaves.
static SCHEMES: &[SignatureScheme] = &[
    SignatureScheme::ECDSA_NISTP256_SHA256,
    SignatureScheme::ECDSA_NISTP384_SHA384,
    SignatureScheme::ED25519,
];

static RSA_SCHEMES: &[SignatureScheme] = &[
    SignatureScheme::RSA_PSS_SHA256,
    SignatureScheme::RSA_PSS_SHA384,
    SignatureScheme::RSA_PSS_SHA512,
    SignatureScheme::RSA_PKCS1_SHA256,
    SignatureScheme::RSA_PKCS1_SHA384,
    SignatureScheme::RSA_PKCS1_SHA512,
];

const fn common(suite: CipherSuite, hash: &'static Digest, records: u64) -> CipherSuiteCommon {
    CipherSuiteCommon {
        suite,
        hash_provider: hash,
        confidentiality_limit: records,
    }
}
