//! What a handshake hashes, and what its keys are derived by.

use ring::{digest, hmac};
use rustls::crypto::hash::{Context, Hash, HashAlgorithm, Output};
use rustls::crypto::hmac::{Hmac, Key, Tag};

pub(super) struct Digest(pub(super) &'static digest::Algorithm);

impl Hash for Digest {
    fn start(&self) -> Box<dyn Context> {
        Box::new(Running(digest::Context::new(self.0)))
    }

    fn hash(&self, data: &[u8]) -> Output {
        Output::new(digest::digest(self.0, data).as_ref())
    }

    fn output_len(&self) -> usize {
        self.0.output_len()
    }

    fn algorithm(&self) -> HashAlgorithm {
        match self.output_len() {
            48 => HashAlgorithm::SHA384,
            _ => HashAlgorithm::SHA256,
        }
    }
}

struct Running(digest::Context);

impl Context for Running {
    fn fork_finish(&self) -> Output {
        Output::new(self.0.clone().finish().as_ref())
    }

    fn fork(&self) -> Box<dyn Context> {
        Box::new(Self(self.0.clone()))
    }

    fn finish(self: Box<Self>) -> Output {
        Output::new(self.0.finish().as_ref())
    }

    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }
}

pub(super) struct Keyed(pub(super) &'static hmac::Algorithm);

impl Hmac for Keyed {
    fn with_key(&self, key: &[u8]) -> Box<dyn Key> {
        Box::new(WithKey(hmac::Key::new(*self.0, key)))
    }

    fn hash_output_len(&self) -> usize {
        self.0.digest_algorithm().output_len()
    }
}

struct WithKey(hmac::Key);

impl Key for WithKey {
    fn sign_concat(&self, first: &[u8], middle: &[&[u8]], last: &[u8]) -> Tag {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(first);
        middle.iter().for_each(|part| context.update(part));
        context.update(last);
        Tag::new(context.sign().as_ref())
    }

    fn tag_len(&self) -> usize {
        self.0.algorithm().digest_algorithm().output_len()
    }
}
