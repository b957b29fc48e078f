//! Nothing private ships with standin: the CA that a client has to trust is made in the process, at the first use.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use rustls::pki_types::CertificateDer;
use rustls::sign::{CertifiedKey, Signer, SigningKey};
use rustls::{Error, SignatureAlgorithm, SignatureScheme};
use standin_core::Fault;

use super::certificate::{Issuer, Pair};

/// How many leaves are kept; whoever asks for more names has each minted anew.
const LEAVES: usize = 1024;

/// When a certificate was made that has expired, in seconds before now: longer ago than one is valid.
const LONG_AGO: i64 = 500 * 86_400;

/// What is wrong with a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    Expired,
    WrongHost,
    /// Of an issuer that nobody was told to trust.
    Untrusted,
}

impl Flaw {
    /// `None` for a fault that is none of the certificate's.
    pub(super) fn of(fault: &Fault) -> Option<Self> {
        Some(match fault {
            Fault::CertificateExpired => Self::Expired,
            Fault::CertificateWrongHost => Self::WrongHost,
            Fault::CertificateUntrusted => Self::Untrusted,
            _ => return None,
        })
    }
}

/// The certificate of the CA that signs every certificate of this process, in DER. Made when it is first asked for.
///
/// # Panics
/// When the machine gives no random bytes.
pub fn ca_der() -> &'static [u8] {
    &Authority::get().der
}

/// The certificate of the CA that signs every certificate of this process, in PEM: what a client has to trust.
///
/// It is made when it is first asked for, is another one in each process, and its key never leaves the process.
///
/// # Panics
/// When the machine gives no random bytes.
pub fn ca_pem() -> &'static str {
    &Authority::get().pem
}

pub(crate) type Leaves = HashMap<String, Arc<CertifiedKey>>;

/// Keeps everybody else from adding to what the CA has signed.
pub(crate) fn leaves() -> MutexGuard<'static, Leaves> {
    Authority::get().leaves()
}

/// The CA of the process, and the leaves that it has signed.
pub(super) struct Authority {
    issuer: Issuer,
    der: Vec<u8>,
    pem: String,
    /// One for all leaves: making a key takes as long as signing two leaves.
    key: Arc<Pair>,
    leaves: Mutex<Leaves>,
}

impl Authority {
    pub(super) fn get() -> &'static Self {
        static AUTHORITY: OnceLock<Authority> = OnceLock::new();
        AUTHORITY.get_or_init(Self::generate)
    }

    fn generate() -> Self {
        let issuer = Issuer::generate();
        let der = issuer.certificate(now());
        Self {
            pem: pem(&der),
            issuer,
            der,
            key: Arc::new(Pair::generate()),
            leaves: Mutex::default(),
        }
    }

    /// The certificate of `host`: a name in ASCII, or an address with or without brackets. Of what is neither: of `localhost`.
    pub(super) fn leaf(&self, host: &str) -> Arc<CertifiedKey> {
        let host = normal(host);
        if let Some(leaf) = self.leaves().get(&host) {
            return Arc::clone(leaf);
        }
        // Signed outside the lock; two at once are two good certificates.
        let certificate = CertificateDer::from(self.issuer.leaf(now(), &host, &self.key));
        let key = Arc::new(LeafKey(Arc::clone(&self.key)));
        let leaf = Arc::new(CertifiedKey::new(vec![certificate], key));
        let mut leaves = self.leaves();
        if leaves.len() < LEAVES {
            leaves.insert(host, Arc::clone(&leaf));
        }
        leaf
    }

    /// A certificate of `host` that no client should put up with.
    pub(super) fn flawed(&self, host: &str, flaw: Flaw) -> Arc<CertifiedKey> {
        static STRANGER: OnceLock<Issuer> = OnceLock::new();
        let host = normal(host);
        let (issuer, at, host) = match flaw {
            Flaw::Expired => (&self.issuer, now() - LONG_AGO, &*host),
            Flaw::WrongHost => (&self.issuer, now(), "another-host.invalid"),
            Flaw::Untrusted => (STRANGER.get_or_init(Issuer::generate), now(), &*host),
        };
        let certificate = CertificateDer::from(issuer.leaf(at, host, &self.key));
        let key = Arc::new(LeafKey(Arc::clone(&self.key)));
        Arc::new(CertifiedKey::new(vec![certificate], key))
    }

    fn leaves(&self) -> MutexGuard<'_, Leaves> {
        self.leaves.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn normal(host: &str) -> String {
    let host = host.strip_prefix('[').unwrap_or(host);
    let host = host.strip_suffix(']').unwrap_or(host);
    let host = host.strip_suffix('.').unwrap_or(host);
    if host.is_empty() || !host.bytes().all(|byte| byte.is_ascii_graphic()) {
        return "localhost".to_owned();
    }
    host.to_ascii_lowercase()
}

