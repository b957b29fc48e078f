//! How both sides of a handshake come to a secret.

use std::fmt;

use ring::agreement::{self, Algorithm, EphemeralPrivateKey, PublicKey, UnparsedPublicKey};
use ring::rand::SystemRandom;
use rustls::crypto::{ActiveKeyExchange, GetRandomFailed, SharedSecret, SupportedKxGroup};
use rustls::{Error, NamedGroup, PeerMisbehaved};

pub(super) static GROUPS: &[&dyn SupportedKxGroup] = &[
    &Group(NamedGroup::X25519, &agreement::X25519),
    &Group(NamedGroup::secp256r1, &agreement::ECDH_P256),
    &Group(NamedGroup::secp384r1, &agreement::ECDH_P384),
];

struct Group(NamedGroup, &'static Algorithm);

impl fmt::Debug for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl SupportedKxGroup for Group {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        let secret = EphemeralPrivateKey::generate(self.1, &SystemRandom::new())
            .map_err(|_| GetRandomFailed)?;
        let public = secret.compute_public_key().map_err(|_| GetRandomFailed)?;
        Ok(Box::new(Agreeing {
            name: self.0,
            algorithm: self.1,
            secret,
            public,
        }))
    }

    fn name(&self) -> NamedGroup {
        self.0
    }
}

struct Agreeing {
    name: NamedGroup,
    algorithm: &'static Algorithm,
    secret: EphemeralPrivateKey,
    public: PublicKey,
}

impl ActiveKeyExchange for Agreeing {
    fn complete(self: Box<Self>, theirs: &[u8]) -> Result<SharedSecret, Error> {
        let theirs = UnparsedPublicKey::new(self.algorithm, theirs);
        agreement::agree_ephemeral(self.secret, &theirs, |secret| SharedSecret::from(secret))
            .map_err(|_| PeerMisbehaved::InvalidKeyShare.into())
    }

    fn pub_key(&self) -> &[u8] {
        self.public.as_ref()
    }

    fn group(&self) -> NamedGroup {
        self.name
    }
}