#[expect(
    clippy::disallowed_methods,
    reason = "verifiers compare a certificate with the machine's clock, not with the engine's"
)]
fn now() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs() as i64)
}

pub(super) fn pem(der: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::from("-----BEGIN CERTIFICATE-----\n");
    // 48 bytes are a line of 64 digits.
    for line in der.chunks(48) {
        for group in line.chunks(3) {
            let at = |place: usize| group.get(place).copied().map_or(0, u32::from);
            let bits = at(0) << 16 | at(1) << 8 | at(2);
            for place in 0..4 {
                let digit = DIGITS[(bits >> (18 - 6 * place) & 63) as usize];
                text.push(if place <= group.len() {
                    digit.into()
                } else {
                    '='
                });
            }
        }
        text.push('\n');
    }
    text.push_str("-----END CERTIFICATE-----\n");
    text
}

/// The leaves' key, as rustls asks for it.
#[derive(Clone)]
struct LeafKey(Arc<Pair>);

impl std::fmt::Debug for LeafKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LeafKey(..)")
    }
}

impl SigningKey for LeafKey {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        let signer = || -> Box<dyn Signer> { Box::new(self.clone()) };
        offered.contains(&self.scheme()).then(signer)
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ECDSA
    }
}

impl Signer for LeafKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        self.0.sign(message).ok_or(Error::FailedToGetRandomBytes)
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::ECDSA_NISTP256_SHA256
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_processes_have_one_ca() {
        let [one, other] = [Authority::generate(), Authority::generate()];
        assert_ne!(one.pem, other.pem);
        let key = |of: &Authority| of.leaf("x.io").cert[0].clone();
        assert_ne!(key(&one), key(&other));
    }

    #[test]
    fn a_name_has_one_leaf_and_each_name_its_own() {
        let authority = Authority::get();
        let first = authority.leaf("one.example");
        assert!(Arc::ptr_eq(&first, &authority.leaf("ONE.example.")));
        assert_ne!(first.cert, authority.leaf("two.example").cert);
    }

    #[test]
    fn what_is_no_name_is_localhost() {
        for (host, expected) in [
            ("", "localhost"),
            ("ex ample", "localhost"),
            ("m\u{fc}nchen", "localhost"),
            ("[::1]", "::1"),
            ("127.0.0.1", "127.0.0.1"),
            ("X.io.", "x.io"),
        ] {
            assert_eq!(normal(host), expected);
        }
    }

    #[test]
    fn pem_is_padded_as_base64_is() {
        let of = |bytes: &[u8]| pem(bytes).lines().nth(1).map(str::to_owned);
        assert_eq!(of(b"foobar").as_deref(), Some("Zm9vYmFy"));
        assert_eq!(of(b"fooba").as_deref(), Some("Zm9vYmE="));
        assert_eq!(of(b"foob").as_deref(), Some("Zm9vYg=="));
        assert_eq!(pem(&[7; 49]).lines().count(), 4);
    }
}
